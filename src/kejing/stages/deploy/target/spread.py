"""Goals of units become targets of RMs."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pyarrow as pa

from kejing.measure.errors import KejingError
from kejing.measure.findings import Severity
from kejing.measure.money import to_minor
from kejing.measure.period import Period, add_months
from kejing.measure.rounding import round_fraction
from kejing.stages.context import StageContext
from kejing.stages.deploy.target import allocate as rules
from kejing.stages.deploy.target.settings import TargetSettings
from kejing.stages.rule_file import day_literal, run_rules

_PACKAGE = "kejing.stages.deploy.target"
_MICRO = 6
TARGET_SCHEMA = pa.schema(
    [
        ("period", pa.string()),
        ("rm_id", pa.string()),
        ("unit_id", pa.string()),
        ("measure", pa.string()),
        ("stock", pa.int64()),
        ("contribution", pa.int64()),
        ("weight", pa.int64()),
        ("increment_target", pa.int64()),
        ("total_target", pa.int64()),
        ("growth", pa.int64()),
        ("is_capped", pa.bool_()),
        ("method", pa.string()),
        ("goal_unit_id", pa.string()),
    ]
)


class StockMissingError(KejingError):
    """The policy derives targets from the stock, and no stock was brought."""

    code = "target.stock_missing"


class GoalTooLargeError(KejingError):
    """The guard rails of a unit's RMs cannot hold its goal; the run stops instead of shrinking the goal."""

    code = "target.goal_too_large"


def run(context: StageContext) -> None:
    """Create relation ``target``: one row per period, measure and RM.

    Raises
    ------
    StockMissingError
        The policy has the stock step and the base month has no stock of any measure.
    GoalTooLargeError
        Guard rails cannot hold a goal; facts name unit, measure, period and shortfall.
    """
    settings = TargetSettings.model_validate(context.policy.section("target"))
    periods = _periods(context, settings)
    _prepare(context, settings, periods)
    stocks = _stocks(context)
    has_stock_step = settings.contribution.basis == "stock"
    _declare_step(context, is_present=has_stock_step)
    if has_stock_step and not stocks:
        raise StockMissingError(base=_base_month(context, settings).isoformat(), policy=context.policy.name)
    goals = _goals(context, settings, stocks)
    rms = _rms(context)
    rows: list[dict[str, object]] = []
    for number, goal in enumerate(goals):
        context.progress("target", number, len(goals))
        rows.extend(_spread(context, settings, goal, rms, stocks))
    context.engine.attach_arrow("target", pa.Table.from_pylist(rows, schema=TARGET_SCHEMA))
    context.step("increment_target", "目标增量任务", "increment targets", is_present=True)
    context.progress("target", len(goals), len(goals))


def _declare_step(context: StageContext, *, is_present: bool) -> None:
    if is_present:
        context.step("stock_allocation", "存量客户分配", "allocation of existing customers", is_present=True)
        return
    zh = "存量客户分配环节不适用:本办法按“减少存量客户分配”执行,任务贡献度不计算"
    en = "stock step skipped: this policy leaves out the allocation of existing customers, so no contribution"
    context.step("stock_allocation", zh, en, is_present=False)


def _periods(context: StageContext, settings: TargetSettings) -> list[tuple[str, Period]]:
    if settings.horizon == "current_year":
        return context.periods
    next_year_end = context.year.end.replace(year=context.year.end.year + 1) - dt.timedelta(days=1)
    return context.calendar.periods_to(next_year_end)


def _base_month(context: StageContext, settings: TargetSettings) -> dt.date:
    """The month whose average balances are the frozen base."""
    if settings.horizon == "current_year":
        return add_months(context.year.start, -1)
    month = context.engine.value(f"SELECT MAX(month) FROM balances WHERE month <= {day_literal(context.as_of)}")
    return month if isinstance(month, dt.date) else context.as_of.replace(day=1)


