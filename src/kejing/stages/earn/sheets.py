"""The policy's formulas run over lines, tasks and RMs: three sheets that score and pay read.

Writes ``rm_input``, ``task_input``, ``line_input`` and, with every formula as a column, ``rm_sheet``, ``task_sheet``
and ``line_sheet``.
"""

from __future__ import annotations

import datetime as dt

import pyarrow as pa

from kejing.measure.errors import KejingError
from kejing.measure.findings import Severity
from kejing.policy.sql import card_tables, compile_sheets
from kejing.policy.vocabulary import Grain
from kejing.stages.context import StageContext
from kejing.stages.earn.line_settings import LineSettings
from kejing.stages.earn.vocabulary import EARN_VOCABULARY
from kejing.stages.rule_file import run_rules

INPUTS = {"rm": "rm_input", "task": "task_input", "line": "line_input"}


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
    _inputs(context)
    year = context.year
    for name, table in card_tables(context.policy).items():
        context.engine.attach_arrow(name, table)
    steps = compile_sheets(context.policy, EARN_VOCABULARY, INPUTS, dates=(year.start, year.end - dt.timedelta(days=1)))
    for step in steps:
        context.engine.create(step.relation, step.sql)
    _refuse_missing_figures(context)


def _inputs(context: StageContext) -> None:
    engine = context.engine
    lines = LineSettings.of(context.policy)
    engine.create("task_measure", "SELECT measure FROM target_measure")
    days = [{"period": name, "period_last_day": period.last_day} for name, period in context.periods]
    engine.attach_arrow(
        "period_day",
        pa.Table.from_pylist(days, schema=pa.schema([("period", pa.string()), ("period_last_day", pa.date32())])),
    )
    for relation, code_list in (("code_industry", lines.industry_list), ("code_business", lines.business_list)):
        codes = sorted(context.policy.code_lists.get(code_list, {}))
        engine.attach_arrow(relation, pa.table({"code": pa.array(codes, pa.string())}))
    run_rules(engine, "kejing.stages.earn", "task.sql", {"YEAR_DAYS": str(context.year.days)})
    values = {
        "SCHEME": f"'{lines.customer_scheme}'",
        "INDUSTRY_OTHERWISE": f"'{lines.industry_otherwise}'",
        "BUSINESS_OTHERWISE": f"'{lines.business_otherwise}'",
    }
    run_rules(engine, "kejing.stages.earn", "line.sql", values)
    _report_codes(context, lines)


def _report_codes(context: StageContext, lines: LineSettings) -> None:
    """Codes that the policy does not know are counted, never guessed in silence."""
    row = context.engine.fetch(
        """
        SELECT COUNT(*) AS lines, MIN(k.industry) AS example
        FROM line_input AS l
        JOIN customer_scope AS k
          ON k.customer_id = l.customer_id AND k.valid_from <= l.booked_on AND k.valid_to > l.booked_on
        LEFT JOIN code_industry AS i ON i.code = k.industry
        WHERE k.industry IS NOT NULL AND i.code IS NULL
        """
    ).to_pylist()[0]
    if row["lines"]:
        context.note(
            "pay.unknown_codes",
            "pay",
            list=lines.industry_list,
            count=row["lines"],
            example=row["example"],
            otherwise=lines.industry_otherwise,
        )
    outside = context.engine.value(
        "SELECT COUNT(*) FROM credit_ledger AS c JOIN task_measure AS m ON m.measure = c.task_measure"
        " LEFT JOIN rm_period AS r ON r.period = c.period AND r.rm_id = c.rm_id WHERE c.rm_id <> '' AND r.rm_id IS NULL"
    )
    if outside:
        context.note("pay.outside_population", "pay", severity=Severity.INFO, count=outside)


def _refuse_missing_figures(context: StageContext) -> None:
    """Read the compiled counts; a sheet is looked through only where one of its formulas has a hole."""
    for grain in EARN_VOCABULARY:
        if f"{grain.name}_filled" not in context.engine.relations():
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
