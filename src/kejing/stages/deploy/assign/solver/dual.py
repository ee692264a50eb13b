"""Prices of the rows: the bound, smoothed level by level, climbed by L-BFGS; then whole prices, exactly checked."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from kejing.stages.deploy.assign.instance import (
    PRICE_SCALE,
    Ints,
    Prices,
    exact_product,
    exact_sum,
)
from kejing.stages.deploy.assign.solver.dual_loops import Paid, bend, least_reduced, nearest, smooth_pass
from kejing.stages.deploy.assign.solver.problem import Floats, Pairs, Problem, is_hard, is_limit

_STRETCHES = 8
"""The pairs are passed over in so many stretches whatever the number of threads, so that sums come out the same."""
_MEMORY = 20
_FLAT = 1e-3
"""A price that bends the bound less than this share of the most curved one is scaled as if it did."""


@dataclass(frozen=True, slots=True)
class Climb:
    """Levels of the smoothing as shares of the first temperature, and steps in each.

    Of more than ``whole`` pairs only ``width`` per decision are looked at once a level has said which are worth it.
    """

    levels: tuple[float, ...] = (1.0, 0.25, 0.06, 0.015, 0.004)
    steps: tuple[int, ...] = (30, 30, 30, 40, 40)
    width: int = 10
    whole: int = 200_000


def climb(problem: Problem, way: Climb, *, start: Prices | None = None, threads: int = 1) -> Prices:
    """Whole prices whose bound is close to that of the linear relaxation.

    Notes
    -----
    ``min_i r_ij`` is smoothed to ``-T log sum exp(-r_ij / T)``, which is concave and has a slope; ``T`` falls level by
    level. Variables are scaled by curvature. Passes are counted and added up in a fixed order.
    """
    dual = _Dual(problem, threads)
    point = dual.point_of(start) if start is not None else np.zeros(dual.size)
    first = _temperature(problem)
    with ThreadPoolExecutor(threads) as pool:
        for number, (level, steps) in enumerate(zip(way.levels, way.steps, strict=True)):
            if number and len(problem.pairs.rm) > way.whole:
                dual.pairs = thinned(problem, dual.prices(point), way.width)[0]
            point = dual.ascend(point, first * level, steps, pool)
    return dual.prices(point)


def _temperature(problem: Problem) -> float:
    """A first temperature: how much dearer a decision's median pair is than its cheapest, on the mean."""
    first, cost = problem.pairs.first, problem.pairs.cost
    step = max(1, problem.decisions // 5_000)
    spread = [
        float(np.median(cost[start:stop]) - cost[start:stop].min())
        for start, stop in zip(first[:-1:step], first[1::step], strict=True)
    ]
    return max(float(np.mean(spread)) / 4, 1e-3)


class _Dual:
    """The prices that may move, as one vector, and the value of the smoothed bound."""

    def __init__(self, problem: Problem, threads: int) -> None:
        self.problem, self.pairs, self.threads = problem, problem.pairs, threads
        self.high_at = np.nonzero(is_limit(problem.high))
        self.low_at = np.nonzero(is_limit(problem.low))
        self.cap_at = np.nonzero(is_limit(problem.cap))
        self.limit = np.concatenate(
            [problem.high[self.high_at], -problem.low[self.low_at], problem.cap[self.cap_at]]
        ).astype(np.float64)
        tops = [
            np.where(is_hard(penalty), np.inf, penalty)
            for penalty in (problem.high_penalty, problem.low_penalty, problem.cap_penalty)
        ]
        self.top = np.concatenate([tops[0][self.high_at[1]], tops[1][self.low_at[1]], tops[2][self.cap_at]])
        self.cuts = np.cumsum([len(self.high_at[0]), len(self.low_at[0])])
        self.size = len(self.limit)
        rows = problem.high.shape[1]
        self.kind = np.concatenate([self.high_at[1], rows + self.low_at[1], 2 * rows + self.cap_at[0]])
        self.steepest = np.zeros(2 * rows + len(problem.cap))

    def paid(self, point: Floats) -> Paid:
        """Prices by RM and row, the low side's turned."""
        row = np.zeros((self.problem.rms + 1, self.problem.high.shape[1]))
        high, low, cap = np.split(point, self.cuts)
        np.add.at(row, self.high_at, high)
        np.subtract.at(row, self.low_at, low)
        budget = np.zeros(len(self.problem.cap))
        budget[self.cap_at] = cap
        return Paid(row, budget)

    def by_price(self, row: Floats, budget: Floats, *, turn: float) -> Floats:
        """Figures of rows and budgets in the order of the vector, those of the low side times ``turn``."""
        return np.concatenate([row[self.high_at], turn * row[self.low_at], budget[self.cap_at]])

    def point_of(self, prices: Prices) -> Floats:
        """The vector of known prices."""
        known = (prices.high[self.high_at], prices.low[self.low_at], prices.cap[self.cap_at])
        return np.asarray(np.concatenate(known) / PRICE_SCALE, dtype=np.float64)

    def prices(self, point: Floats) -> Prices:
        """Whole prices of a vector."""
        shape = self.problem.high.shape
        high, low, cap = np.zeros(shape), np.zeros(shape), np.zeros(len(self.problem.cap))
        high[self.high_at], low[self.low_at], cap[self.cap_at] = np.split(point, self.cuts)
        return Prices.rounded(self.problem, high, low, cap)

    def ascend(self, point: Floats, temperature: float, steps: int, pool: ThreadPoolExecutor) -> Floats:
        """Up to ``steps`` L-BFGS steps up the bound smoothed at ``temperature``."""
        if not self.size:
            return point
        paid = self.paid(point)
        curve, budget_curve = np.zeros_like(paid.row), np.zeros_like(paid.budget)
        bend(self.pairs, paid, temperature, curve, budget_curve)
        curved = self.by_price(curve, budget_curve, turn=1.0)
        scale = 1.0 / np.sqrt(np.maximum(curved, self._floor(curved)))

        def fall(scaled: Floats) -> tuple[float, Floats]:
            value, slope = self._value(scaled * scale, temperature, pool)
            return -value, -slope * scale

        answer = minimize(
            fall,
            point / scale,
            jac=True,
            method="L-BFGS-B",
            bounds=np.stack([np.zeros(self.size), self.top / scale], axis=1),
            options={"maxiter": steps, "maxfun": steps + 10, "maxcor": _MEMORY, "ftol": 0.0, "gtol": 0.0},
        )
        return np.asarray(answer.x * scale, dtype=np.float64)

    def _floor(self, curved: Floats) -> Floats:
        """The least curvature believed of each price: a share of the largest seen so far for its row and side."""
        np.maximum.at(self.steepest, self.kind, curved)
        return np.asarray(np.maximum(self.steepest * _FLAT, 1e-12)[self.kind], dtype=np.float64)

    def _value(self, point: Floats, temperature: float, pool: ThreadPoolExecutor) -> tuple[float, Floats]:
        paid = self.paid(point)
        cuts = np.linspace(0, self.problem.decisions, _STRETCHES + 1).astype(int).tolist()

        def one(place: int) -> tuple[float, Floats, Floats]:
            load, spent = np.zeros_like(paid.row), np.zeros_like(paid.budget)
            value = smooth_pass(self.pairs, paid, temperature, (cuts[place], cuts[place + 1]), load, spent)
            return value, load, spent

        run: Callable[..., object] = pool.map if self.threads > 1 else map
        value, load, spent = 0.0, np.zeros_like(paid.row), np.zeros_like(paid.budget)
        for part, more, drawn in run(one, range(_STRETCHES)):  # type: ignore[attr-defined]
            value, load, spent = value + part, load + more, spent + drawn
        slope = self.by_price(load, spent, turn=-1.0) - self.limit
        return value - float(point @ self.limit), slope


def thinned(problem: Problem, prices: Prices, width: int) -> tuple[Pairs, Ints]:
    """The ``width`` cheapest pairs of each decision at ``prices``, and their numbers among all pairs."""
    marked = np.zeros(len(problem.pairs.rm), dtype=bool)
    nearest(problem.pairs, net_prices(prices), prices.cap, width, marked)
    kept = np.flatnonzero(marked)
    return taken(problem.pairs, kept), kept


def near_pairs(problem: Problem, prices: Prices, width: int) -> tuple[Ints, Ints]:
    """The ``width`` cheapest pairs of each decision and its last, the pool; and the cheapest of each [n]."""
    pairs, kept = thinned(problem, prices, width)
    value = reduced(pairs, prices)
    least = np.minimum.reduceat(value, pairs.first[:-1])
    hit = np.flatnonzero(value == np.repeat(least, np.diff(pairs.first)))
    owner = np.searchsorted(pairs.first, hit, side="right") - 1
    cheapest = kept[hit[np.unique(owner, return_index=True)[1]]]
    return np.union1d(kept, problem.pairs.first[1:] - 1), cheapest


def reduced(pairs: Pairs, prices: Prices) -> Ints:
    """Reduced cost of each pair [1/1024 points]."""
    value = pairs.cost * PRICE_SCALE
    net = net_prices(prices)
    for row in range(pairs.use.shape[1]):
        value += net[pairs.rm, row] * pairs.use[:, row]
    for budget in range(pairs.draw.shape[1]):
        value += prices.cap[budget] * pairs.draw[:, budget]
    return value


def taken(pairs: Pairs, kept: Ints) -> Pairs:
    """Some of the pairs, in their order."""
    return Pairs(
        np.searchsorted(kept, pairs.first), pairs.rm[kept], pairs.cost[kept], pairs.use[kept], pairs.draw[kept]
    )


def net_prices(prices: Prices) -> Ints:
    """Prices of the high side less those of the low side, with the pool's row of zeros [m + 1, R]."""
    return np.vstack([prices.high - prices.low, np.zeros((1, prices.high.shape[1]), dtype=np.int64)])


def exact_bound(problem: Problem, prices: Prices) -> int:
    """A cost no plan can beat [points], proved by whole prices over all pairs; see `lower_bound`."""
    least = np.empty(problem.decisions, dtype=np.int64)
    least_reduced(problem.pairs, net_prices(prices), prices.cap, least)
    scaled = exact_sum(least)
    scaled -= exact_product(prices.high, problem.high)
    scaled += exact_product(prices.low, problem.low)
    scaled -= exact_product(prices.cap, problem.cap)
    return -(-scaled // PRICE_SCALE)
