"""The source of a sheet: the grain's own columns beside those of its parents and sums over its children."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kejing.policy.formula.across import Across
from kejing.policy.formula.bind import Aggregate
from kejing.policy.formula.binding import Binding
from kejing.policy.formula.names import Source, Target
from kejing.policy.sql.across import AcrossJoins, Past
from kejing.policy.sql.exact import Exact
from kejing.policy.sql.exact import column as stored_number
from kejing.policy.sql.fold import collected, collected_again, column_of_aggregate
from kejing.policy.sql.layers import Sql, sql
from kejing.policy.sql.lower import Columns
from kejing.policy.sql.relations import stored_scale
from kejing.policy.sql.steps import Step
from kejing.policy.sql.terms import Lowered
from kejing.policy.vocabulary import NUMERIC, Grain, Vocabulary


def column_of(target: Target, column: Sql, minor_digits: int) -> Lowered:
    """A stored column as an exact number, or as it is."""
    if target.type not in NUMERIC:
        return column
    return stored_number(column, stored_scale(target, minor_digits))


class SheetSource:
    """The SELECT below one sheet.

    ``relations`` says which relation stands for each grain by now, ``held`` the columns of this grain's, ``summed``
    the relations of sums that have a column of an aggregate already, ``past`` where rows of earlier times stand.
    ``steps`` are to be taken before the SELECT; their relations begin with ``prefix``.
    """

    def __init__(  # noqa: PLR0913  # the rows it reads, and where each of them stands
        self,
        binding: Binding,
        grain: Grain,
        relations: Mapping[str, str],
        held: Sequence[str],
        summed: Mapping[str, str] | None = None,
        past: Past | None = None,
        prefix: str = "",
    ) -> None:
        self.vocabulary: Vocabulary = binding.vocabulary
        self.grain = grain
        self.relations = relations
        self.summed = summed or {}
        self.held = list(dict.fromkeys(held))
        self.columns = Columns(Sql(grain.date, is_atom=True))
        self._digits = binding.pack.minor_digits
        self._above: dict[str, dict[str, str]] = {}
        self._below: dict[tuple[str, str], dict[str, str]] = {}
        now = relations[grain.name]
        self._joins = AcrossJoins(grain, now, past or Past(now), self._digits, prefix or grain.name)
        self._across: dict[str, str] = {}

    @property
    def steps(self) -> list[Step]:
        """Relations that the joins onto other rows need."""
        return self._joins.steps

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
        target, name = aggregate.target, column_of_aggregate(aggregate)
        relation = self.summed.get(name)
        if relation is None:
            relation, text = self.relations[target.grain], collected(aggregate.function, target, "c")
        else:
            text = collected_again(aggregate.function, name, "c")
        self._below.setdefault((target.grain, relation), {})[name] = text
        column = Sql(name, is_atom=True)
        if aggregate.function == "COUNT":
            self.columns.aggregates[aggregate] = Exact(sql("CAST({} AS $WIDE)", column))
        else:
            self.columns.aggregates[aggregate] = column_of(target, column, self._digits)

    def cross(self, across: Across) -> None:
        """Make what is read of earlier rows or of peers available."""
        if across in self.columns.across:
            return
        name = f"across_{len(self._across) + 1}"
        self._across[name] = self._joins.column(across)
        column = Sql(name, is_atom=True)
        if across.function in {"PEER_COUNT", "PEER_RANK"}:
            self.columns.across[across] = Exact(sql("CAST({} AS $WIDE)", column))
        else:
            self.columns.across[across] = column_of(across.target, column, self._digits)

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
        for place, ((name, relation), sums) in enumerate(self._below.items(), start=1):
            joins.append(self._join_below(name, relation, sums, f"a{place}"))
            columns += [_or_zero(f"a{place}", known) for known in sums]
        joins += self._joins.joins
        columns += [f"{text} AS {name}" for name, text in self._across.items()]
        listed = ",\n  ".join(columns)
        below = "".join(f"\n{join}" for join in joins)
        return f"SELECT\n  {listed}\nFROM {self.relations[self.grain.name]} AS b{below}"

    def _is_needed(self, name: str) -> bool:
        """Whether a grain is read, or lies on the way to one that is."""
        return name in self._above or any(name in self._on_the_way(read) for read in self._above)

    def _on_the_way(self, name: str) -> list[str]:
        above = self.vocabulary.ancestors(self.grain.name)
        return above[: above.index(name)]

    def _join_below(self, name: str, relation: str, sums: dict[str, str], alias: str) -> str:
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
        summed = [f"{text} AS {known}" for known, text in sums.items()]
        grouped = ", ".join(f"{at_alias}.{column}" for column in at.parent_key)
        source = f"{relation} AS c{''.join(joins)}"
        inner = f"SELECT {', '.join([*keys, *summed])} FROM {source} GROUP BY {grouped}"
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
