"""Published assignment problems: cost, bound and distance to the best known after a few seconds, beside named peers.

``python -m benchmarks.gap FILE… --seconds 60 --json``, with ``--peers`` also HiGHS, CP-SAT and SCIP at equal wall time
in the same call. Our search runs in two processes of other seeds, because the bars are for two cores. Every cost is
computed anew from the file. Compiled loops are loaded before the clock starts.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # called as a script, not with -m
    sys.path.insert(0, str(ROOT))

from benchmarks.gap_files import best_known, read_gap, recost  # noqa: E402
from kejing.stages.deploy.assign.solver.dual import Climb, climb, exact_bound  # noqa: E402
from kejing.stages.deploy.assign.solver.engine import Effort, solve_large  # noqa: E402

LIBRARIES = ("highspy", "ortools", "pyscipopt", "numba", "numpy")
EFFORT = Effort(
    climb=Climb(levels=(1.0, 0.25, 0.06, 0.015, 0.004), steps=(40, 40, 60, 60, 80)),
    rounds=10_000,
    growth=1.05,
    levels=100,
    sweeps=300,
    loose=(4.0, 8.0, 2.0),
    most_loose=0.2,
    cooling=0.1,
    width=20,
)


def search(path: str, seed: int, seconds: float) -> dict[str, Any]:
    """Cost, bound and CPU seconds of one process that stops by the clock."""
    file = Path(path)
    problem = read_gap(file)
    solve_large(problem, replace(EFFORT, rounds=1, levels=1, sweeps=1), seed=0)  # load the compiled loops
    wall, cpu = time.perf_counter(), time.process_time()
    prices = climb(problem, EFFORT.climb)
    answer = solve_large(
        problem, EFFORT, seed=seed, prices=prices, is_over=lambda: time.perf_counter() - wall >= seconds
    )
    agents = None if answer.choice is None else problem.pairs.rm[answer.choice]
    return {
        "cost": None if agents is None else recost(file, agents),
        "bound": exact_bound(problem, prices),
        "seconds": round(time.perf_counter() - wall, 2),
        "cpu_seconds": round(time.process_time() - cpu, 2),
    }


def ours(path: Path, seconds: float, *, processes: int, seed: int) -> dict[str, Any]:
    """The best of several searches at once."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        found = list(pool.map(search, [str(path)] * processes, range(seed, seed + processes), [seconds] * processes))
    costs = [one["cost"] for one in found if one["cost"] is not None]
    return {
        "cost": min(costs, default=None),
        "bound": max(one["bound"] for one in found),
        "seconds": max(one["seconds"] for one in found),
        "cpu_seconds": round(sum(one["cpu_seconds"] for one in found), 2),
    }


def peer(name: str, path: str, seconds: float) -> dict[str, Any]:
    """One peer in a process of its own."""
    from benchmarks.gap_peers import PEERS  # noqa: PLC0415  # the peers are no dependency of the product

    problem = read_gap(Path(path))
    wall, cpu = time.perf_counter(), time.process_time()
    choice, bound = PEERS[name](problem, seconds)
    return {
        "cost": None if choice is None else recost(Path(path), problem.pairs.rm[choice]),
        "bound": bound if np.isfinite(bound) else None,
        "seconds": round(time.perf_counter() - wall, 2),
        "cpu_seconds": round(time.process_time() - cpu, 2),
    }


def line(path: Path, solver: str, figures: dict[str, Any]) -> dict[str, Any]:
    """One line of the answer: figures with the distance to the best known and to the own bound, in percent."""
    known, cost = best_known(path), figures["cost"]
    gap = None if known is None or cost is None else round(100 * (cost / known[1] - 1), 4)
    own = None if cost is None or not figures["bound"] else round(100 * (cost / figures["bound"] - 1), 4)
    best = None if known is None else known[1]
    return {"instance": path.stem, "solver": solver, **figures, "best_known": best, "gap": gap, "own_gap": own}


def run(paths: list[Path], seconds: float, *, peers: list[str], processes: int, seed: int) -> list[dict[str, Any]]:
    """All lines, printed as they come."""
    lines = []
    context = multiprocessing.get_context("spawn")
    for path in paths:
        lines.append(line(path, "kejing", ours(path, seconds, processes=processes, seed=seed)))
        print(json.dumps(lines[-1]), flush=True)
        for name in peers:
            with ProcessPoolExecutor(1, mp_context=context) as pool:
                lines.append(line(path, name, pool.submit(peer, name, str(path), seconds).result()))
            print(json.dumps(lines[-1]), flush=True)
    return lines


def summary(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Worst and median gap to the best known of each solver; a missing plan counts as no bound on the worst."""
    found: dict[str, Any] = {}
    for solver in dict.fromkeys(one["solver"] for one in lines):
        gaps = [one["gap"] for one in lines if one["solver"] == solver and one["best_known"] is not None]
        plans = [gap for gap in gaps if gap is not None]
        found[solver] = {
            "instances": len(gaps),
            "no_plan": len(gaps) - len(plans),
            "worst": max(plans, default=None),
            "median": float(np.median([np.inf if gap is None else gap for gap in gaps])) if gaps else None,
        }
    return found


def main() -> int:
    """Solve the files; 1 if one of ours has no plan."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--peers", nargs="?", const="highs,cp_sat,scip", default="", help="any of highs,cp_sat,scip")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="only one line per file and solver, without the summary")
    asked = parser.parse_args()
    peers = [name for name in asked.peers.split(",") if name]
    lines = run(asked.files, asked.seconds, peers=peers, processes=asked.processes, seed=asked.seed)
    if not asked.json:
        print(json.dumps({"versions": {name: version(name) for name in LIBRARIES}, "summary": summary(lines)}))
    return int(any(one["cost"] is None for one in lines if one["solver"] == "kejing"))


if __name__ == "__main__":
    sys.exit(main())
