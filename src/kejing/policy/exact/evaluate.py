"""Formulas on exact fractions, row by row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from fractions import Fraction

from kejing.measure.findings import Finding, Place
from kejing.measure.rounding import round_fraction
from kejing.policy.exact.across import among_peers, at_the_start, carries_weight, shared_out, to_date
from kejing.policy.exact.figure import Figure
from kejing.policy.exact.sheet import Key, Row, RowId, Sheets
from kejing.policy.exact.walk import Reader, Walk
from kejing.policy.formula.across import Across
from kejing.policy.formula.bind import Bound
from kejing.policy.formula.binding import Binding, bind_or_refuse
from kejing.policy.formula.names import Source, Target
from kejing.policy.literals import Value
from kejing.policy.pack import Pack
from kejing.policy.parts import Formula, Labels
from kejing.policy.problems import problem
from kejing.policy.vocabulary import NUMERIC, Vocabulary

type Readings = Mapping[tuple[RowId, Across], Value | None]
"""What rows read of other rows, known beforehand; of TO_DATE the sum of the earlier rows alone."""

type Openings = Mapping[tuple[str, Key, str], Value]
"""Balance by grain, key without time, and formula."""


def evaluate(  # noqa: PLR0913  # the policy, its rows, and what is known beside them
    pack: Pack,
    vocabulary: Vocabulary,
    rows: Mapping[str, Sequence[Row]],
    on: dt.date | None = None,
    *,
    given: frozenset[str] = frozenset(),
    openings: Openings | None = None,
    readings: Readings | None = None,
) -> Results:
    """Every formula of ``pack`` for every row, exactly; computed when asked for.

    Parameters
    ----------
    pack, vocabulary
        The rules and what they may read.
    rows
        Rows by grain, each with its key, parent key, date and variables. Values are exact and natural:
        money in whole currency units, numbers as fractions; a missing value is None.
    on
        The day that dates rows without a date of their own.
    given
        Formulas whose value is taken from the rows instead of computed.
    openings
        Balances that PREVIOUS finds before the first row, by grain, key without time, and formula.
    readings
        What rows read of other rows, where those are not among ``rows``.

    Raises
    ------
    RefusedInputError
        A formula has a mistake.
    """
    return Results(bind_or_refuse(pack, vocabulary), Sheets(vocabulary, rows, on), given, openings, readings)


class Results:
    """Figures of a policy over some rows, by grain, key and formula."""

    def __init__(
        self,
        binding: Binding,
        sheets: Sheets,
        given: frozenset[str] = frozenset(),
        openings: Openings | None = None,
        readings: Readings | None = None,
    ) -> None:
        self._binding = binding
        self._sheets = sheets
        self._given = given
        self._openings = openings or {}
        self._readings = readings or {}
        self._values: dict[tuple[RowId, str], Value | None] = {}
        self._figures: dict[tuple[RowId, str], Figure] = {}

    def value(self, grain: str, key: Key, formula: str) -> Value | None:
        """The rounded figure of ``formula`` for one row."""
        return self._formula(RowId(grain, tuple(key)), formula)

    def rows(self, grain: str, formulas: Sequence[str] | None = None) -> list[dict[str, object]]:
        """The given rows of a grain with the figures of its formulas (all, if not said which)."""
        wanted = formulas if formulas is not None else self._over(grain)
        return [
            {**self._sheets.given(row_id), **{name: self._formula(row_id, name) for name in wanted}}
            for row_id in self._sheets.ids(grain)
        ]

    def findings(self) -> list[Finding]:
        """One finding for each formula that has no figure for some row and must have one."""
        found = []
        for formula in self._binding.pack.formulas.values():
            if formula.nullable or formula.name not in self._binding.bound:
                continue
            empty = [row_id for row_id in self._sheets.ids(formula.over) if self._formula(row_id, formula.name) is None]
            if empty:
                found.append(no_figure(formula, len(empty), "/".join(map(str, empty[0].key))))
        return found

    def trace(self, grain: str, key: Key, formula: str) -> Figure:
        """The figure of ``formula`` for one row with everything it comes from."""
        row_id = RowId(grain, tuple(key))
        target = self._binding.names.by_grain[grain][formula]
        return self._figure(row_id, target)

    def _over(self, grain: str) -> list[str]:
        return [name for name in self._binding.order if self._binding.pack.formulas[name].over == grain]

    def _formula(self, row_id: RowId, name: str) -> Value | None:
        if (row_id, name) not in self._values:
            formula = self._binding.pack.formulas[name]
            if self._is_given(row_id, name):
                self._values[row_id, name] = self._sheets.value(row_id, name)
            else:
                _, bound = self._version(formula, self._sheets.day(row_id))
                walk = Walk(bound, self._binding.pack, self._sheets.day(row_id), _Rows(self, row_id))
                self._values[row_id, name] = _rounded(formula, walk.value(bound.node))
        return self._values[row_id, name]

    def _is_given(self, row_id: RowId, name: str) -> bool:
        return name in self._given and name in self._sheets.given(row_id)

    def _version(self, formula: Formula, day: dt.date) -> tuple[dt.date, Bound]:
        version = formula.on(day)
        bound = self._binding.bound[formula.name][formula.versions.index(version)]
        return version.valid_from, bound

    def _read(self, row_id: RowId, target: Target) -> Value | None:
        above = self._sheets.ancestor(row_id, target.grain)
        if above is None:
            return None
        if target.source is Source.VARIABLE:
            return self._sheets.value(above, target.name)
        return self._formula(above, target.name)

    def _across(self, row_id: RowId, across: Across) -> Value | None:
        """What a row reads of earlier rows or of its peers."""
        if (row_id, across) in self._readings:
            known = self._readings[row_id, across]
            return known if across.function != "TO_DATE" else to_date(self._read(row_id, across.target), [known])
        if across.is_backward:
            earlier = self._sheets.earlier(row_id)
            if across.function == "TO_DATE":
                values = [self._read(other, across.target) for other in earlier]
                return to_date(self._read(row_id, across.target), values)
            if earlier:
                return self._read(earlier[-1], across.target)
            return at_the_start(across, self._openings.get(self._account(row_id, across.target)))
        peers = self._peers(row_id, across.within)
        figures = [self._read(peer, across.target) for peer in peers]
        if across.weight is None:
            return among_peers(across.function, self._read(row_id, across.target), figures)
        if not carries_weight(self._read(row_id, across.weight)):
            return Fraction(0)
        if row_id not in peers:
            return None
        weights = [self._read(peer, across.weight) for peer in peers]
        minor = 10**self._binding.pack.minor_digits
        return shared_out(across.convention, peers.index(row_id), figures, weights, minor)

    def _account(self, row_id: RowId, target: Target) -> tuple[str, Key, str]:
        return row_id.grain, self._sheets.lasting(row_id), target.name

    def _peers(self, row_id: RowId, within: Sequence[Target]) -> list[RowId]:
        """Rows of the same time that agree in every column of ``within``; none where one of them is missing."""
        own = [self._read(row_id, column) for column in within]
        if None in own:
            return []
        return [
            other
            for other in self._sheets.contemporaries(row_id)
            if [self._read(other, column) for column in within] == own
        ]

    def _figures_across(self, row_id: RowId, across: Across) -> list[Figure]:
        """The figures that a reading of other rows rests on, where they are at hand."""
        if (row_id, across) in self._readings:
            return [self._figure(row_id, across.target)] if across.function == "TO_DATE" else []
        if not across.is_backward:
            read = [target for target in (across.target, across.weight) if target is not None]
            peers = self._peers(row_id, across.within)
            return [self._bare(peer, target) for peer in peers for target in read]
        if across.function == "TO_DATE":
            rows = [*self._sheets.earlier(row_id), row_id]
        else:
            rows = self._sheets.earlier(row_id)[-1:]
        figures = [self._figure(row, across.target) for row in rows]
        opening = self._openings.get(self._account(row_id, across.target))
        if across.function == "PREVIOUS" and not rows and opening is not None:
            labels, target = Labels("期初余额", "opening balance"), across.target
            figures.append(Figure("opening", labels, opening, target.type, target.unit, source="openings"))
        return figures

    def _bare(self, row_id: RowId, target: Target) -> Figure:
        """A figure of a peer without what it comes from: that is the peer's own explanation."""
        value = self._read(row_id, target)
        return Figure(target.name, target.labels, value, target.type, target.unit, grain=row_id.grain, key=row_id.key)

    def _figure(self, row_id: RowId, target: Target) -> Figure:
        """The figure of a variable or formula of the row itself; one object however often it is asked for."""
        if (row_id, target.name) not in self._figures:
            self._figures[row_id, target.name] = self._new_figure(row_id, target)
        return self._figures[row_id, target.name]

    def _new_figure(self, row_id: RowId, target: Target) -> Figure:
        if target.source is Source.VARIABLE or self._is_given(row_id, target.name):
            return self._bare(row_id, target)
        formula = self._binding.pack.formulas[target.name]
        value = self._formula(row_id, target.name)
        version = formula.on(self._sheets.day(row_id))
        _, bound = self._version(formula, self._sheets.day(row_id))
        used: list[Figure] = []
        Walk(bound, self._binding.pack, self._sheets.day(row_id), _Rows(self, row_id), used).value(bound.node)
        return Figure(
            target.name,
            target.labels,
            value,
            target.type,
            target.unit,
            rule=f"{target.name}@{version.valid_from}",
            source=version.source,
            grain=row_id.grain,
            key=row_id.key,
            children=tuple(used),
        )


