"""Compiled SQL and the exact evaluator are two independent ways to the same figure."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

import duckdb
import pytest
from hypothesis import event, given, reject, settings
from hypothesis import strategies as st

from kejing.measure.findings import Place
from kejing.measure.rounding import Rounding
from kejing.policy import Formula, Labels, ScaleTooWideError, Type
from kejing.policy.exact import evaluate
from kejing.policy.formula.parse import parse_formula
from kejing.policy.parts import FormulaVersion
from kejing.warehouse.engine import ArithmeticOverflowError, DuckEngine
from tests.policy.both_ways import Rows, compare_both_ways
from tests.policy.strategies import DAYS, PACK, ROUNDINGS, VOCABULARY, Written, formulas, pack_of, rows


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    """One engine for all examples; every relation is replaced."""
    with DuckEngine(threads=1) as engine:
        yield engine


GRID = [
    *(f'ROUND(rate * rate, {digits}, "{mode}")' for digits in (-1, 0, 1, 2) for mode in ROUNDINGS),
    *(f'ROUND(rate / n, {digits}, "{mode}")' for digits in (-1, 0, 1, 2) for mode in ROUNDINGS),
    *(
        f"{function}({part})"
        for function in ("FLOOR", "CEIL", "ABS", "SIGN")
        for part in ("rate", "rate / n", "-n", "rate * 7")
    ),
    *(
        f"IF(rate {sign} {part}, 1, 0)"
        for sign in ("=", "<>", "<", "<=", ">", ">=")
        for part in ("n", "0.5", "n / 2", "-rate")
    ),
    *(f"{function}(rate, n / 2, 0.25)" for function in ("MIN", "MAX")),
    *(f"(rate)^{power}" for power in (-2, -1, 0, 1, 3)),
    *(f"IF({function}(rate > 0, n > 0), 1, 0)" for function in ("AND", "OR")),
    "IF(NOT(rate > 0), 1, 0)",
    "COALESCE(rate / n, n, -1)",
    "IFS(rate > n, 1, rate = n, 0)",
    "1 / (rate - n) - n / rate",
    "LOOKUP(band, rate / n, y)",
    "LOOKUP(summed, rate)",
    "LOOKUP(smallest, n)",
    'IF(LOOKUP(band, rate, grade) = "point", n, rate)',
    'IF(LOOKUP(band, rate, grade) = "it\'s $5 {0}", n, rate)',
]


def numbered(texts: Sequence[str], rounding: Rounding, decimals: int) -> dict[str, Formula]:
    """A number formula over leaf for each text."""
    return {
        f"g{number}": Formula(
            f"g{number}",
            "leaf",
            Labels(f"格{number}", f"grid {number}"),
            Type.NUMBER,
            "",
            decimals,
            rounding,
            nullable=True,
            versions=(FormulaVersion(dt.date(2000, 1, 1), text, parse_formula(text), "test", Place()),),
            place=Place(),
        )
        for number, text in enumerate(texts)
    }


@pytest.mark.parametrize(("rounding", "decimals"), [*((rounding, 0) for rounding in ROUNDINGS), (Rounding.HALF_UP, 2)])
def test_every_function_on_a_grid(engine: DuckEngine, rounding: Rounding, decimals: int) -> None:
    """Each function and rounding on every sign, tie, zero and missing value gives one figure both ways."""
    formulas = numbered(GRID, rounding, decimals)
    rates = [None, *(Fraction(step, 20) for step in range(-31, 32, 3)), Fraction(0), Fraction(1, 2), Fraction(-1, 2)]
    leaves: list[dict[str, object]] = [
        {
            **dict.fromkeys(VOCABULARY["leaf"].columns()),
            "leaf_id": f"{place}",
            "dated_on": DAYS[place % len(DAYS)],
            "rate": rate,
            "n": None if n is None else Fraction(n),
        }
        for place, (rate, n) in enumerate(itertools.product(rates, [None, -3, -1, 0, 1, 2]))
    ]
    given_rows: Rows = {"top": [], "mid": [], "leaf": leaves}
    compare_both_ways(engine, VOCABULARY, replace(PACK, formulas=formulas), given_rows, None)


def test_codes_that_are_missing_or_unknown(engine: DuckEngine) -> None:
    """Tables and cards say the same both ways of every code, of none, and of one outside the list."""
    codes = itertools.product(["a", "b", "c", None, "zzz"], ["s", "l", None, "$'{}"], [True, False, None], DAYS)
    leaves: list[dict[str, object]] = [
        {
            **dict.fromkeys(VOCABULARY["leaf"].columns()),
            "leaf_id": f"{place}",
            "dated_on": day,
            "kind": kind,
            "size": size,
            "ok": ok,
            "amount": None if place % 7 == 0 else Fraction(place * 3),
            "day": day,
        }
        for place, (kind, size, ok, day) in enumerate(codes)
    ]
    texts = ["LOOKUP(card, kind, size)", "LOOKUP(first_rule, amount, kind, ok)", "LOOKUP(largest, day)"]
    texts += ["IF(kind = word, 1, 0)", "IF(NOT(ok), 1, 0)", "IF(AND(ok, kind <> word), 1, 0)", "IF(open, 1, 0)"]
    texts += ["LOOKUP(band, LOOKUP(card, kind, size), y)", "IF(day >= day, 1, 0)"]
    pack = replace(PACK, formulas=numbered(texts, Rounding.HALF_UP, 3))
    for dates in (None, (DAYS[0], DAYS[-1])):
        compare_both_ways(engine, VOCABULARY, pack, {"top": [], "mid": [], "leaf": leaves}, dates)


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_both_widths_divide_alike(engine: DuckEngine, rounding: Rounding) -> None:
    """Amounts on both sides of the 64-bit limit, where the engine changes width, give the exact figure."""
    edges = [2**62 - 50, 2**62 - 1, 2**62, 2**62 + 1, 2**63 - 1, 2**31, 12345]
    leaves: list[dict[str, object]] = [
        {
            **dict.fromkeys(VOCABULARY["leaf"].columns()),
            "leaf_id": f"{sign}{edge}",
            "dated_on": DAYS[0],
            "amount": Fraction(sign * edge, 100),
            "rate": Fraction(35, 100),
            "n": Fraction(3),
        }
        for edge in edges
        for sign in (1, -1)
    ]
    texts = [
        "amount / bar",
        "amount * rate / bar",
        "amount / bar / n",
        "FLOOR(amount / bar)",
        "CEIL(amount / bar / rate)",
    ]
    pack = replace(PACK, formulas=numbered(texts, rounding, 1))
    compare_both_ways(engine, VOCABULARY, pack, {"top": [], "mid": [], "leaf": leaves}, (DAYS[0], DAYS[-1]))


@settings(max_examples=40)
@given(written=formulas(), given_rows=rows(), bounded=st.booleans())
def test_sql_is_the_evaluator_on_random_policies(
    engine: DuckEngine,
    written: list[Written],
    given_rows: dict[str, list[dict[str, object]]],
    bounded: bool,  # noqa: FBT001  # drawn
) -> None:
    """Formulas, tables, cards, dates, missing values, negatives and ties: same figure, to the last unit."""
    dates = (DAYS[0], DAYS[-1]) if bounded else None
    try:
        compare_both_ways(engine, VOCABULARY, pack_of(written), given_rows, dates)
    except (ScaleTooWideError, ArithmeticOverflowError, duckdb.ConversionException):
        event("too large for the engine, which says so")
        reject()


@settings(max_examples=12)
@given(written=formulas(), given_rows=rows())
def test_a_trace_ends_where_the_figure_is(
    written: list[Written], given_rows: dict[str, list[dict[str, object]]]
) -> None:
    """A traced figure has the value of the figure, and everything below it too."""
    pack = pack_of(written)
    exact = evaluate(pack, VOCABULARY, given_rows)
    for name, formula in pack.formulas.items():
        for row in given_rows[formula.over][:2]:
            key = tuple(row[column] for column in VOCABULARY[formula.over].key)
            figure = exact.trace(formula.over, key, name)
            assert figure.value == exact.value(formula.over, key, name)
            for below in figure.walk():
                if below.name in pack.formulas and below.key:
                    assert below.value == exact.value(below.grain, below.key, below.name)
