"""Rows added to the instance once pairs are known: room for pins, value bands; and today's books as a start."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from kejing.stages.deploy.assign.book import Book
from kejing.stages.deploy.assign.decisions import Decisions
from kejing.stages.deploy.assign.instance import HARD, NO_LIMIT, Implied, Instance, Ints
from kejing.stages.deploy.assign.pairs import BANDS, band_limits
from kejing.stages.deploy.assign.parts import islands


@dataclass(frozen=True, slots=True)
class Overload:
    """Pins that ask more of an RM than there is: RM number, resource, what is missing."""

    rm: int
    resource: str
    missing: int


def make_room_for_pins(instance: Instance, decisions: Decisions) -> tuple[Instance, tuple[Overload, ...]]:
    """The instance with limits raised to what pinned decisions take, and where they had to be raised."""
    taken = np.zeros_like(instance.high)
    for decision, rm in decisions.pins.items():
        taken[rm] += instance.use[instance.first[decision]]
    lifted = np.maximum(instance.high, taken)
    overloads = tuple(
        Overload(int(rm), instance.resources[resource], int(lifted[rm, resource] - instance.high[rm, resource]))
        for rm, resource in np.argwhere((lifted > instance.high) & (instance.high_penalty != 0))
        if instance.resources[resource] not in BANDS
    )
    return replace(instance, high=lifted), overloads


def hold_bands(instance: Instance, book: Book) -> Instance:
    """The instance with limits of its bands: each RM's share of its island's capacity times what the island has."""
    for name, band in zip(BANDS, (book.weights.value_band, book.weights.load_band), strict=True):
        if name in instance.resources:
            instance = _hold_band(instance, book, instance.resources.index(name), band)
    return instance


def _hold_band(instance: Instance, book: Book, column: int, band: Fraction) -> Instance:
    least = np.full(len(instance.decisions), NO_LIMIT, dtype=np.int64)
    led = instance.rm < len(instance.rms)
    np.minimum.at(least, instance.owner[led], instance.use[led, column])
    of_decision, of_rm = islands(instance)
    low, high = instance.low.copy(), instance.high.copy()
    for label in sorted(set(of_rm.tolist())):
        rms = np.flatnonzero(of_rm == label)
        total = int(least[of_decision == label].sum())
        limits = band_limits(total, [int(book.roll.fte[rm]) for rm in rms], band)
        low[rms, column], high[rms, column] = limits
    return replace(instance, low=low, high=high)


_IMPLIED_ROWS = 4
_WASTE = 50
"""A row is worth having if at least one fiftieth of the capacity is lost to whole customers."""


def with_implied(instance: Instance) -> Instance:
    """The instance with counts of big decisions per RM, where whole decisions leave hours over.

    Notes
    -----
    Eight hours hold two decisions of three hours, not 2.67: the linear bound does not know it, a row
    ``count <= 8 // 3`` says it. Sizes that take most of the hours are tried; the row cuts off no plan.
    """
    for column, name in enumerate(instance.resources):
        if instance.high_penalty[column] == HARD and len(instance.rms):
            for size in _wasteful_sizes(instance, column):
                instance = _with_row(instance, column, Implied(f"{name}_from_{size}", name, size))
    return instance


def _wasteful_sizes(instance: Instance, column: int) -> list[int]:
    """Sizes of decisions that do not fill an RM evenly, the heaviest in total first."""
    real = instance.rm < len(instance.rms)
    least = np.full(len(instance.decisions), NO_LIMIT, dtype=np.int64)
    np.minimum.at(least, instance.owner[real], instance.use[real, column])
    sizes, counts = np.unique(least[(least > 0) & (least < NO_LIMIT)], return_counts=True)
    high = int(np.median(instance.high[:, column]))
    heavy = sorted(zip(sizes.tolist(), counts.tolist(), strict=True), key=lambda one: (-one[0] * one[1], one[0]))
    wasteful = [size for size, _ in heavy if size <= high and high % size * _WASTE >= high]
    return sorted(wasteful[:_IMPLIED_ROWS])


def _with_row(instance: Instance, column: int, implied: Implied) -> Instance:
    real = instance.rm < len(instance.rms)
    counted = (real & (instance.use[:, column] >= implied.at_least)).astype(np.int64)
    limit = instance.high[:, column]
    high = np.where(limit < NO_LIMIT, limit // implied.at_least, NO_LIMIT)
    hard = np.array([HARD], dtype=np.int64)
    return replace(
        instance,
        resources=(*instance.resources, implied.name),
        use=np.hstack([instance.use, counted[:, None]]),
        low=np.hstack([instance.low, np.full((len(instance.rms), 1), -NO_LIMIT, dtype=np.int64)]),
        high=np.hstack([instance.high, high[:, None]]),
        low_penalty=np.concatenate([instance.low_penalty, hard]),
        high_penalty=np.concatenate([instance.high_penalty, hard]),
        implied=(*instance.implied, implied),
    )


def without_implied(instance: Instance) -> Instance:
    """The instance without rows that follow from others, which a search need not watch."""
    kept = len(instance.resources) - len(instance.implied)
    return replace(
        instance,
        resources=instance.resources[:kept],
        use=instance.use[:, :kept],
        low=instance.low[:, :kept],
        high=instance.high[:, :kept],
        low_penalty=instance.low_penalty[:kept],
        high_penalty=instance.high_penalty[:kept],
        implied=(),
    )


def today_choice(instance: Instance, decisions: Decisions, book: Book) -> Ints:
    """Today's books as pairs: a family takes the RM most of its members have, the pool if none may stay."""
    choice = instance.first[1:] - 1
    today = book.customers.today
    for decision in range(len(decisions.ids)):
        members = decisions.members[decisions.first[decision] : decisions.first[decision + 1]]
        have = Counter(int(rm) for rm in today[members] if rm >= 0)
        pairs = slice(int(instance.first[decision]), int(instance.first[decision + 1]))
        for rm, _ in sorted(have.items(), key=lambda item: (-item[1], item[0])):
            place = np.flatnonzero(instance.rm[pairs] == rm)
            if len(place):
                choice[decision] = pairs.start + int(place[0])
                break
    return choice
