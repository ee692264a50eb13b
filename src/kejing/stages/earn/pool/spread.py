"""Purses spread over takers by weight, between floors and caps, to the minor unit. See ``docs/algorithms/pool.md``."""

from __future__ import annotations

from kejing.stages.context import StageContext
from kejing.stages.rule_file import run_rules

_PACKAGE = "kejing.stages.earn.pool"


def spread(context: StageContext, *, purses: str, takers: str) -> None:
    """Create ``spread_part``, the part of every taker, and ``spread_state``, the purses with what stops them.

    Parameters
    ----------
    purses
        Relation of period, pool, giver and amount [minor units, >= 0].
    takers
        Relation of period, pool, giver, taker, weight [whole number >= 0], low [minor units, >= 0] and high [minor
        units; null without cap].

    Notes
    -----
    The part of a taker is ``min(max(f * weight, low), high)`` with the one factor ``f`` of the purse at which the
    parts sum to it; those whom no bound holds share by largest remainder. A purse whose floors exceed it or whose
    caps cannot hold it has a ``stop`` and no parts. Each round holds at least one taker more, so there are at most
    as many rounds as takers.
    """
    engine = context.engine
    engine.create("spread_purse", f"SELECT * FROM {purses}")
    engine.create("spread_taker", f"SELECT * FROM {takers}")
    run_rules(engine, _PACKAGE, "spread_start.sql")
    while True:
        run_rules(engine, _PACKAGE, "spread_round.sql")
        if not engine.value("SELECT COUNT(*) FROM spread_sway WHERE lacking > 0 OR exceeding > 0"):
            break
        engine.create("spread_now", "SELECT * FROM spread_next")
    run_rules(engine, _PACKAGE, "spread_end.sql")
