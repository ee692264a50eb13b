"""The part of the headcount section that looks ahead: P90, what moves it, whom to hire when; and how the gap splits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from markupsafe import Markup

from kejing.report.blocks import Cell, CellKind, Chart, Grid
from kejing.report.charts import Series, bars, steps
from kejing.report.read_run import Row, Run, decimal, some, whole
from kejing.report.speech import Speech
from kejing.stages.tables import OUT_TABLES, OutKind

_P90 = """
SELECT line, SUM(required_heads) AS required_heads, SUM(expected_heads) AS expected_heads,
  SUM(required_heads_p90) AS required_heads_p90, SUM(available_heads) AS available_heads
FROM staff
WHERE method = 'workload' AND tier = '' AND required_heads_p90 IS NOT NULL
GROUP BY line ORDER BY SUM(required_heads_p90) DESC, line
"""

_LEVER = """
SELECT line, lever, MIN(low) AS low, MIN(base) AS base, MIN(high) AS high,
  SUM(exact_heads_low) AS heads_low, SUM(exact_heads_base) AS heads_base, SUM(exact_heads_high) AS heads_high
FROM staff_lever
GROUP BY line, lever
HAVING SUM(exact_heads_high) <> SUM(exact_heads_low)
ORDER BY ABS(SUM(exact_heads_high) - SUM(exact_heads_low)) DESC, line, lever
"""

_PATH = """
SELECT line, month, SUM(expected_heads) AS expected_heads, SUM(required_heads_p90) AS required_heads_p90,
  SUM(staying_heads) AS staying_heads, SUM(hires) AS hires, SUM(available_heads) AS available_heads,
  SUM(gap_without_hiring) AS gap_without_hiring, SUM(gap) AS gap
FROM staff_path
GROUP BY line, month ORDER BY line, month
"""

_GAP = """
SELECT line, standard, SUM(required_heads) AS required_heads, SUM(allotted_heads) AS allotted_heads,
  SUM(available_heads) AS available_heads, SUM(not_filled) AS not_filled,
  SUM(standard_too_low) AS standard_too_low, SUM(gap) AS gap
