"""Pay lines and totals from the policy's formulas."""

from __future__ import annotations

from kejing.stages.context import StageContext
from kejing.stages.earn.pay.settings import HANDED, ComponentSettings, PaySettings
from kejing.stages.rule_file import run_rules

_PACKAGE = "kejing.stages.earn.pay"
_NO_TEXT = "CAST(NULL AS $TEXT)"
_NO_MONEY = "CAST(NULL AS $BIGINT)"
_COLUMNS = {
    "line": "s.measure AS measure, s.line_id AS line_id, s.customer_id AS customer_id, s.amount AS basis",
    "task": f"s.measure AS measure, '' AS line_id, {_NO_TEXT} AS customer_id, {_NO_MONEY} AS basis",
    "rm": f"'' AS measure, '' AS line_id, {_NO_TEXT} AS customer_id, {_NO_MONEY} AS basis",
}
"""What a pay line says of its origin, by the grain its component stands over."""
_CREDITED = """
    SELECT CAST(0 AS $BIGINT) AS rm, p.slot, t.parts AS lines, t.amount AS credited, CAST(0 AS $BIGINT) AS paid
    FROM credit_total AS t
    JOIN slot_paid AS p ON p.credit_slot = t.slot
    WHERE t.is_house = 1
    UNION ALL
    SELECT rm, slot, parts AS lines, amount AS credited, CAST(0 AS $BIGINT) AS paid FROM credit_beside
    UNION ALL
    SELECT rm, slot, all_rows AS lines, sum_line__amount AS credited, CAST(0 AS $BIGINT) AS paid FROM line_sums_1
"""
_NOTHING_MORE = "CAST(0 AS $BIGINT) AS lines, CAST(0 AS $BIGINT) AS credited"


def run(context: StageContext) -> None:
    """Create relations ``pay`` and ``pay_total``, and the rows of statements, ``statement``."""
    settings = _with_what_was_handed(context, PaySettings.model_validate(context.policy.section("pay")))
    engine = context.engine
    parts = []
    for number, component in enumerate(settings.components):
        context.progress("pay", number, len(settings.components))
        name = component.component
        keep = engine.create if component.split else engine.create_view  # the next split takes the same relations
        keep(f"pay_of_{name}", _lines(context, component))
        parts.append(f"SELECT * FROM pay_of_{name}")
    engine.create_view("pay", " UNION ALL ".join(parts))
    by_task = [part for part, component in zip(parts, settings.components, strict=True) if component.over != "line"]
    engine.create_view("pay_by_task", " UNION ALL ".join(by_task or ["SELECT * FROM pay WHERE 1 = 0"]))
    engine.create("pay_due", " UNION ALL ".join(_due(component) for component in settings.components))
    engine.create("pay_total", _totals(context, settings))
    engine.create_view("statement", _statement(settings))
    context.progress("pay", len(settings.components), len(settings.components))
    _declare_steps(context)


def _with_what_was_handed(context: StageContext, settings: PaySettings) -> PaySettings:
    """``settings`` without components of stages that did not run: they hand nothing over."""
    there = context.engine.relations()
    kept = [one for one in settings.components if one.over not in HANDED or HANDED[one.over] in there]
    return settings.model_copy(update={"components": tuple(kept)})


def _due(component: ComponentSettings) -> str:
    """The SELECT of what a component pays an RM in a period, before it is written line by line."""
    if component.over in HANDED:
        return f"""
            SELECT period, rm_id, component, CAST(SUM(amount) AS $BIGINT) AS amount
            FROM {HANDED[component.over]} WHERE component = '{component.component}' GROUP BY period, rm_id, component
        """
    relation, amount = (f"{component.over}_sheet", component.amount)
    if component.over == "line":
        relation, amount = "line_sums", f"sum_line__{component.amount}"
    return f"""
        SELECT period, rm_id, '{component.component}' AS component, CAST(SUM({amount}) AS $BIGINT) AS amount
        FROM {relation} GROUP BY period, rm_id
    """


def _statement(settings: PaySettings) -> str:
    """The SELECT of statement rows: what an RM was credited and paid in a period, by measure and type of business.

    The house account stands with RM ''; what is paid for a task or for the RM as a whole has no type of business.
    """
    by_line = [_paid_by_line(component) for component in settings.components if _is_by_line(component)]
    others = [_paid_otherwise(component) for component in settings.components if component.over != "line"]
    rows = f"""
        SELECT k.period, r.rm_id, k.measure, k.business_type, t.lines, t.credited, t.paid
        FROM (
          SELECT
            rm, slot, CAST(SUM(lines) AS $BIGINT) AS lines, CAST(SUM(credited) AS $BIGINT) AS credited,
            CAST(SUM(paid) AS $BIGINT) AS paid
          FROM ({" UNION ALL ".join([_CREDITED, *by_line])}) AS every
          GROUP BY rm, slot
        ) AS t
        JOIN paid_slot AS k ON k.slot = t.slot
        JOIN team_rm AS r ON r.rm = t.rm
    """
    if not others:
        return rows
    return f"""
        {rows}
        UNION ALL
        SELECT period, rm_id, measure, '' AS business_type, {_NOTHING_MORE}, CAST(SUM(paid) AS $BIGINT) AS paid
        FROM ({" UNION ALL ".join(others)}) AS whole
        GROUP BY period, rm_id, measure
    """


