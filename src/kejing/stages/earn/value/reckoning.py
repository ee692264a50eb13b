"""Simulated profit from the policy's formulas over account."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa

from kejing.measure.period import add_months
from kejing.policy.sql import compile_sheets
from kejing.stages.context import StageContext
from kejing.stages.earn.line_settings import LineSettings
from kejing.stages.earn.value.settings import ValueSettings
from kejing.stages.earn.vocabulary import ACCOUNT, EARN_VOCABULARY
from kejing.stages.rule_file import run_rules

_PACKAGE = "kejing.stages.earn.value"
_CALENDAR = pa.schema(
    [("month", pa.date32()), ("last_day", pa.date32()), ("days", pa.int64()), ("period", pa.string())]
)
_LAST_DAY = pa.schema([("period", pa.string()), ("period_last_day", pa.date32()), ("period_days", pa.int64())])

VALUE_TRACES = {
    "account_input": EARN_VOCABULARY[ACCOUNT].key,
    "profit_holding": ("period", "rm_id", "customer_id"),
}
"""What explanations read beside the tables: the formulas' rows and the RMs' parts of customers, with their order."""


def run(context: StageContext) -> None:
    """Create relations ``value`` and ``profit``."""
    settings = ValueSettings.model_validate(context.policy.section("value"))
    engine, year = context.engine, context.year
    context.progress("value", 0, 3)
    engine.attach_arrow("value_calendar", _calendar(context))
    days = [
        {"period": name, "period_last_day": period.last_day, "period_days": period.days}
        for name, period in context.periods
    ]
    engine.attach_arrow("value_last_day", pa.Table.from_pylist(days, schema=_LAST_DAY))
    engine.attach_arrow("value_figure", pa.table({"figure": ["profit", "eva", "capital"]}))
    lines = LineSettings.of(context.policy)
    codes = sorted(context.policy.code_lists.get(lines.industry_list, {}))
    engine.attach_arrow("value_industry", pa.table({"code": pa.array(codes, pa.string())}))
    values = {
        "INDUSTRY_OTHERWISE": f"'{lines.industry_otherwise}'",
        "TIER_SCHEME": f"'{settings.tier_scheme}'",
        "CLASS_SCHEME": f"'{settings.class_scheme or ''}'",
        "YEAR_DAYS": str(year.days),
    }
    run_rules(engine, _PACKAGE, "account.sql", values)
    context.progress("value", 1, 3)
    steps = compile_sheets(
        context.policy,
        EARN_VOCABULARY,
        {"account": "account_input"},
        dates=(year.start, year.end - dt.timedelta(days=1)),
        only=sorted(set(settings.formulas.values())),
    )
    for step in steps:
        engine.create(step.relation, step.sql)
    parts = ", ".join(f"CAST({formula} AS $BIGINT) AS {name}" for name, formula in settings.formulas.items())
    engine.create("value", f"SELECT period, customer_id, product, unit_id, average_balance, {parts} FROM account_sheet")
    context.progress("value", 2, 3)
    run_rules(engine, _PACKAGE, "profit.sql", {"YEAR_DAYS": str(year.days)})
    context.progress("value", 3, 3)
    context.step(
        "value",
        "模拟利润(转移定价、预期损失、资本成本)",
        "simulated profit after transfer price, loss, capital",
        is_present=True,
    )


def _calendar(context: StageContext) -> pa.Table:
    """The whole months of each period up to the run's day."""
    rows = []
    for name, period in context.periods:
        month = period.start
        while month < period.end and add_months(month, 1) <= context.as_of + dt.timedelta(days=1):
            end = add_months(month, 1)
            rows.append(
                {"month": month, "last_day": end - dt.timedelta(days=1), "days": (end - month).days, "period": name}
            )
            month = end
    return pa.Table.from_pylist(rows, schema=_CALENDAR)
