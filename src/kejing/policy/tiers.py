"""Tiers and curves: what a table promises of its lines and points, held against its cells."""

from __future__ import annotations

from collections.abc import Iterator

from kejing.measure.findings import Finding, Place
from kejing.policy.cells import Interval, Within
from kejing.policy.problems import problem
from kejing.policy.tables import Boundary, DecisionTable, Hit, TableColumn, TableRow
from kejing.policy.vocabulary import NUMERIC


def find_broken_promises(table: DecisionTable, at: Place) -> list[Finding]:
    """Cells that contradict the boundary rule, points that are none, and keys that do not go together.

    Parameters
    ----------
    table
        The table as read.
    at
        Where it is declared.
    """
    if table.hit is not Hit.INTERPOLATE:
        found = _misplaced(table, at, {"below": table.below, "above": table.above})
        return found + [one for row in table.rows for one in _off_boundary(table, row)]
    found = _misplaced(table, at, {"boundary": table.boundary})
    if table.below is None or table.above is None:
        found.append(problem("outside_unsaid", at, table=table.name))
    if table.axis.type not in NUMERIC or any(column.type not in NUMERIC for column in table.outputs.values()):
        found.append(problem("curve_needs_numbers", at, table=table.name, column=table.axis.name))
        return found
    return found + [
        problem("not_a_point", row.place(table.axis.name), table=table.name)
        for row in table.rows
        if point_of(table, row) is None
    ]


def point_of(table: DecisionTable, row: TableRow) -> Interval | None:
    """The single value of the axis that a row of a curve names, as an interval of no length; None if it names none."""
    cell = row.cells[table.axis.name]
    if isinstance(cell, Within) and len(cell.intervals) == 1 and cell.intervals[0].low == cell.intervals[0].high:
        return cell.intervals[0] if cell.intervals[0].low is not None else None
    return None


def _misplaced(table: DecisionTable, at: Place, keys: dict[str, object]) -> list[Finding]:
    return [
        problem("key_without_meaning", at, table=table.name, key=key, hit=table.hit)
        for key, value in keys.items()
        if value is not None
    ]


def _off_boundary(table: DecisionTable, row: TableRow) -> Iterator[Finding]:
    if table.boundary is None:
        return
    for name, cell in row.cells.items():
        column = table.inputs[name]
        if column.type not in NUMERIC or not isinstance(cell, Within):
            continue
        if not all(_keeps(table.boundary, part, column) for part in cell.intervals):
            yield problem("boundary_differs", row.place(name), table=table.name, boundary=table.boundary)


def _keeps(boundary: Boundary, part: Interval, column: TableColumn) -> bool:
    """Whether a tier holds the end it promises and leaves the other; the ends of the domain belong to their tier."""
    low_wanted = boundary is Boundary.UPPER or part.low == column.minimum
    high_wanted = boundary is Boundary.LOWER or part.high == column.maximum
    low_kept = part.low is None or part.low_closed == low_wanted
    high_kept = part.high is None or part.high_closed == high_wanted
    return low_kept and high_kept
