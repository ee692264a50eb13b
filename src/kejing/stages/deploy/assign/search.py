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
_CHUNK = 4_000
_WIDTH = 4
"""Slots tried for one decision."""
_LINKS = 6
"""Moves a chain may need after its first."""


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
        penalties = (instance.high_penalty, instance.low_penalty, instance.cap_penalty)
        self.prices = tuple(
            np.stack([np.where(penalty == HARD, 1, 0), np.where(penalty == HARD, 0, penalty)], axis=1)
            for penalty in penalties
        )
        self.has_floor = bool((self.low > -NO_LIMIT).any())
        self.cap = instance.cap
        self.load = np.zeros_like(self.high)
        rows = np.arange(len(choice))
        np.add.at(self.load, core.rm[rows, self.slot], core.use[rows, self.slot])
        self.spent = core.draw[rows, self.slot].sum(axis=0)
        self.moves = 0
        self.changed = np.zeros(len(self.high), dtype=np.int64)  # number of the last move that touched the RM
        self.members: list[set[int]] = [set() for _ in range(len(instance.rms) + 1)]
        for decision, rm in enumerate(core.rm[rows, self.slot]):
            self.members[rm].add(decision)

    def broken(self, rm: Ints, load: Ints) -> Ints:
        """Hard units and points by which RM rows at ``load`` are broken [2, …], over the last axis."""
        high, low, _ = self.prices
        cost = _priced(np.maximum(load - self.high[rm], 0), high)
        if self.has_floor:
            cost = cost + _priced(np.maximum(self.low[rm] - load, 0), low)
        return cost

    def overspent(self, spent: Ints) -> Ints:
        """Hard units and points by which budgets at ``spent`` are broken [2, …], over the last axis."""
        return _priced(np.maximum(spent - self.cap, 0), self.prices[2])

    def gains(self, movers: Ints) -> Ints:
        """Change of hard units and points if a mover takes a slot [2, movers, K]; `_NEVER` where it cannot."""
        core, here = self.core, self.slot[movers]
        rm = core.rm[movers]
        home = core.rm[movers, here]
        now = self.broken(np.arange(len(self.load)), self.load)
        gain = self.broken(rm, self.load[rm] + core.use[movers]) - now[:, rm]
        left = self.broken(home, self.load[home] - core.use[movers, here]) - now[:, home]
        gain += left[:, :, None]
        gain[1] += core.cost[movers] - core.cost[movers, here][:, None]
        if len(self.cap):
            after = (self.spent - core.draw[movers, here])[:, None, :] + core.draw[movers]
            gain += self.overspent(after) - self.overspent(self.spent)[:, None, None]
        gain[:, ~core.is_real[movers] | (rm == home[:, None])] = _NEVER
        return np.asarray(gain, dtype=np.int64)

    def gain_of(self, decision: int, slot: int) -> Ints:
        """Change of hard units and points if ``decision`` takes ``slot`` [2]."""
        return np.asarray(self.gains(np.array([decision]))[:, 0, slot], dtype=np.int64)

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
        self.moves += 1
        self.changed[[home, target]] = self.moves

    @property
    def choice(self) -> Ints:
        """Pair number of each decision [n]."""
        return np.asarray(self.core.pair[np.arange(len(self.slot)), self.slot], dtype=np.int64)


def _priced(amount: Ints, prices: Ints) -> Ints:
    """Amounts [..., rows] at two prices each [rows, 2], added up: hard units and points [2, ...]."""
    flat = amount.reshape(-1, amount.shape[-1]) @ prices
    return np.asarray(flat.T.reshape(2, *amount.shape[:-1]), dtype=np.int64)


