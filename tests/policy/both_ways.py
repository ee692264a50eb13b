"""One policy by the compiled SQL and by the exact evaluator: every figure must be the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import pyarrow as pa

from kejing.policy import Pack, Type, Vocabulary
from kejing.policy.case_openings import Openings, opening_tables
from kejing.policy.exact import Results, evaluate
from kejing.policy.exact.sheet import RowId
from kejing.policy.formula.across import Across
from kejing.policy.formula.binding import bind_or_refuse
from kejing.policy.formula.names import Target
from kejing.policy.literals import Value
from kejing.policy.readings import compile_readings, natural_readings, reading_relation
from kejing.policy.sql import (
    card_tables,
    compile_sheets,
    natural,
    stored,
)
from kejing.warehouse.engine import DuckEngine

ARROW = {Type.TEXT: pa.string(), Type.DATE: pa.date32(), Type.FLAG: pa.bool_()}

type Rows = Mapping[str, Sequence[Mapping[str, object]]]


def as_table(
    vocabulary: Vocabulary,
    grain: str,
    given_rows: Sequence[Mapping[str, object]],
    targets: Mapping[str, Target],
    digits: int,
) -> pa.Table:
    """Natural rows as the relation of a grain."""
    fields = []
    for name in vocabulary[grain].columns():
        target = targets.get(name)
        is_date = name == vocabulary[grain].date
        kind = (pa.date32() if is_date else pa.string()) if target is None else ARROW.get(target.type, pa.int64())
        fields.append(pa.field(name, kind))
    columns = [
        [
            row[field.name] if (target := targets.get(field.name)) is None else stored(row[field.name], target, digits)
            for row in given_rows
        ]
        for field in fields
    ]
    return pa.Table.from_arrays(
        [pa.array(c, type=f.type) for c, f in zip(columns, fields, strict=True)], schema=pa.schema(fields)
    )


def compare_both_ways(  # a policy and all that it is run on
    engine: DuckEngine,
    vocabulary: Vocabulary,
    pack: Pack,
    given_rows: Rows,
    dates: tuple[dt.date, dt.date] | None,
    *,
    openings: Openings | None = None,
    periods: Sequence[str] = (),
) -> Results:
    """Every figure by SQL is the figure by the evaluator, whose results are handed back."""
    binding = bind_or_refuse(pack, vocabulary)
    relations = {grain.name: f"{grain.name}_in" for grain in vocabulary}
    steps = compile_sheets(pack, vocabulary, relations, dates=dates, periods=periods)
    for grain in vocabulary:
        targets = binding.names.by_grain[grain.name]
        table = as_table(vocabulary, grain.name, given_rows[grain.name], targets, pack.minor_digits)
        engine.attach_arrow(relations[grain.name], table)
    for name, table in {**card_tables(pack), **opening_tables(binding, openings or {})}.items():
        engine.attach_arrow(name, table)
    for step in steps:
        (engine.create_view if step.is_view else engine.create)(step.relation, step.sql)
    exact = evaluate(pack, vocabulary, given_rows, openings=openings)
    for grain_name in {formula.over for formula in pack.formulas.values()}:
        by_sql = engine.fetch(f"SELECT * FROM {grain_name}_sheet").to_pylist()
        assert len(by_sql) == len(given_rows[grain_name])
        for row in by_sql:
            key = tuple(row[column] for column in vocabulary[grain_name].key)
            for name in (name for name in binding.order if pack.formulas[name].over == grain_name):
                figure = natural(row[name], binding.names.by_grain[grain_name][name], pack.minor_digits)
                texts = [version.text for version in pack.formulas[name].versions]
                assert figure == exact.value(grain_name, key, name), (name, texts, row)
    _from_single_rows(engine, vocabulary, pack, given_rows, exact)
    return exact


def _from_single_rows(engine: DuckEngine, vocabulary: Vocabulary, pack: Pack, given_rows: Rows, exact: Results) -> None:
    """With what rows read of others kept beside them, each time alone gives the figures that it has among all."""
    binding = bind_or_refuse(pack, vocabulary)
    steps = compile_readings(binding)
    for step in steps:
        engine.create(step.relation, step.sql)
    readings: dict[tuple[RowId, Across], Value | None] = {}
    for grain in vocabulary:
        if reading_relation(grain.name) in {step.relation for step in steps}:
            rows = engine.fetch(f"SELECT * FROM {reading_relation(grain.name)}").to_pylist()
            assert len(rows) == len(given_rows[grain.name])
            readings |= natural_readings(binding, grain.name, rows)
    for time in {str(row[grain.sequence]) for grain in vocabulary if grain.sequence for row in given_rows[grain.name]}:
        alone = {
            grain.name: [row for row in given_rows[grain.name] if row[grain.sequence] == time] for grain in vocabulary
        }
        again = evaluate(pack, vocabulary, alone, readings=readings)
        for name, formula in pack.formulas.items():
            for row in alone[formula.over]:
                key = tuple(row[column] for column in vocabulary[formula.over].key)
                assert again.value(formula.over, key, name) == exact.value(formula.over, key, name), (name, key)
