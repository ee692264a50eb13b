"""One pass over the pairs: the smoothed bound and its slope, and the exact bound."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kejing.stages.deploy.assign.instance import PRICE_SCALE, Ints
from kejing.stages.deploy.assign.solver.compiled import compiled, inlined
from kejing.stages.deploy.assign.solver.problem import Floats, Pairs

_FAR = 20.0
"""Pairs dearer than the cheapest by this many temperatures weigh nothing."""


class Paid(NamedTuple):
    """Prices of the rows by RM, the pool's all zero [m + 1, R], and of the budgets [B]; points per unit."""

    row: Floats
    budget: Floats


@inlined
def _priced(pairs: Pairs, paid: Paid, decision: int, reduced: Floats) -> float:
    """Fill ``reduced`` with the reduced costs of a decision's pairs; the least of them."""
    start, stop = pairs.first[decision], pairs.first[decision + 1]
    least = np.inf
    if pairs.use.shape[1] == 1 and pairs.draw.shape[1] == 0:  # the common case, short enough for vector registers
        for place in range(stop - start):
            pair = start + place
            reduced[place] = pairs.cost[pair] + paid.row[np.uint32(pairs.rm[pair]), 0] * pairs.use[pair, 0]
        for place in range(stop - start):
            least = min(least, reduced[place])
        return least
    for pair in range(start, stop):
        value = float(pairs.cost[pair])
        rm = pairs.rm[pair]
        for row in range(pairs.use.shape[1]):
            value += paid.row[rm, row] * pairs.use[pair, row]
        for budget in range(pairs.draw.shape[1]):
            value += paid.budget[budget] * pairs.draw[pair, budget]
        reduced[pair - start] = value
        least = min(least, value)
    return least


@compiled
def _longest(pairs: Pairs, start: int, stop: int) -> int:
    """The largest number of pairs of a decision in a stretch."""
    most = 0
    for decision in range(start, stop):
        most = max(most, pairs.first[decision + 1] - pairs.first[decision])
    return most


@inlined
def _weigh(reduced: Floats, count: int, least: float, temperature: float) -> float:
    """Turn reduced costs into weights ``exp((least - r) / temperature)``; their sum."""
    total, colder = 0.0, 1.0 / temperature
    for place in range(count):
        away = (reduced[place] - least) * colder
        weight = np.exp(-away) if away < _FAR else 0.0
        reduced[place] = weight
        total += weight
    return total


@compiled
def smooth_pass(
    pairs: Pairs, paid: Paid, temperature: float, stretch: tuple[int, int], load: Floats, spent: Floats
) -> float:
    """Sum of the soft minima of the decisions in ``stretch``; adds what they take to ``load`` and ``spent``."""
    reduced = np.empty(_longest(pairs, stretch[0], stretch[1]))
    value = 0.0
    for decision in range(stretch[0], stretch[1]):
        start = pairs.first[decision]
        count = pairs.first[decision + 1] - start
        least = _priced(pairs, paid, decision, reduced)
        total = _weigh(reduced, count, least, temperature)
        value += least - temperature * np.log(total)
        for place in range(count):
            if reduced[place] > 0.0:
                share = reduced[place] / total
                rm = pairs.rm[start + place]
                for row in range(pairs.use.shape[1]):
                    load[rm, row] += share * pairs.use[start + place, row]
                for budget in range(pairs.draw.shape[1]):
                    spent[budget] += share * pairs.draw[start + place, budget]
    return value


@compiled
def bend(pairs: Pairs, paid: Paid, temperature: float, curve: Floats, budget_curve: Floats) -> None:
    """Add the second derivative of the smoothed bound by each price, its sign turned."""
    reduced = np.empty(_longest(pairs, 0, len(pairs.first) - 1))
    for decision in range(len(pairs.first) - 1):
        start = pairs.first[decision]
        count = pairs.first[decision + 1] - start
        least = _priced(pairs, paid, decision, reduced)
        total = _weigh(reduced, count, least, temperature)
        for place in range(count):
            share = reduced[place] / total
            slope = share * (1.0 - share) / temperature
            if slope > 0.0:
                rm = pairs.rm[start + place]
                for row in range(pairs.use.shape[1]):
                    curve[rm, row] += slope * float(pairs.use[start + place, row]) ** 2
                for budget in range(pairs.draw.shape[1]):
                    budget_curve[budget] += slope * float(pairs.draw[start + place, budget]) ** 2


@compiled
def least_reduced(pairs: Pairs, net: Ints, cap_price: Ints, least: Ints) -> None:
    """Least reduced cost of each decision at whole prices [1/1024 points, n]; ``net`` is high less low [m + 1, R]."""
    for decision in range(len(least)):
        best = np.int64(2**62)
        for pair in range(pairs.first[decision], pairs.first[decision + 1]):
            value = pairs.cost[pair] * PRICE_SCALE
            rm = pairs.rm[pair]
            for row in range(pairs.use.shape[1]):
                value += net[rm, row] * pairs.use[pair, row]
            for budget in range(pairs.draw.shape[1]):
                value += cap_price[budget] * pairs.draw[pair, budget]
            best = min(best, value)
        least[decision] = best


@compiled
def nearest(pairs: Pairs, net: Ints, cap_price: Ints, width: int, kept: NDArray[np.bool_]) -> None:
    """Mark the ``width`` cheapest pairs of each decision at whole prices."""
    value = np.empty(_longest(pairs, 0, len(pairs.first) - 1), dtype=np.int64)
    for decision in range(len(pairs.first) - 1):
        start, stop = pairs.first[decision], pairs.first[decision + 1]
        for pair in range(start, stop):
            one = pairs.cost[pair] * PRICE_SCALE
            rm = pairs.rm[pair]
            for row in range(pairs.use.shape[1]):
                one += net[rm, row] * pairs.use[pair, row]
            for budget in range(pairs.draw.shape[1]):
                one += cap_price[budget] * pairs.draw[pair, budget]
            value[pair - start] = one
        if stop - start <= width:
            kept[start:stop] = True
            continue
        for _ in range(width):
            best = np.int64(0)
            for place in range(1, stop - start):
                if value[place] < value[best]:
                    best = np.int64(place)
            kept[start + best] = True
            value[best] = np.int64(2**62)
