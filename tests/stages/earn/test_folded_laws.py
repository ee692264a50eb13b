from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict

from hypothesis import given, settings

from kejing.policy import Pack
from kejing.policy.sql import compile_sheets
from kejing.stages.context import StageContext
from kejing.stages.earn.line_settings import paid_by_line
from kejing.stages.earn.sheets import INPUTS, formulas_of_people
from kejing.stages.earn.vocabulary import EARN_VOCABULARY
from tests.stages.flow.random_institution import WHOLE_RUNS, Institution, institutions
from tests.stages.institution import ran, rows_of

type Sums = dict[tuple[str, ...], list[int]]

_GROUP = ("period", "rm_id", "measure", "business_type")


@settings(WHOLE_RUNS, max_examples=8)
@given(institutions())
def test_sums_and_statements_are_those_of_the_lines(made: Institution) -> None:
    """What is added up in one pass is the sum over the lines, and statements hold every cent credited and paid."""
    with ran(made.pack, made.facts, as_of=made.as_of) as context:
        _sums_are_of_the_lines(context, made.pack)
        _statements_hold_everything(context)


@settings(WHOLE_RUNS, max_examples=6)
@given(institutions())
def test_folding_changes_no_figure(made: Institution) -> None:
    """Formulas worked out once for a combination of codes, and sums instead of rows, give what they give without."""
    with ran(made.pack, made.facts, as_of=made.as_of) as context:
        year = context.year
        grains = [grain for grain in EARN_VOCABULARY if grain.name in INPUTS]
        folded = {grain.name: _sorted(context, f"{grain.name}_sheet", grain.key) for grain in grains}
        columns = {grain.name: set(context.engine.columns(f"{grain.name}_sheet")) for grain in grains}
        days = (year.start, year.end - dt.timedelta(days=1))
        wanted = formulas_of_people(made.pack)
        steps = compile_sheets(made.pack, EARN_VOCABULARY, INPUTS, dates=days, only=wanted)
        made_names = re.compile(rf"\b({'|'.join(step.relation for step in steps)})\b")
        for step in steps:
            context.engine.create(f"plain_{step.relation}", made_names.sub(r"plain_\1", step.sql))
        for grain in grains:
            plain = _sorted(context, f"plain_{grain.name}_sheet", grain.key)
            shared = columns[grain.name] & set(context.engine.columns(f"plain_{grain.name}_sheet"))
            assert shared >= {f.name for f in made.pack.formulas.values() if f.over == grain.name}
            kept = [{name: row[name] for name in shared} for row in folded[grain.name]]
            assert kept == [{name: row[name] for name in shared} for row in plain]


def _sorted(context: StageContext, relation: str, key: tuple[str, ...]) -> list[dict[str, object]]:
    return rows_of(context.engine, f"SELECT * FROM {relation} ORDER BY {', '.join(key)}")


def _sums_are_of_the_lines(context: StageContext, pack: Pack) -> None:
    wanted = ("amount", *paid_by_line(pack))
    lines: Sums = defaultdict(lambda: [0] * (len(wanted) + 1))
    for row in rows_of(context.engine, "SELECT * FROM line_sheet"):
        _add(lines[tuple(row[name] for name in _GROUP)], [1, *(row[name] for name in wanted)])
    sums: Sums = defaultdict(lambda: [0] * (len(wanted) + 1))
    for row in rows_of(context.engine, "SELECT * FROM line_sums"):
        figures = [row["all_rows"], *(int(row[f"sum_line__{name}"]) for name in wanted)]
        _add(sums[tuple(row[name] for name in _GROUP)], figures)
    assert sums == lines


def _statements_hold_everything(context: StageContext) -> None:
    rows = rows_of(context.engine, "SELECT * FROM statement")
    keys = [tuple(row[name] for name in _GROUP) for row in rows]
    assert len(set(keys)) == len(keys)
    credited: Sums = defaultdict(lambda: [0, 0])
    for row in rows_of(context.engine, "SELECT period, rm_id, task_measure, amount FROM credit_ledger"):
        _add(credited[row["period"], row["rm_id"], row["task_measure"]], [1, row["amount"]])
    paid: Sums = defaultdict(lambda: [0])
    for row in rows_of(context.engine, "SELECT period, rm_id, measure, amount FROM pay"):
        _add(paid[row["period"], row["rm_id"], row["measure"]], [row["amount"]])
    said: Sums = defaultdict(lambda: [0, 0])
    due: Sums = defaultdict(lambda: [0])
    for row in rows:
        key = (row["period"], row["rm_id"], row["measure"])
        _add(said[key], [row["lines"], row["credited"]])
        _add(due[key], [row["paid"]])
    assert _without_zeros(said) == _without_zeros(credited)
    assert _without_zeros(due) == _without_zeros(paid)


def _add(sums: list[int], figures: list[int]) -> None:
    for place, figure in enumerate(figures):
        sums[place] += figure


def _without_zeros(sums: Sums) -> Sums:
    return {key: figures for key, figures in sums.items() if any(figures)}
