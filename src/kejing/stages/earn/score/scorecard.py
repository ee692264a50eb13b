"""Completion, points and ranks from the policy's formulas."""

from __future__ import annotations

from fractions import Fraction

from kejing.stages.context import StageContext
from kejing.stages.earn.score.settings import ScoreSettings
from kejing.stages.earn.sheets import reckon
from kejing.stages.output import MICRO_DIGITS
from kejing.stages.rule_file import run_rules


def run(context: StageContext) -> None:
    """Create relation ``score``.

    Notes
    -----
    Ranks are competition ranks (1, 2, 2, 4) inside the groups the policy names. An RM with fewer
    service days than the policy asks stands outside the ranking: rank is null.
    """
    settings = ScoreSettings.model_validate(context.policy.section("score"))
    context.progress("score", 0, 2)
    reckon(context)
    context.progress("score", 1, 2)
    days = context.policy.parameter(settings.rank_service_days, context.as_of)
    assert isinstance(days, Fraction)
    peers = " || '|' || ".join(f"r.{name}" for name in settings.rank_within)
    values = {
        "COMPLETION": _micro(context, "t", settings.completion),
        "POINTS": _micro(context, "t", settings.points),
        "TOTAL": _micro(context, "r", settings.total),
        "PEER": f"{peers}",
        "RANK_DAYS": str(int(days)),
    }
    run_rules(context.engine, "kejing.stages.earn.score", "score.sql", values)
    context.progress("score", 2, 2)
    context.step("completion", "完成率进入收入计算", "completion enters pay", is_present=True)


def _micro(context: StageContext, alias: str, formula: str) -> str:
    """The formula's column brought to millionths, rounded half away from zero."""
    decimals = context.policy.formulas[formula].decimals
    column = f"{alias}.{formula}"
    if decimals <= MICRO_DIGITS:
        return f"CAST({column} * {10 ** (MICRO_DIGITS - decimals)} AS $BIGINT)"
    step = 10 ** (decimals - MICRO_DIGITS)
    away = f"$WIDE_DIV(2 * ABS({column}) + {step}, {2 * step})"
    return f"CAST(CASE WHEN {column} < 0 THEN -({away}) ELSE {away} END AS $BIGINT)"
