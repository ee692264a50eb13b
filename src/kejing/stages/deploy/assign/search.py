"""From prices to a plan of whole customers: cheapest pair, repair, then shifts, swaps and ejections.

Every step compares exact integer objectives; ties go to the smaller decision, then the smaller RM.
The work is counted in passes, so a run repeats itself to the byte.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kejing.stages.deploy.assign.instance import HARD, NO_LIMIT, Instance, Ints

type Flags = NDArray[np.bool_]

_NEVER = 2**62
_POINT_TOP = 2**39
_HARD_TOP = 2**20


class Core:
    """The pairs the search looks at, padded to the same number per decision.

    Attributes
    ----------
    pair, rm, cost
        Pair number, RM and cost by decision and slot [n, K]; padding costs nothing and is never taken.
    use, draw
        Uses by decision and slot [n, K, R] and [n, K, B].
    slot_of
        Slot of an RM for a decision, -1 if it is not in the core [n, m + 1].
    """

    def __init__(self, instance: Instance, pairs: Ints) -> None:
        owner = instance.owner[pairs]
        place = np.arange(len(pairs)) - np.searchsorted(owner, owner, side="left")
        shape = (len(instance.decisions), int(place.max(initial=0)) + 1)
        self.pair = np.full(shape, -1, dtype=np.int64)
        self.pair[owner, place] = pairs
        self.is_real: Flags = self.pair >= 0
        source = np.where(self.is_real, self.pair, 0)
        self.rm = np.where(self.is_real, instance.rm[source], len(instance.rms))
        self.cost = np.where(self.is_real, instance.cost[source], 0)
        self.use = instance.use[source]
        self.draw = instance.draw[source]
        self.slot_of = np.full((shape[0], len(instance.rms) + 1), -1, dtype=np.int32)
        self.slot_of[owner, instance.rm[pairs]] = place


class Plan:
    """A plan under search: slot per decision, loads, and what breaking rows costs.

    A change is compared by what it does to hard rows first, then by points (`_ordered`).
    """

    def __init__(self, instance: Instance, core: Core, choice: Ints) -> None:
        self.core = core
        self.slot = core.slot_of[np.arange(len(choice)), instance.rm[choice]].astype(np.int64)
        none = np.full((1, len(instance.resources)), NO_LIMIT, dtype=np.int64)
        self.high = np.vstack([instance.high, none])
        self.low = np.vstack([instance.low, -none])
        self.prices = tuple(
            (np.where(penalty == HARD, 1, 0), np.where(penalty == HARD, 0, penalty))
            for penalty in (instance.high_penalty, instance.low_penalty, instance.cap_penalty)
        )
        self.cap = instance.cap
        self.load = np.zeros_like(self.high)
        rows = np.arange(len(choice))
        np.add.at(self.load, core.rm[rows, self.slot], core.use[rows, self.slot])
        self.spent = core.draw[rows, self.slot].sum(axis=0)
        self.members: list[set[int]] = [set() for _ in range(len(instance.rms) + 1)]
        for decision, rm in enumerate(core.rm[rows, self.slot]):
            self.members[rm].add(decision)

    def broken(self, rm: Ints | int, load: Ints) -> Ints:
        """Hard units and points by which RM rows at ``load`` are broken [2, …], over the last axis."""
        over, under = np.maximum(load - self.high[rm], 0), np.maximum(self.low[rm] - load, 0)
        high, low, _ = self.prices
        return np.stack([(over * high[kind] + under * low[kind]).sum(axis=-1) for kind in (0, 1)])

    def overspent(self, spent: Ints) -> Ints:
        """Hard units and points by which budgets at ``spent`` are broken [2, …], over the last axis."""
        over = np.maximum(spent - self.cap, 0)
        return np.stack([(over * self.prices[2][kind]).sum(axis=-1) for kind in (0, 1)])

    def shift_gains(self, decision: int) -> Ints:
        """Change of the objective if ``decision`` takes each slot, as `_ordered` counts it [K]."""
        core, here = self.core, int(self.slot[decision])
        rm = core.rm[decision]
        home = int(rm[here])
        load = self.load[rm]
        gain = self.broken(rm, load + core.use[decision]) - self.broken(rm, load)
        gain[1] += core.cost[decision] - core.cost[decision, here]
        left = self.broken(home, self.load[home] - core.use[decision, here]) - self.broken(home, self.load[home])
        gain += left[:, None]
        spent = self.spent - core.draw[decision, here]
        gain += self.overspent(spent + core.draw[decision]) - self.overspent(self.spent)[:, None]
        ordered = _ordered(gain)
        ordered[~core.is_real[decision]] = _NEVER
        ordered[here] = 0
        return ordered

    def move(self, decision: int, slot: int) -> None:
        """Let ``decision`` take ``slot``."""
        core, here = self.core, int(self.slot[decision])
        home, target = int(core.rm[decision, here]), int(core.rm[decision, slot])
        self.load[home] -= core.use[decision, here]
        self.load[target] += core.use[decision, slot]
        self.spent = self.spent + core.draw[decision, slot] - core.draw[decision, here]
        self.members[home].discard(decision)
        self.members[target].add(decision)
        self.slot[decision] = slot

    @property
    def choice(self) -> Ints:
        """Pair number of each decision [n]."""
        return np.asarray(self.core.pair[np.arange(len(self.slot)), self.slot], dtype=np.int64)


def improve(instance: Instance, core: Core, choice: Ints, reduced: Ints, *, passes: int) -> Ints:
    """The best plan that shifts, swaps and ejections reach from ``choice``.

    Parameters
    ----------
    choice
        Pair of each decision, inside the core [n].
    reduced
        Reduced costs at the prices [pairs, 1/1024 points]: they say where the loss sits.
    passes
        Rounds over all decisions at most.
    """
    plan = Plan(instance, core, choice)
    priced = np.where(core.is_real, reduced[np.maximum(core.pair, 0)], _NEVER)
    for _ in range(passes):
        if _shift_round(plan) + _trade_round(plan, priced) == 0:
            break
    return plan.choice


def _shift_round(plan: Plan) -> int:
    """Single moves that pay, decision by decision; how many were made."""
    made = 0
    for decision in range(len(plan.slot)):
        gains = plan.shift_gains(decision)
        best = int(gains.argmin())
        if gains[best] < 0:
            plan.move(decision, best)
            made += 1
    return made


def _trade_round(plan: Plan, priced: Ints) -> int:
    """Moves that need room: another customer leaves the target RM for the mover's RM or a third."""
    regret = priced[np.arange(len(plan.slot)), plan.slot] - priced.min(axis=1)
    made = 0
    for decision in np.lexsort((np.arange(len(regret)), -regret)):
        if regret[decision] <= 0:
            break
        made += _trade(plan, int(decision), priced)
    return made


