"""Tiers taken part by part and curves between points: two readers of one table agree, and their laws hold."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kejing.measure.findings import Place
from kejing.measure.rounding import Rounding
from kejing.policy import DecisionTable, Formula, Hit, Labels, Pack, TableColumn, TableRow, Type
from kejing.policy.cells import Anything, Cell, OneOf, parse_cell
from kejing.policy.exact.tiers import parts_of, read_curve
from kejing.policy.formula.parse import parse_formula
from kejing.policy.literals import Value
from kejing.policy.parts import FormulaVersion
from kejing.policy.tables import Outside
from kejing.warehouse.engine import DuckEngine
from tests.policy.both_ways import compare_both_ways
from tests.policy.strategies import DAYS, PACK, VOCABULARY

ALWAYS = (dt.date(2000, 1, 1), dt.date(9999, 12, 31))
EARLY, LATE = (ALWAYS[0], DAYS[2]), (DAYS[2], ALWAYS[1])
LABELS = Labels("表", "table")


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    """One engine for all examples; every relation is replaced."""
    with DuckEngine(threads=1) as engine:
        yield engine


def _row(number: int, cells: dict[str, Cell], value: Fraction, days: tuple[dt.date, dt.date] = ALWAYS) -> TableRow:
    return TableRow(f"r{number}", cells, {"rate": value}, *days, "test", "", number + 2, "t.csv", {})


def _table(rows: list[TableRow], hit: Hit, *, keyed: bool, **outside: Outside) -> DecisionTable:
    inputs = {"amount": TableColumn("amount", Type.MONEY, LABELS)}
    if keyed:
        inputs["kind"] = TableColumn("kind", Type.TEXT, LABELS, codes="kind")
    outputs = {"rate": TableColumn("rate", Type.NUMBER, LABELS)}
    return DecisionTable("steps", LABELS, hit, inputs, outputs, tuple(rows), Place(), **outside)  # type: ignore[arg-type]


_RATES = st.integers(-30, 300).map(lambda value: Fraction(value, 1000))
_CUTS = st.lists(st.integers(-20, 40), min_size=0, max_size=5, unique=True).map(
    lambda cuts: [f"{cut * 100}" for cut in sorted(cuts)]
)
_KEYS: list[tuple[Cell, ...]] = [(Anything(),), (OneOf(("a",)), OneOf(("a",), negated=True))]


@st.composite
def tiers(draw: st.DrawFn) -> DecisionTable:
    """Tiers of an amount, for all kinds or by kind, with one or two versions and sometimes a tier left out."""
    keyed = draw(st.booleans())
    rows: list[TableRow] = []
    for key in draw(st.sampled_from(_KEYS)) if keyed else (Anything(),):
        for days in draw(st.sampled_from([(ALWAYS,), (EARLY, LATE)])):
            cuts = draw(_CUTS)
            upper = draw(st.booleans())
            ends = [f"{'<' if upper else '<='}{cuts[0]}"] if cuts else ["-"]
            ends += [f"[{low}..{high})" if upper else f"({low}..{high}]" for low, high in itertools.pairwise(cuts)]
            ends += [f"{'>=' if upper else '>'}{cuts[-1]}"] if cuts else []
            left_out = draw(st.none() | st.integers(0, len(ends) - 1))
            for place, cell in enumerate(ends):
                if place != left_out:
                    cells = {"amount": parse_cell(cell, Type.MONEY), **({"kind": key} if keyed else {})}
                    rows.append(_row(len(rows), cells, draw(_RATES), days))
    return _table(rows, Hit.UNIQUE, keyed=keyed)


@st.composite
def curves(draw: st.DrawFn) -> DecisionTable:
    """Points of a curve, for all kinds or by kind, with one or two versions and either rule outside."""
    keyed = draw(st.booleans())
    rows: list[TableRow] = []
    for key in draw(st.sampled_from(_KEYS)) if keyed else (Anything(),):
        for days in draw(st.sampled_from([(ALWAYS,), (EARLY, LATE)])):
            for cut in draw(st.lists(st.integers(-20, 40), min_size=0, max_size=4, unique=True)):
                cells = {"amount": parse_cell(f"{cut * 100}", Type.MONEY), **({"kind": key} if keyed else {})}
                rows.append(_row(len(rows), cells, draw(_RATES), days))
    outside = {end: draw(st.sampled_from(Outside)) for end in ("below", "above")}
    return _table(rows, Hit.INTERPOLATE, keyed=keyed, **outside)


def _pack(table: DecisionTable, function: str) -> Pack:
    key = ", kind" if "kind" in table.inputs else ""
    texts = {
        "plain": f"{function}(steps, amount{key})",
        "part": f"{function}(steps, amount / n{key})",
        "later": f"{function}(steps, amount * rate{key})",
    }
    type_ = Type.MONEY if function == "MARGINAL" else Type.NUMBER
    formulas = {
        name: Formula(
            name,
            "leaf",
            Labels(f"公式 {name}", f"formula {name}"),
            type_,
            "",
            3,
            Rounding.HALF_UP,
            nullable=True,
            versions=(FormulaVersion(ALWAYS[0], text, parse_formula(text), "test", Place()),),
            place=Place(),
        )
        for name, text in texts.items()
    }
    return replace(PACK, formulas=formulas, tables={**PACK.tables, "steps": table})


_AMOUNTS = st.none() | st.integers(-3000, 6000).map(Fraction) | st.integers(-20, 40).map(lambda n: Fraction(n * 100))


@st.composite
def leaves(draw: st.DrawFn) -> dict[str, list[dict[str, object]]]:
    """Amounts on the lines, beside them, below zero and missing, over divisors of either sign."""
    rows = [
        {
            **dict.fromkeys(VOCABULARY["leaf"].columns()),
            "leaf_id": f"l{place}",
            "dated_on": draw(st.sampled_from(DAYS)),
            "amount": draw(_AMOUNTS),
            "rate": Fraction(draw(st.integers(-150, 150)), 100),
            "n": draw(st.sampled_from([None, *(Fraction(n) for n in (-3, -1, 0, 1, 7))])),
            "kind": draw(st.sampled_from(["a", "b", None])),
        }
        for place in range(draw(st.integers(1, 6)))
    ]
    return {"top": [], "mid": [], "leaf": rows}


@settings(max_examples=25)
@given(table=tiers(), rows=leaves(), bounded=st.booleans())
def test_marginal_tiers(
    engine: DuckEngine,
    table: DecisionTable,
    rows: dict[str, list[dict[str, object]]],
    bounded: bool,  # noqa: FBT001  # drawn
) -> None:
    """Random tiers, gaps, keys, versions, signs and fractions: clipped sums and a walk along the tiers agree."""
    dates = (DAYS[0], DAYS[-1]) if bounded else None
    compare_both_ways(engine, VOCABULARY, _pack(table, "MARGINAL"), rows, dates)


@settings(max_examples=25)
@given(table=curves(), rows=leaves(), bounded=st.booleans())
def test_curves(
    engine: DuckEngine,
    table: DecisionTable,
    rows: dict[str, list[dict[str, object]]],
    bounded: bool,  # noqa: FBT001  # drawn
) -> None:
    """Random points, keys, versions and rules outside: searched neighbours and a walk over points agree."""
    dates = (DAYS[0], DAYS[-1]) if bounded else None
    compare_both_ways(engine, VOCABULARY, _pack(table, "INTERPOLATE"), rows, dates)


@st.composite
def whole_tiers(draw: st.DrawFn, rates: st.SearchStrategy[Fraction]) -> DecisionTable:
    """Tiers without a gap and without keys."""
    cuts = draw(_CUTS)
    cells = [f"<{cuts[0]}", *(f"[{a}..{b})" for a, b in itertools.pairwise(cuts)), f">={cuts[-1]}"] if cuts else ["-"]
    rows = [_row(place, {"amount": parse_cell(cell, Type.MONEY)}, draw(rates)) for place, cell in enumerate(cells)]
    return _table(rows, Hit.UNIQUE, keyed=False)


def _paid(table: DecisionTable, amount: Fraction) -> Fraction:
    parts = parts_of(table, "rate", DAYS[0], {"amount": amount})
    assert parts is not None
    return sum((part.part * part.rate for part in parts), Fraction(0))


@given(
    table=whole_tiers(st.integers(0, 300).map(lambda value: Fraction(value, 1000))),
    amount=st.integers(-3000, 6000).map(Fraction),
    more=st.integers(0, 4000).map(Fraction),
)
def test_more_never_pays_less(table: DecisionTable, amount: Fraction, more: Fraction) -> None:
    """Under rates that are not negative a higher amount never pays less: marginal pay has no cliff."""
    assert _paid(table, amount + more) >= _paid(table, amount)


@given(table=whole_tiers(_RATES), amount=st.integers(-3000, 6000).map(Fraction))
def test_parts_make_the_amount(table: DecisionTable, amount: Fraction) -> None:
    """The parts in the tiers sum to the amount; zero pays nothing; one rate everywhere is that rate."""
    parts = parts_of(table, "rate", DAYS[0], {"amount": amount})
    assert parts is not None
    assert sum((part.part for part in parts), Fraction(0)) == amount
    assert _paid(table, Fraction(0)) == 0
    flat = replace(table, rows=tuple(replace(row, outputs={"rate": Fraction(1, 7)}) for row in table.rows))
    assert _paid(flat, amount) == amount / 7


@given(table=curves(), amount=st.integers(-3000, 6000).map(Fraction))
def test_a_curve_stays_between_its_points(table: DecisionTable, amount: Fraction) -> None:
    """At a point the curve has the point's value; between two and flat outside it never leaves their range."""
    flat = replace(table, below=Outside.FLAT, above=Outside.FLAT)
    inputs: dict[str, Value | None] = {"amount": amount, "kind": "a"}
    read = read_curve(flat, "rate", DAYS[0], inputs)
    rates = [rate for row in flat.rows if isinstance(rate := row.outputs["rate"], Fraction)]
    assert read is None or min(rates) <= read.value <= max(rates)
    for row in read.points if read is not None and len(read.points) == 1 else ():
        assert read is not None
        assert read.value == row.outputs["rate"]
