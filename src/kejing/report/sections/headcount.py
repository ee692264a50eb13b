"""How many RMs does the service standard need, and where is the gap?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from kejing.report.blocks import Cell, CellKind, Chart, Grid, Section
from kejing.report.charts import Series, bars
from kejing.report.limits import CHART_BARS, TABLE_ROWS
from kejing.report.read_run import Row, Run, some, whole
from kejing.report.sections import headcount_ahead, more_rms
from kejing.report.speech import Speech

# A line's own total (tier '') where the method gives one, else the sum of its tiers.
_STAFF = """
SELECT s.method, s.unit_id, s.line,
  SUM(s.customers) AS customers, SUM(s.required_heads) AS heads,
  SUM(COALESCE(s.required_heads_lo, s.required_heads)) AS low,
  SUM(COALESCE(s.required_heads_hi, s.required_heads)) AS high,
  SUM(s.available_heads) AS available
FROM staff AS s
LEFT JOIN (SELECT DISTINCT method, unit_id, line FROM staff WHERE tier = '') AS own
  ON own.method = s.method AND own.unit_id = s.unit_id AND own.line = s.line
WHERE s.tier = '' OR own.method IS NULL
GROUP BY s.method, s.unit_id, s.line
ORDER BY s.method, s.line, s.unit_id
"""

_DETAIL = f"""
SELECT method, unit_id, line, tier, customers, required_hours, required_heads, exact_heads, required_heads_lo,
  required_heads_hi, required_heads_p90, available_heads, gap
FROM staff ORDER BY ABS(COALESCE(gap, 0)) DESC, method, unit_id, line, tier LIMIT {TABLE_ROWS}
"""


_LINES_BY_SITE = 3
"""Lines, the largest first, that have a chart by site."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Heads that one method asks for over some units and lines."""

    customers: int = 0
    heads: int = 0
    low: int = 0
    high: int = 0
    available: Decimal | None = None

    def __add__(self, other: Tally) -> Tally:
        known = [part.available for part in (self, other) if part.available is not None]
        return Tally(
            self.customers + other.customers,
            self.heads + other.heads,
            self.low + other.low,
            self.high + other.high,
            sum(known, Decimal(0)) if known else None,
        )

    @property
    def gap(self) -> Decimal | None:
        """Heads missing (above zero) or spare (below); null where nobody said who is there."""
        return None if self.available is None else self.heads - self.available

    @property
    def is_range(self) -> bool:
        """Whether the method leaves a range."""
        return self.low != self.high


type Tallies = dict[str, dict[str, Tally]]
"""Method to line or unit to its tally."""


def tallies(rows: Sequence[Row], column: str) -> Tallies:
    """Tallies of every method by the values of ``column``."""
    found: Tallies = {}
    for row in rows:
        tally = Tally(
            whole(row["customers"]), whole(row["heads"]), whole(row["low"]), whole(row["high"]), some(row["available"])
        )
        of_method = found.setdefault(str(row["method"]), {})
        key = str(row[column])
        of_method[key] = of_method.get(key, Tally()) + tally
    return found


