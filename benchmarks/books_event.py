"""An event in the middle of a period: RMs leave, customers come; the books are mended, not made anew."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.books_instance import Shape, make_books
from benchmarks.measuring import Stopwatch, peak_bytes
from kejing.stages.deploy.assign.solver.dual import Climb, climb, exact_bound, taken
from kejing.stages.deploy.assign.solver.engine import Effort, solve_large
from kejing.stages.deploy.assign.solver.repair import FORCED, repair

LEAVERS = 0.005
ARRIVALS = 0.005
MOVE_COST = 300
"""Points: five times what a move in a redesign costs at least."""
STEPS = Climb(levels=(1.0, 0.25, 0.06, 0.015), steps=(20, 20, 25, 25))


def mend_after_event(shape: Shape) -> dict[str, Any]:
    """Half a percent of the RMs leave and half a percent of the customers are new; today's books are a redesign's."""
    _event_and_repair(Shape(300, 10, 0))
    return _event_and_repair(shape)


def _event_and_repair(shape: Shape) -> dict[str, Any]:
    made = make_books(shape)
    rng = np.random.default_rng(shape.seed + 1)
    is_new = rng.random(shape.customers) < ARRIVALS
    owner = np.repeat(np.arange(shape.customers), np.diff(made.problem.pairs.first))
    is_last = np.zeros(len(owner), dtype=bool)
    is_last[made.problem.pairs.first[1:] - 1] = True
    known = np.flatnonzero(~is_new[owner] | is_last)
    before = made.problem._replace(pairs=taken(made.problem.pairs, known))
    prices = climb(before, STEPS, threads=2)
    answer = solve_large(before, Effort(rounds=1), seed=shape.seed, prices=prices)
    assert answer.choice is not None
    leavers = rng.choice(shape.rms, max(1, round(LEAVERS * shape.rms)), replace=False)
    kept = np.flatnonzero(~np.isin(made.problem.pairs.rm, leavers))
    after = made.problem._replace(pairs=taken(made.problem.pairs, kept))
    had = known[answer.choice]
    today = np.searchsorted(kept, had)
    is_gone = kept[np.minimum(today, len(kept) - 1)] != had
    today[is_gone | is_new] = FORCED
    watch = Stopwatch()
    with watch.phase("repair"):
        choice, figures = repair(after, today, prices, move_cost=MOVE_COST, seed=shape.seed)
    stays = today != FORCED
    moved = int((choice[stays] != today[stays]).sum())
    forced = int((~stays).sum())
    anew = exact_bound(after, climb(after, STEPS, threads=2))
    phase = watch.phases[0]
    return {
        "solver": "repair",
        "forced": forced,
        "moved_beside": moved,
        "moves_per_forced": round((forced + moved) / max(1, forced), 3),
        "cost": figures.cost,
        "bound": anew,
        "gap": round(100 * (figures.cost / anew - 1), 4),
        "broken": figures.broken,
        "pooled": int((after.pairs.rm[choice] == after.rms).sum()),
        "cpu_seconds": round(phase.cpu, 3),
        "seconds": round(phase.wall, 3),
        "peak_gib": round(peak_bytes() / 2**30, 3),
    }
