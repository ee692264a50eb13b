"""What tables and cards answer to one row, with the rules they answer by."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from kejing.measure.rounding import round_fraction
from kejing.policy.exact.figure import Figure
from kejing.policy.exact.tiers import Part, parts_of, read_curve
from kejing.policy.formula.lookup import Lookup
from kejing.policy.literals import Value
from kejing.policy.pack import Pack
from kejing.policy.parts import Labels
from kejing.policy.tables import DecisionTable, TableColumn
from kejing.policy.vocabulary import Type

type Inputs = Mapping[str, Value | None]


@dataclass(frozen=True, slots=True)
class Answers:
    """The tables and cards of a pack on one day."""

    pack: Pack
    day: dt.date

    def answer(self, function: str, lookup: Lookup, inputs: Inputs, arguments: tuple[Figure, ...]) -> Figure:
        """What ``function`` reads for ``inputs``; ``arguments`` are the figures they come from."""
        if lookup.table is None:
            return self._multiplied_out(lookup, inputs, arguments)
        match function:
            case "MARGINAL":
                return self._taken_by_parts(lookup.table, lookup.output.name, inputs, arguments)
            case "INTERPOLATE":
                return self._on_curve(lookup.table, lookup.output.name, inputs, arguments)
            case _:
                return self._decided(lookup.table, lookup.output.name, inputs, arguments)

    def _decided(self, table: DecisionTable, output: str, inputs: Inputs, arguments: tuple[Figure, ...]) -> Figure:
        decision = table.decide(self.day, inputs)
        rows = [row for row in table.rows if row.rule_id in decision.rule_ids]
        source = "; ".join(dict.fromkeys(row.source for row in rows))
        rule = f"{table.name}#{'+'.join(decision.rule_ids) or '-'}"
        column = table.outputs[output]
        return Figure(
            table.name, table.labels, decision.get(output), column.type, column.unit, rule, source, children=arguments
        )

    def _taken_by_parts(
        self, table: DecisionTable, output: str, inputs: Inputs, arguments: tuple[Figure, ...]
    ) -> Figure:
        """Each part of the amount at its own tier's rate; the parts are figures of their own."""
        parts = parts_of(table, output, self.day, inputs)
        value = None if parts is None else sum((part.part * part.rate for part in parts), Fraction(0))
        tiers = tuple(_tier(table, output, part) for part in parts or ())
        rule = f"{table.name}#{'+'.join(part.row.rule_id for part in parts or ()) or '-'}"
        type_ = _product_type(table, output)
        return Figure(table.name, table.labels, value, type_, rule=rule, children=(*arguments, *tiers))

    def _on_curve(self, table: DecisionTable, output: str, inputs: Inputs, arguments: tuple[Figure, ...]) -> Figure:
        """A value between two points of a curve, which are named as its rule."""
        read = read_curve(table, output, self.day, inputs)
        points = read.points if read is not None else ()
        rule = f"{table.name}#{'+'.join(row.rule_id for row in points) or '-'}"
        source = "; ".join(dict.fromkeys(row.source for row in points))
        column = table.outputs[output]
        value = None if read is None else read.value
        return Figure(table.name, table.labels, value, column.type, column.unit, rule, source, children=arguments)

    def _multiplied_out(self, lookup: Lookup, inputs: Inputs, arguments: tuple[Figure, ...]) -> Figure:
        """The product of a card's tables, rounded once; its factors are its children.

        A card knows the codes of its lists only: for another one, or for none, it has no factor.
        """
        card = lookup.card
        assert card is not None
        factors = []
        product = Fraction(1) if all(self._is_listed(inputs[column.name], column) for column in lookup.inputs) else None
        for name in card.tables:
            table = self.pack.tables[name]
            own = {column: inputs[column] for column in table.inputs}
            read = tuple(figure for figure in arguments if figure.name in own) or arguments
            factor = self._decided(table, next(iter(table.outputs)), own, read)
            factors.append(factor)
            assert factor.value is None or isinstance(factor.value, Fraction)
            product = None if product is None or factor.value is None else product * factor.value
        if product is not None:
            product = Fraction(round_fraction(product, card.decimals), 10**card.decimals)
        rule = f"{card.name}@{self.day}"
        return Figure(card.name, card.labels, product, Type.NUMBER, lookup.output.unit, rule, children=tuple(factors))

    def _is_listed(self, value: Value | None, column: TableColumn) -> bool:
        return value in self.pack.code_lists[column.codes] if column.codes is not None else value is not None


def _tier(table: DecisionTable, output: str, part: Part) -> Figure:
    """What one tier adds: the part that lies in it, and its rate."""
    axis, rate = table.axis, table.outputs[output]
    cell = part.row.cells[axis.name]
    labels = Labels(f"{axis.labels.zh} {cell}", f"{axis.labels.en} {cell}")
    rule = f"{table.name}#{part.row.rule_id}"
    lying = Figure(axis.name, labels, part.part, axis.type, axis.unit)
    taken = Figure(rate.name, rate.labels, part.rate, rate.type, rate.unit, rule, part.row.source)
    type_ = _product_type(table, output)
    return Figure(table.name, labels, part.part * part.rate, type_, rule=rule, children=(lying, taken))


def _product_type(table: DecisionTable, output: str) -> Type:
    """An amount at a rate, or pieces at a price, are money."""
    types = {table.axis.type, table.outputs[output].type}
    return Type.MONEY if Type.MONEY in types else Type.NUMBER
