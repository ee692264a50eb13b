"""An event in the middle of a period: RMs leave and join, customers come, hours rise; the books are mended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.books_instance import Made, Shape, make_books
from benchmarks.measuring import Stopwatch, peak_bytes
from kejing.stages.deploy.assign.instance import Ints, Prices
from kejing.stages.deploy.assign.solver.dual import Climb, climb, exact_bound, taken
from kejing.stages.deploy.assign.solver.engine import Effort, solve_large
from kejing.stages.deploy.assign.solver.problem import Problem
from kejing.stages.deploy.assign.solver.repair import repair

SHARE = 0.005
"""Of the RMs leave and as many join; of the customers are new."""
GROWN, GROWTH = 0.01, 1.3
"""Share of the customers that take more hours, and how many times as many."""
IN_PERIOD = 300
"""Points a move costs beside what it costs in a redesign, where it is 60 and a hundredth of the value."""
STEPS = Climb(levels=(1.0, 0.25, 0.06, 0.015), steps=(20, 20, 25, 25))
REDESIGN = Effort(climb=STEPS, rounds=1, sweeps=12, threads=2)

type Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Event:
    """Books of a redesign and what became of them.

    ``problem`` is the one after the event with its costs counted from the standing books, ``today`` the standing pair
    of each customer there, the pool's for the ``forced``, who have no RM any more or came; ``was`` is the RM before the
    event [n], ``left`` the RMs that are gone.
    """

    problem: Problem
    today: Ints
    forced: Flags
    was: Ints
    left: Ints
    prices: Prices


def happen(made: Made, seed: int) -> Event:
    """Books made for the customers and RMs of before, then the event of `SHARE` and `GROWN`."""
    problem, n, m = made.problem, made.problem.decisions, made.problem.rms
    rng = np.random.default_rng(seed)
    owner = np.repeat(np.arange(n), np.diff(problem.pairs.first))
    is_new = rng.random(n) < SHARE
    turn = rng.permutation(m)
    few = max(1, round(SHARE * m))
    left, joined = turn[:few], turn[few : 2 * few]
    pool = problem.pairs.rm == m
    known = np.flatnonzero(pool | (~is_new[owner] & ~np.isin(problem.pairs.rm, joined)))
    before = problem._replace(pairs=taken(problem.pairs, known))
    prices = climb(before, STEPS, threads=2)
    answer = solve_large(before, REDESIGN, seed=seed, prices=prices)
    assert answer.choice is not None, "The pool makes every instance feasible."
    had = known[answer.choice]
    kept = np.flatnonzero(~np.isin(problem.pairs.rm, left))
    is_forced = is_new | np.isin(problem.pairs.rm[had], left)
    pairs = problem.pairs._replace(cost=_rebased(made, had, ~is_forced), use=_grown(problem, owner, rng))
    after = problem._replace(pairs=taken(pairs, kept))
    today = np.where(is_forced, after.pairs.first[1:] - 1, np.searchsorted(kept, had))
    return Event(after, today, is_forced, problem.pairs.rm[had].astype(np.int64), left, prices)


def _grown(problem: Problem, owner: Ints, rng: np.random.Generator) -> NDArray[np.int32]:
    """Minutes by pair with those of a few customers risen."""
    rises = rng.random(problem.decisions) < GROWN
    use = problem.pairs.use.copy()
    use[rises[owner]] = np.ceil(use[rises[owner]] * GROWTH).astype(np.int32)
    return use


def _rebased(made: Made, had: Ints, could_stay: Flags) -> Ints:
    """Costs in which leaving the standing RM costs, not leaving the one of before."""
    pairs, m = made.problem.pairs, made.problem.rms
    owner = np.repeat(np.arange(len(had)), np.diff(pairs.first))
    number = np.arange(len(owner))
    cost = pairs.cost - np.where((number != made.today[owner]) & (pairs.rm != m), made.change[owner], 0)
    costs_to_leave = could_stay & (pairs.rm[had] != m)
    return cost + np.where((number != had[owner]) & costs_to_leave[owner], made.change[owner] + IN_PERIOD, 0)


def _at_redesign_costs(event: Event) -> Problem:
    """The problem after the event if moves cost no more than in a redesign."""
    pairs = event.problem.pairs
    owner = np.repeat(np.arange(len(event.today)), np.diff(pairs.first))
    costs_to_leave = ~event.forced & (event.was < event.problem.rms)
    dearer = costs_to_leave[owner] & (np.arange(len(owner)) != event.today[owner])
    return event.problem._replace(pairs=pairs._replace(cost=pairs.cost - IN_PERIOD * dearer))


def fewest_moves(event: Event) -> tuple[int, int]:
    """Customers without an RM, and the fewest of the others who must leave RMs that the event left without room."""
    pairs, high = event.problem.pairs, event.problem.high[:, 0]
    stays = np.flatnonzero(~event.forced & (event.was < event.problem.rms))
    rm, use = event.was[stays], pairs.use[event.today[stays], 0].astype(np.int64)
    over = np.bincount(rm, use, minlength=len(high)).astype(np.int64) - high
    fewest = 0
    for crowded in np.flatnonzero(over > 0):
        freed = np.cumsum(np.sort(use[rm == crowded])[::-1])
        fewest += 1 + int(np.searchsorted(freed, over[crowded]))
    return int(event.forced.sum()), fewest


def recount(event: Event, choice: Ints) -> dict[str, int]:
    """The plan counted anew from pairs and limits: cost, minutes over capacity, pairs of somebody else, moves."""
    pairs, m = event.problem.pairs, event.problem.rms
    rm = pairs.rm[choice].astype(np.int64)
    load = np.zeros(m + 1, dtype=np.int64)
    for one, use in zip(rm.tolist(), pairs.use[choice, 0].tolist(), strict=True):
        load[one] += use
    foreign = (choice < pairs.first[:-1]) | (choice >= pairs.first[1:]) | np.isin(rm, event.left)
    had_rm = ~event.forced & (event.was < m)
    return {
        "cost": sum(pairs.cost[choice].tolist()),
        "broken": int(np.maximum(load[:m] - event.problem.high[:, 0], 0).sum()),
        "foreign_pairs": int(foreign.sum()),
        "moved_beside": int((had_rm & (rm != event.was)).sum()),
        "pooled": int((rm == m).sum()),
    }


def mend_after_event(shape: Shape) -> dict[str, Any]:
    """Mend the books of one instance after an event; the compiled loops are loaded by a small one first."""
    small = happen(make_books(Shape(300, 10, 0)), 0)
    repair(small.problem, small.today, small.prices)
    exact_bound(small.problem, small.prices)
    event, watch = happen(make_books(shape), shape.seed), Stopwatch()
    with watch.phase("repair"):
        choice = repair(event.problem, event.today, event.prices)
    with watch.phase("bound"):
        bound = exact_bound(event.problem, event.prices)
    found = recount(event, choice)
    forced, fewest = fewest_moves(event)
    redesign = _at_redesign_costs(event)
    anew = exact_bound(redesign, climb(redesign, STEPS, threads=2))
    plain = sum(redesign.pairs.cost[choice].tolist())
    total = watch.named("repair", "bound")
    return {
        "solver": "repair",
        "forced": forced,
        "must_make_room": fewest,
        "moves_per_forced": round((forced + found["moved_beside"]) / max(1, forced + fewest), 3),
        **found,
        "bound": bound,
        "gap": round(100 * (found["cost"] / bound - 1), 4),
        "gap_to_redesign": round(100 * (plain / anew - 1), 4),
        "cpu_seconds": round(total.cpu, 3),
        "seconds": round(total.wall, 3),
        "peak_gib": round(peak_bytes() / 2**30, 3),
    }
