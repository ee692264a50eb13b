"""SQL that turns the text of a column into its stored kind, step by step, with what is wrong beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from kejing.facts.convert.problems import Problem
from kejing.facts.convert.sql import literal, literals
from kejing.facts.mapping import ColumnRule, ShareNotation
from kejing.facts.schema import Column, Kind
from kejing.facts.words import FALSE_WORDS, TRUE_WORDS
from kejing.measure.money import MINOR_DIGITS

OVERFLOW_GUARD = 2**52
"""Stored whole numbers stay below this, so that no product of the pay rules leaves 64 bits."""

_DECIMALS = {Kind.COUNT: 0, Kind.MICRO: 6, Kind.RATE: 8}
_TOO_FINE = {Kind.COUNT: Problem.NOT_WHOLE, Kind.MONEY: Problem.AMOUNT_TOO_FINE}
_MOST_DEGREES = {"lat": 90, "lon": 180}
_FIRST = "DATE '0001-01-01'"
_LAST = "DATE '9999-12-31'"


@dataclass(slots=True)
class ColumnSteps:
    """Expressions of one column. Each step may use the names of the steps before it.

    ``t_<name>`` (text) and ``q_<name>`` (problem of the text) are there before the first. ``stored`` are
    the columns that stay, ``problem`` the final problem.
    """

    grouped: dict[str, str] = field(default_factory=dict)
    parsed: dict[str, str] = field(default_factory=dict)
    scaled: dict[str, str] = field(default_factory=dict)
    whole: dict[str, str] = field(default_factory=dict)
    stored: dict[str, str] = field(default_factory=dict)
    problem: str = "0"


def column_steps(column: Column, rule: ColumnRule, *, cell: str | None, notation: ShareNotation | None) -> ColumnSteps:
    """The steps for ``column``; ``cell`` is what a workbook says of each cell, if it does."""
    match column.kind:
        case Kind.TEXT:
            return _text(column)
        case Kind.DATE:
            return _date(column, rule, cell)
        case Kind.INSTANT:
            return _instant(column, rule, cell)
        case Kind.FLAG:
            return _flag(column)
        case Kind.DEGREE:
            return _degree(column, rule)
        case Kind.QUANTITY:
            return _quantity(column, rule)
        case Kind.WEIGHT:
            return _weight(column, rule, notation)
        case _:
            return _figure(column, rule)


def digits_sql(currency: str) -> str:
    """SQL of the minor digits of the currency in ``currency``; NULL when it is unknown."""
    by_digits: dict[int, list[str]] = {}
    for code, digits in MINOR_DIGITS.items():
        by_digits.setdefault(digits, []).append(code)
    whens = " ".join(f"WHEN {currency} IN ({literals(codes)}) THEN {digits}" for digits, codes in by_digits.items())
    return f"CASE {whens} END"


def _first_of(*cases: tuple[str, Problem], rest: str = "0") -> str:
    whens = " ".join(f"WHEN {claim} THEN {int(problem)}" for claim, problem in cases)
    return f"CASE {whens} ELSE {rest} END"


def _text(column: Column) -> ColumnSteps:
    name = column.name
    steps = ColumnSteps(stored={name: f"t_{name}"}, problem=f"q_{name}")
    if name in {"currency", "quote_currency", "pay_currency"}:
        known = literals(MINOR_DIGITS)
        steps.problem = _first_of((f"t_{name} NOT IN ({known})", Problem.CURRENCY_UNKNOWN), rest=f"q_{name}")
    elif name == "unit":  # three capitals look like a currency: its digits must be known
        claim = f"regexp_full_match(t_{name}, '[A-Z]{{3}}') AND t_{name} NOT IN ({literals(MINOR_DIGITS)})"
        steps.problem = _first_of((claim, Problem.CURRENCY_UNKNOWN), rest=f"q_{name}")
    return steps


def _date(column: Column, rule: ColumnRule, cell: str | None) -> ColumnSteps:
    name = column.name
    t, day, serial = f"t_{name}", f"d_{name}", f"s_{name}"
    grouped = {f"g_{name}": f"kj_date_groups({t})"}
    if rule.format is not None:
        grouped = {}
        parsed = {day: f"CAST(try_strptime({t}, {literal(rule.format)}) AS DATE)", serial: "CAST(NULL AS DATE)"}
    else:
        asked = f"kj_day({t}, g_{name})"
        if name == "month":
            asked = f"COALESCE({asked}, kj_month({t}))"
        parsed = {day: f"kj_sensible_day({asked})", serial: f"kj_serial_day(kj_half({t}))"}
    value = f"COALESCE({day}, {serial})"
    cases = [
        (f"{t} IS NOT NULL AND {value} IS NULL", Problem.NOT_A_DATE),
        (f"{day} IS NULL AND {serial} IS NOT NULL", Problem.DATE_AS_SERIAL),
    ]
    if cell is not None:
        cases.append((f"{t} IS NOT NULL AND {cell} = 1", Problem.DATE_AS_TEXT))
    if name == "month":
        cases.append((f"date_trunc('month', {value}) <> {value}", Problem.MONTH_NOT_FIRST_DAY))
        value = f"CAST(date_trunc('month', {value}) AS DATE)"
    if rule.inclusive:
        value = f"CASE WHEN {value} < {_LAST} THEN {value} + 1 ELSE {value} END"
    if name == "valid_from":
        value = f"COALESCE({value}, {_FIRST})"
    if name == "valid_to":
        value = f"COALESCE({value}, {_LAST})"
    return ColumnSteps(
        grouped=grouped, parsed=parsed, stored={name: value}, problem=_first_of(*cases, rest=f"q_{name}")
    )


def _instant(column: Column, rule: ColumnRule, cell: str | None) -> ColumnSteps:
    name = column.name
    t, moment, serial = f"t_{name}", f"d_{name}", f"s_{name}"
    grouped = {f"g_{name}": f"kj_date_groups({t})"}
    if rule.format is not None:
        grouped = {}
        parsed = {moment: f"try_strptime({t}, {literal(rule.format)})", serial: "CAST(NULL AS TIMESTAMP)"}
    else:
        day = f"kj_sensible_day(kj_day({t}, g_{name}))"
        parsed = {moment: f"kj_instant({day}, g_{name})", serial: f"kj_serial_instant(kj_half({t}))"}
    value = f"COALESCE({moment}, {serial})"
    cases = [
        (f"{t} IS NOT NULL AND {value} IS NULL", Problem.NOT_A_TIME),
        (f"{moment} IS NULL AND {serial} IS NOT NULL", Problem.DATE_AS_SERIAL),
    ]
    if cell is not None:
        cases.append((f"{t} IS NOT NULL AND {cell} = 1", Problem.DATE_AS_TEXT))
    stored = f"CAST(date_trunc('second', {value}) AS TIMESTAMP_S)"
    return ColumnSteps(
        grouped=grouped, parsed=parsed, stored={name: stored}, problem=_first_of(*cases, rest=f"q_{name}")
    )


def _flag(column: Column) -> ColumnSteps:
    name = column.name
    lowered = f"lower(kj_half(t_{name}))"
    value = (
        f"CASE WHEN {lowered} IN ({literals(TRUE_WORDS)}) THEN true "
        f"WHEN {lowered} IN ({literals(FALSE_WORDS)}) THEN false END"
    )
    return ColumnSteps(
        parsed={f"d_{name}": value},
        stored={name: f"d_{name}"},
        problem=_first_of((f"t_{name} IS NOT NULL AND d_{name} IS NULL", Problem.NOT_A_FLAG), rest=f"q_{name}"),
    )


def _degree(column: Column, rule: ColumnRule) -> ColumnSteps:
    """Geography only, so a double will do. Latitude and longitude both 0 mean unknown, said once for the pair."""
    name = column.name
    value, most = f"d_{name}", _MOST_DEGREES[name]
    in_range = f"{value} BETWEEN -{most} AND {most}"
    nowhere = "d_lat = 0 AND d_lon = 0"
    alone = f" OR {value} = 0" if rule.null_if_zero else ""
    cases = [
        (f"t_{name} IS NOT NULL AND {value} IS NULL", Problem.NOT_A_NUMBER),
        (f"NOT ({in_range})", Problem.COORDINATE_OUT_OF_RANGE),
        (nowhere, Problem.COORDINATE_ZERO if name == "lat" else Problem.NONE),
    ]
    if rule.null_if_zero:
        cases.append((f"{value} = 0", Problem.COORDINATE_ZERO))
    return ColumnSteps(
        parsed={value: f"TRY_CAST(kj_half(t_{name}) AS DOUBLE)"},
        stored={name: f"CASE WHEN NOT ({in_range}) OR ({nowhere}){alone} THEN NULL ELSE {value} END"},
        problem=_first_of(*cases, rest=f"q_{name}"),
    )


def _scale(rule: ColumnRule) -> tuple[int, int]:
    """The mapping's scale as mantissa and power of ten."""
    sign, digits, exponent = Decimal(rule.scale or "1").normalize().as_tuple()
    assert isinstance(exponent, int)
    mantissa = int("".join(str(digit) for digit in digits))
    return (-mantissa if sign else mantissa), exponent


