"""From the pools brought to units and persons."""

from __future__ import annotations

from kejing.stages.context import StageContext
from kejing.stages.earn.pool.person import read_persons
from kejing.stages.earn.pool.report import report
from kejing.stages.earn.pool.settings import PoolSettings
from kejing.stages.earn.pool.spread import spread
from kejing.stages.earn.pool.terms import attach_terms
from kejing.stages.rule_file import run_rules

PACKAGE = "kejing.stages.earn.pool"


def run(context: StageContext) -> None:
    """Create relations ``pool`` and ``pool_share``.

    Notes
    -----
    ``pool_share`` has one row per period, RM and component: what the pool pays, or what its limit takes off (then
    below zero). A purse that cannot be distributed as the policy asks stays whole on its row without a taker, and a
    finding says by how much it fails; nobody is paid from it.
    """
    settings = PoolSettings.model_validate(context.policy.section("pool"))
    engine = context.engine
    context.progress("pool", 0, 3)
    attach_terms(context, settings)
    run_rules(engine, PACKAGE, "purse.sql", {"CURRENCY": f"'{context.policy.currency}'"})
    read_persons(context, settings)
    context.progress("pool", 1, 3)
    run_rules(engine, PACKAGE, "unit.sql")
    spread(context, purses="pool_unit_purse", takers="pool_unit_taker")
    run_rules(engine, PACKAGE, "purse_of_unit.sql")
    context.progress("pool", 2, 3)
    spread(context, purses="pool_rm_purse", takers="pool_rm_taker")
    run_rules(engine, PACKAGE, "pool.sql")
    report(context, settings)
    context.progress("pool", 3, 3)
    context.step("second_level_split", "奖金包二次分配", "second-level distribution of pools", is_present=True)
