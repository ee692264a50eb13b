"""Rows of the grains with their keys, parents and children, as the evaluator walks them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from kejing.policy.literals import Value
from kejing.policy.vocabulary import Grain, Vocabulary

type Key = tuple[object, ...]
type Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class RowId:
    """One row of one grain."""

    grain: str
    key: Key


class Sheets:
    """Given rows by grain and key. A value is exact and natural: money in whole currency units.

    ``on`` dates rows that carry no date of their own.
    """

    def __init__(self, vocabulary: Vocabulary, rows: Mapping[str, Sequence[Row]], on: dt.date | None) -> None:
        self.vocabulary = vocabulary
        self._on = on
        self._rows: dict[RowId, Row] = {}
        self._ids: dict[str, list[RowId]] = {grain.name: [] for grain in vocabulary}
        self._children: dict[tuple[RowId, str], list[RowId]] = {}
        self._lasting: dict[tuple[str, Key], list[RowId]] = {}
        for grain in vocabulary.from_the_top():
            for row in rows.get(grain.name, ()):
                self._add(grain, row)
        for grain in vocabulary:
            if grain.sequence:
                self._follow(grain)

    def _add(self, grain: Grain, row: Row) -> None:
        row_id = RowId(grain.name, tuple(row[column] for column in grain.key))
        if row_id in self._rows:
            msg = f"Expected each key of {grain.name} once, got {row_id.key} twice."
            raise ValueError(msg)
        self._rows[row_id] = row
        self._ids[grain.name].append(row_id)
        parent = self.parent(row_id)
        if parent is not None:
            self._children.setdefault((parent, grain.name), []).append(row_id)

    def _follow(self, grain: Grain) -> None:
        """Put rows that differ in time alone in the order of their dates."""
        at = grain.key.index(grain.sequence)
        for row_id in sorted(self._ids[grain.name], key=lambda row_id: (self.day(row_id), str(row_id.key[at]))):
            self._lasting.setdefault((grain.name, self.lasting(row_id)), []).append(row_id)

    def lasting(self, row_id: RowId) -> Key:
        """The key of a row without its time."""
        grain = self.vocabulary[row_id.grain]
        return tuple(part for part, name in zip(row_id.key, grain.key, strict=True) if name != grain.sequence)

    def earlier(self, row_id: RowId) -> list[RowId]:
        """Rows of the same key before this one, earliest first."""
        line = self._lasting[row_id.grain, self.lasting(row_id)]
        return line[: line.index(row_id)]

    def contemporaries(self, row_id: RowId) -> list[RowId]:
        """Rows of the same grain and time, this one among them, in the order of their keys."""
        at = self.vocabulary[row_id.grain].key.index(self.vocabulary[row_id.grain].sequence)
        same = (other for other in self._ids[row_id.grain] if other.key[at] == row_id.key[at])
        return sorted(same, key=lambda other: [str(part) for part in other.key])

    def ids(self, grain: str) -> list[RowId]:
        """Rows of a grain in the order given."""
        return self._ids[grain]

    def given(self, row_id: RowId) -> Row:
        """The row as given."""
        return self._rows[row_id]

    def value(self, row_id: RowId, column: str) -> Value | None:
        """A given value, exact."""
        value = self._rows[row_id].get(column)
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int | Decimal):
            return Fraction(value)
        if isinstance(value, float):
            msg = f"Expected exact values, got the float {value} in {row_id.grain}.{column}."
            raise TypeError(msg)
        assert isinstance(value, Fraction | str | dt.date)
        return value

    def day(self, row_id: RowId) -> dt.date:
        """The day whose rules count for the row."""
        day = self._rows[row_id].get(self.vocabulary[row_id.grain].date, self._on)
        if not isinstance(day, dt.date):
            msg = f"Expected a date for {row_id.grain} {row_id.key}, got {day!r}."
            raise TypeError(msg)
        return day

    def parent(self, row_id: RowId) -> RowId | None:
        """The row above, or None where there is none."""
        grain = self.vocabulary[row_id.grain]
        if grain.parent is None:
            return None
        row = self._rows[row_id]
        above = RowId(grain.parent, tuple(row.get(column) for column in grain.parent_key))
        return above if above in self._rows else None

    def ancestor(self, row_id: RowId, grain: str) -> RowId | None:
        """The row of ``grain`` at or above ``row_id``, or None where the chain breaks."""
        at: RowId | None = row_id
        while at is not None and at.grain != grain:
            at = self.parent(at)
        return at

    def below(self, row_id: RowId, grain: str) -> list[RowId]:
        """Rows of a grain anywhere below ``row_id``, in the order given."""
        above = self.vocabulary[grain].parent
        assert above is not None
        parents = [row_id] if above == row_id.grain else self.below(row_id, above)
        return [child for parent in parents for child in self._children.get((parent, grain), [])]
