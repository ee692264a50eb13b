"""The books as a whole-number model: decisions, eligible pairs, rows; costs and bounds without rounding.

Everything here is exact: int64 arrays guarded against overflow, sums in Python integers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kejing.measure.errors import KejingError

type Ints = NDArray[np.int64]

NO_LIMIT = 2**61
"""Stands for an absent upper limit; its negative for an absent lower limit."""

HARD = -1
"""Penalty of a row that no plan may break."""

PRICE_SCALE = 1024
"""Prices are whole multiples of 1/1024 of a cost point."""


class FiguresTooLargeError(KejingError):
    """Costs, uses and prices of the books do not fit 64-bit integers."""

    code = "assign.figures_too_large"


@dataclass(frozen=True, slots=True)
class Implied:
    """A row that follows from another and sharpens the bound.

    Of pairs that take at least ``at_least`` of resource ``of``, an RM with limit L can have no more than
    ``L // at_least``. Row ``name`` counts them.
    """

    name: str
    of: str
    at_least: int


@dataclass(frozen=True, slots=True)
class Instance:
    """One assignment problem with a sparse set of eligible pairs.

    Attributes
    ----------
    decisions
        Ids of the decisions (a customer or a family), in order [n].
    rms
        RM ids, in order [m]; RM index m in ``rm`` is the pool.
    resources
        Names of the rows each RM has [R], such as minutes.
    budgets
        Names of the rows that hold over all RMs together [B], such as moved customers.
    first
        Pairs of decision j are ``first[j] : first[j + 1]`` [n + 1]; each decision has at least one.
    rm
        RM of each pair, ascending within a decision [pairs].
    cost
        Cost of each pair [points, >= 0].
    use
        What a pair takes of the RM's rows [pairs, R, >= 0].
    draw
        What a pair takes of the budgets [pairs, B, >= 0].
    low, high
        Limits of the RM rows [m, R]; `NO_LIMIT` where there is none.
    low_penalty, high_penalty
        Points per unit outside the limit, or `HARD` [R].
    cap, cap_penalty
        Limits of the budgets and points per unit above, or `HARD` [B].
    implied
        The last rows of ``resources`` that follow from earlier ones, in their order.
    """

    decisions: tuple[str, ...]
    rms: tuple[str, ...]
    resources: tuple[str, ...]
    budgets: tuple[str, ...]
    first: Ints
    rm: Ints
    cost: Ints
    use: Ints
    draw: Ints
    low: Ints
    high: Ints
    low_penalty: Ints
    high_penalty: Ints
    cap: Ints
    cap_penalty: Ints
    implied: tuple[Implied, ...] = ()

    @property
    def pairs(self) -> int:
        """Number of eligible pairs, the pool included."""
        return len(self.rm)

    @property
    def owner(self) -> Ints:
        """Decision of each pair [pairs]."""
        return np.repeat(np.arange(len(self.decisions), dtype=np.int64), np.diff(self.first))


class Limits(Protocol):
    """Limits of the rows and what breaking them costs; the words of `Instance`."""

    @property
    def low(self) -> Ints:
        """Lower limits of the RM rows [m, R]."""
        ...

    @property
    def high(self) -> Ints:
        """Upper limits of the RM rows [m, R]."""
        ...

    @property
    def low_penalty(self) -> Ints:
        """Points per unit below, or `HARD` [R]."""
        ...

    @property
    def high_penalty(self) -> Ints:
        """Points per unit above, or `HARD` [R]."""
        ...

    @property
    def cap(self) -> Ints:
        """Limits of the budgets [B]."""
        ...

    @property
    def cap_penalty(self) -> Ints:
        """Points per unit above, or `HARD` [B]."""
        ...


@dataclass(frozen=True, slots=True)
class Prices:
    """What one unit of each row is worth, in 1/1024 points, all >= 0.

    ``high`` and ``low`` belong to the two sides of the RM rows [m, R], ``cap`` to the budgets [B].
    """

    high: Ints
    low: Ints
    cap: Ints

    @classmethod
    def zero(cls, limits: Limits) -> Prices:
        """Prices of nothing: the bound is then the sum of the cheapest pairs."""
        return cls(np.zeros_like(limits.high), np.zeros_like(limits.low), np.zeros_like(limits.cap))

    @classmethod
    def rounded(
        cls, limits: Limits, high: NDArray[np.float64], low: NDArray[np.float64], cap: NDArray[np.float64]
    ) -> Prices:
        """Whole prices nearest to ``high``, ``low`` and ``cap`` [points per unit] that the penalties allow.

        A price above a row's penalty proves nothing: it is cheaper to break the row. A row without
        a limit has price 0.
        """
        return cls(
            _whole(high, np.where(limits.high < NO_LIMIT, _ceiling(limits.high_penalty), 0)),
            _whole(low, np.where(limits.low > -NO_LIMIT, _ceiling(limits.low_penalty), 0)),
            _whole(cap, np.where(limits.cap < NO_LIMIT, _ceiling(limits.cap_penalty), 0)),
        )


@dataclass(frozen=True, slots=True)
class Excess:
    """One row a plan breaks: ``row`` is 'high', 'low' or 'cap', ``rm`` is -1 for a budget."""

    row: str
    name: str
    rm: int
    amount: int
    is_hard: bool


@dataclass(frozen=True, slots=True)
class PlanFigures:
    """A plan measured exactly: cost of the pairs, penalties, and the rows it breaks."""

    pair_cost: int
    penalty: int
    excesses: tuple[Excess, ...]

    @property
    def cost(self) -> int:
        """The objective [points]."""
        return self.pair_cost + self.penalty

    @property
    def is_feasible(self) -> bool:
        """No hard row is broken."""
        return not any(excess.is_hard for excess in self.excesses)


def _ceiling(penalty: Ints) -> Ints:
    return np.where(penalty == HARD, 2**40, penalty * PRICE_SCALE)


def _whole(price: NDArray[np.float64], ceiling: Ints) -> Ints:
    scaled = np.rint(np.clip(np.nan_to_num(price), 0.0, 2.0**30) * PRICE_SCALE).astype(np.int64)
    return np.minimum(scaled, ceiling)


def exact_sum(values: Ints) -> int:
    """Sum of ``values`` as a Python integer, whatever its size.

    Examples
    --------
    >>> exact_sum(np.array([2**62, 2**62, -1]))
    9223372036854775807
    """
    flat = values.reshape(-1)
    return (int((flat >> 30).sum()) << 30) + int((flat & (2**30 - 1)).sum())


def exact_product(left: Ints, right: Ints) -> int:
    """Sum of products of two arrays of equal shape as a Python integer."""
    return sum(int(a) * int(b) for a, b in zip(left.reshape(-1), right.reshape(-1), strict=True) if a and b)


def reduced_costs(instance: Instance, prices: Prices) -> Ints:
    """Cost of each pair with the rows it uses paid for, in 1/1024 points [pairs].

    Raises
    ------
    FiguresTooLargeError
        A reduced cost might leave the 64-bit range.
    """
    _guard(instance, prices)
    pool_row = np.zeros((1, len(instance.resources)), dtype=np.int64)
    net = np.vstack([prices.high - prices.low, pool_row])[instance.rm]
    return instance.cost * PRICE_SCALE + (net * instance.use).sum(axis=1) + instance.draw @ prices.cap


def _guard(instance: Instance, prices: Prices) -> None:
    largest = int(instance.cost.max(initial=0)) * PRICE_SCALE
    for name in range(len(instance.resources)):
        price = int(max(prices.high[:, name].max(initial=0), prices.low[:, name].max(initial=0)))
        largest += price * int(instance.use[:, name].max(initial=0))
    for name in range(len(instance.budgets)):
        largest += int(prices.cap[name]) * int(instance.draw[:, name].max(initial=0))
    if largest >= 2**61:
        raise FiguresTooLargeError(largest=largest)


def cheapest(instance: Instance, reduced: Ints) -> Ints:
    """Least reduced cost of each decision [n]."""
    return np.minimum.reduceat(reduced, instance.first[:-1]) if len(instance.decisions) else reduced[:0]


def lower_bound(instance: Instance, prices: Prices) -> int:
    """A cost no plan can beat [points], proved by ``prices`` alone.

    Notes
    -----
    ``sum_j min_i r_ij - sum price * limit``, rounded up because every plan costs a whole number.
    Bad prices make the bound weak, never wrong (``docs/algorithms/assign.md``).
    """
    scaled = exact_sum(cheapest(instance, reduced_costs(instance, prices)))
    scaled -= exact_product(prices.high, instance.high)
    scaled += exact_product(prices.low, instance.low)
    scaled -= exact_product(prices.cap, instance.cap)
    return -(-scaled // PRICE_SCALE)


def loads(instance: Instance, choice: Ints) -> Ints:
    """What the chosen pairs take of each RM [m, R]."""
    total = np.zeros((len(instance.rms) + 1, len(instance.resources)), dtype=np.int64)
    np.add.at(total, instance.rm[choice], instance.use[choice])
    return total[:-1]


def measure_plan(instance: Instance, choice: Ints) -> PlanFigures:
    """Cost and broken rows of the plan that takes pair ``choice[j]`` for decision j."""
    load = loads(instance, choice)
    spent = instance.draw[choice].sum(axis=0)
    found: list[tuple[Excess, int]] = []
    for index, name in enumerate(instance.resources):
        for row, over, penalty in (
            ("high", load[:, index] - instance.high[:, index], int(instance.high_penalty[index])),
            ("low", instance.low[:, index] - load[:, index], int(instance.low_penalty[index])),
        ):
            broken = np.flatnonzero(over > 0)
            found += [(Excess(row, name, int(i), int(over[i]), penalty == HARD), penalty) for i in broken]
    for index, name in enumerate(instance.budgets):
        amount, penalty = int(spent[index] - instance.cap[index]), int(instance.cap_penalty[index])
        if amount > 0:
            found.append((Excess("cap", name, -1, amount, penalty == HARD), penalty))
    paid = sum(excess.amount * penalty for excess, penalty in found if not excess.is_hard)
    return PlanFigures(exact_sum(instance.cost[choice]), paid, tuple(excess for excess, _ in found))
