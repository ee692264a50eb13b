"""The clauses of a policy as a page shows them: formulas in words, tables, cards and parameters with their sources."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from kejing.measure.period import FIRST_DAY, LAST_DAY, Period
from kejing.policy import Pack, Type, Vocabulary
from kejing.policy.cells import OneOf
from kejing.policy.formula.bind import Bound
from kejing.policy.formula.binding import Binding, bind_or_refuse
from kejing.policy.formula.names import Source
from kejing.policy.formula.show import show_formula
from kejing.policy.literals import Value, show_value
from kejing.policy.tables import DecisionTable, TableColumn, TableRow
from kejing.report.clauses.formula_words import Branch, FormulaWords
from kejing.report.clauses.phrase import Phrase
from kejing.report.clauses.voice import Voice

ALWAYS = Period(FIRST_DAY, LAST_DAY)
_ASSUMED = "assumption"


def is_assumption(source: str) -> bool:
    """Whether a source says that the value is an assumption, in whole or in part.

    Examples
    --------
    >>> is_assumption("E1-30; the curve is an assumption"), is_assumption("E3-55")
    (True, False)
    """
    return _ASSUMED in source.lower()


@dataclass(frozen=True, slots=True)
class Dated:
    """One version of a rule: in words, as written, and since when."""

    since: str
    text: str
    source: str
    assumed: bool
    branches: Sequence[Branch] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """A formula or parameter with every version that counts, earliest first."""

    anchor: str
    name: str
    label: str
    kind: str
    versions: Sequence[Dated]


@dataclass(frozen=True, slots=True)
class TableRule:
    """One rule of a table, cell by cell in the order of the columns."""

    rule_id: str
    cells: Sequence[str]
    span: str
    source: str
    assumed: bool
    note: str


@dataclass(frozen=True, slots=True)
class TableClause:
    """A decision table: its columns (inputs first) and its rules."""

    anchor: str
    name: str
    label: str
    hit: str
    columns: Sequence[str]
    inputs: int
    rules: Sequence[TableRule]


@dataclass(frozen=True, slots=True)
class CardClause:
    """A rate card: the tables whose outputs are multiplied."""

    anchor: str
    name: str
    label: str
    decimals: int
    tables: Sequence[tuple[str, str]]  # anchor, label


@dataclass(frozen=True, slots=True)
class Clauses:
    """Everything that some formulas rest on."""

    formulas: Sequence[Clause]
    parameters: Sequence[Clause]
    cards: Sequence[CardClause]
    tables: Sequence[TableClause]

    @property
    def assumed(self) -> int:
        """Versions and rules that are assumptions."""
        versions = sum(version.assumed for part in (*self.formulas, *self.parameters) for version in part.versions)
        return versions + sum(rule.assumed for table in self.tables for rule in table.rules)


class ClauseBook:
    """The rules of ``pack``, bound once, told in the language of ``voice``."""

    def __init__(self, pack: Pack, vocabulary: Vocabulary, voice: Voice, binding: Binding | None = None) -> None:
        self.pack = pack
        self.voice = voice
        self.binding = binding or bind_or_refuse(pack, vocabulary)

    def bound_on(self, formula: str, day: dt.date) -> Bound:
        """The version of ``formula`` in force on ``day``, bound."""
        found = self.pack.formulas[formula]
        return self.binding.bound[formula][found.versions.index(found.on(day))]

    def resting(self, formulas: Collection[str], *, within: Period = ALWAYS, more: Collection[str] = ()) -> Clauses:
        """What ``formulas`` rest on, down to parameters and tables.

        Parameters
        ----------
        within
            Only versions and rules that hold on a day of this period.
        more
            Names of parameters, tables and cards that count too.
        """
        names = self.binding.closure([name for name in formulas if name in self.binding.bound])
        parameters, tables, cards = {one for one in more if one in self.pack.parameters}, set(), set()
        tables |= {one for one in more if one in self.pack.tables}
        for name in names:
            for bound in self.binding.bound[name]:
                parameters |= {one.name for one in bound.all_targets() if one.source is Source.PARAMETER}
                tables |= {one.table.name for one in bound.lookups.values() if one.table is not None}
                cards |= {one.card.name for one in bound.lookups.values() if one.card is not None}
        tables |= {table for card in cards for table in self.pack.rate_cards[card].tables}
        return Clauses(
            [self.formula(name, within) for name in reversed(names)],
            [self.parameter(name, within) for name in self.pack.parameters if name in parameters],
            [self.card(name) for name in self.pack.rate_cards if name in cards],
            [self.table(name, within) for name in self.pack.tables if name in tables],
        )

    def everything(self) -> Clauses:
        """Every rule of the pack in its own order."""
        return Clauses(
            [self.formula(name, ALWAYS) for name in self.pack.formulas if name in self.binding.bound],
            [self.parameter(name, ALWAYS) for name in self.pack.parameters],
            [self.card(name) for name in self.pack.rate_cards],
            [self.table(name, ALWAYS) for name in self.pack.tables],
        )

    def sentence(self, formula: str, day: dt.date) -> Phrase:
        """The formula in one line, as it holds on ``day``."""
        return FormulaWords(self.bound_on(formula, day), self.voice).whole()

    def formula(self, name: str, within: Period) -> Clause:
        """A formula with the versions of the period."""
        formula = self.pack.formulas[name]
        kept = _in_force([version.valid_from for version in formula.versions], within)
        versions = [
            Dated(
                self.voice.day(version.valid_from),
                show_formula(version.node),
                version.source,
                is_assumption(version.source),
                FormulaWords(self.binding.bound[name][at], self.voice).branches(),
            )
            for at, version in enumerate(formula.versions)
            if at in kept
        ]
        kind = self.voice.word("clause.formula_kind", grain=self.voice.word(f"grain.{formula.over}"))
        return Clause(f"f-{name}", name, self.voice.label(formula.labels), kind, versions)

    def parameter(self, name: str, within: Period) -> Clause:
        """A parameter with the values of the period, as they were written."""
        parameter = self.pack.parameters[name]
        kept = _in_force([value.valid_from for value in parameter.values], within)
        entry = self.pack.layer.parameters.data.get(name)
        written = entry.get("values", ()) if isinstance(entry, dict) else ()
        versions = [
            Dated(
                self.voice.day(value.valid_from),
                self._written(written, at, value.value, parameter.type),
                value.source,
                is_assumption(value.source),
            )
            for at, value in enumerate(parameter.values)
            if at in kept
        ]
        return Clause(f"p-{name}", name, self.voice.label(parameter.labels), parameter.unit, versions)

    def _written(self, written: Sequence[dict[str, object]], at: int, value: Value, type_: Type) -> str:
        """``60%`` stays ``60%``; a bare number gets its digits grouped."""
        day = sorted(written, key=lambda one: str(one.get("from")))
        said = day[at].get("value") if at < len(day) else None
        if isinstance(said, str):
            return said
        return self.voice.value(value, type_) if type_ is Type.MONEY else show_value(value)

    def card(self, name: str) -> CardClause:
        """A rate card."""
        card = self.pack.rate_cards[name]
        tables = [(f"t-{table}", self.voice.label(self.pack.tables[table].labels)) for table in card.tables]
        return CardClause(f"k-{name}", name, self.voice.label(card.labels), card.decimals, tables)

    def table(self, name: str, within: Period) -> TableClause:
        """A decision table with the rules of the period."""
        table = self.pack.tables[name]
        columns = [*table.inputs.values(), *table.outputs.values()]
        rules = [
            self._rule(table, row) for row in table.rows if row.valid_from < within.end and row.valid_to > within.start
        ]
        return TableClause(
            f"t-{name}",
            name,
            self.voice.label(table.labels),
            self.voice.word(f"clause.hit.{table.hit}"),
            [self._heading(column) for column in columns],
            len(table.inputs),
            rules,
        )

    def _heading(self, column: TableColumn) -> str:
        label = self.voice.label(column.labels) or column.name
        if label == column.name and f"column.{column.name}" in self.voice.words:
            label = self.voice.word(f"column.{column.name}")
        return self.voice.word("clause.with_unit", label=label, unit=column.unit) if column.unit else label

    def _rule(self, table: DecisionTable, row: TableRow) -> TableRule:
        cells = [self._cell(row, column) for column in table.inputs.values()]
        cells += [self._output(row, column) for column in table.outputs.values()]
        span = "" if row.valid_to == LAST_DAY else self.voice.span(row.valid_from, row.valid_to)
        return TableRule(
            row.rule_id, cells, span or self.voice.day(row.valid_from), row.source, is_assumption(row.source), row.note
        )

    def _cell(self, row: TableRow, column: TableColumn) -> str:
        cell = row.cells[column.name]
        if str(cell) == "-":
            return self.voice.word("clause.any")
        if isinstance(cell, OneOf) and column.codes:
            said = self.voice.word("formula.comma").join(self.voice.code(word, column.codes) for word in cell.words)
            return self.voice.word("clause.except", what=said) if cell.negated else said
        return row.raw.get(column.name, str(cell))

    def _output(self, row: TableRow, column: TableColumn) -> str:
        value = row.outputs[column.name]
        if column.codes:
            return self.voice.code(value, column.codes)
        return row.raw.get(column.name) or self.voice.value(value, column.type)


def _in_force(days: Sequence[dt.date], within: Period) -> set[int]:
    """Places of the versions, earliest first, that hold on a day of ``within``."""
    ends = [*days[1:], LAST_DAY]
    return {
        at for at, (start, end) in enumerate(zip(days, ends, strict=True)) if start < within.end and end > within.start
    }