def _prepare(context: StageContext, settings: TargetSettings, periods: list[tuple[str, Period]]) -> None:
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
    base_month = _base_month(context, settings)
    base_end = context.year.start if settings.horizon == "current_year" else context.as_of + dt.timedelta(days=1)
    values = {
        "BASE_MONTH": day_literal(base_month),
        "BASE_LAST_DAY": day_literal(add_months(base_month, 1) - dt.timedelta(days=1)),
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


def _stocks(context: StageContext) -> dict[tuple[str, str], dict[str, int]]:
    """Stock by (period, measure), then RM id."""
    stocks: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for row in context.engine.fetch(
        "SELECT period, measure, rm_id, stock FROM stock_rm ORDER BY period, measure, rm_id"
    ).to_pylist():
        stocks[row["period"], row["measure"]][row["rm_id"]] = row["stock"]
    return dict(stocks)


def _rms(context: StageContext) -> dict[str, list[dict[str, Any]]]:
    by_period: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in context.engine.fetch("SELECT * FROM target_rm ORDER BY period, rm_id").to_pylist():
        by_period[row["period"]].append(row)
    return dict(by_period)


def _goals(
    context: StageContext, settings: TargetSettings, stocks: Mapping[tuple[str, str], Mapping[str, int]]
) -> list[dict[str, Any]]:
    if settings.goals.source == "growth":
        return _grown_goals(context, settings, stocks)
    unmatched = context.engine.fetch(
        """
        SELECT g.unit_id, g.measure, g.period_start, g.period_end
        FROM goals AS g
        JOIN target_measure AS m ON m.measure = g.measure
        LEFT JOIN target_period AS p ON p.period_start = g.period_start AND p.period_end = g.period_end
        WHERE p.period IS NULL AND g.period_end > $FIRST AND g.period_start < $LAST
        ORDER BY g.unit_id, g.measure, g.period_start
        """.replace("$FIRST", day_literal(context.year.start)).replace("$LAST", day_literal(context.as_of))
    ).to_pylist()
    for row in unmatched:
        span = f"{row['period_start']}..{row['period_end']}"
        context.note("target.goal_period_unmatched", "target", unit=row["unit_id"], measure=row["measure"], span=span)
    return context.engine.fetch(  # type: ignore[no-any-return]  # Arrow has no types
        """
        SELECT p.period, g.measure, g.unit_id, g.amount AS goal
        FROM goals AS g
        JOIN target_measure AS m ON m.measure = g.measure
        JOIN target_period AS p ON p.period_start = g.period_start AND p.period_end = g.period_end
        ORDER BY p.period, g.measure, g.unit_id
        """
    ).to_pylist()


def _grown_goals(
    context: StageContext, settings: TargetSettings, stocks: Mapping[tuple[str, str], Mapping[str, int]]
) -> list[dict[str, Any]]:
    """An assumed goal for each root unit: its stock times the policy's growth."""
    assert settings.goals.growth is not None
    growth = context.policy.parameter(settings.goals.growth, context.as_of)
    assert isinstance(growth, Fraction)
    roots = (
        context.engine.fetch("SELECT unit_id FROM unit_now WHERE parent_id IS NULL ORDER BY unit_id")
        .column(0)
        .to_pylist()
    )
    root = roots[0] if roots else ""
    goals = [
        {"period": period, "measure": measure, "unit_id": root, "goal": round_fraction(sum(by_rm.values()) * growth, 0)}
        for (period, measure), by_rm in sorted(stocks.items())
    ]
    context.simulated(
        "goals",
        "目标由存量乘以假定增长率得出",
        "goals are stock times an assumed growth",
        len(goals),
        settings.goals.growth,
    )
    return goals


def _spread(
    context: StageContext,
    settings: TargetSettings,
    goal: Mapping[str, Any],
    rms: Mapping[str, list[dict[str, Any]]],
    stocks: Mapping[tuple[str, str], Mapping[str, int]],
) -> list[dict[str, object]]:
    team = _team_of(context, goal, rms.get(goal["period"], []))
    if not team:
        if not _serves_other_lines(context, goal["unit_id"]):
            facts = {name: goal[name] for name in ("measure", "period")}
            context.note("target.goal_without_rms", "target", severity=Severity.ERROR, unit=goal["unit_id"], **facts)
        return []
    own = stocks.get((goal["period"], goal["measure"]), {})
    contribution = _contributions(context, settings, goal["period"], team, stocks)
    shares = {rm["rm_id"]: _share(context, settings, rm, own, contribution) for rm in team}
    weights = _weights(context, settings, shares)
    try:
        targets = rules.allocate(goal["goal"], weights, shares)
    except rules.CapsCannotHoldError as error:
        raise GoalTooLargeError(
            unit=goal["unit_id"], measure=goal["measure"], period=goal["period"], **error.facts
        ) from error
    return [_row(settings, goal, rm, shares[rm["rm_id"]], own, targets[rm["rm_id"]]) for rm in team]


def _team_of(context: StageContext, goal: Mapping[str, Any], rms: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """RMs in the unit's subtree whose nearest unit with such a goal is this one."""
    nearest = context.engine.fetch(
        f"""
        SELECT t.unit_id
        FROM unit_tree AS t
        WHERE t.ancestor_id = '{goal["unit_id"].replace("'", "''")}'
          AND NOT EXISTS (
            SELECT 1 FROM unit_tree AS n
            JOIN goals AS g ON g.unit_id = n.ancestor_id AND g.measure = '{goal["measure"].replace("'", "''")}'
            JOIN target_period AS p ON p.period_start = g.period_start AND p.period_end = g.period_end
            WHERE n.unit_id = t.unit_id AND n.steps < t.steps AND p.period = '{goal["period"]}'
          )
        """
    )
    units = set(nearest.column(0).to_pylist())
    return [rm for rm in rms if rm["unit_id"] in units and rm["service_days"] > 0]


def _serves_other_lines(context: StageContext, unit_id: str) -> bool:
    """Whether the unit's RMs belong to lines that another policy pays: then the goal is theirs."""
    unit = unit_id.replace("'", "''")
    return bool(
        context.engine.value(
            "SELECT COUNT(*) FROM rms AS r JOIN unit_tree AS t ON t.unit_id = r.unit_id"
            " LEFT JOIN population_line AS l ON l.line = r.line"
            f" WHERE t.ancestor_id = '{unit}' AND l.line IS NULL"
        )
    )


def _contributions(
    context: StageContext,
    settings: TargetSettings,
    period: str,
    team: list[dict[str, Any]],
    stocks: Mapping[tuple[str, str], Mapping[str, int]],
) -> dict[str, Fraction] | None:
    if settings.contribution.basis == "none":
        return None
    ids = {rm["rm_id"] for rm in team}
    weights = _measure_weights(context, settings)
    of_team = {
        measure: {rm: stocks.get((period, measure), {}).get(rm, 0) for rm in sorted(ids)}
        for measure in settings.measures
    }
    found = rules.contributions(of_team, weights)
    return found or {rm: Fraction(1, len(ids)) for rm in sorted(ids)}


def _measure_weights(context: StageContext, settings: TargetSettings) -> dict[str, Fraction]:
    if settings.contribution.weights is None:
        return {name: Fraction(1) for name in settings.measures}
    table = context.policy.table(settings.contribution.weights)
    weights = {}
    for name in settings.measures:
        weight = table.decide(context.as_of, {"measure": name}).get("weight")
        assert isinstance(weight, Fraction)
        weights[name] = weight
    return weights


def _share(
    context: StageContext,
    settings: TargetSettings,
    rm: Mapping[str, Any],
    stock: Mapping[str, int],
    contribution: Mapping[str, Fraction] | None,
) -> rules.Share:
    grade = context.policy.table(settings.grade_weight).decide(context.as_of, {"grade": rm["grade"]}).get("weight")
    assert isinstance(grade, Fraction)
    weight = grade * Fraction(rm["fte"], 10**_MICRO) * Fraction(rm["service_days"], rm["period_days"])
    cap = None
    if settings.guard is not None and settings.contribution.basis == "stock":
        growth = context.policy.parameter(settings.guard.growth_cap, context.as_of)
        floor = context.policy.parameter(settings.guard.stock_floor, context.as_of)
        assert isinstance(growth, Fraction)
        assert isinstance(floor, Fraction)
        cap = int(growth * max(stock.get(rm["rm_id"], 0), to_minor(floor, context.policy.currency)))
    return rules.Share(weight, None if contribution is None else contribution[rm["rm_id"]], cap)


def _weights(context: StageContext, settings: TargetSettings, shares: Mapping[str, rules.Share]) -> dict[str, Fraction]:
    def number(name: str | None) -> Fraction:
        assert name is not None, f"Expected the parameters of method {settings.method}."
        value = context.policy.parameter(name, context.as_of)
        assert isinstance(value, Fraction)
        return value

    match settings.method:
        case "linear_complement":
            return rules.linear_complement(shares)
        case "reciprocal":
            return rules.reciprocal(shares, alpha=number(settings.alpha), epsilon=number(settings.epsilon))
        case "fair_share":
            assert settings.fair_share is not None
            return rules.fair_share(shares, history_share=number(settings.fair_share.history_share))
        case "equal":
            return rules.equal(shares)


def _row(
    settings: TargetSettings,
    goal: Mapping[str, Any],
    rm: Mapping[str, Any],
    share: rules.Share,
    stock: Mapping[str, int],
    target: int,
) -> dict[str, object]:
    held = stock.get(rm["rm_id"], 0) if settings.contribution.basis == "stock" else 0
    return {
        "period": goal["period"],
        "rm_id": rm["rm_id"],
        "unit_id": rm["unit_id"],
        "measure": goal["measure"],
        "stock": held,
        "contribution": None if share.contribution is None else round_fraction(share.contribution, _MICRO),
        "weight": round_fraction(share.weight, _MICRO),
        "increment_target": target,
        "total_target": held + target,
        "growth": round_fraction(Fraction(target, held), _MICRO) if held else None,
        "is_capped": share.cap is not None and target == share.cap,
        "method": settings.method,
        "goal_unit_id": goal["unit_id"],
    }
