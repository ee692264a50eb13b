"""The policy's formulas run over lines, tasks and RMs: three sheets that score and pay read.

Writes ``rm_input``, ``task_input``, ``line_input`` and, with every formula as a column, ``rm_sheet``, ``task_sheet``
and ``line_sheet``; the lines are named, not kept, and ``line_sums`` has what is added up over them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pyarrow as pa

from kejing.measure.errors import KejingError
from kejing.measure.findings import Severity
from kejing.policy import Pack
from kejing.policy.formula.binding import bind_or_refuse
from kejing.policy.readings import compile_readings
from kejing.policy.sql import Classes, Fold, Group, Step, Totals, card_tables, compile_sheets
from kejing.policy.vocabulary import Grain
from kejing.stages.add_up import add_up
from kejing.stages.context import StageContext
from kejing.stages.earn.line_settings import LineSettings, paid_by_line
from kejing.stages.earn.people import prepare_people
from kejing.stages.earn.vocabulary import ACCOUNT, EARN_VOCABULARY
from kejing.stages.rule_file import day_literal, run_rules
from kejing.warehouse.protocol import Engine

INPUTS = {"rm": "rm_input", "task": "task_input", "line": "line_input", "incident": "incident_input"}
"""What the formulas read, by grain."""
FIRST_SUMS = "line_sums_1"
"""Sums over the lines of all that rests on the lines alone: actuals come from them."""
RELATIONS = {**INPUTS, "line": "line_numbered"}
"""The same for the engine: lines with the numbers by which they are grouped."""
_UNKNOWN = """
    SELECT {what} FROM customer_scope AS k
    LEFT JOIN code_industry AS i ON i.code = k.industry
    {lines}
    WHERE k.industry IS NOT NULL AND i.code IS NULL
"""
_LINES_OF_CUSTOMER = (
    "JOIN line_input AS l ON l.customer_id = k.customer_id AND k.valid_from <= l.booked_on AND k.valid_to > l.booked_on"
)
_BESIDE = """
    SELECT CAST(SUM(parts) AS $BIGINT) AS parts
    FROM (
      SELECT 0 AS parts
      UNION ALL
      SELECT t.parts FROM credit_total AS t JOIN line_slot AS k ON k.slot = t.slot {tasks} WHERE t.is_house = 0
      UNION ALL
      SELECT -all_rows AS parts FROM line_sums_1
    ) AS both_sides