def _number_steps(name: str, rule: ColumnRule, decimals: str) -> ColumnSteps:
    """``v_<name>``: the whole number of units of ``10 ** -decimals``; NULL when it is not whole or too large."""
    mantissa, exponent = _scale(rule)
    m, x, v = f"m_{name}", f"x_{name}", f"v_{name}"
    grouped = {f"g_{name}": f"kj_number_groups(t_{name})"}
    parsed = {f"n_{name}": f"kj_number(t_{name}, g_{name})"}
    scaled = {
        m: f"TRY(TRY_CAST(n_{name}.m AS HUGEINT) * {mantissa})",
        x: f"n_{name}.e + ({decimals}) + ({exponent})",
    }
    value = f"kj_scaled({m}, {x})"
    if rule.null_if_zero:
        value = f"NULLIF({value}, 0)"
    return ColumnSteps(grouped=grouped, parsed=parsed, scaled=scaled, whole={v: value})


def _number_cases(name: str, too_fine: Problem, decimals: str) -> list[tuple[str, Problem]]:
    n, m, x, v = f"n_{name}", f"m_{name}", f"x_{name}", f"v_{name}"
    zero = f"{m} = 0"
    return [
        (f"t_{name} IS NOT NULL AND {n} IS NULL", Problem.NOT_A_NUMBER),
        (f"t_{name} IS NOT NULL AND ({decimals}) IS NULL", Problem.NONE),  # the currency has the finding
        (f"{v} IS NULL AND {m} IS NOT NULL AND {x} < 0 AND NOT ({zero})", too_fine),
        (f"t_{name} IS NOT NULL AND ({m} IS NULL OR ({v} IS NULL AND NOT ({zero})))", Problem.AMOUNT_TOO_LARGE),
        (f"ABS({v}) >= {OVERFLOW_GUARD}", Problem.AMOUNT_TOO_LARGE),
    ]


