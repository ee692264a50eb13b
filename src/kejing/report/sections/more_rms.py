"""The part of the headcount section on E4-93: what more RMs would keep from churn, and what they would cost."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from markupsafe import Markup

from kejing.report.blocks import Cell, Chart, Grid
from kejing.report.charts import Series, bars
from kejing.report.read_run import Row, Run, decimal, whole
from kejing.report.speech import Speech

# The site and line that more RMs would bring most to; of several the one that loses most.
_CURVE = """
SELECT b.* FROM staff_benefit AS b
JOIN (
  SELECT unit_id, line, ROW_NUMBER() OVER (ORDER BY net DESC, lost DESC, unit_id, line) AS place
  FROM staff_benefit WHERE is_best
) AS t ON t.unit_id = b.unit_id AND t.line = b.line
WHERE t.place = 1 ORDER BY b.added
"""

_BEST = "SELECT * FROM staff_benefit WHERE is_best ORDER BY net DESC, lost DESC, unit_id, line"

_COLUMNS = ("added", "coverage", "churn_factor", "lost", "saved", "cost", "net", "is_worth")


def answers(run: Run, speech: Speech) -> list[Markup]:
    """How many more RMs pay for themselves, over all sites; nothing where it was not reckoned."""
    best = run.fetch(_BEST) if run.has("staff_benefit") else []
    if not best:
        return []
    numbers = speech.numbers
    worth = [row for row in best if whole(row["added"])]
    return [
        speech.say(
            "more_rms.answer" if worth else "more_rms.none",
            lost=numbers.money(sum((decimal(row["lost"]) for row in best), Decimal(0))),
            added=numbers.count(sum(whole(row["added"]) for row in worth)),
            sites=numbers.count(len(worth)),
            saved=numbers.money(sum((decimal(row["saved"]) for row in worth), Decimal(0))),
            cost=numbers.money(sum((decimal(row["cost"]) for row in worth), Decimal(0))),
        )
    ]


def charts(run: Run, speech: Speech) -> list[Chart]:
    """Revenue saved beside cost, by RMs added, where they bring most."""
    rows = run.fetch(_CURVE) if run.has("staff_benefit") else []
    if not rows:
        return []
    first = rows[0]
    caption = speech.text(
        "more_rms.chart", unit=speech.unit(first["unit_id"]), line=speech.of_code(first["line"], "line")
    )
    labels = [f"+{whole(row['added'])}" for row in rows]
    names = ("saved", "cost", "net")
    series = [Series(speech.label_of("staff_benefit", name), [decimal(row[name]) for row in rows]) for name in names]
    columns = [speech.column("staff_benefit", name) for name in _COLUMNS]
    grid = Grid(caption, columns, [_cells(row, _COLUMNS) for row in rows], source="staff_benefit")
    return [Chart("headcount-benefit", caption, bars(labels, series, unit="money"), grid)]


def grids(run: Run, speech: Speech) -> list[Grid]:
    """The best number of RMs more, by site and line."""
    rows = run.fetch(_BEST) if run.has("staff_benefit") else []
    if not rows:
        return []
    names = ("unit_id", "line", *_COLUMNS)
    columns = [speech.column("staff_benefit", name) for name in names]
    cells: list[tuple[Cell, ...]] = [
        (speech.unit(row["unit_id"]), speech.of_code(row["line"], "line"), *_cells(row, _COLUMNS)) for row in rows
    ]
    return [speech.first_rows(speech.text("more_rms.best"), columns, cells, of=len(rows), source="staff_benefit")]


def _cells(row: Row, names: Sequence[str]) -> tuple[Cell, ...]:
    return tuple(row[name] for name in names)  # type: ignore[misc]  # decimals, counts and flags of the table