"""
"""Parts of RMs that no formula sees: all that are credited to RMs less those that are summed as lines of pay."""


class NoFormulaValueError(KejingError):
    """A formula that must yield a figure yields none for some row."""

    code = "pay.no_formula_value"


def reckon(context: StageContext) -> None:
    """Build the inputs of the formulas and run the compiled policy over them.

    Raises
    ------
    NoFormulaValueError
        A formula has no figure for some row and is not declared nullable.
    """
    lines = LineSettings.of(context.policy)
    _line_inputs(context, lines)
    for name, table in card_tables(context.policy).items():
        context.engine.attach_arrow(name, table)
    year = context.year
    dates = (year.start, year.end - dt.timedelta(days=1))
    folds = {"line": line_fold(context.policy)}
    periods = [name for name, _ in context.periods]
    steps = compile_sheets(
        context.policy,
        EARN_VOCABULARY,
        RELATIONS,
        dates=dates,
        only=formulas_of_people(context.policy),
        folds=folds,
        periods=periods,
    )
    first_sums = next(place for place, step in enumerate(steps, start=1) if step.relation == FIRST_SUMS)
    take(context.engine, steps[:first_sums])
    _task_inputs(context)
    _report_codes(context, lines)
    _sum_beside(context)
    take(context.engine, steps[first_sums:])
    take(context.engine, compile_readings(bind_or_refuse(context.policy, EARN_VOCABULARY)))
    _refuse_missing_figures(context)


def formulas_of_people(policy: Pack) -> list[str]:
    """Formulas over lines, tasks, RMs and incidents; those over accounts belong to stage value."""
    return [name for name, formula in policy.formulas.items() if formula.over != ACCOUNT]


def take(engine: Engine, steps: Sequence[Step]) -> None:
    """Create the relations of a compiled policy; sums are added up on arrays where rows lie in this process."""
    for step in steps:
        added = add_up(engine, step.tally) if step.tally is not None and engine.is_in_process else None
        if step.tally is not None and added is not None:
            engine.attach_arrow(f"added_up_{step.relation}", added)
            # The engine's own sums are of the wide type, and what reads them counts on it.
            wide = ", ".join(f"CAST({figure} AS $WIDE) AS {figure}" for figure in step.tally.figures)
            plain = ", ".join(name for name in added.column_names if name not in step.tally.figures)
            engine.create_view(step.relation, f"SELECT {plain}, {wide} FROM added_up_{step.relation}")
        elif step.is_view:
            engine.create_view(step.relation, step.sql)
        else:
            engine.create(step.relation, step.sql)


def line_fold(policy: Pack) -> Fold:
    """Credited lines folded: classes of codes, and sums by RM and slot of what ``policy`` pays for each line."""
    classes = Classes("line_class", "class", ("industry", "customer_tier", "business_type"))
    people = Group("rm", "team_rm", ("rm_id",))
    slots = Group("slot", "paid_slot", ("period", "measure", "business_type"))
    return Fold(classes, Totals((people, slots), ("amount", *paid_by_line(policy))))


def _line_inputs(context: StageContext, lines: LineSettings) -> None:
    engine = context.engine
    engine.create("task_measure", "SELECT measure FROM target_measure")
    codes = {
        name: sorted(context.policy.code_lists.get(name, {})) for name in (lines.industry_list, lines.business_list)
    }
    for relation, code_list in (("code_industry", lines.industry_list), ("code_business", lines.business_list)):
        engine.attach_arrow(relation, pa.table({"code": pa.array(codes[code_list], pa.string())}))
    values = {
        "SCHEME": f"'{lines.customer_scheme}'",
        "INDUSTRY_OTHERWISE": f"'{lines.industry_otherwise}'",
        "BUSINESS_OTHERWISE": f"'{lines.business_otherwise}'",
        "INDUSTRIES": str(len(codes[lines.industry_list]) + 1),
        "BUSINESSES": str(len(codes[lines.business_list]) + 1),
        "PERIODS": str(len(context.periods)),
        "YEAR_START": day_literal(context.year.start),
        "NEXT_DAY": day_literal(context.as_of + dt.timedelta(days=1)),
    }
    run_rules(engine, "kejing.stages.earn", "line.sql", values)
    for relation in ("customer_industry", "customer_tier"):  # settled and moving customers have them by now
        engine.create(relation, "SELECT CAST(0 AS $BIGINT) AS let_go")


def _task_inputs(context: StageContext) -> None:
    days = [{"period": name, "period_last_day": period.last_day} for name, period in context.periods]
    schema = pa.schema([("period", pa.string()), ("period_last_day", pa.date32())])
    context.engine.attach_arrow("period_day", pa.Table.from_pylist(days, schema=schema))
    prepare_people(context)
    run_rules(context.engine, "kejing.stages.earn", "task.sql", {"YEAR_DAYS": str(context.year.days)})


def _sum_beside(context: StageContext) -> None:
    """Keep what RMs are credited beside their tasks; where that is nothing, no part is read for it."""
    parts = context.engine.value(f"SELECT COUNT(*) FROM ({_BESIDE.format(tasks='')}) AS beside WHERE parts > 0")
    nothing = "" if parts else " WHERE 1 = 0"
    context.engine.create(
        "credit_beside",
        "SELECT rm, slot, COUNT(*) AS parts, CAST(SUM(amount) AS $BIGINT) AS amount"
        f" FROM part_beside{nothing} GROUP BY rm, slot",
    )


def _report_codes(context: StageContext, lines: LineSettings) -> None:
    """Codes that the policy does not know are counted, never guessed in silence."""
    unknown = context.engine.value(_UNKNOWN.format(what="COUNT(*)", lines=""))
    if unknown:
        what = "COUNT(*) AS lines, MIN(k.industry) AS example"
        row = context.engine.fetch(_UNKNOWN.format(what=what, lines=_LINES_OF_CUSTOMER)).to_pylist()[0]
        if row["lines"]:
            context.note(
                "pay.unknown_codes",
                "pay",
                list=lines.industry_list,
                count=row["lines"],
                example=row["example"],
                otherwise=lines.industry_otherwise,
            )
    of_tasks = "JOIN task_measure AS m ON m.measure = k.task_measure"
    outside = context.engine.value(_BESIDE.format(tasks=of_tasks))
    if outside:
        context.note("pay.outside_population", "pay", severity=Severity.INFO, count=outside)


def _refuse_missing_figures(context: StageContext) -> None:
    """Read the compiled counts; a sheet is looked through only where one of its formulas has a hole."""
    there = context.engine.relations()
    for grain in EARN_VOCABULARY:
        if f"{grain.name}_filled" not in there:
            continue
        if f"{grain.name}_holes" in there and not context.engine.value(f"SELECT holes FROM {grain.name}_holes"):
            continue
        counts = context.engine.fetch(f"SELECT * FROM {grain.name}_filled").to_pylist()[0]
        rows = counts.pop("all_rows")
        for formula, filled in counts.items():
            if filled < rows:
                raise NoFormulaValueError(
                    formula=formula, count=rows - filled, example=_first_hole(context, grain, formula)
                )


def _first_hole(context: StageContext, grain: Grain, formula: str) -> str:
    key = ", ".join(grain.key)
    row = context.engine.fetch(
        f"SELECT {key} FROM {grain.name}_sheet WHERE {formula} IS NULL ORDER BY {key} LIMIT 1"
    ).to_pylist()[0]
    return ", ".join(f"{name}={value}" for name, value in row.items())