def improve(instance: Instance, core: Core, choice: Ints, reduced: Ints, *, passes: int) -> Ints:
    """The best plan that shifts, swaps and ejection chains reach from ``choice``.

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
    trades = _Trades(
        plan, np.where(core.is_real, reduced[np.maximum(core.pair, 0)], _NEVER), _chain_weight(instance, choice)
    )
    for _ in range(passes):
        if _shift_round(plan) + trades.round() == 0:
            break
    return plan.choice


def _shift_round(plan: Plan) -> int:
    """Single moves that pay, decision by decision; how many were made.

    All are looked at together first; who seems to gain is looked at again in turn, because a move
    changes what the next one gains.
    """
    made = 0
    for start in range(0, len(plan.slot), _CHUNK):
        together = np.arange(start, min(start + _CHUNK, len(plan.slot)))
        hopeful = together[_ordered(plan.gains(together)).min(axis=1) < 0]
        for decision in hopeful:
            gains = _ordered(plan.gains(np.array([decision])))[0]
            best = int(gains.argmin())
            if gains[best] < 0:
                plan.move(int(decision), best)
                made += 1
    return made


def _chain_weight(instance: Instance, choice: Ints) -> int:
    """Points a broken hard unit counts inside a chain: a few times what a unit of work costs on the whole."""
    used = int(instance.use[choice].sum())
    return 1 + 4 * int(np.median(instance.cost[choice])) * len(choice) // max(1, used)


class _Trades:
    """Moves that need room: somebody leaves the target RM, and somebody the next, until all fit.

    A decision that found nothing is tried again only after an RM it looks at has changed.
    """

    def __init__(self, plan: Plan, priced: Ints, weight: int) -> None:
        self.plan, self.priced, self.weight = plan, priced, weight
        self.order = np.argsort(priced, axis=1, kind="stable")[:, :_WIDTH]
        self.near = np.take_along_axis(plan.core.rm, self.order, axis=1)
        self.tried = np.full(len(priced), -1, dtype=np.int64)

    def round(self) -> int:
        """Every decision dearer than its cheapest at the prices, the dearest first; how many moves were made."""
        rows = np.arange(len(self.priced))
        regret = self.priced[rows, self.plan.slot] - self.priced.min(axis=1)
        made = 0
        for decision in np.lexsort((rows, -regret)):
            if regret[decision] <= 0:
                break
            if self._has_news(int(decision)):
                made += self._trade(int(decision))
        return made

    def _has_news(self, decision: int) -> bool:
        home = int(self.plan.core.rm[decision, self.plan.slot[decision]])
        latest = max(int(self.plan.changed[self.near[decision]].max()), int(self.plan.changed[home]))
        return bool(latest > self.tried[decision]) or bool(self.tried[decision] < 0)

    def _trade(self, decision: int) -> int:
        """Try the slots cheaper at the prices than today's, best first; 1 if a chain from one of them paid."""
        here = int(self.plan.slot[decision])
        for slot in self.order[decision]:
            if slot == here or self.priced[decision, slot] >= self.priced[decision, here]:
                break
            if _chain(self.plan, decision, int(slot), self.weight):
                return 1
        self.tried[decision] = self.plan.moves
        return 0


def _chain(plan: Plan, decision: int, slot: int, weight: int) -> bool:
    """Move ``decision``, then whoever must make room, link by link; undone unless the whole pays.

    While the chain grows, a broken hard unit counts ``weight`` points: enough to be mended, not so much that a link
    looks at nothing else.
    """
    undo = [(decision, int(plan.slot[decision]))]
    before, stamps = plan.moves, plan.changed.copy()
    total = plan.gain_of(decision, slot)
    crowded = int(plan.core.rm[decision, slot])
    plan.move(decision, slot)
    for _ in range(_LINKS):
        movers = np.array(sorted(plan.members[crowded] - {one for one, _ in undo}), dtype=np.int64)
        if crowded == len(plan.load) - 1 or len(movers) == 0:
            break
        gains = plan.gains(movers)
        whole = _ordered(gains + total[:, None, None])
        if whole.min() < 0:
            row, column = np.unravel_index(int(whole.argmin()), whole.shape)
            plan.move(int(movers[row]), int(column))
            return True
        loose = np.where(gains[0] >= _NEVER, _NEVER, gains[1] + weight * np.minimum(gains[0], _HARD_TOP))
        row, column = np.unravel_index(int(loose.argmin()), loose.shape)
        if loose[row, column] >= _NEVER:
            break
        mover = int(movers[row])
        total = total + gains[:, row, column]
        undo.append((mover, int(plan.slot[mover])))
        crowded = int(plan.core.rm[mover, column])
        plan.move(mover, int(column))
    for one, seat in reversed(undo):
        plan.move(one, seat)
    plan.moves, plan.changed = before, stamps
    return False


def _ordered(gain: Ints) -> Ints:
    """Hard units and points [2, …] as one number: fewer broken hard units first, then fewer points."""
    never = gain[0] >= _NEVER // 2
    hard, points = np.clip(gain[0], -_HARD_TOP, _HARD_TOP), np.clip(gain[1], -_POINT_TOP, _POINT_TOP)
    return np.asarray(np.where(never, _NEVER, hard * (2 * _POINT_TOP) + points), dtype=np.int64)
