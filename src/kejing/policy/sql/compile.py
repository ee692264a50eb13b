"""Whole sheets: every formula of every grain, in rounds that a grain's parents and children allow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from kejing.policy.formula.binding import Binding, bind_or_refuse
from kejing.policy.pack import Pack
from kejing.policy.parts import Formula
from kejing.policy.problems import PolicyGapError, ScaleTooWideError
from kejing.policy.sql.exact import Exact, case, scaled
from kejing.policy.sql.layers import Sheet, Sql, sql
from kejing.policy.sql.lower import Columns, Lowering
from kejing.policy.sql.relations import sql_type, stored_scale
from kejing.policy.sql.source import SheetSource, column_of
from kejing.policy.sql.terms import TRUE, Days, Lowered
from kejing.policy.vocabulary import Grain, Vocabulary


@dataclass(frozen=True, slots=True)
class Step:
    """One relation to create from a SELECT, after those before it."""

    relation: str
    sql: str


def compile_sheets(  # noqa: PLR0913  # the run: its rules, relations, days and what of them is wanted
    pack: Pack,
    vocabulary: Vocabulary,
    relations: Mapping[str, str],
    *,
    dates: tuple[dt.date, dt.date] | None = None,
    only: Collection[str] | None = None,
    given: Collection[str] = (),
    carry: Mapping[str, Sequence[str]] | None = None,
) -> list[Step]:
    """The steps that compute every formula over the relations of a run.

    Parameters
    ----------
    pack, vocabulary
        The rules and what they may read.
    relations
        Name of the relation that holds each grain: its key, parent key, date and variables, money in
        minor units, numbers at the scale their variable says. Dates are never missing.
    dates
        First and last day (both included) that the rows are dated; a rule with one version in force
        between them becomes a constant.
    only
        Formulas wanted; those they rest on come along. All, if not said.
    given
        Formulas that the relations hold already, at their stored scale.
    carry
        Further columns of a grain's relation to keep in its sheet.

    Returns
    -------
    list of Step
        In order. ``<grain>_sheet`` holds the grain's columns and its formulas: MONEY and COUNT as
        BIGINT (minor units), NUMBER at its decimals and MONEY finer than the minor unit as $WIDE.
        ``<grain>_filled`` holds one row: how many rows there are, and how many have each formula.
        Cards must be there as `card_tables` names them.

    Raises
    ------
    RefusedInputError
        A formula has a mistake.
    PolicyGapError
        A rule has no version in force on the first day.
    ScaleTooWideError
        A formula needs more digits than an exact integer has.
    """
    binding = bind_or_refuse(pack, vocabulary)
    return compile_bound(binding, relations, dates=dates, only=only, given=given, carry=carry)


def compile_bound(  # the same
    binding: Binding,
    relations: Mapping[str, str],
    *,
    dates: tuple[dt.date, dt.date] | None = None,
    only: Collection[str] | None = None,
    given: Collection[str] = (),
    carry: Mapping[str, Sequence[str]] | None = None,
) -> list[Step]:
    """As `compile_sheets`, for a pack that is bound already."""
    days = Days(*dates) if dates is not None else Days()
    wanted = binding.order if only is None else tuple(binding.closure(only))
    carried = {grain: tuple(columns) for grain, columns in (carry or {}).items()}
    compiler = _Compiler(binding, dict(relations), days, frozenset(given), carried)
    return compiler.steps([name for name in wanted if name not in given])


class _Compiler:
    def __init__(
        self,
        binding: Binding,
        relations: dict[str, str],
        days: Days,
        given: frozenset[str],
        carry: dict[str, tuple[str, ...]],
    ) -> None:
        self.binding = binding
        self.pack = binding.pack
        self.vocabulary = binding.vocabulary
        self.relations = relations
        self.days = days
        self.given = given
        self.columns = {
            grain.name: [*grain.columns(), *carry.get(grain.name, ()), *self._given_over(grain.name)]
            for grain in binding.vocabulary
        }

    def _given_over(self, grain: str) -> list[str]:
        return [name for name in self.binding.order if name in self.given and self.pack.formulas[name].over == grain]

    def steps(self, wanted: list[str]) -> list[Step]:
        """Sheets round by round; the last of a grain carries its plain name."""
        rounds = self._rounds(wanted)
        last = {self.pack.formulas[name].over: rounds[name] for name in sorted(wanted, key=lambda name: rounds[name])}
        steps = []
        for number in range(max(rounds.values(), default=-1) + 1):
            made = []
            for grain in self.vocabulary:
                formulas = [n for n in wanted if rounds[n] == number and self.pack.formulas[n].over == grain.name]
                if formulas:
                    name = f"{grain.name}_sheet" if last[grain.name] == number else f"{grain.name}_sheet_{number + 1}"
                    steps.append(Step(name, self._sheet(grain, formulas)))
                    made.append((grain.name, name, formulas))
            for grain_name, relation, formulas in made:
                self.relations[grain_name] = relation
                self.columns[grain_name] += formulas
        for grain in self.vocabulary:
            if grain.name not in last and grain.name in self.relations:
                listed = ", ".join(dict.fromkeys(self.columns[grain.name]))
                steps.append(Step(f"{grain.name}_sheet", f"SELECT {listed} FROM {self.relations[grain.name]}"))
        return [*steps, *self._filled(wanted)]

    def _rounds(self, wanted: list[str]) -> dict[str, int]:
        """A formula stands one round after the formulas it reads in other grains."""
        rounds: dict[str, int] = {}
        for name in wanted:
            over = self.pack.formulas[name].over
            read = [(other, self.pack.formulas[other].over) for other in self.binding.reads(name) if other in rounds]
            rounds[name] = max((rounds[other] + (grain != over) for other, grain in read), default=0)
        return rounds

    def _sheet(self, grain: Grain, formulas: list[str]) -> str:
        sheet = Sheet()
        source = SheetSource(self.binding, grain, self.relations, self.columns[grain.name])
        for name in formulas:
            for _, bound in self.binding.versions(name):
                for read in bound.targets.values():
                    source.read(read)
                for aggregate in bound.aggregates.values():
                    source.collect(aggregate)
        columns = source.columns
        kept = [(name, name) for name in dict.fromkeys(self.columns[grain.name])]
        for name in formulas:
            formula = self.pack.formulas[name]
            try:
                column = sheet.bind(self._formula(formula, sheet, columns), name)
            except ScaleTooWideError as error:
                raise ScaleTooWideError(formula=name, digits=int(error.facts["digits"])) from None
            target = self.binding.names.by_grain[grain.name][name]
            columns.values[target] = column_of(target, column, self.pack.minor_digits)
            kept.append((name, name))
        return sheet.select(source.select(), kept)

    def _formula(self, formula: Formula, sheet: Sheet, columns: Columns) -> Sql:
        """The stored column of a formula: the version of the row's date, rounded once."""
        versions = self.binding.versions(formula.name)
        ends = [version.valid_from for version, _ in versions[1:]] + [dt.date.max]
        dated = [
            (self.days.condition(columns.date, version.valid_from, end), version, bound)
            for (version, bound), end in zip(versions, ends, strict=True)
            if self.days.meet(version.valid_from, end)
        ]
        if self.days.are_known and versions[0][0].valid_from > self.days.first:
            earliest = versions[0][0].valid_from.isoformat()
            raise PolicyGapError(name=formula.name, as_of=self.days.first.isoformat(), earliest=earliest)
        conditions, values = [], []
        for condition, version, bound in dated:
            lowering = Lowering(bound, self.pack, sheet, columns, self.days)
            lowered = lowering.lower(version.node)
            values.append(self._stored(formula, lowered, lowering))
            conditions.append(condition)
        if len(values) == 1 and conditions[0] is None:
            return values[0]
        return case([condition or TRUE for condition in conditions], values)

    def _stored(self, formula: Formula, lowered: Lowered, lowering: Lowering) -> Sql:
        target = self.binding.names.by_grain[formula.over][formula.name]
        type_ = sql_type(target, self.pack.minor_digits)
        if isinstance(lowered, Exact):
            rounded = lowering.exact.rounded(lowered, formula.decimals, formula.rounding)
            lowered = scaled(rounded, stored_scale(target, self.pack.minor_digits) - formula.decimals)
        return sql(f"CAST({{}} AS {type_})", lowered) if type_ else lowered

    def _filled(self, wanted: list[str]) -> list[Step]:
        steps = []
        for grain in self.vocabulary:
            names = [name for name in wanted if self.pack.formulas[name].over == grain.name]
            must = [name for name in names if not self.pack.formulas[name].nullable]
            if must:
                counted = ", ".join(f"COUNT({name}) AS {name}" for name in must)
                text = f"SELECT COUNT(*) AS all_rows, {counted} FROM {grain.name}_sheet"
                steps.append(Step(f"{grain.name}_filled", text))
        return steps
