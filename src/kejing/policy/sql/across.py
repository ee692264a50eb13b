"""Readings of other rows as joins: the row before, the sum of all rows before, and peers of the same time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kejing.policy.formula.across import Across
from kejing.policy.formula.binding import Binding
from kejing.policy.formula.names import Source, Target
from kejing.policy.sql.relations import sql_type, stored_scale
from kejing.policy.sql.steps import Step
from kejing.policy.vocabulary import NUMERIC, Grain, Type


def place_relation(grain: str) -> str:
    """Name of the relation that numbers the rows of each lasting key by time, from 1."""
    return f"{grain}_place"


def opening_relation(grain: str) -> str:
    """Name of the relation of opening balances: the key without time, ``item``, ``amount`` in minor units."""
    return f"{grain}_opening"


def place_steps(binding: Binding, wanted: Iterable[str], relations: Mapping[str, str]) -> list[Step]:
    """Steps that number rows by time, for grains whose formulas among ``wanted`` read earlier rows."""
    backward = {
        binding.pack.formulas[name].over
        for name in wanted
        for _, bound in binding.versions(name)
        if bound.earlier_targets()
    }
    return [_place_step(grain, relations[grain.name]) for grain in binding.vocabulary if grain.name in backward]


def _place_step(grain: Grain, relation: str) -> Step:
    by = f"PARTITION BY {', '.join(grain.lasting)} " if grain.lasting else ""
    number = f"ROW_NUMBER() OVER ({by}ORDER BY {grain.date}, {grain.sequence}) AS place"
    return Step(place_relation(grain.name), f"SELECT {', '.join(grain.key)}, {number} FROM {relation}")


@dataclass(frozen=True, slots=True)
class Past:
    """Where rows of earlier times stand.

    ``whole`` has what is known of all times, ``looped`` the relation of each formula that is reckoned time by time;
    None where no time is reckoned yet.
    """

    whole: str
    looped: Mapping[str, str | None] = field(default_factory=dict)

    def relation(self, target: Target) -> str | None:
        """The relation that has ``target`` for earlier rows."""
        return self.looped.get(target.name, self.whole) if target.source is Source.FORMULA else self.whole


@dataclass(slots=True)
class AcrossJoins:
    """Joins onto rows ``b`` of ``grain``; ``now`` is the relation of the rows of the same time."""

    grain: Grain
    now: str
    past: Past
    minor_digits: int
    prefix: str
    joins: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def column(self, across: Across) -> str:
        """The SQL of the reading over the joins, which are added."""
        alias = f"x{len(self.joins) + 1}"
        match across.function:
            case "PREVIOUS":
                return self._previous(across.target, alias)
            case "TO_DATE":
                return self._before(across.target, alias)
            case "PEER_RANK":
                return self._rank(across, alias)
            case "PEER_SHARE":
                return self._share(across, alias)
            case _:
                return self._collected(across, alias)

    def _own_place(self) -> None:
        join = f"LEFT JOIN {place_relation(self.grain.name)} AS o ON {_equal('o', 'b', self.grain.key)}"
        if join not in self.joins:
            self.joins.append(join)

    def _previous(self, target: Target, alias: str) -> str:
        self._own_place()
        past = self.past.relation(target)
        read = _nothing(target, self.minor_digits)
        if past is not None:
            lasting = self.grain.lasting
            listed = ", ".join([*(f"p.{column}" for column in lasting), "p.place", f"d.{target.name} AS v"])
            inner = (
                f"SELECT {listed} FROM {past} AS d JOIN {place_relation(self.grain.name)} AS p"
                f" ON {_equal('p', 'd', self.grain.key)}"
            )
            on = " AND ".join([*_pairs(alias, "b", lasting), f"{alias}.place + 1 = o.place"])
            self.joins.append(f"LEFT JOIN ({inner}) AS {alias} ON {on}")
            read = f"{alias}.v"
        if target.type not in NUMERIC:
            return read
        return f"CASE WHEN o.place = 1 THEN {self._opening(target, alias)} ELSE {read} END"

    def _opening(self, target: Target, alias: str) -> str:
        """The balance that an institution brings for a formula of money, else zero."""
        if target.type is not Type.MONEY or target.source is not Source.FORMULA:
            return "0"
        lasting = self.grain.lasting
        listed = ", ".join([*lasting, "amount"])
        inner = f"SELECT {listed} FROM {opening_relation(self.grain.name)} WHERE item = '{target.name}'"
        on = " AND ".join([*_pairs(f"y{alias}", "b", lasting), "o.place = 1"])
        self.joins.append(f"LEFT JOIN ({inner}) AS y{alias} ON {on}")
        finer = 10 ** (stored_scale(target, self.minor_digits) - self.minor_digits)
        return f"COALESCE(y{alias}.amount, 0) * {finer}" if finer > 1 else f"COALESCE(y{alias}.amount, 0)"

    def _before(self, target: Target, alias: str) -> str:
        past = self.past.relation(target)
        if past is None:
            return "0"
        place, key = place_relation(self.grain.name), self.grain.key
        listed = ", ".join(f"l.{column}" for column in key)
        earlier = " AND ".join([*_pairs("p", "l", self.grain.lasting), "p.place < l.place"])
        inner = (
            f"SELECT {listed}, SUM(CAST(d.{target.name} AS $WIDE)) AS v FROM {place} AS l"
            f" JOIN {place} AS p ON {earlier} JOIN {past} AS d ON {_equal('d', 'p', key)} GROUP BY {listed}"
        )
        self.joins.append(f"LEFT JOIN ({inner}) AS {alias} ON {_equal(alias, 'b', key)}")
        return f"COALESCE({alias}.v, 0)"

    def _group(self, across: Across) -> tuple[str, ...]:
        """Columns that peers share."""
        return tuple(dict.fromkeys((self.grain.sequence, *(column.name for column in across.within))))

    def _collected(self, across: Across, alias: str) -> str:
        name, group = across.target.name, self._group(across)
        listed = ", ".join(f"c.{column}" for column in group)
        text = f"COUNT(c.{name})" if across.function == "PEER_COUNT" else f"SUM(CAST(c.{name} AS $WIDE))"
        inner = f"SELECT {listed}, {text} AS v FROM {self.now} AS c GROUP BY {listed}"
        self.joins.append(f"LEFT JOIN ({inner}) AS {alias} ON {_equal(alias, 'b', group)}")
        return f"COALESCE({alias}.v, 0)"

    def _rank(self, across: Across, alias: str) -> str:
        """The first place among equals: places are counted over all rows, so that ties leave a gap behind them."""
        name, group = across.target.name, self._group(across)
        columns = tuple(dict.fromkeys((*group, name)))
        listed = ", ".join(f"c.{column}" for column in columns)
        by = ", ".join(f"c.{column}" for column in group)
        order = ", ".join([f"c.{name} DESC", *(f"c.{column}" for column in self.grain.key)])
        placed = (
            f"SELECT {listed}, ROW_NUMBER() OVER (PARTITION BY {by} ORDER BY {order}) AS place"
            f" FROM {self.now} AS c WHERE c.{name} IS NOT NULL"
        )
        columns_of_r = ", ".join(f"r.{column}" for column in columns)
        inner = f"SELECT {columns_of_r}, MIN(r.place) AS v FROM ({placed}) AS r GROUP BY {columns_of_r}"
        self.joins.append(f"LEFT JOIN ({inner}) AS {alias} ON {_equal(alias, 'b', columns)}")
        return f"{alias}.v"

    def _share(self, across: Across, alias: str) -> str:
        assert across.weight is not None
        sharing = Sharing(self.grain, across, self._group(across), f"{self.prefix}_share_{len(self.joins) + 1}")
        self.steps += sharing.steps(self.now)
        self.joins.append(f"LEFT JOIN {sharing.relation} AS {alias} ON {_equal(alias, 'b', self.grain.key)}")
        return f"CASE WHEN b.{across.weight.name} > 0 THEN {alias}.v ELSE 0 END"


@dataclass(frozen=True, slots=True)
class Sharing:
    """An amount cut in whole minor units among peers, by one of the conventions."""

    grain: Grain
    across: Across
    group: tuple[str, ...]
    relation: str

    def steps(self, now: str) -> list[Step]:
        """Relations in order; the last has the key and the part ``v``."""
        taking, whole, part, left = (f"{self.relation}_{word}" for word in ("taking", "whole", "part", "left"))
        group = ", ".join(self.group)
        return [
            Step(taking, self._taking(now)),
            Step(
                whole,
                f"SELECT {group}, SUM(heavy) AS whole, MIN(amount) AS low, MAX(amount) AS high"
                f" FROM {taking} GROUP BY {group}",
            ),
            Step(part, self._parts(taking, whole)),
            Step(left, f"SELECT {group}, MIN(size) - SUM(part) AS rest FROM {part} GROUP BY {group}"),
            Step(self.relation, self._whole_units(part, left)),
        ]

    def _taking(self, now: str) -> str:
        """Peers with a weight above zero."""
        assert self.across.weight is not None
        columns = dict.fromkeys((*self.grain.key, *self.group))
        listed = ", ".join(f"c.{column}" for column in columns)
        weight, amount = self.across.weight.name, self.across.target.name
        return (
            f"SELECT {listed}, CAST(c.{weight} AS $WIDE) AS heavy, CAST(c.{amount} AS $WIDE) AS amount"
            f" FROM {now} AS c WHERE c.{weight} > 0 AND c.{amount} IS NOT NULL"
        )

    def _parts(self, taking: str, whole: str) -> str:
        size = "ABS(t.amount)"
        part, remainder = f"$WIDE_DIV({size} * t.heavy, w.whole)", f"({size} * t.heavy) % w.whole"
        if self.across.convention != "largest_remainder":
            part, remainder = f"$WIDE_DIV(2 * {size} * t.heavy + w.whole, 2 * w.whole)", "0"
        return (
            f"SELECT t.*, w.low, w.high, {size} AS size, {part} AS part, {remainder} AS remainder"
            f" FROM {taking} AS t JOIN {whole} AS w ON {_equal('w', 't', self.group)}"
        )

    def _whole_units(self, part: str, left: str) -> str:
        """Units that are left over go to the largest remainders, or all to one peer; a tie goes to the smaller key."""
        key, group = self.grain.key, ", ".join(f"p.{column}" for column in self.group)
        orders: Mapping[str, Sequence[str]] = {
            "largest_remainder": ["p.remainder DESC", *(f"p.{column}" for column in key)],
            "rest_to_largest": ["p.heavy DESC", *(f"p.{column}" for column in key)],
            "rest_to_last": [f"p.{column} DESC" for column in key],
        }
        order = ", ".join(orders[self.across.convention])
        more = "CASE WHEN p.place <= l.rest THEN 1 ELSE 0 END"
        if self.across.convention != "largest_remainder":
            more = "CASE WHEN p.place = 1 THEN l.rest ELSE 0 END"
        placed = f"SELECT p.*, ROW_NUMBER() OVER (PARTITION BY {group} ORDER BY {order}) AS place FROM {part} AS p"
        listed = ", ".join(f"p.{column}" for column in key)
        units = f"(p.part + {more}) * CASE WHEN p.amount < 0 THEN -1 ELSE 1 END"
        return (
            f"SELECT {listed}, CASE WHEN p.low = p.high THEN {units} END AS v"
            f" FROM ({placed}) AS p JOIN {left} AS l ON {_equal('l', 'p', self.group)}"
        )


def _nothing(target: Target, minor_digits: int) -> str:
    """A missing value of the type of ``target``."""
    type_ = sql_type(target, minor_digits)
    return f"CAST(NULL AS {type_})" if type_ else "CASE WHEN 1 = 0 THEN TRUE END"


def _pairs(left: str, right: str, columns: Sequence[str]) -> list[str]:
    return [f"{left}.{column} = {right}.{column}" for column in columns]


def _equal(left: str, right: str, columns: Sequence[str]) -> str:
    return " AND ".join(_pairs(left, right, columns))
