"""The stock of each RM before the period, the periods and people that targets are spread over."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

import pyarrow as pa

from kejing.measure.period import Period, add_months
from kejing.stages.context import StageContext
from kejing.stages.deploy.target.settings import TargetSettings
from kejing.stages.rule_file import day_literal, run_rules

_PACKAGE = "kejing.stages.deploy.target"

type Stocks = dict[tuple[str, str], dict[str, int]]
"""Stock in minor units by (period, measure), then RM id."""

type Person = dict[str, Any]
"""One row of ``target_rm``: rm_id, unit_id, grade, fte, service_days, period_days."""


def target_periods(context: StageContext, settings: TargetSettings) -> list[tuple[str, Period]]:
    """The periods of the running fiscal year, or of the next one."""
    if settings.horizon == "current_year":
        return context.periods
    next_year_end = context.year.end.replace(year=context.year.end.year + 1) - dt.timedelta(days=1)
    return context.calendar.periods_to(next_year_end)


def base_month(context: StageContext, settings: TargetSettings) -> dt.date:
    """The month whose average balances are the frozen base."""
    if settings.horizon == "current_year":
        return add_months(context.year.start, -1)
    month = context.engine.value(f"SELECT MAX(month) FROM balances WHERE month <= {day_literal(context.as_of)}")
    return month if isinstance(month, dt.date) else context.as_of.replace(day=1)


def prepare_stock(context: StageContext, settings: TargetSettings, periods: list[tuple[str, Period]]) -> None:
    """Create ``target_period``, ``target_measure``, ``book_team``, ``stock_rm`` and ``target_rm``."""
    engine = context.engine
    proposed = settings.book == "proposed"
    rows = [
        {
            "period": name,
            "period_start": period.start,
            "period_end": period.end,
            "period_days": period.days,
            "book_day": context.as_of if proposed else period.start,
        }
        for name, period in periods
    ]
    engine.attach_arrow("target_period", pa.Table.from_pylist(rows))
    measures = [{"measure": name, "stock": m.stock, "of": m.of or ""} for name, m in sorted(settings.measures.items())]
    engine.attach_arrow("target_measure", pa.Table.from_pylist(measures))
    one = "CAST(1 AS $BIGINT)"
    book = (
        f"SELECT customer_id, rm_id, valid_from, valid_to, {one} AS weight, {one} AS whole"
        " FROM assign WHERE role = 'lead'"
        if proposed
        else "SELECT customer_id, rm_id, valid_from, valid_to, weight, whole FROM team"
    )
    engine.create("book_team", book)
    month = base_month(context, settings)
    base_end = context.year.start if settings.horizon == "current_year" else context.as_of + dt.timedelta(days=1)
    values = {
        "BASE_MONTH": day_literal(month),
        "BASE_LAST_DAY": day_literal(add_months(month, 1) - dt.timedelta(days=1)),
        "BASE_YEAR_START": day_literal(add_months(base_end, -12)),
        "BASE_YEAR_END": day_literal(base_end),
        "CURRENCY": f"'{context.policy.currency}'",
    }
    run_rules(engine, _PACKAGE, "stock.sql", values)
    engine.create("target_rm", _people(context, settings))


def _people(context: StageContext, settings: TargetSettings) -> str:
    if settings.horizon == "current_year":
        return "SELECT period, rm_id, unit_id, grade, fte, service_days, period_days FROM rm_period"
    if settings.book == "proposed" and "roster" in context.engine.relations():
        return (
            "SELECT p.period, r.rm_id, r.unit_id, 'other' AS grade, CAST(1000000 AS $BIGINT) AS fte,"
            " CAST(p.period_days AS $BIGINT) AS service_days, CAST(p.period_days AS $BIGINT) AS period_days"
            " FROM roster AS r JOIN target_period AS p ON 1 = 1"
        )
    return (
        "SELECT p.period, r.rm_id, r.unit_id, r.grade, r.fte, CAST(p.period_days AS $BIGINT) AS service_days,"
        " CAST(p.period_days AS $BIGINT) AS period_days"
        " FROM rm_now AS r JOIN population_line AS l ON l.line = r.line JOIN target_period AS p ON 1 = 1"
    )


def read_stocks(context: StageContext) -> Stocks:
    """Stock by (period, measure), then RM id."""
    stocks: Stocks = defaultdict(dict)
    for row in context.engine.fetch(
        "SELECT period, measure, rm_id, stock FROM stock_rm ORDER BY period, measure, rm_id"
    ).to_pylist():
        stocks[row["period"], row["measure"]][row["rm_id"]] = row["stock"]
    return dict(stocks)


def read_people(context: StageContext) -> dict[str, list[Person]]:
    """People by period, in the order of their ids."""
    by_period: dict[str, list[Person]] = defaultdict(list)
    for row in context.engine.fetch("SELECT * FROM target_rm ORDER BY period, rm_id").to_pylist():
        by_period[row["period"]].append(row)
    return dict(by_period)
