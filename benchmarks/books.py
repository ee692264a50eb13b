"""Books of made-up institutions: plan with an exact certificate, CPU seconds and memory; peers and repairs on demand.

``python -m benchmarks.books --customers 1000000 --rms 10000 --seed 1 --json``. ``--peers`` adds HiGHS: its integer
programme (``mip``, for 10,000 customers), its PDLP for the bound (``pdlp``). ``--bands 0.3 --moves 0.25`` adds value
bands, count bands and a cap on moves. ``--repair`` lets RMs leave and customers come, and mends the books instead of
making them anew.
Compiled loops are loaded before the clock starts; making the instance is not counted.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # called as a script, not with -m
    sys.path.insert(0, str(ROOT))

from benchmarks.books_event import mend_after_event  # noqa: E402
from benchmarks.books_instance import Shape, make_books  # noqa: E402
from benchmarks.measuring import Stopwatch, peak_bytes  # noqa: E402
from kejing.stages.deploy.assign.instance import Ints  # noqa: E402
from kejing.stages.deploy.assign.solver.dual import Climb, climb, exact_bound  # noqa: E402
from kejing.stages.deploy.assign.solver.engine import Effort, solve_large  # noqa: E402
from kejing.stages.deploy.assign.solver.measure import figures_of  # noqa: E402
from kejing.stages.deploy.assign.solver.problem import Problem  # noqa: E402

PLAIN = Effort(
    climb=Climb(levels=(1.0, 0.25, 0.06, 0.015), steps=(15, 15, 20, 20)), rounds=1, levels=60, sweeps=12, threads=2
)
SIDED = replace(
    PLAIN, climb=Climb(levels=(1.0, 0.25, 0.06, 0.015, 0.004), steps=(100, 100, 100, 100, 100)), rounds=2, sweeps=40
)
"""With bands and a cap the prices need more steps."""


def effort_for(shape: Shape, sweeps: int | None) -> Effort:
    """What is tried: counts, so that a run repeats itself."""
    effort = SIDED if shape.band_share or shape.move_share else PLAIN
    if sweeps is None and shape.customers <= 20_000:
        sweeps = 100
    return effort if sweeps is None else replace(effort, sweeps=sweeps)


def check(problem: Problem, choice: Ints) -> dict[str, int]:
    """Rows that the plan breaks, customers in the pool, and whether each takes a pair of its own; plain numpy."""
    pairs = problem.pairs
    is_own = bool(((choice >= pairs.first[:-1]) & (choice < pairs.first[1:])).all())
    figures = figures_of(problem, choice)
    pooled = int((pairs.rm[choice] == problem.rms).sum())
    return {"broken": figures.broken, "pooled": pooled, "foreign_pairs": int(not is_own)}


def ours(shape: Shape, sweeps: int | None) -> dict[str, Any]:
    """Plan, bound and gap of one instance, with CPU seconds of each phase and peak memory."""
    effort = effort_for(shape, sweeps)
    tiny = make_books(replace(shape, customers=300, rms=10)).problem
    solve_large(
        tiny, replace(effort, climb=Climb(levels=(1.0, 0.2), steps=(3, 3), whole=0), levels=2, sweeps=1), seed=0
    )
    exact_bound(tiny, climb(tiny, Climb(levels=(1.0,), steps=(2,))))
    made, watch = make_books(shape), Stopwatch()
    before = peak_bytes()
    with watch.phase("prices"):
        prices = climb(made.problem, effort.climb, threads=effort.threads)
    with watch.phase("bound"):
        bound = exact_bound(made.problem, prices)
    with watch.phase("plan"):
        answer = solve_large(made.problem, effort, seed=shape.seed, prices=prices)
    assert answer.choice is not None, "The pool makes every instance feasible."
    assert answer.figures is not None
    total = watch.named("prices", "bound", "plan")
    return {
        "solver": "kejing",
        "pairs": len(made.problem.pairs.rm),
        "cost": answer.figures.cost,
        "bound": bound,
        "gap": round(100 * (answer.figures.cost / bound - 1), 4),
        **check(made.problem, answer.choice),
        "moved": int((answer.choice != made.today).sum()),
        "cpu_seconds": round(total.cpu, 2),
        "seconds": round(total.wall, 2),
        "phases": {phase.name: round(phase.cpu, 2) for phase in watch.phases},
        "peak_gib": round(peak_bytes() / 2**30, 3),
        "peak_gib_of_instance": round(before / 2**30, 3),
    }


def mip(shape: Shape, seconds: float) -> dict[str, Any]:
    """The integer programme of HiGHS."""
    from benchmarks.books_peers import highs_mip  # noqa: PLC0415  # only when asked for

    made, watch = make_books(shape), Stopwatch()
    with watch.phase("solve"):
        choice, bound = highs_mip(made.problem, seconds)
    figures = None if choice is None else figures_of(made.problem, choice)
    cost = None if figures is None or figures.broken else figures.cost
    phase = watch.phases[0]
    return _peer("highs_mip", cost, bound, phase.cpu, phase.wall)


def pdlp(shape: Shape, seconds: float) -> dict[str, Any]:
    """The PDLP of HiGHS, its prices put through the same exact check."""
    from benchmarks.books_peers import highs_pdlp  # noqa: PLC0415  # only when asked for

    made, watch = make_books(shape), Stopwatch()
    with watch.phase("solve"):
        prices = highs_pdlp(made.problem, seconds)
    phase = watch.phases[0]
    return _peer("highs_pdlp", None, exact_bound(made.problem, prices), phase.cpu, phase.wall)


def _peer(name: str, cost: int | None, bound: float, cpu: float, wall: float) -> dict[str, Any]:
    return {
        "solver": name,
        "cost": cost,
        "bound": bound,
        "cpu_seconds": round(cpu, 2),
        "seconds": round(wall, 2),
        "peak_gib": round(peak_bytes() / 2**30, 3),
    }


def run(
    shape: Shape, *, sweeps: int | None, peers: list[str], seconds: float, with_repair: bool
) -> list[dict[str, Any]]:
    """Each solver in a process of its own, in turn."""
    jobs: list[tuple[Any, tuple[Any, ...]]] = [(mend_after_event, (shape,)) if with_repair else (ours, (shape, sweeps))]
    jobs += [({"mip": mip, "pdlp": pdlp}[peer], (shape, seconds)) for peer in peers]
    context = multiprocessing.get_context("spawn")
    lines = []
    for job, given in jobs:
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            lines.append({**asdict(shape), **pool.submit(job, *given).result()})
        print(json.dumps(lines[-1]), flush=True)
    return lines


def main() -> int:
    """Run the instance; 1 if a row is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--rms", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bands", type=float, default=0.0, help="value and count of each RM within this of its share")
    parser.add_argument("--moves", type=float, default=0.0, help="share of customers that may move")
    parser.add_argument("--sweeps", type=int, help="sweeps at each temperature")
    parser.add_argument("--peers", default="", help="any of mip,pdlp")
    parser.add_argument("--seconds", type=float, default=300, help="limit of each peer")
    parser.add_argument("--repair", action="store_true")
    parser.add_argument("--json", action="store_true", help="only one line per solver, without versions")
    asked = parser.parse_args()
    shape = Shape(asked.customers, asked.rms, asked.seed, asked.bands, asked.moves)
    peers = [name for name in asked.peers.split(",") if name]
    lines = run(shape, sweeps=asked.sweeps, peers=peers, seconds=asked.seconds, with_repair=asked.repair)
    if not asked.json:
        print(json.dumps({name: version(name) for name in ("highspy", "numba", "numpy", "scipy")}))
    return int(bool(lines[0]["broken"]))


if __name__ == "__main__":
    sys.exit(main())
