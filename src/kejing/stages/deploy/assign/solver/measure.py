"""What a plan costs and breaks, recomputed from the pairs in integers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kejing.stages.deploy.assign.instance import Ints, exact_sum
from kejing.stages.deploy.assign.solver.problem import Problem, is_hard, is_limit


@dataclass(frozen=True, slots=True)
class Figures:
    """``cost`` with the penalties of soft rows [points], and units by which hard rows are broken."""

    cost: int
    broken: int


def figures_of(problem: Problem, choice: Ints) -> Figures:
    """Measure the plan that takes pair ``choice[j]`` for decision j."""
    pairs = problem.pairs
    load = np.zeros((problem.rms + 1, pairs.use.shape[1]), dtype=np.int64)
    np.add.at(load, pairs.rm[choice], pairs.use[choice].astype(np.int64))
    spent = pairs.draw[choice].sum(axis=0, dtype=np.int64)
    high, low = is_limit(problem.high), is_limit(problem.low)
    rows = (
        (np.where(high, np.maximum(load[:-1] - problem.high, 0), 0).sum(axis=0), problem.high_penalty),
        (np.where(low, np.maximum(problem.low - load[:-1], 0), 0).sum(axis=0), problem.low_penalty),
        (np.maximum(spent - problem.cap, 0), problem.cap_penalty),
    )
    broken = sum(int(excess[is_hard(penalty)].sum()) for excess, penalty in rows)
    paid = sum(
        int(one) * int(price)
        for excess, penalty in rows
        for one, price in zip(excess[~is_hard(penalty)], penalty[~is_hard(penalty)], strict=True)
    )
    return Figures(exact_sum(pairs.cost[choice]) + paid, broken)
