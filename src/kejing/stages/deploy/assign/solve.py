"""From an instance to a plan with prices: exact where small, prices and search where large."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kejing.stages.deploy.assign.instance import (
    Instance,
    Ints,
    Prices,
    lower_bound,
    measure_plan,
    reduced_costs,
)
from kejing.stages.deploy.assign.polish import Effort, polish
from kejing.stages.deploy.assign.programme import solve_integer, solve_relaxation
from kejing.stages.deploy.assign.rows import without_implied
from kejing.stages.deploy.assign.search import Core, improve

_PASSES = 12
_EXACT_NODES = 2_000
_FREE_DECISIONS = 80


@dataclass(frozen=True, slots=True)
class Limits:
    """How far each way of solving goes, in pairs; see `AssignSettings`."""

    exact_pairs: int
    lp_pairs: int
    core_rms: int
    polish_rounds: int


@dataclass(frozen=True, slots=True)
class Solution:
    """A plan, the prices that bound it, and how it was found: 'exact', 'search', 'repair' or 'kept'."""

    choice: Ints
    prices: Prices
    bound: int
    method: str


def mend(instance: Instance, standing: Ints, limits: Limits, *, seed: int) -> Solution:
    """Standing books changed only where they must be, and where that makes room; method 'repair'.

    Parameters
    ----------
    standing
        Today's pairs, the pool's for who has no RM [n].

    Notes
    -----
    What a move costs is in the costs of the instance, so plan and bound are those of one model. Small instances are
    solved exactly all the same.
    """
    if len(instance.decisions) == 0 or instance.pairs <= limits.exact_pairs:
        return solve(instance, [standing], limits, seed=seed)
    from kejing.stages.deploy.assign.solver.dual import Climb, climb  # noqa: PLC0415  # as in `_searched`
    from kejing.stages.deploy.assign.solver.problem import problem_of  # noqa: PLC0415
    from kejing.stages.deploy.assign.solver.repair import repair  # noqa: PLC0415

    problem = problem_of(instance)
    prices = climb(problem, Climb()) if _is_large(instance, limits) else _prices(instance, limits)[0]
    choice = repair(problem, standing, prices)
    return _kept_or(instance, [standing], Solution(choice, prices, lower_bound(instance, prices), "repair"))


def solve(instance: Instance, starts: list[Ints], limits: Limits, *, seed: int) -> Solution:
    """The best plan found and a bound on every plan.

    Parameters
    ----------
    starts
        Plans known before, such as today's books: the answer costs no more than any feasible one of them.
    seed
        Given to the solver for its own ties.

    Notes
    -----
    Prices, then a plan: a decision takes the pair it mostly has in the relaxation, then shifts,
    swaps and ejections, then small exact problems where the gap is. Small instances are solved by
    branch and bound over all pairs. The bound is recomputed from whole prices (`lower_bound`).
    """
    if len(instance.decisions) == 0:
        return Solution(np.zeros(0, dtype=np.int64), Prices.zero(instance), 0, "exact")
    if _is_large(instance, limits):
        return _kept_or(instance, starts, _searched(instance, starts, seed))
    prices, choice = _prices(instance, limits)
    reduced = reduced_costs(instance, prices)
    plain = without_implied(instance)
    core = core_pairs(instance, reduced, limits.core_rms, [choice, *starts])
    padded = Core(plain, core)
    choice = improve(plain, padded, choice, reduced, passes=_PASSES)
    for start in (one for one in starts if measure_plan(instance, one).is_feasible):
        choice = _better(instance, improve(plain, padded, start, reduced, passes=_PASSES), choice)
    method = "search"
    if instance.pairs <= limits.exact_pairs:
        found, is_proved = solve_integer(instance, np.arange(instance.pairs), choice, nodes=_EXACT_NODES, seed=seed)
        choice = _better(instance, found, choice)
        method = "exact" if is_proved else "search"
    elif limits.polish_rounds:
        effort = Effort(limits.polish_rounds, _FREE_DECISIONS)
        choice = polish(instance, prices, core, choice, effort=effort, seed=seed)
        choice = improve(plain, padded, choice, reduced, passes=_PASSES)
    return _kept_or(instance, starts, Solution(choice, prices, lower_bound(instance, prices), method))


def _kept_or(instance: Instance, starts: list[Ints], found: Solution) -> Solution:
    """The solution found, or a plan known before if that is better."""
    for start in starts:
        if measure_plan(instance, start).is_feasible and _better(instance, start, found.choice) is start:
            found = Solution(start, found.prices, found.bound, "kept")
    return found


def _is_large(instance: Instance, limits: Limits) -> bool:
    return instance.pairs > limits.lp_pairs and _core_size(instance, limits) > limits.lp_pairs


def _searched(instance: Instance, starts: list[Ints], seed: int) -> Solution:
    """Prices and plan of an instance too large for linear programmes."""
    # Compiled loops take seconds to load: nobody pays for them who does not need them.
    from kejing.stages.deploy.assign.solver.engine import Effort, solve_large  # noqa: PLC0415
    from kejing.stages.deploy.assign.solver.problem import problem_of  # noqa: PLC0415

    answer = solve_large(problem_of(instance), Effort(), seed=seed, starts=tuple(starts))
    choice = answer.choice
    if choice is None:  # without a pool it may be that no plan keeps the rows: say which, with the cheapest pairs
        choice = first_cheapest(instance, reduced_costs(instance, answer.prices))
    return Solution(choice, answer.prices, lower_bound(instance, answer.prices), "search")


def _prices(instance: Instance, limits: Limits) -> tuple[Prices, Ints]:
    """Prices and the plan they suggest."""
    start = core_pairs(instance, instance.cost, min(8, limits.core_rms), [])
    answer = solve_relaxation(instance, start)
    prices = Prices.rounded(instance, answer.high, answer.low, answer.cap)
    scaled = np.rint(answer.share * 1_000_000).astype(np.int64)
    return prices, first_cheapest(instance, -scaled)


def _core_size(instance: Instance, limits: Limits) -> int:
    return len(instance.decisions) * (min(8, limits.core_rms) + 1)


def first_cheapest(instance: Instance, score: Ints) -> Ints:
    """The pair of the lowest score of each decision, ties to the first [n]."""
    order = np.lexsort((np.arange(instance.pairs), score, instance.owner))
    return order[instance.first[:-1]]


def core_pairs(instance: Instance, score: Ints, width: int, plans: list[Ints]) -> Ints:
    """The ``width`` pairs of lowest score per decision, its last pair (the pool) and those of ``plans``."""
    owner = instance.owner
    order = np.lexsort((np.arange(instance.pairs), score, owner))
    rank = np.arange(instance.pairs) - instance.first[owner[order]]
    keep = np.zeros(instance.pairs, dtype=bool)
    keep[order[rank < width]] = True
    keep[instance.first[1:] - 1] = True
    for plan in plans:
        keep[plan] = True
    return np.flatnonzero(keep)


def _better(instance: Instance, left: Ints, right: Ints) -> Ints:
    """The plan that breaks fewer hard units, then the cheaper one; ``right`` where they tie."""
    return left if _rank(instance, left) < _rank(instance, right) else right


def _rank(instance: Instance, choice: Ints) -> tuple[int, int]:
    figures = measure_plan(instance, choice)
    return sum(excess.amount for excess in figures.excesses if excess.is_hard), figures.cost
