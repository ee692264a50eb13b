"""What LOOKUP looks up: a decision table or a rate card, which inputs, which output."""

from __future__ import annotations

from dataclasses import dataclass

from kejing.policy.formula.cards import multiplies_out
from kejing.policy.formula.problem import FormulaProblem
from kejing.policy.formula.syntax import Call, Name, Node, Word
from kejing.policy.pack import Pack
from kejing.policy.parts import Labels, RateCardRule
from kejing.policy.problems import nearest
from kejing.policy.tables import DecisionTable, Hit, TableColumn
from kejing.policy.units import BadUnitError, multiplied, parse_unit, show_unit
from kejing.policy.vocabulary import NUMERIC, Type


@dataclass(frozen=True, slots=True)
class Lookup:
    """One LOOKUP, resolved. ``arguments`` and ``inputs`` go together; exactly one of table and card is set."""

    table: DecisionTable | None
    card: RateCardRule | None
    arguments: tuple[Node, ...]
    inputs: tuple[TableColumn, ...]
    output: TableColumn

    @property
    def name(self) -> str:
        """Name of the table or card."""
        named = self.table or self.card
        assert named is not None
        return named.name


def plan_lookup(node: Call, pack: Pack) -> Lookup | None:
    """Which table or card, which inputs and which output ``node`` means; None for a card that is itself wrong.

    Raises
    ------
    FormulaProblem
        No such table or card, a wrong count of inputs, or an output that is not named or unknown.
    """
    first, *rest = node.arguments
    name = first.name if isinstance(first, Name) and not first.grain else first.value if isinstance(first, Word) else ""
    table, card = pack.tables.get(name), pack.rate_cards.get(name)
    if table is None and card is None:
        known = [*pack.tables, *pack.rate_cards]
        raise FormulaProblem("unknown_table", first.span, table=name or "…", nearest=nearest(name, known))
    _refuse_wrong_reader(node, name, table)
    if card is not None and table is None:
        if any(one not in pack.tables or not multiplies_out(pack.tables[one]) for one in card.tables):
            return None  # told at the card
        inputs, outputs = card_inputs(card, pack), {card.name: _card_output(card, pack)}
    else:
        assert table is not None
        card, inputs, outputs = None, tuple(table.inputs.values()), dict(table.outputs)
    arguments, output = _split(node, rest, len(inputs), outputs, name)
    return Lookup(table, card, arguments, inputs, output)


def _refuse_wrong_reader(node: Call, name: str, table: DecisionTable | None) -> None:
    """A curve is read by INTERPOLATE alone; MARGINAL reads tiers of a number that do not overlap."""
    is_curve = table is not None and table.hit is Hit.INTERPOLATE
    if is_curve != (node.function == "INTERPOLATE"):
        code = "curve_not_looked_up" if is_curve else "not_a_curve"
        raise FormulaProblem(code, node.span, table=name, function=node.function)
    if node.function != "MARGINAL":
        return
    if table is None or table.hit is not Hit.UNIQUE or table.axis.type not in NUMERIC:
        raise FormulaProblem("not_tiers", node.span, table=name)
    if any(column.type not in NUMERIC for column in table.outputs.values()):
        raise FormulaProblem("not_tiers", node.span, table=name)


def _split(
    node: Call, rest: list[Node], inputs: int, outputs: dict[str, TableColumn], name: str
) -> tuple[tuple[Node, ...], TableColumn]:
    if len(rest) not in {inputs, inputs + 1}:
        raise FormulaProblem("lookup_arguments", node.span, table=name, count=len(rest), wanted=inputs)
    if len(rest) == inputs:
        if len(outputs) > 1:
            raise FormulaProblem("lookup_output_unsaid", node.span, table=name, outputs=", ".join(outputs))
        return tuple(rest), next(iter(outputs.values()))
    last = rest[-1]
    said = last.name if isinstance(last, Name) and not last.grain else last.value if isinstance(last, Word) else ""
    if said not in outputs:
        meant = nearest(said, outputs)
        raise FormulaProblem("unknown_output", last.span, table=name, output=said or "…", nearest=meant)
    return tuple(rest[:-1]), outputs[said]


def card_inputs(card: RateCardRule, pack: Pack) -> tuple[TableColumn, ...]:
    """Inputs of all tables of a card, each once, in the order they first appear."""
    columns: dict[str, TableColumn] = {}
    for name in card.tables:
        if name in pack.tables:
            for column in pack.tables[name].inputs.values():
                columns.setdefault(column.name, column)
    return tuple(columns.values())


def _card_output(card: RateCardRule, pack: Pack) -> TableColumn:
    """A number whose unit is the product of the units of the tables' outputs."""
    dims = parse_unit("")
    for name in card.tables:
        for output in pack.tables[name].outputs.values() if name in pack.tables else ():
            if output.type in NUMERIC:
                try:
                    dims = multiplied(dims, parse_unit(output.unit))
                except BadUnitError:
                    continue
    unit = show_unit(dims)
    return TableColumn(card.name, Type.NUMBER, Labels(card.labels.zh, card.labels.en), "" if unit == "1" else unit)
