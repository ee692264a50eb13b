"""Decision tables: typed columns, dated rows, and which rows hold of some values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from kejing.measure.findings import Place
from kejing.measure.period import LAST_DAY
from kejing.policy.cells import Cell
from kejing.policy.literals import Value
from kejing.policy.parts import Labels
from kejing.policy.problems import AmbiguousRuleError
from kejing.policy.vocabulary import Type


class Hit(StrEnum):
    """What counts where several rows of a table could hold."""

    UNIQUE = "unique"  # one row at most: rows must not overlap
    FIRST = "first"  # the first row, in the order of the file
    SUM = "sum"  # the sum over all rows that hold; zero where none does
    MIN = "min"  # the smallest output of all rows that hold
    MAX = "max"  # the largest output of all rows that hold
    INTERPOLATE = "interpolate"  # rows are points of a curve, joined by straight lines


class Boundary(StrEnum):
    """To which tier an amount on the line between two belongs."""

    UPPER = "upper"  # the higher one: [0..100), [100..200)
    LOWER = "lower"  # the lower one: (0..100], (100..200]


class Outside(StrEnum):
    """What a curve says beyond its first or last point."""

    FLAT = "flat"  # the value of that point
    EXTEND = "extend"  # the line through the nearest two points goes on
    MISSING = "missing"  # nothing


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One input or output of a table. ``codes`` names a code list; the bounds are those of the domain, included."""

    name: str
    type: Type
    labels: Labels
    unit: str = ""
    codes: str | None = None
    minimum: Value | None = None
    maximum: Value | None = None


@dataclass(frozen=True, slots=True)
class TableRow:
    """One rule: it holds from ``valid_from`` up to, not including, ``valid_to``."""

    rule_id: str
    cells: Mapping[str, Cell]
    outputs: Mapping[str, Value]
    valid_from: dt.date
    valid_to: dt.date
    source: str
    note: str
    row: int
    file: str
    raw: Mapping[str, str]

    def holds(self, inputs: Mapping[str, Value | int | None]) -> bool:
        """Whether every cell admits its value; a value not given counts as missing."""
        return all(cell.holds(inputs.get(name)) for name, cell in self.cells.items())

    def place(self, column: str = "") -> Place:
        """Where a cell of the rule stands."""
        return Place(file=self.file, row=self.row, column=column, value=self.raw.get(column, ""))


@dataclass(frozen=True, slots=True)
class Decision:
    """What a table says of some values: outputs by name, and the rules they come from.

    ``outputs`` is empty where no row holds.

    Examples
    --------
    >>> decision = Decision({"factor": Fraction(6, 5)}, ("r3",))
    >>> decision["factor"], decision.rule_ids, bool(decision)
    (Fraction(6, 5), ('r3',), True)
    """

    outputs: Mapping[str, Value]
    rule_ids: tuple[str, ...]

    def __getitem__(self, name: str) -> Value:
        return self.outputs[name]

    def __contains__(self, name: object) -> bool:
        return name in self.outputs

    def __iter__(self) -> Iterator[str]:
        return iter(self.outputs)

    def __bool__(self) -> bool:
        return bool(self.outputs)

    def get(self, name: str) -> Value | None:
        """The output ``name``, or None where no row holds."""
        return self.outputs.get(name)


@dataclass(frozen=True, slots=True)
class DecisionTable:
    """One table: what goes in, what comes out, and its rules in the order of the file.

    A ``partial`` table says so that no rule is a meaning of its own; the checker asks no completeness of it.
    ``boundary`` is what its tiers promise of amounts on a line. A curve (`Hit.INTERPOLATE`) has its points in the
    first input and says what holds ``below`` and ``above`` them.
    """

    name: str
    labels: Labels
    hit: Hit
    inputs: Mapping[str, TableColumn]
    outputs: Mapping[str, TableColumn]
    rows: tuple[TableRow, ...]
    place: Place
    partial: bool = False
    boundary: Boundary | None = None
    below: Outside | None = None
    above: Outside | None = None

    @property
    def axis(self) -> TableColumn:
        """The first input: tiers and curves lie along it."""
        return next(iter(self.inputs.values()))

    def rows_on(self, day: dt.date) -> list[TableRow]:
        """Rules in force on ``day``, in the order of the file."""
        return [row for row in self.rows if row.valid_from <= day < row.valid_to]

    def slice_starts(self) -> list[dt.date]:
        """Days on which the set of rules changes, the first rule's first day among them; ordered."""
        days = {row.valid_from for row in self.rows} | {row.valid_to for row in self.rows if row.valid_to < LAST_DAY}
        return sorted(days)

    def decide(self, day: dt.date, inputs: Mapping[str, Value | int | None]) -> Decision:
        """What the rules in force on ``day`` say of ``inputs``, exactly.

        Parameters
        ----------
        day
            The day whose rules count.
        inputs
            Value by input column; money in whole currency units. A missing value (None) is only
            held by the cell ``-``.

        Raises
        ------
        AmbiguousRuleError
            The table allows one row and several hold; the checker refuses such a table.
        """
        return decide(self, [row for row in self.rows_on(day) if row.holds(inputs)], day)


def decide(table: DecisionTable, holding: list[TableRow], day: dt.date) -> Decision:
    """What ``table`` makes of the rows that hold, by its hit policy."""
    rule_ids = tuple(row.rule_id for row in holding)
    match table.hit:
        case Hit.UNIQUE | Hit.INTERPOLATE if len(holding) > 1:
            raise AmbiguousRuleError(table=table.name, rules=", ".join(rule_ids), as_of=day.isoformat())
        case Hit.UNIQUE | Hit.INTERPOLATE | Hit.FIRST:
            return Decision(holding[0].outputs, rule_ids[:1]) if holding else Decision({}, ())
        case Hit.SUM:
            return Decision({name: _sum(holding, name) for name in table.outputs}, rule_ids)
        case Hit.MIN:
            return Decision({name: min(_numbers(holding, name)) for name in table.outputs if holding}, rule_ids)
        case Hit.MAX:
            return Decision({name: max(_numbers(holding, name)) for name in table.outputs if holding}, rule_ids)


def _numbers(rows: list[TableRow], name: str) -> list[Fraction]:
    values = [row.outputs[name] for row in rows]
    assert all(isinstance(value, Fraction) for value in values), f"Expected numbers in {name}."
    return [value for value in values if isinstance(value, Fraction)]


def _sum(rows: list[TableRow], name: str) -> Fraction:
    return sum(_numbers(rows, name), Fraction(0))
