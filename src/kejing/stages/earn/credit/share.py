"""Lines of income and of balance growth are split among the team of their day."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa

from kejing.measure.findings import Severity
from kejing.measure.period import Period, add_months
from kejing.stages.context import StageContext
from kejing.stages.earn.credit.settings import CreditSettings
from kejing.stages.earn.credit.split_lines import split_lines
from kejing.stages.rule_file import day_literal, run_rules

_PACKAGE = "kejing.stages.earn.credit"
_MONTH = pa.schema(
    [
        ("month", pa.date32()),
        ("month_end", pa.date32()),
        ("last_day", pa.date32()),
        ("days", pa.int64()),
        ("is_base", pa.int64()),
        ("period", pa.string()),
        ("period_days_loaded", pa.int64()),
    ]
)

_OUTSIDE = """
    SELECT CAST(SUM(lines) AS $BIGINT) AS lines
    FROM (
      SELECT COALESCE(SUM(i.lines), 0) AS lines
      FROM (SELECT booked_on, COUNT(*) AS lines FROM income GROUP BY booked_on) AS i
      JOIN day_seen AS d ON d.day = i.booked_on
      UNION ALL
      SELECT -COALESCE(SUM(t.lines), 0) AS lines FROM line_total AS t JOIN income_kind AS k ON k.kind = t.kind
      UNION ALL
      SELECT -COUNT(*) AS lines FROM income_unconverted
    ) AS counts
"""
"""Lines of nobody in the population are counted, never credited: all lines less those that are in the ledger."""

_OVERLAY_ROLES = "SELECT COUNT(*) FROM role_weight WHERE weight = 0 AND shadow_micro > 0"
"""Roles that count in the shadow view alone."""


def run(context: StageContext) -> None:
    """Create relation ``credit`` and the control totals of the ledger."""
    settings = CreditSettings.model_validate(context.policy.section("credit"))
    engine = context.engine
    context.progress("credit", 0, 4)
    engine.attach_arrow("income_measure", pa.table({"measure": pa.array(settings.income_measures, pa.string())}))
    days = _days_seen(context)
    engine.attach_arrow("day_seen", days)
    values = {
        "FIRST_DAY": day_literal(context.year.start),
        "NEXT_DAY": day_literal(context.as_of + dt.timedelta(days=1)),
        "DAYS_SEEN": str(days.num_rows),
    }
    run_rules(engine, _PACKAGE, "ledger.sql", values)
    context.progress("credit", 1, 4)
    engine.attach_arrow("balance_measure", pa.table({"measure": pa.array(settings.balance_measures, pa.string())}))
    engine.attach_arrow("month_used", _months(context, settings))
    engine.create(
        "customer_month",
        "SELECT m.month, c.customer_id, MIN(c.customer) AS customer, MIN(c.unit_id) AS unit_id FROM month_used AS m"
        " JOIN customer_scope AS c ON c.valid_from <= m.last_day AND c.valid_to > m.last_day"
        " WHERE m.is_base = 0 GROUP BY m.month, c.customer_id",
    )
    run_rules(engine, _PACKAGE, "increment.sql")
    context.progress("credit", 2, 4)
    run_rules(engine, _PACKAGE, "kind.sql")
    if engine.is_in_process:
        split_lines(engine)
    else:
        run_rules(engine, _PACKAGE, "split.sql")
    roles = engine.value("SELECT COUNT(*) FROM role_weight")
    run_rules(engine, _PACKAGE, "part.sql", {"ROLES": str(roles)})
    context.progress("credit", 3, 4)
    run_rules(engine, _PACKAGE, "view.sql" if settings.shadow else "ledger_view.sql")
    if settings.shadow and engine.value(_OVERLAY_ROLES):
        run_rules(engine, _PACKAGE, "overlay.sql")
    _report(context)
    context.progress("credit", 4, 4)


def _days_seen(context: StageContext) -> pa.Table:
    """The days of the fiscal year up to the run's, each with its place from 0 and its period."""
    until = context.as_of - context.year.start
    days = [context.year.start + dt.timedelta(days=place) for place in range(until.days + 1)]
    names = [next(name for name, period in context.periods if day in period) for day in days]
    columns = {"day": pa.array(days, pa.date32()), "place": pa.array(range(len(days)), pa.int64())}
    return pa.table({**columns, "period": pa.array(names, pa.string())})


