"""Small exact problems cut out of the plan where the gap has its addresses.

A neighbourhood is a handful of RMs: all their decisions are free, everybody else stays. It is
solved as an integer programme that starts from the plan, so the plan never becomes dearer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kejing.stages.deploy.assign.instance import (
    NO_LIMIT,
    Instance,
    Ints,
    Prices,
    cheapest,
    loads,
    measure_plan,
    reduced_costs,
)
from kejing.stages.deploy.assign.programme import solve_integer

_ADDRESSES = 400


@dataclass(frozen=True, slots=True)
class Effort:
    """How much work polishing may take, counted so that a run repeats itself.

    ``neighbourhoods`` are tried at most, each with about ``decisions`` free decisions.
    """

    neighbourhoods: int
    decisions: int
    nodes: int = 20


def polish(instance: Instance, prices: Prices, core: Ints, choice: Ints, *, effort: Effort, seed: int) -> Ints:
    """A plan not dearer than ``choice``, improved around the largest terms of the gap identity."""
    polisher = _Polisher(instance, prices, core, effort)
    for _ in range(effort.neighbourhoods):
        rms = polisher.next_neighbourhood(choice)
        if rms is None:
            break
        choice = _resolve(instance, core, choice, np.array(rms), effort, seed)
    return choice


class _Polisher:
    """Chooses where to look next; every set of RMs is looked at once."""

    def __init__(self, instance: Instance, prices: Prices, core: Ints, effort: Effort) -> None:
        self.instance, self.prices, self.effort = instance, prices, effort
        self.reduced = reduced_costs(instance, prices)
        self.cheapest = cheapest(instance, self.reduced)
        self.core, self.owner = core, instance.owner[core]
        self.tried: set[tuple[int, ...]] = set()

    def next_neighbourhood(self, choice: Ints) -> tuple[int, ...] | None:
        """RMs around the dearest address of the gap that has not been tried in this shape."""
        instance, m = self.instance, len(self.instance.rms)
        regret = self.reduced[choice] - self.cheapest
        room = instance.high - loads(instance, choice)
        idle = np.where((instance.high < NO_LIMIT) & (room > 0), self.prices.high * room, 0).sum(axis=1)
        held = np.bincount(instance.rm[choice], minlength=m + 1)
        for decision in np.lexsort((np.arange(len(regret)), -regret))[:_ADDRESSES]:
            if regret[decision] <= 0:
                break
            order = self._neighbours(int(decision), idle)
            rms = _fill(order[order < m], held, int(instance.rm[choice[decision]]), self.effort.decisions)
            if len(rms) > 1 and rms not in self.tried:
                self.tried.add(rms)
                return rms
        return None

    def _neighbours(self, decision: int, idle: Ints) -> Ints:
        """RMs of the decision's core pairs: cheap at the prices, or with dear hours unused."""
        left, right = np.searchsorted(self.owner, [decision, decision + 1])
        pairs = self.core[left:right]
        rm = self.instance.rm[pairs]
        score = self.reduced[pairs] - np.append(idle, 0)[rm] // 2
        return np.asarray(rm[np.lexsort((rm, score))], dtype=np.int64)


def _fill(order: Ints, held: Ints, home: int, decisions: int) -> tuple[int, ...]:
    """The home RM and the next RMs of ``order`` while their decisions fit."""
    taken = [home] if home < len(held) - 1 else []
    count = sum(int(held[rm]) for rm in taken)
    for rm in order:
        if rm in taken:
            continue
        if len(taken) > 1 and count + held[rm] > decisions:
            break
        taken.append(int(rm))
        count += int(held[rm])
    return tuple(sorted(taken))


def _resolve(instance: Instance, core: Ints, choice: Ints, rms: Ints, effort: Effort, seed: int) -> Ints:
    """``choice`` with the decisions of ``rms`` and the pool settled anew."""
    m = len(instance.rms)
    near = np.isin(instance.rm, rms)
    reach = np.zeros(len(instance.decisions), dtype=bool)
    reach[instance.owner[core[near[core]]]] = True
    at = instance.rm[choice]
    free = np.flatnonzero(np.isin(at, rms) | ((at == m) & reach))
    is_free = np.zeros(len(instance.decisions), dtype=bool)
    is_free[free] = True
    owner = instance.owner
    wanted = is_free[owner[core]] & (near[core] | (instance.rm[core] == m))
    pairs = np.union1d(core[wanted], choice[free])
    part = _cut(instance, choice, free, pairs, rms)
    start = np.searchsorted(pairs, choice[free])
    found, _ = solve_integer(part, np.arange(part.pairs), start, nodes=effort.nodes, seed=seed)
    if measure_plan(part, found).cost >= measure_plan(part, start).cost or not measure_plan(part, found).is_feasible:
        return choice
    better = choice.copy()
    better[free] = pairs[found]
    return better


def _cut(instance: Instance, choice: Ints, free: Ints, pairs: Ints, rms: Ints) -> Instance:
    """The problem of ``free`` decisions over ``pairs`` and ``rms``, with the budgets that are left."""
    owner = instance.owner[pairs]
    first = np.append(np.searchsorted(owner, free), len(pairs)).astype(np.int64)
    number = np.full(len(instance.rms) + 1, len(rms), dtype=np.int64)
    number[rms] = np.arange(len(rms))
    stay = np.ones(len(instance.decisions), dtype=bool)
    stay[free] = False
    spent = instance.draw[choice[stay]].sum(axis=0)
    return Instance(
        decisions=tuple(instance.decisions[j] for j in free),
        rms=tuple(instance.rms[i] for i in rms),
        resources=instance.resources,
        budgets=instance.budgets,
        first=first,
        rm=number[instance.rm[pairs]],
        cost=instance.cost[pairs],
        use=instance.use[pairs],
        draw=instance.draw[pairs],
        low=instance.low[rms],
        high=instance.high[rms],
        low_penalty=instance.low_penalty,
        high_penalty=instance.high_penalty,
        cap=np.where(instance.cap < NO_LIMIT, instance.cap - spent, instance.cap),
        cap_penalty=instance.cap_penalty,
        implied=instance.implied,
    )
