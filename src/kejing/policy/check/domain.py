"""The line of an input cut at every boundary its cells name: stretches on which no row changes its mind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from kejing.measure.period import FIRST_DAY, LAST_DAY
from kejing.policy.cells import ANY, Interval, OneOf, Ordered, Within
from kejing.policy.literals import Value
from kejing.policy.parts import Labels
from kejing.policy.tables import TableColumn, TableRow
from kejing.policy.vocabulary import NUMERIC, Type

OTHER = "…"
"""A word that no cell names, for inputs without a code list."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Values that every row treats alike: one of them, the rows that hold of it, and how to write them."""

    sample: Value
    rows: int  # a bit for each row
    interval: Interval | None = None


def stretches_of(
    column: TableColumn, rows: Sequence[TableRow], code_lists: Mapping[str, Mapping[str, Labels]]
) -> list[Stretch]:
    """The domain of ``column`` in stretches, ordered, with the rows that hold of each."""
    if column.type in NUMERIC or column.type is Type.DATE:
        return [
            Stretch(sample, _holding(column.name, rows, sample), interval) for sample, interval in _line(column, rows)
        ]
    return [Stretch(sample, _holding(column.name, rows, sample)) for sample in _words(column, rows, code_lists)]


def _holding(column: str, rows: Sequence[TableRow], sample: Value) -> int:
    return sum(1 << place for place, row in enumerate(rows) if row.cells[column].holds(sample))


def _words(
    column: TableColumn, rows: Sequence[TableRow], code_lists: Mapping[str, Mapping[str, Labels]]
) -> list[Value]:
    if column.type is Type.FLAG:
        return [False, True]
    if column.codes is not None:
        return list(code_lists[column.codes])
    cells = (row.cells[column.name] for row in rows)
    named = dict.fromkeys(word for cell in cells if isinstance(cell, OneOf) for word in cell.words)
    return [*named, OTHER]


def _line(column: TableColumn, rows: Sequence[TableRow]) -> list[tuple[Ordered, Interval]]:
    """Points and open stretches between all boundaries, each with a value inside."""
    low, high = column.minimum, column.maximum
    if column.type is Type.DATE:
        low, high = low or FIRST_DAY, high or LAST_DAY
    cells = [row.cells[column.name] for row in rows]
    parts = [part for cell in cells if isinstance(cell, Within) for part in cell.intervals]
    bounds = {bound for part in parts for bound in (part.low, part.high)} | {low, high}
    # Bounds of one column are all numbers or all days, so they can be ordered.
    cuts: list[Ordered] = sorted(bound for bound in bounds if isinstance(bound, Fraction | dt.date))
    whole = column.type is not Type.NUMBER and column.type is not Type.MONEY
    line: list[tuple[Ordered, Interval]] = []
    ends: list[Ordered | None] = [None, *cuts, None]
    for left, right in pairwise(ends):
        inside = _inside(left, right, whole=whole)
        if inside is not None:
            line.append((inside, Interval(left, right)))
        if right is not None:
            line.append((right, Interval(right, right, low_closed=True, high_closed=True)))
    domain = Interval(_ordered(low), _ordered(high), low_closed=low is not None, high_closed=high is not None)
    return [(sample, interval) for sample, interval in line if domain.holds(sample)]


def _ordered(value: Value | None) -> Ordered | None:
    assert value is None or isinstance(value, Fraction | dt.date)
    return value


def _inside(left: Ordered | None, right: Ordered | None, *, whole: bool) -> Ordered | None:
    """A value strictly between two bounds, or None where there is none (whole numbers and days only)."""
    if isinstance(left, dt.date) or isinstance(right, dt.date):
        return _day_inside(left, right)
    if left is None:
        return Fraction(0) if right is None else right - 1
    if right is None:
        return left + 1
    if not whole:
        return (left + right) / 2
    return left + 1 if right - left > 1 else None


def _day_inside(left: Ordered | None, right: Ordered | None) -> dt.date | None:
    assert not isinstance(left, Fraction)
    assert not isinstance(right, Fraction)
    if left is None:
        return None if right is None or right <= FIRST_DAY else right - dt.timedelta(days=1)
    if left >= LAST_DAY:
        return None
    after = left + dt.timedelta(days=1)
    return after if right is None or after < right else None


def show_stretches(stretches: Sequence[Stretch], *, is_all: bool) -> str:
    """Neighbouring or chosen stretches in cell notation."""
    if is_all:
        return ANY
    if stretches[0].interval is None:
        return ",".join(_show_word(stretch.sample) for stretch in stretches)
    first, last = stretches[0].interval, stretches[-1].interval
    assert last is not None
    return str(Interval(first.low, last.high, first.low_closed, last.high_closed))


def _show_word(sample: Value) -> str:
    return f'"{sample}"' if isinstance(sample, str) else str(sample).lower()
