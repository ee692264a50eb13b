"""Tiers taken part by part, and curves between their points, read from the table itself on exact fractions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from kejing.policy.cells import Within
from kejing.policy.literals import Value
from kejing.policy.problems import AmbiguousRuleError
from kejing.policy.tables import DecisionTable, Outside, TableRow
from kejing.policy.tiers import point_of

type Inputs = Mapping[str, Value | None]


@dataclass(frozen=True, slots=True)
class Part:
    """The part of an amount that lies in one tier, with that tier's rate. Below zero the part is negative."""

    row: TableRow
    part: Fraction
    rate: Fraction


def parts_of(table: DecisionTable, output: str, day: dt.date, inputs: Inputs) -> list[Part] | None:
    """How the tiers in force on ``day`` cut the way from zero to the first input; None where a stretch has no tier.

    Raises
    ------
    AmbiguousRuleError
        Two tiers hold one stretch; the checker refuses such a table.
    """
    amount = inputs[table.axis.name]
    if amount is None:
        return None
    assert isinstance(amount, Fraction)
    rows = _rows_of_keys(table, day, inputs)
    low, high = min(amount, Fraction(0)), max(amount, Fraction(0))
    ends = {end for row in rows for end in _ends(table, row) if low < end < high}
    parts: list[Part] = []
    for left, right in pairwise(sorted({low, high, *ends})):
        row = _tier_of(table, rows, (left + right) / 2, day)
        if row is None:
            return None
        rate = row.outputs[output]
        assert isinstance(rate, Fraction)
        parts.append(Part(row, right - left if amount > 0 else left - right, rate))
    return parts


def _rows_of_keys(table: DecisionTable, day: dt.date, inputs: Inputs) -> list[TableRow]:
    """Rows in force whose cells hold of every input but the first."""
    keys = [name for name in table.inputs if name != table.axis.name]
    return [row for row in table.rows_on(day) if all(row.cells[name].holds(inputs[name]) for name in keys)]


def _ends(table: DecisionTable, row: TableRow) -> list[Fraction]:
    cell = row.cells[table.axis.name]
    intervals = cell.intervals if isinstance(cell, Within) else ()
    return [end for one in intervals for end in (one.low, one.high) if isinstance(end, Fraction)]


def _tier_of(table: DecisionTable, rows: list[TableRow], inside: Fraction, day: dt.date) -> TableRow | None:
    holding = [row for row in rows if row.cells[table.axis.name].holds(inside)]
    if len(holding) > 1:
        rules = ", ".join(row.rule_id for row in holding)
        raise AmbiguousRuleError(table=table.name, rules=rules, as_of=day.isoformat())
    return holding[0] if holding else None


@dataclass(frozen=True, slots=True)
class OnCurve:
    """A value on a curve and the points it was read between."""

    value: Fraction
    points: tuple[TableRow, ...]


def read_curve(table: DecisionTable, output: str, day: dt.date, inputs: Inputs) -> OnCurve | None:
    """The value of the curve at the first input, or None where the curve says nothing.

    Raises
    ------
    AmbiguousRuleError
        Two points stand at one place; the checker refuses such a curve.
    """
    x = inputs[table.axis.name]
    points = sorted(
        (_point(table, output, row) for row in _rows_of_keys(table, day, inputs)), key=lambda point: point[0]
    )
    for (left, _, first), (right, _, second) in pairwise(points):
        if left == right:
            rules = f"{first.rule_id}, {second.rule_id}"
            raise AmbiguousRuleError(table=table.name, rules=rules, as_of=day.isoformat())
    if x is None or not points:
        return None
    assert isinstance(x, Fraction)
    for place, value, row in points:
        if place == x:
            return OnCurve(value, (row,))
    if x < points[0][0]:
        return _beyond(points[:2], table.below, x)
    if x > points[-1][0]:
        return _beyond(points[:-3:-1], table.above, x)
    between = next(pair for pair in pairwise(points) if pair[0][0] < x < pair[1][0])
    return _on_line(list(between), x)


type _Point = tuple[Fraction, Fraction, TableRow]


def _point(table: DecisionTable, output: str, row: TableRow) -> _Point:
    interval, value = point_of(table, row), row.outputs[output]
    assert interval is not None
    assert isinstance(interval.low, Fraction)
    assert isinstance(value, Fraction)
    return interval.low, value, row


def _beyond(nearest: list[_Point], outside: Outside | None, x: Fraction) -> OnCurve | None:
    """The value outside; ``nearest`` are the two points that lie nearest, the nearest first."""
    match outside:
        case Outside.FLAT:
            return OnCurve(nearest[0][1], (nearest[0][2],))
        case Outside.EXTEND if len(nearest) > 1:
            return _on_line(nearest, x)
        case _:
            return None


def _on_line(points: list[_Point], x: Fraction) -> OnCurve:
    (x0, y0, first), (x1, y1, second) = points
    return OnCurve(y0 + (x - x0) * (y1 - y0) / (x1 - x0), (first, second))