def _trade(plan: Plan, decision: int, priced: Ints, width: int = 4) -> int:
    """Try the slots cheaper at the prices than today's, best first; 1 if one of them paid."""
    order = np.argsort(priced[decision], kind="stable")[:width]
    here = int(plan.slot[decision])
    for slot in order:
        if slot == here or priced[decision, slot] >= priced[decision, here]:
            break
        found = _best_ejection(plan, decision, int(slot))
        if found is not None:
            partner, partner_slot = found
            plan.move(decision, int(slot))
            plan.move(partner, partner_slot)
            return 1
    return 0


def _best_ejection(plan: Plan, decision: int, slot: int) -> tuple[int, int] | None:
    """The customer of the target RM whose leaving pays most for ``decision`` coming, and where it goes."""
    core, here = plan.core, int(plan.slot[decision])
    home, target = int(core.rm[decision, here]), int(core.rm[decision, slot])
    partners = np.array(sorted(plan.members[target]), dtype=np.int64)
    if target == len(plan.load) - 1 or len(partners) == 0:
        return None
    gain = _ejection_gains(plan, decision, slot, partners)
    best = int(gain.argmin())
    if gain.flat[best] >= 0:
        return None
    row, column = np.unravel_index(best, gain.shape)
    assert home != target
    return int(partners[row]), int(column)


def _ejection_gains(plan: Plan, decision: int, slot: int, partners: Ints) -> Ints:
    """Change of the objective by partner and the slot it goes to [partners, K]."""
    core, here = plan.core, int(plan.slot[decision])
    home, target = int(core.rm[decision, here]), int(core.rm[decision, slot])
    seats = plan.slot[partners]
    rm = core.rm[partners]
    left_home = plan.load[home] - core.use[decision, here]
    at_target = plan.load[target] + core.use[decision, slot] - core.use[partners, seats]
    known = plan.broken(home, left_home) - plan.broken(home, plan.load[home]) - plan.broken(target, plan.load[target])
    base = known[:, None] + plan.broken(target, at_target)
    base[1] += core.cost[decision, slot] - core.cost[decision, here] - core.cost[partners, seats]
    before = np.where((rm == home)[..., None], left_home, plan.load[rm])
    gain = base[:, :, None] + plan.broken(rm, before + core.use[partners]) - plan.broken(rm, before)
    gain[1] += core.cost[partners]
    if len(plan.cap):
        spent = plan.spent + core.draw[decision, slot] - core.draw[decision, here]
        after = (spent - core.draw[partners, seats])[:, None, :] + core.draw[partners]
        gain += plan.overspent(after) - plan.overspent(plan.spent)[:, None, None]
    ordered = _ordered(gain)
    ordered[~core.is_real[partners] | (rm == target)] = _NEVER
    return ordered


def _ordered(gain: Ints) -> Ints:
    """Hard units and points [2, …] as one number: fewer broken hard units first, then fewer points."""
    hard, points = np.clip(gain[0], -_HARD_TOP, _HARD_TOP), np.clip(gain[1], -_POINT_TOP, _POINT_TOP)
    return np.asarray(hard * (2 * _POINT_TOP) + points, dtype=np.int64)
