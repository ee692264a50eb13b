"""How a grain of many rows is folded: what codes alone decide, and sums that stand for the rows.

A book has millions of credited lines, some hundreds of combinations of codes and some hundred thousand groups. A
formula that reads nothing but codes is worked out once for a combination; what other grains and the stage need of the
lines is added up in as few passes as the formulas allow, and the lines themselves are named, not kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from kejing.policy.formula.bind import Aggregate
from kejing.policy.formula.binding import Binding
from kejing.policy.formula.names import Source, Target
from kejing.policy.sql.steps import Step, Tally
from kejing.policy.vocabulary import Type

UNDATED = "day_of_no_row"
"""Date column of a sheet of codes: no relation has it, so a formula whose text holds it depends on the day."""


@dataclass(frozen=True, slots=True)
class Classes:
    """``relation`` has one row for each combination of the codes in ``columns``, numbered in ``column``.

    The grain's own relation has the number too.
    """

    relation: str
    column: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A number in the grain's relation that its rows are grouped by, and the relation that says what it stands for."""

    column: str
    relation: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over a grain, one row for each combination of ``groups``, whose names include the parent's key.

    ``sums`` are formulas and variables wanted besides what formulas of other grains ask for. The first pass is made
    before anything of another grain is read, so that what other grains are made of may rest on it.
    """

    groups: tuple[Group, ...]
    sums: tuple[str, ...] = ()

    @property
    def by(self) -> tuple[str, ...]:
        """The numbers that rows are grouped by."""
        return tuple(group.column for group in self.groups)

    @property
    def names(self) -> tuple[str, ...]:
        """What the groups are called."""
        return tuple(name for group in self.groups for name in group.names)


@dataclass(frozen=True, slots=True)
class Fold:
    """How a grain is folded."""

    classes: Classes
    totals: Totals

    @property
    def carried(self) -> tuple[str, ...]:
        """Columns beside the grain's own that its sheets carry for the folding."""
        return tuple(dict.fromkeys((*self.totals.by, self.classes.column)))


@dataclass(frozen=True, slots=True)
class Sum:
    """A column of sums: what it reads of the grain, and how it is reckoned over rows ``r``."""

    column: str
    read: str
    text: str


