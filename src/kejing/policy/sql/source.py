"""The source of a sheet: the grain's own columns beside those of its parents and sums over its children."""

from __future__ import annotations

from kejing.policy.formula.bind import Aggregate
from kejing.policy.formula.binding import Binding
from kejing.policy.formula.names import Source, Target
from kejing.policy.sql.exact import Exact
from kejing.policy.sql.layers import Sql, sql
from kejing.policy.sql.lower import Columns
from kejing.policy.sql.relations import stored_scale
from kejing.policy.sql.terms import Lowered
from kejing.policy.vocabulary import NUMERIC, Grain, Type, Vocabulary


def column_of(target: Target, column: Sql, minor_digits: int) -> Lowered:
    """A stored column as an exact number, or as it is."""
    if target.type not in NUMERIC:
        return column
    return Exact(sql("CAST({} AS $WIDE)", column), stored_scale(target, minor_digits))


class SheetSource:
    """The SELECT below one sheet.

    ``relations`` says which relation stands for each grain by now, ``held`` the columns of this grain's.
    """

    def __init__(self, binding: Binding, grain: Grain, relations: dict[str, str], held: list[str]) -> None:
        self.vocabulary: Vocabulary = binding.vocabulary
        self.grain = grain
        self.relations = relations
        self.held = list(dict.fromkeys(held))
        self.columns = Columns(Sql(grain.date, is_atom=True))
        self._digits = binding.pack.minor_digits
        self._above: dict[str, dict[str, str]] = {}
        self._below: dict[str, dict[str, str]] = {}

    def read(self, target: Target) -> None:
        """Make the value of a name of this grain or of one above available."""
        if target.source is Source.PARAMETER or target in self.columns.values:
            return
        if target.grain == self.grain.name:
            if target.name not in self.held:
                return  # a formula of the same sheet: it becomes a column when its turn comes
            name = target.name
        else:
            name = f"{target.grain}__{target.name}"
            self._above.setdefault(target.grain, {})[target.name] = name
        self.columns.values[target] = column_of(target, Sql(name, is_atom=True), self._digits)

    def collect(self, aggregate: Aggregate) -> None:
        """Make an aggregate over the rows of a grain below available."""
        target = aggregate.target
        name = f"{aggregate.function.lower()}_{target.grain}__{target.name}"
        self._below.setdefault(target.grain, {})[name] = self._collected(aggregate)
        column = Sql(name, is_atom=True)
        if aggregate.function == "COUNT":
            self.columns.aggregates[aggregate] = Exact(sql("CAST({} AS $WIDE)", column))
        else:
            self.columns.aggregates[aggregate] = column_of(target, column, self._digits)

    def _collected(self, aggregate: Aggregate) -> str:
        target = aggregate.target
        if aggregate.function == "COUNT":
            return f"COUNT(c.{target.name})"
        if target.type is Type.DATE:
            return f"{aggregate.function}(c.{target.name})"
        return f"{aggregate.function}(CAST(c.{target.name} AS $WIDE))"

    def select(self) -> str:
        """The source as one SELECT."""
        columns = [f"b.{name}" for name in self.held]
        joins: list[str] = []
        child = self.grain
        child_alias = "b"
        wanted = [name for name in self.vocabulary.ancestors(self.grain.name) if self._is_needed(name)]
        for place, name in enumerate(wanted, start=1):
            parent, alias = self.vocabulary[name], f"p{place}"
            on = _equal(alias, parent.key, child_alias, child.parent_key)
            joins.append(f"LEFT JOIN {self.relations[name]} AS {alias} ON {on}")
            columns += [f"{alias}.{column} AS {known}" for column, known in self._above.get(name, {}).items()]
            child, child_alias = parent, alias
        for place, (name, collected) in enumerate(self._below.items(), start=1):
            joins.append(self._join_below(name, collected, f"a{place}"))
            columns += [_or_zero(f"a{place}", known) for known in collected]
        listed = ",\n  ".join(columns)
        below = "".join(f"\n{join}" for join in joins)
        return f"SELECT\n  {listed}\nFROM {self.relations[self.grain.name]} AS b{below}"

    def _is_needed(self, name: str) -> bool:
        """Whether a grain is read, or lies on the way to one that is."""
        return name in self._above or any(name in self._on_the_way(read) for read in self._above)

    def _on_the_way(self, name: str) -> list[str]:
        above = self.vocabulary.ancestors(self.grain.name)
        return above[: above.index(name)]

    def _join_below(self, name: str, collected: dict[str, str], alias: str) -> str:
        """Rows of a grain below, collected by the key of this grain."""
        child = self.vocabulary[name]
        joins: list[str] = []
        at, at_alias = child, "c"
        while at.parent != self.grain.name:
            assert at.parent is not None
            parent, parent_alias = self.vocabulary[at.parent], f"u{len(joins) + 1}"
            on = _equal(parent_alias, parent.key, at_alias, at.parent_key)
            joins.append(f" INNER JOIN {self.relations[at.parent]} AS {parent_alias} ON {on}")
            at, at_alias = parent, parent_alias
        keys = [f"{at_alias}.{column} AS k{place}" for place, column in enumerate(at.parent_key, start=1)]
        sums = [f"{text} AS {known}" for known, text in collected.items()]
        grouped = ", ".join(f"{at_alias}.{column}" for column in at.parent_key)
        source = f"{self.relations[name]} AS c{''.join(joins)}"
        inner = f"SELECT {', '.join([*keys, *sums])} FROM {source} GROUP BY {grouped}"
        on = " AND ".join(f"{alias}.k{place} = b.{column}" for place, column in enumerate(self.grain.key, start=1))
        return f"LEFT JOIN (\n  {inner}\n) AS {alias} ON {on}"


def _equal(left: str, left_columns: tuple[str, ...], right: str, right_columns: tuple[str, ...]) -> str:
    pairs = zip(left_columns, right_columns, strict=True)
    return " AND ".join(f"{left}.{one} = {right}.{other}" for one, other in pairs)


def _or_zero(alias: str, name: str) -> str:
    """Sums and counts over no rows are zero, the smallest of none is missing."""
    if name.startswith(("sum_", "count_")):
        return f"COALESCE({alias}.{name}, 0) AS {name}"
    return f"{alias}.{name} AS {name}"