class _Rows(Reader):
    """What one formula reads of the rows around it."""

    def __init__(self, results: Results, row_id: RowId) -> None:
        self._results = results
        self._row_id = row_id

    def read(self, target: Target) -> Value | None:
        return self._results._read(self._row_id, target)  # noqa: SLF001  # one class in two parts

    def read_below(self, target: Target) -> list[Value | None]:
        below = self._results._sheets.below(self._row_id, target.grain)  # noqa: SLF001  # the same
        return [self._results._read(child, target) for child in below]  # noqa: SLF001  # the same

    def read_across(self, across: Across) -> Value | None:
        return self._results._across(self._row_id, across)  # noqa: SLF001  # the same

    def figures_across(self, across: Across) -> list[Figure]:
        return self._results._figures_across(self._row_id, across)  # noqa: SLF001  # the same

    def figure(self, target: Target) -> Figure:
        above = self._results._sheets.ancestor(self._row_id, target.grain)  # noqa: SLF001  # the same
        if above is None:
            return Figure(target.name, target.labels, None, target.type, target.unit, grain=target.grain)
        return self._results._figure(above, target)  # noqa: SLF001  # the same

    def figures_below(self, target: Target) -> list[Figure]:
        below = self._results._sheets.below(self._row_id, target.grain)  # noqa: SLF001  # the same
        return [self._results._figure(child, target) for child in below]  # noqa: SLF001  # the same


def _rounded(formula: Formula, value: Value | None) -> Value | None:
    if value is None or formula.type not in NUMERIC:
        return value
    assert isinstance(value, Fraction)
    return Fraction(round_fraction(value, formula.decimals, formula.rounding), 10**formula.decimals)


def no_figure(formula: Formula, rows: int, example: str) -> Finding:
    """A formula that must have a figure has none for some rows."""
    place = Place(file=formula.place.file, row=formula.place.row, column=formula.name)
    return problem("no_figure", place, formula=formula.name, grain=formula.over, rows=rows, example=example)
