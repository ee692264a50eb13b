"""The given rows of a case: from natural notation to exact rows and to the relations of an engine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import pyarrow as pa

from kejing.measure.findings import Finding
from kejing.policy.build import value_of
from kejing.policy.case_openings import OPENING, read_openings
from kejing.policy.formula.binding import Binding
from kejing.policy.formula.names import Source, Target
from kejing.policy.literals import NotAValueError, Value
from kejing.policy.parts import Case
from kejing.policy.problems import nearest, problem
from kejing.policy.sql.relations import sql_type, stored
from kejing.policy.vocabulary import Grain, Type


@dataclass(slots=True)
class CaseRows:
    """Rows by grain, exact and natural; the same as tables.

    ``given`` are formulas that the rows give themselves, ``openings`` balances before the first row, ``timed`` the
    grains whose rows follow one another.
    """

    natural: dict[str, list[dict[str, Value | None]]] = field(default_factory=dict)
    tables: dict[str, pa.Table] = field(default_factory=dict)
    given: frozenset[str] = frozenset()
    openings: dict[tuple[str, tuple[object, ...], str], Value] = field(default_factory=dict)
    timed: tuple[Grain, ...] = ()

    def periods(self) -> list[str]:
        """The times of the rows, earliest first: a time is as early as its earliest row."""
        first: dict[str, str] = {}
        for grain in self.timed:
            for row in self.natural[grain.name]:
                period, day = str(row[grain.sequence]), str(row[grain.date])
                first[period] = min(day, first.get(period, day))
        return sorted(first, key=lambda period: (first[period], period))


def read_case(binding: Binding, case: Case) -> tuple[CaseRows, list[Finding]]:
    """The given rows of ``case`` and what is wrong with them.

    What a case leaves out is filled in: the date by ``as_of``, the parent's key by the only parent, a key
    by the number of the row, anything else by a missing value.
    """
    findings: list[Finding] = []
    rows = CaseRows()
    rows.timed = tuple(grain for grain in binding.vocabulary if grain.sequence)
    for grain_name in case.given:
        if grain_name not in binding.vocabulary and grain_name != OPENING:
            known = [*(grain.name for grain in binding.vocabulary), OPENING]
            place = case.place_of("given", grain_name)
            findings.append(problem("case_unknown_grain", place, case=case.name, nearest=nearest(grain_name, known)))
    over = {name: formula.over for name, formula in binding.pack.formulas.items()}
    rows.given = frozenset(
        name for grain, listed in case.given.items() for row in listed for name in row if over.get(name) == grain
    )
    for grain in binding.vocabulary.from_the_top():
        columns = [*grain.columns(), *sorted(name for name in rows.given if over[name] == grain.name)]
        parents = rows.natural.get(grain.parent or "", [])
        rows.natural[grain.name] = [
            _row(binding, case, grain, index, columns, parents, findings)
            for index in range(len(case.given.get(grain.name, ())))
        ]
    rows.openings = read_openings(binding, case, findings)
    if not findings:
        for grain in binding.vocabulary:
            rows.tables[grain.name] = _table(
                binding, case, grain, rows.natural[grain.name], sorted(rows.given), findings
            )
    return rows, findings


def _row(  # noqa: PLR0913  # one row and all it may be filled from
    binding: Binding,
    case: Case,
    grain: Grain,
    index: int,
    columns: list[str],
    parents: list[dict[str, Value | None]],
    findings: list[Finding],
) -> dict[str, Value | None]:
    written = case.given[grain.name][index]
    for name in written:
        if name not in columns:
            place = case.place_of("given", grain.name, index, name)
            findings.append(
                problem("case_unknown_name", place, case=case.name, name=name, nearest=nearest(name, columns))
            )
    row = {}
    for name in columns:
        if name in written:
            row[name] = _value(binding, case, grain, index, name, findings)
        else:
            row[name] = _filled(binding, case, grain, index, name, parents)
    return row


def _value(  # one cell and where it stands
    binding: Binding, case: Case, grain: Grain, index: int, name: str, findings: list[Finding]
) -> Value | None:
    raw = case.given[grain.name][index][name]
    if raw is None:
        return None
    assert isinstance(raw, str | bool | int | Decimal | dt.date)
    type_ = _type(binding, grain, name)
    try:
        return value_of(raw, type_)
    except NotAValueError:
        place = case.place_of("given", grain.name, index, name)
        findings.append(problem("case_bad_value", place, case=case.name, name=name, type=type_))
        return None


def _type(binding: Binding, grain: Grain, name: str) -> Type:
    target = binding.names.by_grain[grain.name].get(name)
    if target is not None:
        return target.type
    return Type.DATE if name == grain.date else Type.TEXT


def _filled(  # one cell and all it may be filled from
    binding: Binding, case: Case, grain: Grain, index: int, name: str, parents: list[dict[str, Value | None]]
) -> Value | None:
    if name == grain.date:
        return case.as_of
    if name in grain.parent_key and len(parents) == 1:
        parent = binding.vocabulary[grain.parent or ""]
        return parents[0][parent.key[grain.parent_key.index(name)]]
    if name in grain.key and _type(binding, grain, name) is Type.TEXT:
        return str(index + 1)
    return None


def _table(  # one grain of one case
    binding: Binding,
    case: Case,
    grain: Grain,
    rows: list[dict[str, Value | None]],
    given: list[str],
    findings: list[Finding],
) -> pa.Table:
    digits = binding.pack.minor_digits
    over = binding.pack.formulas
    names = [*grain.columns(), *(name for name in given if over[name].over == grain.name)]
    targets = {name: binding.names.by_grain[grain.name].get(name) for name in names}
    fields = [pa.field(name, _arrow(targets[name], digits, is_date=name == grain.date)) for name in names]
    columns: list[list[object]] = []
    for name in names:
        target = targets[name]
        try:
            columns.append([row[name] if target is None else stored(row[name], target, digits) for row in rows])
        except ValueError:
            findings.append(problem("case_too_fine", case.place, case=case.name, name=name))
            columns.append([None] * len(rows))
    arrays = [pa.array(column, type=one.type) for column, one in zip(columns, fields, strict=True)]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


_ARROW: Mapping[Type, pa.DataType] = {Type.TEXT: pa.string(), Type.DATE: pa.date32(), Type.FLAG: pa.bool_()}


def _arrow(target: Target | None, digits: int, *, is_date: bool) -> pa.DataType:
    if target is None:
        return pa.date32() if is_date else pa.string()
    if target.type in _ARROW:
        return _ARROW[target.type]
    is_wide = target.source is Source.FORMULA and sql_type(target, digits) == "$WIDE"
    return pa.decimal128(38, 0) if is_wide else pa.int64()