def build(run: Run, speech: Speech) -> Section:
    """Methods side by side, by line and by site."""
    title, question = speech.text("section.headcount"), speech.text("headcount.question")
    if not run.has("staff"):
        return Section("headcount", title, question, empty=speech.say("headcount.empty"))
    rows = run.fetch(_STAFF)
    by_line = tallies(rows, "line")
    lines = _by_need(by_line)
    charts = [
        _chart(
            speech, "headcount-line", by_line, _Part("line", speech.text("headcount.chart_lines"), _line_name(speech))
        )
    ]
    for line in lines[:_LINES_BY_SITE]:
        found = tallies([row for row in rows if row["line"] == line], "unit_id")
        caption = speech.text("headcount.chart_units", line=speech.of_code(line, "line"))
        charts.append(_chart(speech, f"headcount-unit-{line}", found, _Part("unit", caption, speech.unit)))
    return Section(
        "headcount",
        title,
        question,
        answer=[
            *(_answer(speech, line, by_line) for line in lines),
            *headcount_ahead.answers(run, speech),
            *more_rms.answers(run, speech),
        ],
        charts=[*charts, *headcount_ahead.charts(run, speech), *more_rms.charts(run, speech)],
        grids=[*headcount_ahead.grids(run, speech), *more_rms.grids(run, speech), _detail(run, speech)],
        notes=[
            speech.say("headcount.note_rounding"),
            speech.say("headcount.note_range"),
            speech.say("headcount.note_p90"),
        ],
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """What a chart compares (``line`` or ``unit``), its caption, and the name of each."""

    kind: str
    caption: str
    name_of: Callable[[str], str]


def _line_name(speech: Speech) -> Callable[[str], str]:
    return lambda line: speech.of_code(line, "line")


def _sum(parts: Iterable[Tally]) -> Tally:
    return sum(parts, Tally())


def _answer(speech: Speech, line: str, by_line: Tallies) -> Markup:
    """One line: what each method asks for, who is there, how far the methods are apart."""
    numbers = speech.numbers
    found = {method: of[line] for method, of in sorted(by_line.items()) if line in of}
    available = next((tally.available for tally in found.values() if tally.available is not None), None)
    facts = {
        "line": speech.of_code(line, "line"),
        "customers": numbers.count(max(tally.customers for tally in found.values())),
        "parts": speech.listed([_part(speech, method, tally) for method, tally in found.items()]),
    }
    if available is None:
        said = speech.say("headcount.answer_unknown", **facts)
    else:
        said = speech.say("headcount.answer", available=numbers.brief(available, 1), **facts)
    heads = [tally.heads for tally in found.values()]
    if max(heads) > min(heads):
        said += speech.say("headcount.spread", difference=numbers.count(max(heads) - min(heads)))
    return said


def _part(speech: Speech, method: str, tally: Tally) -> Markup:
    numbers = speech.numbers
    said = speech.say(
        "headcount.part_range" if tally.is_range else "headcount.part",
        method=speech.of_method(method),
        heads=numbers.count(tally.heads),
        low=numbers.count(tally.low),
        high=numbers.count(tally.high),
    )
    if tally.gap is None:
        return said
    key = "headcount.even" if tally.gap == 0 else "headcount.missing" if tally.gap > 0 else "headcount.spare"
    return said + speech.say(key, gap=numbers.brief(abs(tally.gap), 1))


def _chart(speech: Speech, chart_id: str, found: Tallies, part: _Part) -> Chart:
    keys = _by_need(found)
    shown, rest = keys[:CHART_BARS], keys[CHART_BARS:]
    labels = [part.name_of(key) for key in shown]
    columns = {method: [of.get(key, Tally()) for key in shown] for method, of in found.items()}
    if rest:
        labels.append(speech.text("others", n=speech.numbers.count(len(rest))))
        for method, of in found.items():
            columns[method].append(_sum(of[key] for key in rest if key in of))
    series = [
        Series(
            speech.of_method(method),
            [tally.heads for tally in cells],
            [tally.low if tally.is_range else None for tally in cells],
            [tally.high if tally.is_range else None for tally in cells],
        )
        for method, cells in columns.items()
    ]
    height = 90 + len(labels) * (13 * len(series) + 12)
    available = [_available(columns, at) for at in range(len(labels))]
    if any(value is not None for value in available):
        series.append(Series(speech.text("headcount.available"), available, is_marker=True))
    spec = bars(labels, series, unit="heads", across=True)
    return Chart(chart_id, part.caption, spec, _grid(speech, part, labels, columns), height=height)


def _available(columns: dict[str, list[Tally]], at: int) -> Decimal | None:
    """Heads that are there; every method sees the same people, so the first that knows says it."""
    return next((cells[at].available for cells in columns.values() if cells[at].available is not None), None)


def _by_need(found: Tallies) -> list[str]:
    """Lines or units of all methods, the largest need first."""
    need: dict[str, int] = {}
    for of_method in found.values():
        for key, tally in of_method.items():
            need[key] = max(need.get(key, 0), tally.heads)
    return sorted(need, key=lambda key: (-need[key], key))


def _grid(speech: Speech, part: _Part, labels: list[str], columns: dict[str, list[Tally]]) -> Grid:
    heads = [
        speech.heading(f"headcount.{part.kind}"),
        *(
            speech.column("staff", name)
            for name in ("method", "customers", "required_heads", "required_heads_lo", "required_heads_hi")
        ),
        speech.heading("headcount.available", CellKind.SHORT),
        speech.column("staff", "gap", kind=CellKind.SHORT),
    ]
    rows: list[tuple[Cell, ...]] = [
        (
            name,
            speech.of_method(method),
            tally.customers,
            tally.heads,
            tally.low,
            tally.high,
            tally.available,
            tally.gap,
        )
        for at, name in enumerate(labels)
        for method, cells in columns.items()
        for tally in (cells[at],)
        if tally != Tally()
    ]
    return Grid(part.caption, heads, rows)


def _detail(run: Run, speech: Speech) -> Grid:
    names = (
        "unit_id", "line", "tier", "method", "customers", "required_hours",
        "exact_heads", "required_heads", "required_heads_lo", "required_heads_hi", "required_heads_p90",
        "available_heads", "gap",
    )  # fmt: skip
    short = {"required_hours", "exact_heads", "available_heads", "gap"}
    columns = [speech.column("staff", name, kind=CellKind.SHORT if name in short else None) for name in names]
    rows: list[tuple[Cell, ...]] = [
        (
            speech.unit(row["unit_id"]),
            speech.of_code(row["line"], "line"),
            speech.of_code(row["tier"], "tier"),
            speech.of_method(str(row["method"])),
            whole(row["customers"]),
            *(None if _is_share(row, name) else some(row[name]) for name in names[5:]),
        )
        for row in run.fetch(_DETAIL)
    ]
    return speech.first_rows(speech.text("headcount.rows"), columns, rows, of=run.rows("staff"), source="staff")


def _is_share(row: Row, name: str) -> bool:
    """Whether a figure is a tier's whole share of a rounded total: 0 heads beside hours to work would mislead."""
    return name.startswith("required_heads") and row["method"] == "workload" and row["tier"] != ""
