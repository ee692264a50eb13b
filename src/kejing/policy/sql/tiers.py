"""MARGINAL and INTERPOLATE as SQL: sums of clipped amounts, and the points on both sides of a value.

Neither text looks like the evaluator's reading of the table: tiers are summed row by row, each clipped to its own
stretch, and the neighbours on a curve are found by searched CASEs over its points in order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from kejing.policy.cells import Anything, Interval, Ordered, Within
from kejing.policy.sql.exact import Arithmetic, Exact, case, constant, wide
from kejing.policy.sql.layers import Sql, sql
from kejing.policy.sql.terms import conjunction
from kejing.policy.tables import DecisionTable, Outside, TableRow
from kejing.policy.tiers import point_of

type Holds = Callable[[TableRow], Sql]
"""Condition that a row is in force and holds of every input but the first."""

_NOTHING = Exact(sql("CAST({} AS $WIDE)", Sql("NULL", is_atom=True)))
_EVERYWHERE = Interval(None, None)


def taken_by_parts(exact: Arithmetic, table: DecisionTable, output: str, amount: Exact, holds: Holds) -> Exact:
    """Each part of ``amount``, from zero, at the rate of the tier it lies in; missing where a part has none.

    A fraction is cut in its numerator: every bound is multiplied by the denominator first, so that the sum over the
    tiers has one denominator and not one for each.
    """
    numerator, unit = _over_one(exact, amount)
    total = covered = constant(Fraction(0))
    nothing = constant(Fraction(0))
    for row in table.rows:
        cell = row.cells[table.axis.name]
        lengths = [_length(exact, part, numerator, unit) for part in _stretches(cell)]
        length = _sum(exact, lengths)
        condition = exact.sheet.bind(holds(row))
        rate = constant(_number(row.outputs[output]))
        total = exact.added(total, exact.chosen([condition], [exact.multiplied(length, rate)], nothing))
        covered = exact.added(covered, exact.chosen([condition], [length], nothing))
    whole_way = exact.compared(wide(covered), "=", numerator)
    found = exact.chosen([whole_way], [wide(total)], None)
    return Exact(found.numerator, found.scale, amount.denominator)


def _over_one(exact: Arithmetic, amount: Exact) -> tuple[Exact, Exact]:
    """The amount times its denominator, and the denominator."""
    numerator = Exact(exact.sheet.bind(wide(amount).numerator), amount.scale)
    if amount.denominator is None:
        return numerator, constant(Fraction(1))
    return numerator, Exact(exact.sheet.bind(amount.denominator))


def _stretches(cell: object) -> tuple[Interval, ...]:
    if isinstance(cell, Anything):
        return (_EVERYWHERE,)
    assert isinstance(cell, Within)
    return cell.intervals


def _length(exact: Arithmetic, part: Interval, amount: Exact, unit: Exact) -> Exact:
    """How far the way from zero to ``amount`` runs through a stretch: its end there less its beginning."""
    low, high = _bound(part.low), _bound(part.high)
    start = max(Fraction(0), low) if low is not None else Fraction(0)
    start = min(start, high) if high is not None else start
    conditions, ends = [], []
    if low is not None:
        edge = exact.multiplied(unit, constant(low))
        conditions.append(exact.compared(amount, "<", edge))
        ends.append(edge)
    if high is not None:
        edge = exact.multiplied(unit, constant(high))
        conditions.append(exact.compared(amount, ">", edge))
        ends.append(edge)
    end = exact.chosen(conditions, ends, amount) if conditions else amount
    return exact.added(end, exact.negated(exact.multiplied(unit, constant(start))))


def _bound(end: Ordered | None) -> Fraction | None:
    assert end is None or isinstance(end, Fraction)
    return end


def _sum(exact: Arithmetic, numbers: list[Exact]) -> Exact:
    total = numbers[0]
    for number in numbers[1:]:
        total = exact.added(total, number)
    return total


def _number(value: object) -> Fraction:
    assert isinstance(value, Fraction)
    return value


@dataclass(frozen=True, slots=True)
class _Point:
    place: Fraction
    value: Fraction
    holds: Sql


def read_curve(exact: Arithmetic, table: DecisionTable, output: str, x: Exact, holds: Holds) -> Exact:
    """The value of the curve at ``x``: on the line between the points on its two sides."""
    points = []
    for row in table.rows:
        interval = point_of(table, row)
        assert interval is not None
        points.append(_Point(_number(interval.low), _number(row.outputs[output]), exact.sheet.bind(holds(row))))
    rising = sorted(points, key=lambda point: point.place)
    if not rising:
        return _NOTHING
    at = Exact(exact.sheet.bind(wide(x).numerator), x.scale, x.denominator and exact.sheet.bind(x.denominator))
    curve = _Curve(exact, rising, at)
    left, right = curve.last("<="), curve.first(">")
    between = curve.line(left, right)
    below = _beyond(curve, table.below, right, lambda: curve.after(right))
    above = _beyond(curve, table.above, left, lambda: curve.before(left))
    has_left, has_right = _known(left[0]), _known(right[0])
    exactly = conjunction([has_left, exact.compared(left[0], "=", at)])
    return exact.chosen(
        [exactly, conjunction([has_left, has_right]), has_right, has_left],
        [left[1], between, below, above],
        None,
    )


type _Place = tuple[Exact, Exact]
"""A point found for a row: where it stands, and its value; both missing where there is none."""


@dataclass(frozen=True, slots=True)
class _Curve:
    exact: Arithmetic
    rising: list[_Point]
    at: Exact

    def first(self, sign: str) -> _Place:
        """The lowest point that compares by ``sign`` with where the curve is read."""
        return self._searched(self.rising, sign, self.at)

    def last(self, sign: str) -> _Place:
        """The highest one."""
        return self._searched(self.rising[::-1], sign, self.at)

    def after(self, point: _Place) -> _Place:
        """The next point above ``point``."""
        return self._searched(self.rising, ">", point[0])

    def before(self, point: _Place) -> _Place:
        """The next point below ``point``."""
        return self._searched(self.rising[::-1], "<", point[0])

    def _searched(self, points: list[_Point], sign: str, at: Exact) -> _Place:
        compared = [self.exact.compared(wide(constant(point.place)), sign, at) for point in points]
        conditions = [
            self.exact.sheet.bind(conjunction([point.holds, one])) for point, one in zip(points, compared, strict=True)
        ]
        places = self.exact.chosen(conditions, [constant(point.place) for point in points], None)
        values = self.exact.chosen(conditions, [constant(point.value) for point in points], None)
        return places, values

    def line(self, one: _Place, other: _Place) -> Exact:
        """The value on the line through two points."""
        exact = self.exact
        run = exact.added(other[0], exact.negated(one[0]))
        rise = exact.added(other[1], exact.negated(one[1]))
        way = exact.added(self.at, exact.negated(one[0]))
        return exact.added(one[1], exact.divided(exact.multiplied(way, rise), run))


def _beyond(curve: _Curve, outside: Outside | None, nearest: _Place, second: Callable[[], _Place]) -> Exact:
    match outside:
        case Outside.FLAT:
            # The value is missing where the curve is read of nothing.
            read = case([_known(curve.at)], [wide(nearest[1]).numerator])
            return Exact(sql("CAST({} AS $WIDE)", read), nearest[1].scale)
        case Outside.EXTEND:
            return curve.line(nearest, second())
        case _:
            return _NOTHING


def _known(number: Exact) -> Sql:
    return sql("{} IS NOT NULL", number.numerator)
