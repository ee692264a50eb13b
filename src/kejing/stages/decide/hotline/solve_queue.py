"""A day of calls, caller by caller: checks the formulas, and carries a queue from one interval into the next."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Met:
    """What simulated callers met: how many called, were answered in time, waited, and hung up; seconds waited."""

    calls: int = 0
    in_time: int = 0
    waited: int = 0
    abandoned: int = 0
    waited_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDay:
    """Calls to be expected, seats, mean seconds of a call: by intervals of ``interval`` seconds, ``[n_slots]`` each."""

    calls: Floats
    seats: NDArray[np.int64]
    handle: Floats
    interval: float


def seeded(seed: int, unit_id: str) -> np.random.Generator:
    """Chance of one centre: its own, whatever other centres the run has."""
    return np.random.default_rng([seed, zlib.crc32(unit_id.encode())])


def simulate_day(day: PlannedDay, *, answer: float, patience: float, chance: np.random.Generator) -> Met:
    """One day, first come first served; calls are Poisson and evenly spread inside an interval.

    Parameters
    ----------
    answer, patience
        Answer time, mean patience [s]; patience and call times are exponential.

    Notes
    -----
    Who leaves a seat at the end of an interval finishes the call first. Callers who hang up take no seat.
    """
    arrivals = np.sort(
        np.concatenate(
            [(slot + chance.random(count)) * day.interval for slot, count in enumerate(chance.poisson(day.calls))]
        )
    )
    slots = np.minimum((arrivals // day.interval).astype(np.int64), len(day.calls) - 1)
    lengths = chance.exponential(1.0, len(arrivals)) * day.handle[slots]
    patiences = chance.exponential(patience, len(arrivals))
    free: list[float] = []  # when each person in a seat is free, soonest first
    in_time = waited = abandoned = open_slot = 0
    waited_seconds = 0.0
    people = 0
    for arrival, slot, length, staying in zip(
        arrivals.tolist(), slots.tolist(), lengths.tolist(), patiences.tolist(), strict=True
    ):
        while open_slot <= slot:  # people come at the start of an interval
            for _ in range(int(day.seats[open_slot]) - people):
                heappush(free, open_slot * day.interval)
            people = max(people, int(day.seats[open_slot]))
            open_slot += 1
        while people > day.seats[slot] and free[0] <= arrival:  # and go once their call is over
            heappop(free)
            people -= 1
        wait = max(0.0, free[0] - arrival) if free else float("inf")
        waited += wait > 0
        if wait > staying:
            abandoned += 1
            waited_seconds += staying
            continue
        heappush(free, max(arrival, heappop(free)) + length)
        in_time += wait <= answer
        waited_seconds += wait
    return Met(len(arrivals), in_time, waited, abandoned, waited_seconds)
