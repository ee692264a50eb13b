"""Books mended in the middle of a period: who must move moves, hardly anybody else does."""

from __future__ import annotations

import numpy as np

from kejing.stages.deploy.assign.instance import Ints, Prices
from kejing.stages.deploy.assign.solver.engine import Effort, solve_large
from kejing.stages.deploy.assign.solver.measure import Figures, figures_of
from kejing.stages.deploy.assign.solver.problem import Problem

FORCED = -1
"""Stands for the pair of a customer whose RM left, or who just came."""

EFFORT = Effort(rounds=1, levels=20, sweeps=10, loose=(0.5,), width=40)
"""Short: most decisions have one pair within reach."""


def repair(problem: Problem, today: Ints, prices: Prices, *, move_cost: int, seed: int) -> tuple[Ints, Figures]:
    """A plan close to today's for a problem that changed under it.

    Parameters
    ----------
    today
        Pair of each decision, `FORCED` where it has none any more [n].
    prices
        Prices of the last books: they say which RM has room worth using, and are no worse a bound for it.
    move_cost
        Points that moving somebody who could stay counts beside the cost of the pair.

    Notes
    -----
    The search of a redesign over a problem where staying is cheaper by ``move_cost``: whoever could stay is searched
    only where the event makes hours scarce, so it takes a second, not a minute.
    """
    stays = today != FORCED
    pairs = problem.pairs
    cost = pairs.cost.copy()
    owner_stays = np.repeat(stays, np.diff(pairs.first))
    cost[owner_stays] += move_cost
    cost[today[stays]] -= move_cost
    dearer = problem._replace(pairs=pairs._replace(cost=cost))
    answer = solve_large(dearer, EFFORT, seed=seed, prices=prices)
    assert answer.choice is not None, "Where there is a pool there is a plan."
    return answer.choice, figures_of(problem, answer.choice)
