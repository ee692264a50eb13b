"""LOOKUP as SQL: a decision table becomes a searched CASE, a rate card a join on codes and dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from kejing.measure.period import LAST_DAY
from kejing.policy.cards import compile_card
from kejing.policy.cells import Anything, Interval, Is, OneOf, Ordered, Within
from kejing.policy.formula.lookup import Lookup
from kejing.policy.literals import Value
from kejing.policy.pack import Pack
from kejing.policy.sql.exact import Arithmetic, Exact, case, constant, wide
from kejing.policy.sql.layers import Sheet, Sql, sql, text_literal
from kejing.policy.sql.relations import card_relation
from kejing.policy.sql.terms import Days, Lowered, conjunction, day_literal, disjunction, literal_of, missing
from kejing.policy.sql.tiers import read_curve, taken_by_parts
from kejing.policy.tables import DecisionTable, Hit, TableRow
from kejing.policy.vocabulary import NUMERIC


class Lookups:
    """LOOKUPs of one formula."""

    def __init__(self, pack: Pack, sheet: Sheet, exact: Arithmetic, date: Sql, days: Days) -> None:
        self.pack = pack
        self.sheet = sheet
        self.exact = exact
        self.date = date
        self.days = days

    def lower(self, function: str, lookup: Lookup, arguments: list[Lowered]) -> Lowered:
        """The output that the table or card gives for ``arguments``, as ``function`` reads it."""
        bound = {column.name: self._bound(argument) for column, argument in zip(lookup.inputs, arguments, strict=True)}
        if lookup.table is None:
            return self._joined(lookup, bound)
        if function in {"MARGINAL", "INTERPOLATE"}:
            return self._along_axis(function, lookup.table, lookup.output.name, bound)
        return self._decided(lookup.table, lookup.output.name, bound)

    def _bound(self, argument: Lowered) -> Lowered:
        if isinstance(argument, Sql):
            return self.sheet.bind(argument)
        number = wide(argument)
        denominator = None if number.denominator is None else self.sheet.bind(number.denominator)
        return Exact(self.sheet.bind(number.numerator), number.scale, denominator)

    def _decided(self, table: DecisionTable, output: str, inputs: dict[str, Lowered]) -> Lowered:
        rows = [row for row in table.rows if self.days.meet(row.valid_from, row.valid_to)]
        conditions = [self._condition(row, inputs, row.cells) for row in rows]
        values = [row.outputs[output] for row in rows]
        if table.hit is Hit.SUM:
            return self._summed(conditions, values)
        if table.hit in {Hit.MIN, Hit.MAX}:
            # In the order of the outputs the first row that holds is the extreme one.
            order = sorted(range(len(rows)), key=lambda index: _number(values[index]), reverse=table.hit is Hit.MAX)
            conditions, values = [conditions[index] for index in order], [values[index] for index in order]
        return self._first(conditions, [literal_of(value) for value in values], table.outputs[output].type in NUMERIC)

    def _along_axis(self, function: str, table: DecisionTable, output: str, inputs: dict[str, Lowered]) -> Exact:
        in_force = replace(table, rows=tuple(row for row in table.rows if self.days.meet(row.valid_from, row.valid_to)))
        at = inputs[table.axis.name]
        assert isinstance(at, Exact)

        def holds(row: TableRow) -> Sql:
            return self._condition(row, inputs, [name for name in table.inputs if name != table.axis.name])

        read = taken_by_parts if function == "MARGINAL" else read_curve
        return read(self.exact, in_force, output, at, holds)

    def _first(self, conditions: list[Sql], values: list[Lowered], is_number: bool) -> Lowered:  # noqa: FBT001  # a fact
        if not values:
            return missing(number=is_number)
        numbers = [value for value in values if isinstance(value, Exact)]
        if numbers:
            return self.exact.chosen(conditions, numbers, None)
        return self.sheet.bind(case(conditions, [value for value in values if isinstance(value, Sql)]))

    def _summed(self, conditions: list[Sql], values: Sequence[Value]) -> Exact:
        total = constant(Fraction(0))
        for condition, value in zip(conditions, values, strict=True):
            total = self.exact.added(
                total, self.exact.chosen([condition], [constant(_number(value))], constant(Fraction(0)))
            )
        return wide(total)

    def _condition(self, row: TableRow, inputs: dict[str, Lowered], names: Iterable[str]) -> Sql:
        """That a row is in force and holds of the inputs ``names``."""
        dated = self.days.condition(self.date, row.valid_from, row.valid_to)
        conditions = [] if dated is None else [dated]
        for name in names:
            match cell := row.cells[name]:
                case Anything():
                    continue
                case OneOf():
                    conditions.append(_among(_text(inputs[name]), cell))
                case Is():
                    flag = _text(inputs[name])
                    conditions.append(flag if cell.flag else sql("NOT {}", flag))
                case Within():
                    conditions.append(disjunction([self._inside(inputs[name], part) for part in cell.intervals]))
        return conjunction(conditions)

    def _inside(self, value: Lowered, interval: Interval) -> Sql:
        if interval.low is not None and interval.low == interval.high:
            return self._compared(value, "=", interval.low)
        bounds = []
        if interval.low is not None:
            bounds.append(self._compared(value, ">=" if interval.low_closed else ">", interval.low))
        if interval.high is not None:
            bounds.append(self._compared(value, "<=" if interval.high_closed else "<", interval.high))
        return conjunction(bounds)

    def _compared(self, value: Lowered, sign: str, bound: Ordered) -> Sql:
        if isinstance(bound, dt.date):
            return sql(f"{{}} {sign} {{}}", _text(value), day_literal(bound))
        assert isinstance(value, Exact)
        return self.exact.compared(value, sign, constant(bound))

    def _joined(self, lookup: Lookup, inputs: dict[str, Lowered]) -> Exact:
        """The factor of a compiled card; dates are left out of the join where one version covers the run."""
        card = lookup.card
        assert card is not None
        compiled = compile_card(self.pack, card.name)
        on = [_text(inputs[name]) for name in compiled.columns]
        equal = [f"{{{name}}} = {{{place}}}" for place, name in enumerate(compiled.columns)]
        cuts = {day for row in compiled.rows for day in (row[-3], row[-2]) if day != LAST_DAY}
        inside = [day for day in cuts if isinstance(day, dt.date) and self.days.first < day <= self.days.last]
        relation = card_relation(card.name)
        read = [*compiled.columns, "micro"]
        if self.days.are_known and not inside:
            first = day_literal(self.days.first)
            relation += f" WHERE valid_from <= {first} AND valid_to > {first}"
        else:
            read += ["valid_from", "valid_to"]
            equal += [f"{{{len(on)}}} >= {{valid_from}}", f"{{{len(on)}}} < {{valid_to}}"]
            on.append(self.date)
        factor = self.sheet.joined(relation, read, " AND ".join(equal), *on)["micro"]
        return Exact(self.sheet.bind(sql("CAST({} AS $WIDE)", factor)), card.decimals)


def _among(value: Sql, cell: OneOf) -> Sql:
    equal = disjunction([sql("{} = {}", value, text_literal(word)) for word in cell.words])
    return sql("NOT {}", equal) if cell.negated else equal


def _text(value: Lowered) -> Sql:
    assert isinstance(value, Sql)
    return value


def _number(value: object) -> Fraction:
    assert isinstance(value, Fraction)
    return value
