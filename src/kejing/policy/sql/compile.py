"""Whole sheets: every formula of every grain, in rounds that a grain's parents and children allow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from kejing.policy.formula.binding import Binding, bind_or_refuse
from kejing.policy.formula.phases import Phases, phases_of
from kejing.policy.formula.rounds import rounds_of_all
from kejing.policy.pack import Pack
from kejing.policy.problems import ScaleTooWideError
from kejing.policy.sql.across import Past, place_steps
from kejing.policy.sql.column import formula_column
from kejing.policy.sql.fold import (
    UNDATED,
    Classes,
    Fold,
    Sums,
    column_of_aggregate,
    reads_alone,
    reads_codes_alone,
)
from kejing.policy.sql.layers import Sheet
from kejing.policy.sql.loop import Loop
from kejing.policy.sql.source import SheetSource, column_of
from kejing.policy.sql.steps import Step
from kejing.policy.sql.terms import Days
from kejing.policy.vocabulary import Grain, Vocabulary


def compile_sheets(  # noqa: PLR0913  # the run: its rules, relations, days and what of them is wanted
    pack: Pack,
    vocabulary: Vocabulary,
    relations: Mapping[str, str],
    *,
    dates: tuple[dt.date, dt.date] | None = None,
    only: Collection[str] | None = None,
    given: Collection[str] = (),
    carry: Mapping[str, Sequence[str]] | None = None,
    folds: Mapping[str, Fold] | None = None,
    periods: Sequence[str] = (),
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
    folds
        Grains whose sheets are views, with sums over them: ``<grain>_sums`` has the columns of its `Totals`,
        ``all_rows``, and ``sum_<grain>__<name>`` for each of its ``sums``; ``<grain>_holes`` has one number, how many
        rows lack a figure, and ``<grain>_filled`` is a view to look at where that is not zero.
    periods
        The times of the rows, earliest first: values of the key column that a grain calls its ``sequence``.
        Needed where formulas read one another through PREVIOUS.

    Returns
    -------
    list of Step
        In order. ``<grain>_sheet`` holds the grain's columns and its formulas: MONEY and COUNT as
        BIGINT (minor units), NUMBER at its decimals and MONEY finer than the minor unit as $WIDE.
        ``<grain>_filled`` holds one row: how many rows there are, and how many have each formula.
        Cards must be there as `card_tables` names them; where a grain's formulas read PREVIOUS, ``<grain>_opening``
        too: its key without time, ``item`` (the formula) and ``amount`` in minor units.

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
    return compile_bound(
        binding, relations, dates=dates, only=only, given=given, carry=carry, folds=folds, periods=periods
    )


def compile_bound(  # noqa: PLR0913  # the same
    binding: Binding,
    relations: Mapping[str, str],
    *,
    dates: tuple[dt.date, dt.date] | None = None,
    only: Collection[str] | None = None,
    given: Collection[str] = (),
    carry: Mapping[str, Sequence[str]] | None = None,
    folds: Mapping[str, Fold] | None = None,
    periods: Sequence[str] = (),
) -> list[Step]:
    """As `compile_sheets`, for a pack that is bound already."""
    days = Days(*dates) if dates is not None else Days()
    wanted = binding.order if only is None else tuple(binding.closure(only))
    carried = {grain: tuple(columns) for grain, columns in (carry or {}).items()}
    compiler = _Compiler(binding, dict(relations), days, frozenset(given), carried, dict(folds or {}))
    phases = phases_of(binding, [name for name in wanted if name not in given])
    return compiler.steps(phases, periods)


class _Compiler:
    def __init__(  # what `compile_bound` was given
        self,
        binding: Binding,
        relations: dict[str, str],
        days: Days,
        given: frozenset[str],
        carry: dict[str, tuple[str, ...]],
        folds: dict[str, Fold],
    ) -> None:
        self.binding = binding
        self.pack = binding.pack
        self.vocabulary = binding.vocabulary
        self.relations = relations
        self.days = days
        self.given = given
        self.folds = folds
        self.sums = {grain: Sums(grain, fold.totals) for grain, fold in folds.items()}
        self.columns = {
            grain.name: [
                *grain.columns(),
                *carry.get(grain.name, ()),
                *(folds[grain.name].carried if grain.name in folds else ()),
                *self._given_over(grain.name),
            ]
            for grain in binding.vocabulary
        }

    def _given_over(self, grain: str) -> list[str]:
        return [name for name in self.binding.order if name in self.given and self.pack.formulas[name].over == grain]

    def steps(self, phases: Phases, periods: Sequence[str]) -> list[Step]:
        """Sheets round by round; the last of a grain carries its plain name."""
        wanted = [*phases.before, *phases.loop, *phases.after]
        rounds = rounds_of_all(self.binding, phases)
        steps: list[Step] = []
        early: set[str] = set()
        for grain in self.vocabulary:
            if grain.name in self.folds:
                self.sums[grain.name].want(self.binding, wanted, self._must(grain, wanted))
                early.update(self._first_pass(grain, wanted, steps))
        steps += place_steps(self.binding, wanted, self.relations)
        plain = [name for name in wanted if name not in early]
        last = {self.pack.formulas[name].over: rounds[name] for name in sorted(plain, key=lambda name: rounds[name])}
        for number in range(max(rounds.values(), default=-1) + 1):
            due = [name for name in plain if rounds[name] == number]
            names_of = {
                grain: f"{grain}_sheet" if at == number else f"{grain}_sheet_{number + 1}" for grain, at in last.items()
            }
            if due and due[0] in phases.loop:
                steps += self._sums_read_by(due)
                steps += Loop(self, due).steps(periods, names_of)
            else:
                steps += self._round(due, names_of)
        for grain in self.vocabulary:
            if grain.name not in last and grain.name in self.relations:
                listed = ", ".join(dict.fromkeys(self.columns[grain.name]))
                select = f"SELECT {listed} FROM {self.relations[grain.name]}"
                steps.append(Step(f"{grain.name}_sheet", select, grain.name in self.folds))
        steps += [step for sums in self.sums.values() for step in self._rest_of(sums)]
        return [*steps, *self._filled(wanted)]

    def _round(self, due: list[str], names_of: Mapping[str, str]) -> list[Step]:
        """Formulas that can be reckoned side by side, grain by grain."""
        steps, made = [], []
        for grain in self.vocabulary:
            formulas = [name for name in due if self.pack.formulas[name].over == grain.name]
            if formulas:
                steps += self._sums_read_by(formulas)
                steps += self.sheet_steps(grain, formulas, names_of[grain.name])
                made.append((grain.name, names_of[grain.name], formulas))
        for grain_name, relation, formulas in made:
            self.relations[grain_name] = relation
            self.columns[grain_name] += formulas
        return steps

    def _first_pass(self, grain: Grain, wanted: list[str], steps: list[Step]) -> list[str]:
        """Formulas of a folded grain that read no other; their steps and the first sums are added to ``steps``."""
        names = [name for name in wanted if self.pack.formulas[name].over == grain.name]
        classed = self._classed(grain, names, steps)
        own: list[str] = []
        for name in names:
            if name not in classed and reads_alone(self.binding, name, {*self.columns[grain.name], *own}):
                own.append(name)
        if own:
            sheet = f"{grain.name}_own"
            steps += self.sheet_steps(grain, own, sheet)
            self.relations[grain.name] = sheet
            self.columns[grain.name] += own
        steps += self._pass_over(self.sums[grain.name])
        return [*classed, *own]

    def _classed(self, grain: Grain, names: list[str], steps: list[Step]) -> list[str]:
        """Formulas of a folded grain that codes alone decide; their steps are added to ``steps``."""
        classes = self.folds[grain.name].classes
        found: list[str] = []
        text = ""
        for name in names:
            if reads_codes_alone(self.binding, name, classes, found):
                tried = self._class_sheet(grain, classes, [*found, name])
                if UNDATED not in tried:
                    found, text = [*found, name], tried
        if found:
            sheet, classed = f"{grain.name}_class_sheet", f"{grain.name}_classed"
            listed = ", ".join(f"k.{name}" for name in found)
            columns = ", ".join(f"r.{name}" for name in dict.fromkeys(self.columns[grain.name]))
            on = f"k.{classes.column} = r.{classes.column}"
            select = f"SELECT {columns}, {listed} FROM {self.relations[grain.name]} AS r LEFT JOIN {sheet} AS k ON {on}"
            steps += [Step(sheet, text), Step(classed, select, is_view=True)]
            self.relations[grain.name] = classed
            self.columns[grain.name] += found
        return found

    def _class_sheet(self, grain: Grain, classes: Classes, formulas: list[str]) -> str:
        """The formulas over the combinations of codes."""
        relations = {**self.relations, grain.name: classes.relation}
        held = [classes.column, *classes.columns]
        source = SheetSource(self.binding, replace(grain, date=UNDATED), relations, held)
        return self._sheet_over(source, formulas, [classes.column])

    def _sums_read_by(self, formulas: list[str]) -> list[Step]:
        """A pass over a folded grain, if one of ``formulas`` reads a sum that none has made yet."""
        steps = []
        for name in formulas:
            for _, bound in self.binding.versions(name):
                for one in bound.aggregates.values():
                    sums = self.sums.get(one.target.grain)
                    if sums is not None and column_of_aggregate(one) in sums.pending:
                        steps += self._pass_over(sums)
        return steps

    def _pass_over(self, sums: Sums) -> list[Step]:
        made = sums.pass_over(self.relations[sums.grain], self.columns[sums.grain])
        return [] if made is None else [made]

    def _rest_of(self, sums: Sums) -> list[Step]:
        """The last pass, and all sums of the grain beside one another."""
        return [*self._pass_over(sums), Step(f"{sums.grain}_sums", sums.together(), is_view=True)]

    def sheet_steps(self, grain: Grain, formulas: list[str], name: str, past: Past | None = None) -> list[Step]:
        """Relation ``name`` with ``formulas`` beside what the grain has by now, and what it needs first."""
        summed = {column: sums.named(relation) for sums in self.sums.values() for column, relation in sums.held.items()}
        held = list(dict.fromkeys(self.columns[grain.name]))
        source = SheetSource(self.binding, grain, self.relations, held, summed, past, name)
        text = self._sheet_over(source, formulas, held)
        return [*source.steps, Step(name, text, grain.name in self.folds)]

    def _sheet_over(self, source: SheetSource, formulas: list[str], held: list[str]) -> str:
        """The SELECT of ``formulas`` over ``source``, with the columns ``held`` beside them."""
        sheet = Sheet()
        for name in formulas:
            for _, bound in self.binding.versions(name):
                for read in bound.targets.values():
                    source.read(read)
                for aggregate in bound.aggregates.values():
                    source.collect(aggregate)
                for across in bound.across.values():
                    source.read(across.target)
                    source.cross(across)
        columns = source.columns
        kept = [(name, name) for name in held]
        for name in formulas:
            formula = self.pack.formulas[name]
            try:
                column = sheet.bind(formula_column(self.binding, self.days, formula, sheet, columns), name)
            except ScaleTooWideError as error:
                raise ScaleTooWideError(formula=name, digits=int(error.facts["digits"])) from None
            target = self.binding.names.by_grain[source.grain.name][name]
            columns.values[target] = column_of(target, column, self.pack.minor_digits)
            kept.append((name, name))
        return sheet.select(source.select(), kept)

    def _must(self, grain: Grain, wanted: list[str]) -> list[str]:
        """Formulas over ``grain`` that may not be without a figure."""
        formulas = self.pack.formulas
        return [name for name in wanted if formulas[name].over == grain.name and not formulas[name].nullable]

    def _filled(self, wanted: list[str]) -> list[Step]:
        steps = []
        for grain in self.vocabulary:
            must = self._must(grain, wanted)
            if must:
                listed = ", ".join(f"COUNT({name}) AS {name}" for name in must)
                text = f"SELECT COUNT(*) AS all_rows, {listed} FROM {grain.name}_sheet"
                steps.append(Step(f"{grain.name}_filled", text, grain.name in self.folds))
            if grain.name in self.folds:
                steps.append(Step(f"{grain.name}_holes", self.sums[grain.name].holes()))
        return steps
