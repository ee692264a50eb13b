"""Published assignment problems: files in the OR-Library format, and the best costs known."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from kejing.stages.deploy.assign.instance import HARD, NO_LIMIT, Ints
from kejing.stages.deploy.assign.solver.problem import Pairs, Problem


def read_gap(path: Path) -> Problem:
    """Agents and jobs, costs and uses by agent, capacities; there is no pool."""
    numbers = np.array(path.read_text(encoding="ascii").split(), dtype=np.int64)
    m, n = int(numbers[0]), int(numbers[1])
    cost, use = numbers[2 : 2 + 2 * m * n].reshape(2, m, n).transpose(0, 2, 1)
    hard, nothing = np.array([HARD]), np.zeros(0, dtype=np.int64)
    pairs = Pairs(
        np.arange(n + 1, dtype=np.int64) * m,
        np.tile(np.arange(m, dtype=np.int32), n),
        np.ascontiguousarray(cost).reshape(-1),
        np.ascontiguousarray(use).reshape(-1, 1).astype(np.int32),
        np.zeros((n * m, 0), dtype=np.int32),
    )
    capacity = numbers[2 + 2 * m * n :].reshape(m, 1).copy()
    return Problem(pairs, np.full((m, 1), -NO_LIMIT), capacity, hard, hard, nothing, nothing)


def recost(path: Path, agents: Ints) -> int | None:
    """Cost of a plan from the numbers of the file; None if a capacity is broken."""
    numbers = [int(word) for word in path.read_text(encoding="ascii").split()]
    m, n = numbers[:2]
    room = numbers[2 + 2 * m * n :]
    cost = 0
    for job, agent in enumerate(agents.tolist()):
        cost += numbers[2 + agent * n + job]
        room[agent] -= numbers[2 + m * n + agent * n + job]
    return None if len(agents) != n or min(room) < 0 else cost


def best_known(path: Path) -> tuple[int, int] | None:
    """Best lower bound and best cost known of an instance; from ``best_known.csv`` above its folder."""
    table = path.resolve().parent.parent / "best_known.csv"
    if not table.is_file():
        return None
    with table.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if Path(row["file"]).name == path.name:
                return int(row["best_lower"]), int(row["best_upper"])
    return None
