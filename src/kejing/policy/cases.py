"""Cases: given rows, expected figures, run through the exact evaluator and the compiled SQL alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa

from kejing.measure.errors import KejingError
from kejing.measure.findings import Finding, Place
from kejing.measure.rounding import round_fraction
from kejing.policy.build import value_of
from kejing.policy.case_openings import opening_tables
from kejing.policy.case_rows import CaseRows, read_case
from kejing.policy.exact.evaluate import Results
from kejing.policy.exact.sheet import Sheets
from kejing.policy.formula.binding import Binding
from kejing.policy.literals import NotAValueError, Value, decimals_of, parse_quantity, show_value
from kejing.policy.parts import Case
from kejing.policy.problems import nearest, problem
from kejing.policy.sql.compile import compile_bound
from kejing.policy.sql.relations import card_tables, natural, stored_scale
from kejing.policy.sql.steps import Step
from kejing.policy.vocabulary import Type

type RunSql = Callable[[Sequence[Step], Mapping[str, pa.Table]], Mapping[str, pa.Table]]
"""Attaches tables by name, creates the steps in order and returns the relations whose name ends in ``_sheet``."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """One expected figure and where it stands."""

    grain: str
    key: tuple[object, ...]
    name: str
    raw: object
    place: Place


def run_case(binding: Binding, case: Case, run_sql: RunSql | None = None) -> list[Finding]:
    """What ``case`` finds wrong; nothing where every figure is as expected.

    Numbers are compared at the decimals that the expectation is written with, money exactly.
    With ``run_sql`` the compiled SQL must agree with the evaluator to the last unit.
    """
    rows, findings = read_case(binding, case)
    expected = _expectations(binding, case, rows, findings)
    if findings:
        return findings
    wanted = [name for name in binding.closure([one.name for one in expected]) if name not in rows.given]
    results = Results(binding, Sheets(binding.vocabulary, rows.natural, case.as_of), rows.given, rows.openings)
    try:
        for one in expected:
            findings += _compared(binding, case, one, results.value(one.grain, one.key, one.name))
        if run_sql is not None:
            findings += _agreeing(binding, case, rows, results, wanted, run_sql)
    except KejingError as error:
        findings.append(problem("case_error", case.place, case=case.name, error=error.code, detail=error))
    return findings


def _expectations(binding: Binding, case: Case, rows: CaseRows, findings: list[Finding]) -> list[Expectation]:
    expected = []
    for grain_name, listed in case.expect.items():
        if grain_name not in binding.vocabulary:
            known = [grain.name for grain in binding.vocabulary]
            place = case.place_of("expect", grain_name)
            findings.append(problem("case_unknown_grain", place, case=case.name, nearest=nearest(grain_name, known)))
            continue
        for index, wanted in enumerate(listed):
            key = _row_meant(binding, grain_name, wanted, index, rows)
            place = case.place_of("expect", grain_name, index)
            if key is None:
                findings.append(problem("case_no_row", place, case=case.name, grain=grain_name))
                continue
            formulas = [name for name in wanted if name not in binding.vocabulary[grain_name].columns()]
            for name in formulas:
                place = case.place_of("expect", grain_name, index, name)
                if name not in binding.bound or binding.pack.formulas[name].over != grain_name:
                    known = [one for one in binding.bound if binding.pack.formulas[one].over == grain_name]
                    facts = {"case": case.name, "name": name, "nearest": nearest(name, known)}
                    findings.append(problem("case_unknown_name", place, **facts))
                else:
                    expected.append(Expectation(grain_name, key, name, wanted[name], place))
    return expected


def _row_meant(
    binding: Binding, grain_name: str, wanted: Mapping[str, object], index: int, rows: CaseRows
) -> tuple[object, ...] | None:
    """Key of the given row that an expected row means: by the columns it repeats, else by its place."""
    grain = binding.vocabulary[grain_name]
    given = rows.natural.get(grain_name, [])
    named = {name: value for name, value in wanted.items() if name in grain.columns()}
    if not named:
        return tuple(given[index][column] for column in grain.key) if index < len(given) else None
    for row in given:
        if all(_same(row[name], value) for name, value in named.items()):
            return tuple(row[column] for column in grain.key)
    return None


def _same(value: object, written: object) -> bool:
    if isinstance(value, Fraction):
        try:
            return value == parse_quantity(str(written))
        except NotAValueError:
            return False
    return value == written or str(value) == str(written)


def _compared(binding: Binding, case: Case, one: Expectation, got: Value | None) -> list[Finding]:
    formula = binding.pack.formulas[one.name]
    facts = {"case": case.name, "name": one.name, "got": show_value(got) or "-"}
    if one.raw is None:
        return [] if got is None else [problem("case_failed", one.place, **facts, expected="-")]
    try:
        wanted = value_of(_scalar(one.raw), formula.type)
    except NotAValueError:
        return [problem("case_bad_value", one.place, case=case.name, name=one.name, type=formula.type)]
    if formula.type is Type.NUMBER and isinstance(got, Fraction) and isinstance(wanted, Fraction):
        decimals = written_decimals(one.raw)
        got = Fraction(round_fraction(got, decimals), 10**decimals)
    return [] if got == wanted else [problem("case_failed", one.place, **facts, expected=show_value(wanted))]


def _scalar(raw: object) -> str | bool | int | Decimal | dt.date | None:
    assert raw is None or isinstance(raw, str | bool | int | Decimal | dt.date)
    return raw


def written_decimals(raw: object) -> int:
    """Digits after the point that a number is written with: ``1.0163636`` has seven, ``12.5%`` three.

    Examples
    --------
    >>> written_decimals("1.0163636"), written_decimals("12.50%"), written_decimals("4亿")
    (7, 4, 0)
    """
    text = str(raw)
    digits = len(text.rstrip("%‰万亿億萬 ").partition(".")[2])
    exact = decimals_of(parse_quantity(text)) or 0
    return max(exact, digits + (2 if "%" in text else 3 if "‰" in text else 0) if digits else exact)


def _agreeing(  # one case, both ways
    binding: Binding, case: Case, rows: CaseRows, results: Results, wanted: list[str], run_sql: RunSql
) -> list[Finding]:
    """Figures on which the compiled SQL and the evaluator differ."""
    relations = {grain: f"{grain}_case" for grain in rows.tables}
    tables = {relations[grain]: table for grain, table in rows.tables.items()}
    steps = compile_bound(binding, relations, only=wanted, given=rows.given, periods=rows.periods())
    sheets = run_sql(steps, {**tables, **card_tables(binding.pack), **opening_tables(binding, rows.openings)})
    findings = []
    for name in wanted:
        formula = binding.pack.formulas[name]
        target = binding.names.by_grain[formula.over][name]
        for row in sheets[f"{formula.over}_sheet"].to_pylist():
            key = tuple(row[column] for column in binding.vocabulary[formula.over].key)
            by_sql = natural(row[name], target, binding.pack.minor_digits)
            exact = results.value(formula.over, key, name)
            if by_sql != exact:
                digits = stored_scale(target, binding.pack.minor_digits)
                facts = {"case": case.name, "name": name, "sql": show_value(by_sql), "exact": show_value(exact)}
                findings.append(problem("case_engines_differ", case.place, **facts, digits=digits))
    return findings
