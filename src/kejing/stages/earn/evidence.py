"""What the explanations of one RM and period have in common, read and reckoned once."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from kejing.policy import Pack
from kejing.policy.exact import Figure, Results, evaluate
from kejing.policy.exact.evaluate import Readings
from kejing.policy.exact.sheet import RowId
from kejing.policy.formula.across import Across
from kejing.policy.formula.binding import bind_or_refuse
from kejing.policy.literals import Value
from kejing.policy.readings import natural_readings, reading_relation
from kejing.stages.earn.natural import natural_row
from kejing.stages.earn.origin import Origins, credited_amount, money, quoted
from kejing.stages.earn.sheets import INPUTS
from kejing.stages.earn.vocabulary import EARN_VOCABULARY
from kejing.warehouse.protocol import Engine

_NEAR = "near_"
_NARROWED = {"credit_rows": "line_id", "income": "line_id", "balances": "customer_id", "coverage": "customer_id"}
"""Relations that lines are followed to, by the column that says which rows of them matter."""
_ORIGINS = 200
"""Lines of one tree that are followed to their source rows."""

type LineKey = tuple[object, ...]
"""Period, RM, measure and line."""


class Evidence:
    """The exact evaluator over the rows of one RM and period, its credited lines, and where they come from.

    Figures are the same objects in every tree that shows them, so what was found out of one holds for all.
    """

    def __init__(self, engine: Engine, pack: Pack, period: str, rm_id: str) -> None:
        self.results = results_of(engine, pack, period, rm_id)
        self._currency = pack.currency
        self._lines: dict[LineKey, dict[str, Any]] = {
            (line["period"], line["rm_id"], line["measure"], line["line_id"]): line
            for line in _lines_of(engine, period, rm_id)
        }
        self._engine = engine
        self._origins: Origins | None = None
        self._sources: dict[LineKey, tuple[Figure, ...]] = {}
        self._shown: dict[int, tuple[Figure, Figure, AbstractSet[LineKey]]] = {}

    def followed(self, figure: Figure, line_id: str) -> Figure:
        """``figure`` with its lines followed to their source rows, up to `_ORIGINS`; ``line_id`` alone if there is one.

        An actual shows all the lines it is the sum of, whether or not they are followed.
        """
        keys = sorted(key for key in self._lines if not line_id or key[3] == line_id)
        return self._grown(figure, frozenset(keys[:_ORIGINS]))

    def _grown(self, node: Figure, wanted: AbstractSet[LineKey]) -> Figure:
        shown, keys = self._with_lines(node)
        if keys.isdisjoint(wanted):
            return shown
        if node.grain == "line" and node.name == "amount" and node.key in wanted:
            return replace(node, children=self._sources_of(node.key))
        return replace(node, children=tuple(self._grown(child, wanted) for child in node.children))

    def _with_lines(self, node: Figure) -> tuple[Figure, AbstractSet[LineKey]]:
        """``node`` with the lines of every actual below it, and the keys of the line amounts below it."""
        known = self._shown.get(id(node))
        if known is None:
            known = (node, *self._look(node))  # the node is kept, so that its id stays its own
            self._shown[id(node)] = known
        return known[1:]

    def _look(self, node: Figure) -> tuple[Figure, AbstractSet[LineKey]]:
        if node.grain == "task" and node.name == "actual":
            return replace(node, children=self._lines_of(node.key)), frozenset()
        keys = {node.key} if node.grain == "line" and node.name == "amount" else set()
        if not node.children:
            return node, keys
        below = [self._with_lines(child) for child in node.children]
        children = tuple(shown for shown, _ in below)
        is_same = all(one is other for one, other in zip(children, node.children, strict=True))
        return node if is_same else replace(node, children=children), keys.union(*(found for _, found in below))

    def _lines_of(self, task: LineKey) -> tuple[Figure, ...]:
        """The credited lines that an actual is the sum of."""
        return tuple(
            replace(
                money("credited_line", "归属明细", "credited line", line["amount"], self._currency),
                key=(line["customer_id"], line["line_id"]),
            )
            for key, line in self._lines.items()
            if key[:3] == task
        )

    def _sources_of(self, key: LineKey) -> tuple[Figure, ...]:
        if key not in self._sources:
            line = self._lines[key]
            credit_measure = line["measure"] if str(line["line_id"]).startswith("bal:") else "income"
            row = {**line, "day": line["booked_on"], "credit_measure": credit_measure}
            self._sources[key] = credited_amount(self._nearby(), row).children
        return self._sources[key]

    def _nearby(self) -> Origins:
        """Origins over the rows of these lines and their customers alone: each relation is read once."""
        if self._origins is None:
            lines = list(self._lines.values())
            for relation, column in _NARROWED.items():
                listed = ", ".join(quoted(value) for value in sorted({str(line[column]) for line in lines}))
                self._engine.create(_NEAR + relation, f"SELECT * FROM {relation} WHERE {column} IN ({listed})")
            self._origins = Origins(self._engine, self._currency, _NEAR)
        return self._origins


def results_of(engine: Engine, pack: Pack, period: str, rm_id: str) -> Results:
    """The exact evaluator over the rows of one RM and period."""
    where = f"WHERE period = {quoted(period)} AND rm_id = {quoted(rm_id)}"
    rows = {
        grain.name: [
            natural_row(row, EARN_VOCABULARY, grain.name, pack.minor_digits)
            for row in engine.fetch(
                f"SELECT * FROM {INPUTS[grain.name]} {where} ORDER BY {', '.join(grain.key)}"
            ).to_pylist()
        ]
        for grain in EARN_VOCABULARY
        if grain.name in INPUTS and INPUTS[grain.name] in engine.relations()
    }
    return evaluate(pack, EARN_VOCABULARY, rows, readings=_readings(engine, pack, where))


def _readings(engine: Engine, pack: Pack, where: str) -> Readings:
    """What the rows read of earlier periods and of peers, as the run kept it."""
    binding = bind_or_refuse(pack, EARN_VOCABULARY)
    kept = [grain.name for grain in EARN_VOCABULARY if reading_relation(grain.name) in engine.relations()]
    found: dict[tuple[RowId, Across], Value | None] = {}
    for grain in kept:
        rows = engine.fetch(f"SELECT * FROM {reading_relation(grain)} {where}").to_pylist()
        found |= natural_readings(binding, grain, rows)
    return found


def _lines_of(engine: Engine, period: str, rm_id: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = engine.fetch(
        f"SELECT * FROM line_input WHERE period = {quoted(period)} AND rm_id = {quoted(rm_id)} ORDER BY line_id"
    ).to_pylist()
    return rows