def _months(context: StageContext, settings: CreditSettings) -> pa.Table:
    """The base month and every whole month of the periods for which balances were brought."""
    if not settings.balance_measures:
        return _MONTH.empty_table()
    listed = context.engine.fetch(
        "SELECT b.month FROM balances AS b JOIN products AS q ON q.product = b.product"
        " JOIN balance_measure AS m ON m.measure = q.measure GROUP BY b.month ORDER BY b.month"
    )
    brought = set(listed.column(0).to_pylist())
    rows: list[dict[str, object]] = []
    base = add_months(context.year.start, -1)
    if base in brought:
        rows.append(_month_row(base, "", 0, is_base=True))
    for name, period in context.periods:
        months = [
            month
            for month in _months_of(period)
            if month in brought and add_months(month, 1) <= context.as_of + dt.timedelta(days=1)
        ]
        loaded = sum((add_months(month, 1) - month).days for month in months)
        rows.extend(_month_row(month, name, loaded, is_base=False) for month in months)
    if base not in brought and brought:
        context.note("credit.base_missing", "credit", severity=Severity.WARNING, month=base.isoformat())
    return pa.Table.from_pylist(rows, schema=_MONTH)


def _months_of(period: Period) -> list[dt.date]:
    months = []
    month = period.start
    while month < period.end:
        months.append(month)
        month = add_months(month, 1)
    return months


def _month_row(month: dt.date, period: str, loaded: int, *, is_base: bool) -> dict[str, object]:
    end = add_months(month, 1)
    return {
        "month": month,
        "month_end": end,
        "last_day": end - dt.timedelta(days=1),
        "days": (end - month).days,
        "is_base": int(is_base),
        "period": period,
        "period_days_loaded": loaded,
    }


def _report(context: StageContext) -> None:
    engine = context.engine
    unconverted = engine.fetch(
        "SELECT currency, COUNT(*) AS lines, SUM(amount) AS minor"
        " FROM income_unconverted GROUP BY currency ORDER BY currency"
    ).to_pylist()
    for row in unconverted:
        context.note(
            "credit.rate_missing",
            "credit",
            severity=Severity.ERROR,
            currency=row["currency"],
            count=row["lines"],
            minor=row["minor"],
        )
    _report_balances(context)
    house = engine.fetch(
        "SELECT CAST(COALESCE(SUM(t.parts), 0) AS $BIGINT) AS lines,"
        " CAST(COALESCE(SUM(t.amount), 0) AS $BIGINT) AS minor"
        " FROM credit_total AS t JOIN line_slot AS k ON k.slot = t.slot WHERE t.is_house = 1 AND k.measure = 'income'"
    ).to_pylist()[0]
    if house["lines"]:
        context.note(
            "credit.unassigned", "credit", severity=Severity.WARNING, count=house["lines"], minor=house["minor"]
        )
    disputed = engine.value("SELECT COUNT(*) FROM income_seen WHERE disputed")
    if disputed:
        context.note("credit.disputed", "credit", severity=Severity.INFO, count=disputed)
    outside = engine.value(_OUTSIDE)
    if outside:
        context.note("credit.outside_population", "credit", severity=Severity.INFO, count=outside)


def _report_balances(context: StageContext) -> None:
    """Balances without a rate leave the growth of their month: a base or a month missing would read as a jump."""
    rows = context.engine.fetch(
        """
        SELECT b.currency, COUNT(*) AS balances
        FROM balances AS b
        JOIN products AS q ON q.product = b.product
        JOIN balance_measure AS m ON m.measure = q.measure
        JOIN month_used AS u ON u.month = b.month
        LEFT JOIN fx AS f ON f.currency = b.currency AND f.valid_from <= u.last_day AND f.valid_to > u.last_day
        WHERE f.currency IS NULL
        GROUP BY b.currency ORDER BY b.currency
        """
    ).to_pylist()
    for row in rows:
        facts = {"currency": row["currency"], "count": row["balances"]}
        context.note("credit.balance_rate_missing", "credit", severity=Severity.ERROR, **facts)
