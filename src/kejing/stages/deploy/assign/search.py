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


class Core:
    """The pairs the search looks at, padded to the same number per decision.

    Attributes
    ----------
    pair, rm, cost
        Pair number, RM and cost by decision and slot [n, K]; padding costs `_NEVER`.
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
        self.cost = np.where(self.is_real, instance.cost[source], _NEVER)
        self.use = instance.use[source]
        self.draw = instance.draw[source]
        self.slot_of = np.full((shape[0], len(instance.rms) + 1), -1, dtype=np.int32)
        self.slot_of[owner, instance.rm[pairs]] = place


class Plan:
    """A plan under search: slot per decision, loads, and what breaking rows costs.

    Hard rows count as a price per unit above any pair cost, so that the search leaves them first.
    """

    def __init__(self, instance: Instance, core: Core, choice: Ints) -> None:
        self.core = core
        self.slot = core.slot_of[np.arange(len(choice)), instance.rm[choice]].astype(np.int64)
        dear = int(instance.cost.max(initial=0)) + 1
        none = np.full((1, len(instance.resources)), NO_LIMIT, dtype=np.int64)
        self.high = np.vstack([instance.high, none])
        self.low = np.vstack([instance.low, -none])
        self.high_price = np.where(instance.high_penalty == HARD, dear, instance.high_penalty)
        self.low_price = np.where(instance.low_penalty == HARD, dear, instance.low_penalty)
        self.cap = instance.cap
        self.cap_price = np.where(instance.cap_penalty == HARD, dear, instance.cap_penalty)
        self.load = np.zeros_like(self.high)
        rows = np.arange(len(choice))
        np.add.at(self.load, core.rm[rows, self.slot], core.use[rows, self.slot])
        self.spent = core.draw[rows, self.slot].sum(axis=0)
        self.members: list[set[int]] = [set() for _ in range(len(instance.rms) + 1)]
        for decision, rm in enumerate(core.rm[rows, self.slot]):
            self.members[rm].add(decision)

    def broken(self, rm: Ints | int, load: Ints) -> Ints:
        """What RM rows at ``load`` cost [points], over the last axis."""
        over = np.maximum(load - self.high[rm], 0) * self.high_price
        under = np.maximum(self.low[rm] - load, 0) * self.low_price
        return np.asarray((over + under).sum(axis=-1), dtype=np.int64)

    def overspent(self, spent: Ints) -> Ints:
        """What budgets at ``spent`` cost [points], over the last axis."""
        return np.asarray((np.maximum(spent - self.cap, 0) * self.cap_price).sum(axis=-1), dtype=np.int64)

    def shift_gains(self, decision: int) -> Ints:
        """Change of the objective if ``decision`` takes each slot [K]."""
        core, here = self.core, int(self.slot[decision])
        rm = core.rm[decision]
        home = int(rm[here])
        load = self.load[rm]
        gain = core.cost[decision] - core.cost[decision, here]
        gain = gain + self.broken(rm, load + core.use[decision]) - self.broken(rm, load)
        gain += self.broken(home, self.load[home] - core.use[decision, here]) - self.broken(home, self.load[home])
        spent = self.spent - core.draw[decision, here]
        gain += self.overspent(spent + core.draw[decision]) - self.overspent(self.spent)
        gain[~core.is_real[decision]] = _NEVER
        gain[here] = 0
        return np.asarray(gain, dtype=np.int64)

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
    base = plan.broken(home, left_home) - plan.broken(home, plan.load[home]) - plan.broken(target, plan.load[target])
    base = base + plan.broken(target, at_target) + core.cost[decision, slot] - core.cost[decision, here]
    before = np.where((rm == home)[..., None], left_home, plan.load[rm])
    gain = base[:, None] + core.cost[partners] - core.cost[partners, seats][:, None]
    gain = gain + plan.broken(rm, before + core.use[partners]) - plan.broken(rm, before)
    spent = plan.spent + core.draw[decision, slot] - core.draw[decision, here]
    spent = (spent - core.draw[partners, seats])[:, None, :] + core.draw[partners]
    gain += plan.overspent(spent) - plan.overspent(plan.spent)
    gain[~core.is_real[partners] | (rm == target)] = _NEVER
    return np.asarray(gain, dtype=np.int64)
