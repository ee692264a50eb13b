"""A plan while it is searched: who is where, what each RM carries, and what its rows weigh."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kejing.stages.deploy.assign.instance import PRICE_SCALE, Ints, Prices
from kejing.stages.deploy.assign.solver.compiled import compiled, inlined
from kejing.stages.deploy.assign.solver.dual import reduced, taken
from kejing.stages.deploy.assign.solver.problem import Floats, Problem, Small, is_hard, is_limit


class Core(NamedTuple):
    """The pairs a search looks at, in the columns of `Pairs`, with what each is dearer than the cheapest.

    ``order`` is the decision behind each row, so that decisions of the same RM lie side by side in memory; ``number``
    is the pair among all pairs; ``regret`` is in 1/1024 points. ``open`` are the rows with a choice.
    """

    first: Ints
    rm: Small
    regret: Ints
    use: Small
    draw: Small
    order: Ints
    number: Ints
    open: Ints


class Slopes(NamedTuple):
    """What a unit of a row costs on either side of its limits, by RM and row [m + 1, R]; budgets [B].

    ``room`` below the high limit and ``spare`` above the low one cost what the price says; ``over`` and ``under`` are
    broken rows.
    """

    high: Ints
    low: Ints
    room: Floats
    spare: Floats
    over: Floats
    under: Floats
    cap: Ints
    cap_room: Floats
    cap_over: Floats


class State(NamedTuple):
    """A plan over a core.

    ``choice`` is the core pair of each decision; ``seat`` its place among the members of its RM; members of RM i are
    ``members[first_seat[i] :][: held[i]]``. ``load`` [m + 1, R] and ``spent`` [B] follow from them.
    """

    choice: Ints
    load: Ints
    spent: Ints
    members: Small
    first_seat: Ints
    held: Ints
    seat: Small


def core_of(problem: Problem, prices: Prices, kept: Ints, choice: Ints) -> Core:
    """The core of pairs ``kept``, decisions in the order of the RMs that ``choice`` gives them."""
    pairs = taken(problem.pairs, kept)
    value = reduced(pairs, prices)
    value -= np.repeat(np.minimum.reduceat(value, pairs.first[:-1]), np.diff(pairs.first))
    order = np.argsort(problem.pairs.rm[choice], kind="stable")
    size = np.diff(pairs.first)[order]
    first = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    source = np.repeat(pairs.first[:-1][order] - first[:-1], size) + np.arange(first[-1])
    columns = (pairs.rm[source], value[source], pairs.use[source], pairs.draw[source])
    return Core(first, *columns, order, kept[source], np.flatnonzero(size > 1))


def choice_in(core: Core, choice: Ints) -> Ints:
    """A plan given by pairs among all, as core pairs; the core holds them."""
    owner = np.repeat(np.arange(len(core.order)), np.diff(core.first))
    hit = np.flatnonzero(core.number == choice[core.order][owner])
    return hit.astype(np.int64)


def choice_out(core: Core, choice: Ints) -> Ints:
    """Core pairs as pairs among all, in the order of the decisions."""
    found = np.empty_like(choice)
    found[core.order] = core.number[choice]
    return found


def state_of(core: Core, choice: Ints, *, rms: int) -> State:
    """The plan that takes ``choice``."""
    load = np.zeros((rms + 1, core.use.shape[1]), dtype=np.int64)
    seats = np.concatenate([[0], np.cumsum(np.bincount(core.rm, minlength=rms + 1))[:-1]]).astype(np.int64)
    state = State(
        choice.copy(),
        load,
        core.draw[choice].sum(axis=0, dtype=np.int64),
        np.zeros(len(core.rm), dtype=np.int32),
        seats,
        np.zeros(rms + 1, dtype=np.int64),
        np.zeros(len(choice), dtype=np.int32),
    )
    _seat_all(core, state)
    return state


@compiled
def _seat_all(core: Core, state: State) -> None:
    for decision in range(len(state.choice)):
        pair = state.choice[decision]
        rm = core.rm[pair]
        for row in range(core.use.shape[1]):
            state.load[rm, row] += core.use[pair, row]
        state.members[state.first_seat[rm] + state.held[rm]] = decision
        state.seat[decision] = state.held[rm]
        state.held[rm] += 1


@inlined
def move(core: Core, state: State, decision: int, pair: int) -> None:
    """Let ``decision`` take core pair ``pair``."""
    old = state.choice[decision]
    here, there = core.rm[old], core.rm[pair]
    for row in range(core.use.shape[1]):
        state.load[here, row] -= core.use[old, row]
        state.load[there, row] += core.use[pair, row]
    for budget in range(core.draw.shape[1]):
        state.spent[budget] += core.draw[pair, budget] - core.draw[old, budget]
    last = state.members[state.first_seat[here] + state.held[here] - 1]
    state.members[state.first_seat[here] + state.seat[decision]] = last
    state.seat[last] = state.seat[decision]
    state.held[here] -= 1
    state.members[state.first_seat[there] + state.held[there]] = decision
    state.seat[decision] = state.held[there]
    state.held[there] += 1
    state.choice[decision] = pair


@inlined
def weight(slopes: Slopes, rm: int, row: int, load: float) -> float:
    """What a row weighs at a load: unused priced room, and what is broken."""
    high, low = slopes.high[rm, row], slopes.low[rm, row]
    total = slopes.over[rm, row] * (load - high) if load > high else slopes.room[rm, row] * (high - load)
    total += slopes.under[rm, row] * (low - load) if load < low else slopes.spare[rm, row] * (load - low)
    return float(total)


@inlined
def cap_weight(slopes: Slopes, budget: int, spent: float) -> float:
    """The same of a budget."""
    cap = slopes.cap[budget]
    return float(slopes.cap_over[budget] * (spent - cap) if spent > cap else slopes.cap_room[budget] * (cap - spent))


@inlined
def change(core: Core, state: State, slopes: Slopes, leaving: int, coming: int, rm: int) -> float:
    """Change of the rows of ``rm`` if core pair ``leaving`` leaves it and ``coming`` comes; -1 for none."""
    total = 0.0
    for row in range(core.use.shape[1]):
        load = state.load[rm, row]
        after = load
        if leaving >= 0:
            after -= core.use[leaving, row]
        if coming >= 0:
            after += core.use[coming, row]
        if after != load:
            total += weight(slopes, rm, row, after) - weight(slopes, rm, row, load)
    return total


@compiled
def broken(state: State, slopes: Slopes, hard: NDArray[np.bool_], cap_hard: NDArray[np.bool_]) -> int:
    """Units by which hard rows are broken; ``hard`` by side and row [2, R], ``cap_hard`` by budget."""
    total = 0
    for rm in range(len(state.load) - 1):
        for row in range(state.load.shape[1]):
            if hard[0, row]:
                total += max(0, state.load[rm, row] - slopes.high[rm, row])
            if hard[1, row]:
                total += max(0, slopes.low[rm, row] - state.load[rm, row])
    for budget in range(len(state.spent)):
        if cap_hard[budget]:
            total += max(0, state.spent[budget] - slopes.cap[budget])
    return total


@compiled
def dearness(core: Core, state: State, slopes: Slopes) -> float:
    """Regrets and what the rows weigh [1/1024 points]: with true slopes, the distance to the bound of the core."""
    total = 0.0
    for decision in range(len(state.choice)):
        total += core.regret[state.choice[decision]]
    for rm in range(len(state.load) - 1):
        for row in range(state.load.shape[1]):
            total += weight(slopes, rm, row, state.load[rm, row])
    for budget in range(len(state.spent)):
        total += cap_weight(slopes, budget, state.spent[budget])
    return total


class Weights:
    """Slopes of a problem at prices, softened or true.

    ``scale`` is how much a unit of each row usually costs [1/1024 points, R]: its mean price, or, for a row nobody pays
    for, the temperature spread over the use of a pair.
    """

    def __init__(self, problem: Problem, prices: Prices, *, fallback: float) -> None:
        self.problem, self.prices = problem, prices
        both = (prices.high + prices.low).astype(np.float64)
        used = problem.pairs.use[: min(len(problem.pairs.use), 100_000)]
        mean_use = np.maximum(used.mean(axis=0), 1e-9) if len(used) else np.ones(both.shape[1])
        self.scale = np.maximum(both.mean(axis=0) if len(both) else 0.0, fallback / mean_use)
        self.mean_use = mean_use
        draw = problem.pairs.draw[: len(used)]
        self.mean_draw = np.maximum(draw.mean(axis=0), 1e-9) if len(used) else np.ones(draw.shape[1])
        self.cap_scale = np.maximum(prices.cap.astype(np.float64), fallback / self.mean_draw)

    def slopes(self, ease: float, hardness: float) -> Slopes:
        """Slopes where room costs ``ease`` of its price and a broken hard unit ``hardness`` of the usual price."""
        problem, prices = self.problem, self.prices
        high, low = prices.high.astype(np.float64), prices.low.astype(np.float64)

        def past(penalty: Ints, price: Floats) -> Floats:
            soft = penalty * float(PRICE_SCALE)
            force = hardness * (self.scale + price)
            return np.where(is_hard(penalty), force, np.minimum(force, np.maximum(soft - price, 0.0)))

        limit = (is_limit(problem.high), is_limit(problem.low))
        cap_price = prices.cap.astype(np.float64)
        cap_soft = np.maximum(problem.cap_penalty * float(PRICE_SCALE) - cap_price, 0.0)
        cap_force = hardness * (self.cap_scale + cap_price)
        return Slopes(
            _padded(np.where(limit[0], problem.high, 2**61)),
            _padded(np.where(limit[1], problem.low, -(2**61))),
            _padded(ease * high),
            _padded(ease * low),
            _padded(np.where(limit[0], past(problem.high_penalty, high), 0.0)),
            _padded(np.where(limit[1], past(problem.low_penalty, low), 0.0)),
            problem.cap,
            ease * cap_price,
            np.where(is_hard(problem.cap_penalty), cap_force, np.minimum(cap_force, cap_soft)),
        )


def _padded[T: (Ints, Floats)](rows: T) -> T:
    """Rows with one of zeros for the pool, which has no limits."""
    return np.vstack([rows, np.zeros((1, rows.shape[1]), dtype=rows.dtype)])
