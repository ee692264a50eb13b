"""Pay lines and totals from the policy's formulas."""

from __future__ import annotations

from kejing.stages.context import StageContext
from kejing.stages.earn.pay.settings import ComponentSettings, PaySettings
from kejing.stages.rule_file import run_rules

_PACKAGE = "kejing.stages.earn.pay"
_NO_TEXT = "CAST(NULL AS VARCHAR)"
_NO_MONEY = "CAST(NULL AS $BIGINT)"
_COLUMNS = {
    "line": "s.measure AS measure, s.line_id AS line_id, s.customer_id AS customer_id, s.amount AS basis",
    "task": f"s.measure AS measure, '' AS line_id, {_NO_TEXT} AS customer_id, {_NO_MONEY} AS basis",
    "rm": f"'' AS measure, '' AS line_id, {_NO_TEXT} AS customer_id, {_NO_MONEY} AS basis",
}
"""What a pay line says of its origin, by the grain its component stands over."""


def run(context: StageContext) -> None:
    """Create relations ``pay`` and ``pay_total``."""
    settings = PaySettings.model_validate(context.policy.section("pay"))
    engine = context.engine
    parts, due = [], []
    for number, component in enumerate(settings.components):
        context.progress("pay", number, len(settings.components))
        name = component.component
        engine.create(f"pay_of_{name}", _lines(context, component))
        parts.append(f"SELECT * FROM pay_of_{name}")
        due.append(
            f"SELECT period, rm_id, '{name}' AS component, {component.amount} AS amount"
            f" FROM {component.over}_sheet WHERE {component.amount} <> 0"
        )
    engine.create("pay_due", " UNION ALL ".join(due))
    engine.create_view("pay", " UNION ALL ".join(parts))
    engine.create("pay_total", _totals(settings))
    context.progress("pay", len(settings.components), len(settings.components))
    _declare_steps(context)


def _lines(context: StageContext, component: ComponentSettings) -> str:
    """The SELECT of a component's pay lines."""
    if component.split == "line":
        return _split_lines(context, component)
    sheet, amount = f"{component.over}_sheet", component.amount
    day = "s.booked_on" if component.over == "line" else "s.period_last_day"
    return f"""
        SELECT s.period, s.rm_id, '{component.component}' AS component, {_COLUMNS[component.over]},
          CAST(s.{amount} AS $BIGINT) AS amount, {_clause(context, component, day)} AS policy_clause
        FROM {sheet} AS s
        WHERE s.{amount} <> 0
    """


def _split_lines(context: StageContext, component: ComponentSettings) -> str:
    """The SELECT of pay lines that a task's amount is handed down to."""
    amount = component.amount
    context.engine.create(
        "split_task", f"SELECT period, rm_id, measure, {amount} AS amount FROM task_sheet WHERE {amount} <> 0"
    )
    context.engine.create(
        "split_line",
        f"SELECT period, rm_id, measure, line_id, customer_id, amount, {component.weight} AS weight FROM line_sheet",
    )
    run_rules(context.engine, _PACKAGE, "split.sql")
    return f"""
        SELECT s.period, s.rm_id, '{component.component}' AS component, s.measure, s.line_id, s.customer_id, s.basis,
          s.amount, {_clause(context, component, "d.period_last_day")} AS policy_clause
        FROM split_paid AS s
        JOIN period_day AS d ON d.period = s.period
        WHERE s.amount <> 0
    """


def _clause(context: StageContext, component: ComponentSettings, day: str) -> str:
    """The clause a line rests on: component, formula and the day its version came into force."""
    formula = context.policy.formulas[component.amount]
    latest_first = sorted((version.valid_from for version in formula.versions), reverse=True)
    cases = " ".join(
        f"WHEN {day} >= CAST('{since}' AS DATE) THEN '{component.component}: {formula.name}@{since}'"
        for since in latest_first
    )
    return f"CASE {cases} END"


def _totals(settings: PaySettings) -> str:
    deferred = f"r.{settings.deferred}" if settings.deferred else "0"
    return f"""
        SELECT
          r.period, r.rm_id, r.unit_id,
          CAST(COALESCE(p.gross, 0) AS $BIGINT) AS gross,
          CAST(COALESCE(p.gross, 0) - {deferred} AS $BIGINT) AS paid_now,
          CAST({deferred} AS $BIGINT) AS deferred
        FROM rm_sheet AS r
        LEFT JOIN (SELECT period, rm_id, SUM(amount) AS gross FROM pay GROUP BY period, rm_id) AS p
          ON p.period = r.period AND p.rm_id = r.rm_id
    """


def _declare_steps(context: StageContext) -> None:
    """The last steps of the income chain of essay 1; retail has the same ones without the stock step."""
    has_card = bool(context.policy.rate_cards)
    zh = "行业、客户、业务三方面系数" if has_card else "本办法没有系数卡,三方面系数不适用"
    en = "coefficients by industry, customer and business" if has_card else "this policy has no coefficient card"
    context.step("coefficients", zh, en, is_present=has_card)
    context.step("total_income", "客户经理总收入", "total income of the RM", is_present=True)