FROM staff_gap
GROUP BY line, standard ORDER BY SUM(gap) DESC, line, standard
"""

_ATTENTION = """
SELECT * FROM attention ORDER BY tier, measure
"""

_GAP_COLUMNS = (
    "line", "standard", "required_heads", "allotted_heads", "available_heads", "not_filled", "standard_too_low", "gap",
)  # fmt: skip
_ATTENTION_COLUMNS = (
    "tier", "below", "measure", "value_per_year", "amount_per_year", "intensity", "below_intensity", "difference",
    "is_inverted",
)  # fmt: skip
_PATH_LINES = ("required_heads_p90", "expected_heads", "available_heads", "staying_heads")
_NAMED = {"line": "line", "standard": "method", "lever": "staff_lever", "tier": "tier", "below": "tier"}
"""Columns of codes, to the kind of code."""


def charts(run: Run, speech: Speech) -> list[Chart]:
    """P90 by line; of the line that needs most people the levers and the hiring path."""
    lines = run.fetch(_P90)
    if not lines:
        return []
    line = str(lines[0]["line"])
    found = [_p90(speech, lines)]
    levers = [row for row in _rows(run, "staff_lever", _LEVER) if row["line"] == line]
    path = [row for row in _rows(run, "staff_path", _PATH) if row["line"] == line]
    return [
        *found,
        *([_tornado(speech, line, levers)] if levers else []),
        *([_path(speech, line, path)] if path else []),
    ]


def answers(run: Run, speech: Speech) -> list[Markup]:
    """One sentence a line: mean and P90, the strongest lever, hires and what happens without them."""
    found = []
    levers, path = _rows(run, "staff_lever", _LEVER), _rows(run, "staff_path", _PATH)
    for row in run.fetch(_P90):
        line = row["line"]
        said = speech.say(
            "headcount.ahead",
            line=speech.of_code(line, "line"),
            expected=speech.numbers.brief(decimal(row["expected_heads"]), 1),
            p90=speech.numbers.count(whole(row["required_heads_p90"])),
        )
        strongest = next((lever for lever in levers if lever["line"] == line), None)
        if strongest is not None:
            said += speech.say("headcount.strongest", **_strongest(speech, strongest))
        months = [month for month in path if month["line"] == line]
        if months:
            said += speech.say("headcount.hires", **_hires(speech, months))
        found.append(said)
    return found


def grids(run: Run, speech: Speech) -> list[Grid]:
    """How gaps split, and attention across tier lines."""
    found = []
    if run.has("staff_gap"):
        caption = speech.text("headcount.gap_split")
        found.append(_grid(speech, "staff_gap", caption, _GAP_COLUMNS, run.fetch(_GAP)))
    if run.has("attention"):
        caption = speech.text("headcount.attention")
        found.append(_grid(speech, "attention", caption, _ATTENTION_COLUMNS, run.fetch(_ATTENTION)))
    return found


def _rows(run: Run, table: str, text: str) -> list[Row]:
    return run.fetch(text) if run.has(table) else []


def _strongest(speech: Speech, lever: Row) -> dict[str, object]:
    heads = sorted(decimal(lever[name]) for name in ("heads_low", "heads_high"))
    return {
        "lever": speech.of_code(lever["lever"], "staff_lever"),
        "low": speech.numbers.brief(heads[0], 1),
        "high": speech.numbers.brief(heads[1], 1),
    }


def _hires(speech: Speech, months: Sequence[Row]) -> dict[str, object]:
    return {
        "months": speech.numbers.count(len(months)),
        "hires": speech.numbers.count(sum(whole(month["hires"]) for month in months)),
        "gap": speech.numbers.brief(max(Decimal(0), decimal(months[-1]["gap_without_hiring"])), 1),
    }


def _p90(speech: Speech, lines: Sequence[Row]) -> Chart:
    names = ("required_heads", "expected_heads", "required_heads_p90")
    series = [
        Series(speech.label_of("staff", name), [_tenth(row[name]) for row in lines], colour=at)
        for at, name in enumerate(names)
    ]
    available = [some(row["available_heads"]) for row in lines]
    if any(value is not None for value in available):
        series.append(Series(speech.text("headcount.available"), available, is_marker=True))
    labels = [speech.of_code(row["line"], "line") for row in lines]
    grid = _grid(speech, "staff", speech.text("headcount.chart_p90"), ("line", *names, "available_heads"), lines)
    spec = bars(labels, series, unit="heads", across=True)
    return Chart("headcount-p90", grid.caption, spec, grid, height=90 + len(labels) * 62)


def _tornado(speech: Speech, line: str, levers: Sequence[Row]) -> Chart:
    """Heads more or fewer with each lever at either end, the widest on top."""
    caption = speech.text("headcount.chart_levers", line=speech.of_code(line, "line"))
    ends = [
        Series(
            speech.text(f"headcount.lever_{end}"),
            [_tenth(decimal(row[f"heads_{end}"]) - decimal(row["heads_base"])) for row in levers],
        )
        for end in ("low", "high")
    ]
    labels = [speech.of_code(row["lever"], "staff_lever") for row in levers]
    columns = [
        speech.column("staff_lever", "lever"),
        *(speech.column("staff_lever", name, kind=CellKind.SHORT) for name in ("low", "base", "high")),
        *(speech.column("staff_lever", f"exact_heads_{end}", kind=CellKind.SHORT) for end in ("low", "base", "high")),
    ]
    rows: list[tuple[Cell, ...]] = [
        (
            label,
            *(some(row[name]) for name in ("low", "base", "high")),
            *(some(row[f"heads_{end}"]) for end in ("low", "base", "high")),
        )
        for label, row in zip(labels, levers, strict=True)
    ]
    grid = Grid(caption, columns, rows)
    spec = bars(labels, ends, unit="heads", stacked=True, across=True)
    return Chart("headcount-levers", caption, spec, grid, height=90 + len(labels) * 26)


def _path(speech: Speech, line: str, months: Sequence[Row]) -> Chart:
    caption = speech.text("headcount.chart_path", line=speech.of_code(line, "line"))
    spec = steps(
        [
            (speech.label_of("staff_path", name), [(_day(row["month"]), _tenth(row[name])) for row in months])
            for name in _PATH_LINES
        ],
        unit="heads",
    )
    names = ("month", *_PATH_LINES, "hires", "gap_without_hiring", "gap")
    return Chart("headcount-path", caption, spec, _grid(speech, "staff_path", caption, names, months), height=340)


def _grid(speech: Speech, table: str, caption: str, names: Sequence[str], rows: Sequence[Row]) -> Grid:
    """Columns ``names`` of ``rows`` with codes as labels."""
    columns = [speech.column(table, name, kind=_short(table, name)) for name in names]
    cells = [tuple(_cell(speech, table, row, name) for name in names) for row in rows]
    return speech.first_rows(caption, columns, cells, of=len(cells), source=table)


def _short(table: str, name: str) -> CellKind | None:
    """Sums of millionths to two digits, but for shares."""
    is_short = OUT_TABLES[table].column(name).kind is OutKind.MICRO and name != "difference"
    return CellKind.SHORT if is_short else None


def _cell(speech: Speech, table: str, row: Row, name: str) -> Cell:
    value = row[name]
    if name == "measure":
        return speech.text(f"headcount.attention_{value}")
    if name in _NAMED:
        return speech.of_method(str(value)) if name == "standard" else speech.of_code(value, _NAMED[name])
    if OUT_TABLES[table].column(name).kind is OutKind.COUNT:
        return whole(value)
    assert value is None or isinstance(value, int | Decimal | dt.date | str | bool)
    return value


def _day(value: object) -> dt.date:
    assert isinstance(value, dt.date)
    return value


def _tenth(value: object) -> Decimal:
    """Heads to a tenth, as a chart shows them."""
    return decimal(value).quantize(Decimal("0.1"))
