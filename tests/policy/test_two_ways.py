"""Compiled SQL and the exact evaluator are two independent ways to the same figure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

import duckdb
import pyarrow as pa
import pytest
from hypothesis import event, given, reject, settings
from hypothesis import strategies as st

from kejing.policy import Pack, ScaleTooWideError, Type, Vocabulary
from kejing.policy.exact import evaluate
from kejing.policy.formula.binding import bind_or_refuse
from kejing.policy.formula.names import Target
from kejing.policy.sql import card_tables, compile_sheets, natural, stored
from kejing.warehouse.engine import ArithmeticOverflowError, DuckEngine
from tests.policy.strategies import DAYS, VOCABULARY, packs, rows

ARROW = {Type.TEXT: pa.string(), Type.DATE: pa.date32(), Type.FLAG: pa.bool_()}


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    """One engine for all examples; every relation is replaced."""
    with DuckEngine(threads=1) as engine:
        yield engine


def as_table(
    vocabulary: Vocabulary, grain: str, given_rows: Sequence[Mapping[str, object]], targets: Mapping[str, Target], digits: int
) -> pa.Table:
    """Natural rows as the relation of a grain."""
    fields = []
    for name in vocabulary[grain].columns():
        target = targets.get(name)
        is_date = name == vocabulary[grain].date
        kind = (pa.date32() if is_date else pa.string()) if target is None else ARROW.get(target.type, pa.int64())
        fields.append(pa.field(name, kind))
    columns = [
        [row[field.name] if (target := targets.get(field.name)) is None else stored(row[field.name], target, digits) for row in given_rows]
        for field in fields
    ]
    return pa.Table.from_arrays([pa.array(c, type=f.type) for c, f in zip(columns, fields, strict=True)], schema=pa.schema(fields))


@settings(max_examples=120)
@given(pack=packs(), given_rows=rows(), bounded=st.booleans())
def test_sql_is_the_evaluator_on_random_policies(
    engine: DuckEngine, pack: Pack, given_rows: dict[str, list[dict[str, object]]], bounded: bool
) -> None:
    """Formulas, tables, cards, dates, missing values, negatives and ties: same figure, to the last unit."""
    binding = bind_or_refuse(pack, VOCABULARY)
    dates = (DAYS[0], DAYS[-1]) if bounded else None
    try:
        steps = compile_sheets(pack, VOCABULARY, {grain.name: f"{grain.name}_in" for grain in VOCABULARY}, dates=dates)
        for grain in VOCABULARY:
            targets = binding.names.by_grain[grain.name]
            table = as_table(VOCABULARY, grain.name, given_rows[grain.name], targets, pack.minor_digits)
            engine.attach_arrow(f"{grain.name}_in", table)
        for name, card in card_tables(pack).items():
            engine.attach_arrow(name, card)
        for step in steps:
            engine.create(step.relation, step.sql)
    except (ScaleTooWideError, ArithmeticOverflowError, duckdb.ConversionException):
        event("too large for the engine, which says so")
        reject()
    exact = evaluate(pack, VOCABULARY, given_rows)
    for name in binding.order:
        formula = pack.formulas[name]
        target = binding.names.by_grain[formula.over][name]
        for row in engine.fetch(f"SELECT * FROM {formula.over}_sheet").to_pylist():
            key = tuple(row[column] for column in VOCABULARY[formula.over].key)
            by_sql, by_walk = natural(row[name], target, pack.minor_digits), exact.value(formula.over, key, name)
            assert by_sql == by_walk, [version.text for version in formula.versions]


@settings(max_examples=25)
@given(pack=packs(), given_rows=rows())
def test_a_trace_ends_where_the_figure_is(pack: Pack, given_rows: dict[str, list[dict[str, object]]]) -> None:
    """A traced figure has the value of the figure, and everything below it too."""
    exact = evaluate(pack, VOCABULARY, given_rows)
    for name, formula in pack.formulas.items():
        for row in given_rows[formula.over][:2]:
            key = tuple(row[column] for column in VOCABULARY[formula.over].key)
            figure = exact.trace(formula.over, key, name)
            assert figure.value == exact.value(formula.over, key, name)
            for below in figure.walk():
                if below.name in pack.formulas and below.key:
                    assert below.value == exact.value(below.grain, below.key, below.name)


def test_random_policies_meet_dated_rules() -> None:
    """The rows of the random policies lie on both sides of every change of rule."""
    assert DAYS[1] < dt.date(2025, 2, 1) <= DAYS[2]