@dataclass(slots=True)
class Sums:
    """The sums of one grain: those still wanted, and the relations that hold the others.

    Of the formulas that ``must`` have a figure, the rows are counted in which one of them has none.
    """

    grain: str
    totals: Totals
    must: tuple[str, ...] = ()
    pending: dict[str, Sum] = field(default_factory=dict)
    relations: list[str] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)

    def want(self, binding: Binding, wanted: Collection[str], must: Collection[str]) -> None:
        """Everything that the formulas ``wanted`` and the stage ask of the grain."""
        for name in wanted:
            for _, bound in binding.versions(name):
                self._add(one for one in bound.aggregates.values() if one.target.grain == self.grain)
        known = binding.names.by_grain[self.grain]
        self._add(Aggregate("SUM", known[name]) for name in self.totals.sums)
        self.must = tuple(must)

    def _add(self, aggregates: Iterable[Aggregate]) -> None:
        self.pending.update({column_of_aggregate(one): sum_of(one) for one in aggregates})

    def pass_over(self, relation: str, columns: Collection[str]) -> Step | None:
        """The sums of everything wanted that ``relation`` has by now; None where that is nothing."""
        due = [one for one in self.pending.values() if one.read in columns]
        must = [formula for formula in self.must if formula in columns]
        if not due and not must and self.relations:
            return None
        name = f"{self.grain}_sums_{len(self.relations) + 1}"
        count = "" if self.relations else "all_rows"
        counted = [f"COUNT(*) AS {count}"] if count else []
        added: dict[str, str] = {}
        if must:
            self.must = tuple(formula for formula in self.must if formula not in must)
            holes = f"holes_{len(self.relations) + 1}"
            self.held[holes] = name
            hole = " OR ".join(f"r.{formula} IS NULL" for formula in must)
            counted.append(f"COUNT(CASE WHEN {hole} THEN 1 END) AS {holes}")
            added[holes] = f"CASE WHEN {hole} THEN 1 ELSE 0 END"
        listed = ", ".join([*counted, *(f"{one.text} AS {one.column}" for one in due)])
        by = ", ".join(f"r.{column}" for column in self.totals.by)
        added |= {one.column: f"r.{one.read}" for one in due}
        rows = f"SELECT {by}, {', '.join(f'{text} AS {column}' for column, text in added.items())} FROM {relation} AS r"
        is_added = all(one.text.startswith("$SUM(") for one in due)
        for one in due:
            self.held[one.column] = name
            del self.pending[one.column]
        self.relations.append(name)
        groups = tuple((group.column, group.relation) for group in self.totals.groups)
        tally = Tally(rows, groups, tuple(added), count) if is_added and added else None
        return Step(name, f"SELECT {by}, {listed} FROM {relation} AS r GROUP BY {by}", tally=tally)

    def named(self, relation: str) -> str:
        """A relation of sums with the names of its groups, as a source of a SELECT."""
        return f"(SELECT {', '.join([*self._names(), 't.*'])} FROM {relation} AS t{self._joins('t')})"

    def together(self) -> str:
        """SELECT of all sums beside one another, with the names of their groups."""
        first, *others = self.relations
        listed = [*self._names(), *(f"s1.{column}" for column in self.totals.by), "s1.all_rows"]
        listed += [f"s{self.relations.index(relation) + 1}.{column}" for column, relation in self.held.items()]
        joins = [
            f"\nJOIN {relation} AS s{place} ON "
            + " AND ".join(f"s{place}.{column} = s1.{column}" for column in self.totals.by)
            for place, relation in enumerate(others, start=2)
        ]
        return f"SELECT {', '.join(listed)} FROM {first} AS s1{''.join(joins)}{self._joins('s1')}"

    def holes(self) -> str:
        """SELECT of one number: the rows in which a formula has no figure that must have one."""
        counts = [column for column in self.held if column.startswith("holes_")]
        total = " + ".join(f"COALESCE(SUM({column}), 0)" for column in counts) or "0"
        return f"SELECT CAST({total} AS $BIGINT) AS holes FROM {self.grain}_sums"

    def _names(self) -> list[str]:
        return [f"n{place}.{name}" for place, group in enumerate(self.totals.groups, start=1) for name in group.names]

    def _joins(self, alias: str) -> str:
        return "".join(
            f"\nJOIN {group.relation} AS n{place} ON n{place}.{group.column} = {alias}.{group.column}"
            for place, group in enumerate(self.totals.groups, start=1)
        )


def collected(function: str, target: Target, alias: str) -> str:
    """An aggregate over rows ``alias`` of the grain that ``target`` is of."""
    if function == "COUNT":
        return f"COUNT({alias}.{target.name})"
    if target.type is Type.DATE:
        return f"{function}({alias}.{target.name})"
    if function == "SUM":
        return f"$SUM({alias}.{target.name})"
    return f"{function}(CAST({alias}.{target.name} AS $WIDE))"


def collected_again(function: str, column: str, alias: str) -> str:
    """The aggregate over rows ``alias`` that each hold it for a part in ``column``."""
    return f"{'SUM' if function in {'SUM', 'COUNT'} else function}({alias}.{column})"


def column_of_aggregate(aggregate: Aggregate) -> str:
    """Name of the column that holds an aggregate."""
    return f"{aggregate.function.lower()}_{aggregate.target.grain}__{aggregate.target.name}"


def sum_of(aggregate: Aggregate) -> Sum:
    """The column of sums for an aggregate over the grain."""
    text = collected(aggregate.function, aggregate.target, "r")
    return Sum(column_of_aggregate(aggregate), aggregate.target.name, text)


def reads_codes_alone(binding: Binding, name: str, classes: Classes, known: Collection[str]) -> bool:
    """Whether formula ``name`` reads nothing but parameters, the codes of ``classes`` and the formulas ``known``."""
    return reads_alone(binding, name, {*classes.columns, *known})


def reads_alone(binding: Binding, name: str, readable: Collection[str]) -> bool:
    """Whether formula ``name`` reads nothing but parameters and what is ``readable`` of its own grain."""
    over = binding.pack.formulas[name].over
    for _, bound in binding.versions(name):
        named = [target for target in bound.targets.values() if target.source is not Source.PARAMETER]
        if bound.aggregates or any(target.grain != over or target.name not in readable for target in named):
            return False
    return True
