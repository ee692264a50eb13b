"""One RM's quarter by CP-SAT: the same windows, minutes a day, distances in time, and days of the round."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from benchmarks.measuring import Stopwatch
from kejing.stages.deploy.visit.columns import DueColumns, Rules
from kejing.stages.deploy.visit.fit import Time
from kejing.stages.deploy.visit.place import Ground, Kept, day_routes
from kejing.stages.deploy.visit.plan import Outcome, Status
from kejing.stages.deploy.visit.read import Book

_FOUND = (cp_model.OPTIMAL, cp_model.FEASIBLE)


class Peer:
    """CP-SAT on the books of a plan; what all RMs share is made ready before the clock starts."""

    def __init__(self, book: Book, outcome: Outcome, rules: Rules, seconds: float) -> None:
        self.book, self.outcome, self.rules, self.seconds = book, outcome, rules, seconds
        self.columns = DueColumns(book)
        time = Time(book.worked & ~book.away, book.daily, self.columns.booked)
        self.ground = self.columns.ground(time, rules)
        self.still = np.zeros(len(book.dues.rm), np.int64)

    def solve(self, rm: int) -> dict[str, Any]:
        """What CP-SAT makes of the RM's contacts within the time limit on two workers.

        Windows, minutes and the distance of 60 % are hard; the cost is how far each visit lies from its customer's
        day of the round through the book, the first thing that Kejing's own search goes by.
        """
        book, outcome = self.book, self.outcome
        mine = np.flatnonzero((book.dues.rm == rm) & (outcome.status == Status.PLANNED))
        nowhere = np.zeros(len(mine), np.int64)
        work = self.columns.kept(mine, (nowhere, nowhere), self.rules, self.still)
        watch = Stopwatch()
        with watch.phase("solve"):
            model, starts = self._model(rm, mine, work)
            solver = cp_model.CpSolver()
            solver.parameters.max_time_in_seconds = self.seconds
            solver.parameters.num_workers = 2
            status = solver.solve(model)
        phase = watch.named("solve")
        told = {
            "rm": rm,
            "contacts": len(mine),
            "status": solver.status_name(status),
            "cpu": round(phase.cpu, 2),
            "wall": round(phase.wall, 2),
            "ours_breaks": int((outcome.breach[mine] > 0).sum()),
            "ours_km": self._km(rm, work, outcome.day[mine]),
        }
        if status not in _FOUND:
            return told
        day = np.array([next(d for d, chosen in days.items() if solver.value(chosen)) for days in starts], np.int64)
        gap = round((solver.objective_value - solver.best_objective_bound) / max(1.0, solver.objective_value), 4)
        return {**told, "gap": gap, "km": self._km(rm, work, day)}

    def _model(
        self, rm: int, mine: np.ndarray, work: Kept
    ) -> tuple[cp_model.CpModel, list[dict[int, cp_model.IntVar]]]:
        book = self.book
        days = [day for day in range(book.today + 1, book.away.shape[1]) if book.worked[day]]
        model = cp_model.CpModel()
        starts: list[dict[int, cp_model.IntVar]] = []
        for one in mine:
            free = [day for day in days if book.dues.first[one] <= day <= book.dues.last[one]]
            chosen = {day: model.new_bool_var(f"{one}.{day}") for day in free}
            model.add_exactly_one(chosen.values())
            starts.append(chosen)
        most = int(self.outcome.most[rm])
        for day in days:
            held = [
                (int(long), chosen[day]) for long, chosen in zip(work.minutes, starts, strict=True) if day in chosen
            ]
            model.add(sum(long * variable for long, variable in held) <= most)
        _keep_apart(model, book, mine, starts)
        model.minimize(sum(_off_cycle(work, self.ground, rm, starts)))
        return model, starts

    def _km(self, rm: int, work: Kept, day: np.ndarray) -> float:
        """Way of the RM's days from home to the nearest visit, on to the next, and back [km]."""
        travels = work.turn >= 0
        home = (self.ground.home_east[rm : rm + 1], self.ground.home_north[rm : rm + 1])
        spot = (work.east[travels], work.north[travels])
        return round(float(day_routes(np.array([0, travels.sum()]), day[travels], spot, home)[0]) / 1000, 1)


def _keep_apart(
    model: cp_model.CpModel, book: Book, mine: np.ndarray, starts: list[dict[int, cp_model.IntVar]]
) -> None:
    """Contacts of one customer and channel stand 60 % of their even distance apart, in the order of their windows."""
    by_chain: dict[tuple[int, int], list[int]] = {}
    for place, one in enumerate(mine):
        by_chain.setdefault((int(book.dues.customer[one]), int(book.dues.channel[one])), []).append(place)
    for chain in by_chain.values():
        for left, right in pairwise(chain):
            later = mine[right]
            same = [place for place in chain if book.dues.term[mine[place]] == book.dues.term[later]]
            long = int(book.dues.last[later] - book.dues.first[later] + 1)
            apart = -(-long * 6 // (10 * len(same)))
            before = sum(day * variable for day, variable in starts[left].items())
            after = sum(day * variable for day, variable in starts[right].items())
            model.add(after - before >= apart)


def _off_cycle(
    work: Kept, ground: Ground, rm: int, starts: list[dict[int, cp_model.IntVar]]
) -> list[cp_model.LinearExpr]:
    """Days of the cycle between each visit and its customer's day."""
    cycle = int(ground.cycle[rm])
    cost = []
    for place, chosen in enumerate(starts):
        if work.turn[place] >= 0:
            home = int(work.turn[place]) * cycle // 1_000_000
            for day, variable in chosen.items():
                off = abs(int(ground.worked_before[day]) % cycle - home)
                cost.append(min(off, cycle - off) * variable)
    return cost