def _is_by_line(component: ComponentSettings) -> bool:
    return component.over == "line" or component.split is not None


def _paid_by_line(component: ComponentSettings) -> str:
    if component.split:
        return f"SELECT rm, slot, {_NOTHING_MORE}, paid FROM paid_of_{component.component}"
    return f"SELECT rm, slot, {_NOTHING_MORE}, sum_line__{component.amount} AS paid FROM line_sums"


def _paid_otherwise(component: ComponentSettings) -> str:
    """What is paid for no line: a task or an RM as a whole, and tasks whose amount no line took."""
    if component.split:
        return f"SELECT period, rm_id, measure, amount AS paid FROM pay_of_{component.component} WHERE line_id = ''"
    if component.over in HANDED:
        name = component.component
        return f"SELECT period, rm_id, '' AS measure, amount AS paid FROM pay_of_{name}"
    measure = "measure" if component.over == "task" else "''"
    return f"""
        SELECT period, rm_id, {measure} AS measure, {component.amount} AS paid
        FROM {component.over}_sheet WHERE {component.amount} <> 0
    """


def _lines(context: StageContext, component: ComponentSettings) -> str:
    """The SELECT of a component's pay lines."""
    if component.split == "line":
        return _split_lines(context, component)
    if component.over in HANDED:
        return f"""
            SELECT s.period, s.rm_id, s.component, '' AS measure, s.line_id, {_NO_TEXT} AS customer_id,
              {_NO_MONEY} AS basis, s.amount, s.clause AS policy_clause
            FROM {HANDED[component.over]} AS s
            WHERE s.component = '{component.component}'
        """
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
        "SELECT period, rm_id, measure, line_id, customer_id, rm, slot, amount,"
        f" {component.weight} AS weight FROM line_sheet",
    )
    run_rules(context.engine, _PACKAGE, "split.sql")
    context.engine.create(
        f"paid_of_{component.component}",
        "SELECT rm, slot, SUM(amount) AS paid FROM split_paid WHERE line_id <> '' GROUP BY rm, slot",
    )
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


def _totals(context: StageContext, settings: PaySettings) -> str:
    parts = [f"r.{settings.deferred}"] if settings.deferred else []
    there = {one.component for one in settings.components}
    shares = {name: share for name, share in settings.deferred_of.items() if name in there}
    parts += [f"COALESCE(d_{name}.amount, 0)" for name in shares]
    handed = " ".join(
        f"LEFT JOIN ({_deferred_of(context, name, share)}) AS d_{name}"
        f" ON d_{name}.period = r.period AND d_{name}.rm_id = r.rm_id"
        for name, share in shares.items()
    )
    deferred = " + ".join(parts) or "0"
    return f"""
        SELECT
          r.period, r.rm_id, r.unit_id,
          CAST(COALESCE(p.gross, 0) AS $BIGINT) AS gross,
          CAST(COALESCE(p.gross, 0) - ({deferred}) AS $BIGINT) AS paid_now,
          CAST({deferred} AS $BIGINT) AS deferred
        FROM rm_sheet AS r
        {handed}
        LEFT JOIN (SELECT period, rm_id, SUM(amount) AS gross FROM pay_due GROUP BY period, rm_id) AS p
          ON p.period = r.period AND p.rm_id = r.rm_id
    """


def _deferred_of(context: StageContext, component: str, share: str) -> str:
    """The SELECT of what is deferred of a handed component: the RM's share of it, rounded once, half up."""
    whole = 10 ** context.policy.formulas[share].decimals
    return f"""
        SELECT y.period, y.rm_id,
          CASE WHEN y.amount > 0 AND s.{share} > 0
            THEN $WIDE_DIV(2 * CAST(y.amount AS $WIDE) * s.{share} + {whole}, 2 * {whole}) ELSE 0 END AS amount
        FROM pay_due AS y
        JOIN rm_sheet AS s ON s.period = y.period AND s.rm_id = y.rm_id
        WHERE y.component = '{component}'
    """


def _declare_steps(context: StageContext) -> None:
    """The last steps of the income chain of essay 1; retail has the same ones without the stock step."""
    has_card = bool(context.policy.rate_cards)
    zh = "行业、客户、业务三方面系数" if has_card else "本办法没有系数卡,三方面系数不适用"
    en = "coefficients by industry, customer and business" if has_card else "this policy has no coefficient card"
    context.step("coefficients", zh, en, is_present=has_card)
    context.step("total_income", "客户经理总收入", "total income of the RM", is_present=True)
