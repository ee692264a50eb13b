"""What a plan of customers looks like: distance, load, fairness, moves. Whole numbers throughout."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

import numpy as np

from kejing.measure.rounding import round_fraction
from kejing.stages.deploy.assign.book import Book, Flags
from kejing.stages.deploy.assign.decisions import capacity_minutes
from kejing.stages.deploy.assign.instance import Ints, exact_sum
from kejing.stages.deploy.assign.pairs import Figures

MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class CustomerPlan:
    """RM of each customer, m for the pool, -1 for customers no line serves [customers]."""

    rm: Ints

    def of(self, customers: Ints) -> Ints:
        """RMs of some customers."""
        return self.rm[customers]


@dataclass(frozen=True, slots=True)
class PlanMeasures:
    """One row of the summary without objective and bound; shares and coefficients in millionths."""

    customers: int
    rms: int
    moved_customers: int
    moved_value: int
    gini: int | None
    load_spread: int | None
    mean_distance_km: int | None
    pooled: int
    overloaded: int


def measure(book: Book, figures: Figures, plan: CustomerPlan, customers: Ints, rms: Ints) -> PlanMeasures:
    """Measures of ``plan`` over some customers and RMs by number."""
    m = len(book.roll.ids)
    rm = plan.of(customers)
    led = (rm >= 0) & (rm < m)
    metres = figures.metres(customers[led], rm[led])
    visited = int(figures.travels[rm[led]].sum())
    minutes = figures.minutes(customers[led], metres)
    load = np.bincount(rm[led], weights=None, minlength=m) * 0
    np.add.at(load, rm[led], minutes)
    value = np.zeros(m, dtype=np.int64)
    np.add.at(value, rm[led], book.customers.value[customers[led]])
    capacity = capacity_minutes(book)
    today = book.customers.today[customers]
    moved = (today != -1) & (today != rm)
    return PlanMeasures(
        customers=len(customers),
        rms=len(rms),
        moved_customers=int(moved.sum()),
        moved_value=exact_sum(book.customers.value[customers[moved]]),
        gini=gini([int(value[i]) * MICRO // int(book.roll.fte[i]) for i in rms if book.roll.fte[i] > 0]),
        load_spread=spread([int(load[i]) * MICRO // int(capacity[i]) for i in rms if capacity[i] > 0]),
        mean_distance_km=round_fraction(Fraction(exact_sum(metres), 1000 * visited), 6) if visited else None,
        pooled=int((rm == m).sum()),
        overloaded=int((load[rms] > capacity[rms]).sum()),
    )


def gini(values: list[int]) -> int | None:
    """Gini coefficient of ``values`` in millionths: 0 all equal; None where there is nothing to share.

    Examples
    --------
    >>> gini([1, 1, 1]), gini([0, 0, 3]), gini([])
    (0, 666667, None)
    """
    total = sum(values)
    if total == 0:
        return None
    n = len(values)
    ranked = sum((2 * place - n - 1) * value for place, value in enumerate(sorted(values), start=1))
    return round_fraction(Fraction(ranked, n * total), 6)


def spread(values: list[int]) -> int | None:
    """Standard deviation over mean, in millionths and rounded down; None where all are zero.

    Examples
    --------
    >>> spread([5, 5]), spread([0, 10])
    (0, 1000000)
    """
    total = sum(values)
    if total == 0:
        return None
    return isqrt((len(values) * sum(value * value for value in values) - total * total) * MICRO**2) // total


def today_plan(book: Book) -> CustomerPlan:
    """Today's books; a customer whose RM has left or who has none stands in the pool."""
    m = len(book.roll.ids)
    today = book.customers.today
    return CustomerPlan(np.where(~book.customers.is_served, -1, np.where(today >= 0, today, m)))


def pair_cost(book: Book, figures: Figures, plan: CustomerPlan, customers: Ints) -> int:
    """Cost of the pairs of ``plan`` over some customers [points]; broken rows are not priced."""
    m = len(book.roll.ids)
    rm = plan.of(customers)
    led = (rm >= 0) & (rm < m)
    chosen, who = rm[led], customers[led]
    cost = figures.cost(who, chosen, figures.metres(who, chosen))
    return exact_sum(cost) + exact_sum(figures.pool_cost(customers[rm == m]))


def is_led(plan: CustomerPlan, m: int) -> Flags:
    """Customers that have an RM."""
    return (plan.rm >= 0) & (plan.rm < m)
