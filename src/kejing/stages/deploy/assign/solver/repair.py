"""Books mended in the middle of a period: who must move moves, hardly anybody else does.

What moving somebody costs who could stay is part of the problem's costs; here only the few are searched whom the event
touches, so that mending takes a second where books made anew take a minute.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kejing.stages.deploy.assign.instance import Ints, Prices
from kejing.stages.deploy.assign.solver.dual import net_prices, taken
from kejing.stages.deploy.assign.solver.dual_loops import nearest
from kejing.stages.deploy.assign.solver.plan_state import Weights, choice_in, choice_out, core_of, state_of
from kejing.stages.deploy.assign.solver.problem import Problem
from kejing.stages.deploy.assign.solver.repair_loops import let_in, relieve_by_shifts
from kejing.stages.deploy.assign.solver.settle_loops import relieve

_BESIDE = 6
"""Pairs within reach of somebody who may have to make room."""
_WITHIN = 16
"""Pairs within reach of who has no RM."""
_STRICT = (10.0, 1e3, 1e6)
"""How many times its price a broken hard unit costs, round by round."""


def repair(problem: Problem, start: Ints, prices: Prices) -> Ints:
    """A plan close to today's for a problem that changed under it.

    Parameters
    ----------
    start
        Standing pair of each decision; the pool's for whom the event left without an RM, and for who just came [n].
    prices
        Prices of the last books: they say which RM has room worth using.

    Notes
    -----
    Crowded RMs are relieved by the best moves; then who has no RM and who moved is let in, the largest first, where
    that pays most, up to eight others making room; three rounds, rows ever stricter. Nothing is left to chance.
    """
    homeless = problem.pairs.rm[start] == problem.rms
    core = core_of(problem, prices, _within_reach(problem, prices, start, homeless), start)
    standing = choice_in(core, start)
    state = state_of(core, standing, rms=problem.rms)
    weights = Weights(problem, prices, fallback=1.0)
    size = np.maximum.reduceat(core.use.sum(axis=1, dtype=np.int64), core.first[:-1])
    for strict in _STRICT:
        slopes = weights.slopes(1.0, strict)
        relieve_by_shifts(core, state, slopes)
        moved = np.flatnonzero(homeless[core.order] | (state.choice != standing))
        let_in(core, state, slopes, moved[np.argsort(-size[moved], kind="stable")])
    relieve(core, state, weights.slopes(1.0, _STRICT[-1]))
    return choice_out(core, state.choice)


def _within_reach(problem: Problem, prices: Prices, start: Ints, homeless: NDArray[np.bool_]) -> Ints:
    """Pairs that may be taken: many of who has no RM, few of all others, and what everybody has."""
    first, net = problem.pairs.first, net_prices(prices)
    kept = np.zeros(len(problem.pairs.rm), dtype=bool)
    nearest(problem.pairs, net, prices.cap, _BESIDE, kept)
    of_homeless = np.flatnonzero(np.repeat(homeless, np.diff(first)))
    part = taken(problem.pairs, of_homeless)
    part = part._replace(first=np.concatenate([[0], np.cumsum(np.diff(first)[homeless])]).astype(np.int64))
    wide = np.zeros(len(of_homeless), dtype=bool)
    nearest(part, net, prices.cap, _WITHIN, wide)
    kept[of_homeless[wide]] = True
    kept[start] = True
    kept[first[1:] - 1] = True
    return np.flatnonzero(kept)
