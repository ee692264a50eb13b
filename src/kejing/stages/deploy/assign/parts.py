"""Parts that share no RM, and an instance cut to one of them or joined again."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kejing.stages.deploy.assign.instance import Instance, Ints, Prices


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of an instance: its decisions, RMs and pairs by number in the whole."""

    decisions: Ints
    rms: Ints
    pairs: Ints
    instance: Instance


def islands(instance: Instance) -> tuple[Ints, Ints]:
    """Number of the island of each decision and each RM: the smallest RM number in it; -1 without an RM.

    Two RMs are in one island if a chain of decisions could have either.
    """
    m = len(instance.rms)
    owner = instance.owner
    real = instance.rm < m
    rm, decision = instance.rm[real], owner[real]
    of_rm = np.arange(m, dtype=np.int64)
    of_decision = np.full(len(instance.decisions), m, dtype=np.int64)
    while True:
        np.minimum.at(of_decision, decision, of_rm[rm])
        lower = of_rm.copy()
        np.minimum.at(lower, rm, of_decision[decision])
        if np.array_equal(lower, of_rm):
            return np.where(of_decision == m, -1, of_decision), of_rm
        of_rm = lower


def cut(instance: Instance, decisions: Ints, rms: Ints) -> Part:
    """The part made of ``decisions`` and ``rms``; its decisions have pairs with no other RM."""
    inside = np.zeros(len(instance.decisions), dtype=bool)
    inside[decisions] = True
    pairs = np.flatnonzero(inside[instance.owner])
    number = np.full(len(instance.rms) + 1, len(rms), dtype=np.int64)
    number[rms] = np.arange(len(rms))
    sizes = np.diff(instance.first)[decisions]
    part = replace(
        instance,
        decisions=tuple(instance.decisions[j] for j in decisions),
        rms=tuple(instance.rms[i] for i in rms),
        first=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        rm=number[instance.rm[pairs]],
        cost=instance.cost[pairs],
        use=instance.use[pairs],
        draw=instance.draw[pairs],
        low=instance.low[rms],
        high=instance.high[rms],
    )
    return Part(decisions, rms, pairs, part)


def separate(instance: Instance) -> list[Part]:
    """Islands in order; one part of everything where a budget binds them together."""
    of_decision, of_rm = islands(instance)
    if len(instance.budgets) and instance.draw.any():
        return [cut(instance, np.arange(len(instance.decisions)), np.arange(len(instance.rms)))]
    labels = sorted(set(of_decision.tolist()))
    return [
        cut(
            instance,
            np.flatnonzero(of_decision == label),
            np.flatnonzero(of_rm == label) if label >= 0 else np.zeros(0, dtype=np.int64),
        )
        for label in labels
    ]


def join(instance: Instance, solved: list[tuple[Part, Ints, Prices]]) -> tuple[Ints, Prices]:
    """Choice and prices of the whole from those of its parts."""
    choice = np.zeros(len(instance.decisions), dtype=np.int64)
    prices = Prices.zero(instance)
    for part, chosen, own in solved:
        choice[part.decisions] = part.pairs[chosen]
        prices.high[part.rms] = own.high
        prices.low[part.rms] = own.low
        prices.cap[:] = np.maximum(prices.cap, own.cap)
    return choice, prices