def _guarded(name: str) -> str:
    return f"CASE WHEN ABS(v_{name}) < {OVERFLOW_GUARD} THEN CAST(v_{name} AS BIGINT) END"


def _figure(column: Column, rule: ColumnRule) -> ColumnSteps:
    """COUNT, MONEY, MICRO and RATE."""
    name = column.name
    decimals = digits_sql(f"t_{column.currency}") if column.kind is Kind.MONEY else str(_DECIMALS[column.kind])
    steps = _number_steps(name, rule, decimals)
    cases = _number_cases(name, _TOO_FINE.get(column.kind, Problem.FIGURE_TOO_FINE), decimals)
    if column.kind is Kind.RATE:
        cases.append((f"v_{name} <= 0", Problem.NOT_POSITIVE))
    if column.kind is Kind.MICRO:
        cases.append((f"v_{name} < 0", Problem.NEGATIVE_VALUE))
    steps.stored = {name: _guarded(name)}
    steps.problem = _first_of(*cases, rest=f"q_{name}")
    return steps


def _quantity(column: Column, rule: ColumnRule) -> ColumnSteps:
    """Minor units when the unit is a currency, else millionths; a grade stays text."""
    name = column.name
    money = digits_sql(f"t_{column.currency}")
    decimals = f"COALESCE({money}, 6)"
    steps = _number_steps(name, rule, decimals)
    is_grade = f"n_{name} IS NULL AND ({money}) IS NULL"
    not_number, *others = _number_cases(name, Problem.FIGURE_TOO_FINE, decimals)
    cases = [(f"{not_number[0]} AND NOT ({is_grade})", Problem.NOT_A_NUMBER)]
    others = [(f"NOT ({is_grade}) AND {claim}", problem) for claim, problem in others]
    fine_money = (f"({money}) IS NOT NULL AND {others[1][0]}", Problem.AMOUNT_TOO_FINE)
    steps.stored = {name: _guarded(name), f"{name}_text": f"CASE WHEN {is_grade} THEN t_{name} END"}
    steps.problem = _first_of(*cases, others[0], fine_money, *others[1:], rest=f"q_{name}")
    return steps


def _weight(column: Column, rule: ColumnRule, notation: ShareNotation | None) -> ColumnSteps:
    """Basis points, or bare weights that become basis points within their team."""
    name = column.name
    bare = {ShareNotation.FRACTION: 4, ShareNotation.PERCENT: 2}.get(notation or ShareNotation.BASIS_POINTS, 0)
    decimals = f"CASE WHEN contains(kj_half(t_{name}), '%') THEN 4 ELSE {bare} END"
    steps = _number_steps(name, rule, decimals)
    cases = _number_cases(name, Problem.FIGURE_TOO_FINE, decimals)
    cases.append((f"v_{name} < 0", Problem.NEGATIVE_VALUE))
    steps.stored = {name: _guarded(name)}
    steps.problem = _first_of(*cases, rest=f"q_{name}")
    return steps
