"""What a head can steer: plans from no change to twice the budget, and what one more of each scarce thing is worth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from kejing.measure.rounding import round_fraction
from kejing.stages.deploy.assign.instance import NO_LIMIT, PRICE_SCALE, Instance, Ints, loads, lower_bound, measure_plan
from kejing.stages.deploy.assign.measures import MICRO, CustomerPlan, measure
from kejing.stages.deploy.assign.pairs import BANDS
from kejing.stages.deploy.assign.parts import join, separate
from kejing.stages.deploy.assign.solve import Limits, solve

if TYPE_CHECKING:
    from kejing.stages.deploy.assign.books import Books

_UNIT_OF = {"minutes": 60, "load": 60, "span": 10_000, "value": 100}
"""Of each row what a price is told for: an hour, a full-time RM's count, one percent of an average book."""


@dataclass(frozen=True, slots=True)
class Step:
    """One plan of the curve: what was steered and how far [customers, or percent of the policy's penalty]."""

    steered: str
    allowed: int
    instance: Instance


def steps(instance: Instance, plans: int) -> list[Step]:
    """``plans`` instances from the strictest to the loosest.

    Where a budget of moves binds, it goes from none to twice the policy's; else the price of the bands goes from twice
    the policy's to none. There is nothing to steer without either.
    """
    shares = [Fraction(2 * number, max(1, plans - 1)) for number in range(plans)]
    if "moved_customers" in instance.budgets and instance.draw.any():
        caps = [np.array([floor(share * int(cap)) for cap in instance.cap], dtype=np.int64) for share in shares]
        at = instance.budgets.index("moved_customers")
        return [Step("moves", int(cap[at]), replace(instance, cap=cap)) for cap in caps]
    bands = np.array([name in BANDS for name in instance.resources], dtype=bool)
    if not bands.any():
        return []
    found = []
    for share in reversed(shares):
        penalty = np.where(bands, [floor(share * int(one)) for one in instance.high_penalty], instance.high_penalty)
        found.append(Step("bands", floor(share * 100), replace(instance, high_penalty=penalty, low_penalty=penalty)))
    return found


def solved_steps(
    books: Books, limits: Limits, today: Ints, *, plans: int, seed: int
) -> Iterator[tuple[Step, Ints, int]]:
    """Each step with its plan and bound; a plan starts from that of the stricter step, so it is never dearer."""
    quick = replace(limits, polish_rounds=0)
    known = today
    for step in steps(books.instance, plans):
        parts = separate(step.instance)
        starts = [np.searchsorted(part.pairs, known[part.decisions]) for part in parts]
        solved = [solve(part.instance, [start], quick, seed=seed) for part, start in zip(parts, starts, strict=True)]
        found = [(part, one.choice, one.prices) for part, one in zip(parts, solved, strict=True)]
        known, prices = join(step.instance, found)
        yield step, known, lower_bound(step.instance, prices)


def curve_table(books: Books, limits: Limits, today: Ints, *, plans: int, seed: int) -> pa.Table:
    """Table ``assign_curve``."""
    rows = []
    everyone = np.flatnonzero(books.book.customers.is_served)
    rms = np.arange(len(books.book.roll.ids))
    for number, (step, choice, bound) in enumerate(solved_steps(books, limits, today, plans=plans, seed=seed)):
        figures = measure(books.book, books.figures, _plan_of(books, choice), everyone, rms)
        cost = measure_plan(step.instance, choice).cost
        rows.append(
            {
                "step": number,
                "steered": step.steered,
                "allowed": step.allowed,
                "objective": cost,
                "lower_bound": bound,
                "gap": None if bound <= 0 else round_fraction(Fraction(cost - bound, bound), 6),
                "moved_customers": figures.moved_customers,
                "moved_value": figures.moved_value,
                "fairness": figures.gini,
                "load_spread": figures.load_spread,
                "mean_distance_km": figures.mean_distance_km,
                "pooled_customers": figures.pooled,
                "overloaded_rms": figures.overloaded,
            }
        )
    return pa.Table.from_pylist(rows, schema=_CURVE)


def _plan_of(books: Books, choice: Ints) -> CustomerPlan:
    rm = np.full(len(books.book.customers.ids), -1, dtype=np.int64)
    rm[books.decisions.members] = np.repeat(books.instance.rm[choice], np.diff(books.decisions.first))
    return CustomerPlan(rm)


def price_table(books: Books) -> pa.Table:
    """Table ``assign_price``: what one more hour, count or percent at each RM is worth, and one more move.

    Notes
    -----
    Raising a limit by Δ saves at most ``price · Δ`` and the gap: at the same prices the bound falls by just that
    (``docs/algorithms/assign.md``). ``rm_worth`` is the price times what one full-time RM has.
    """
    instance, prices = books.instance, books.prices
    used, rows = loads(instance, books.choice), []
    own = len(instance.resources) - len(instance.implied)
    full = floor(books.book.weights.capacity_minutes)
    for at, name in enumerate(instance.resources[:own]):
        for rm in np.flatnonzero((prices.high[:, at] > 0) | (prices.low[:, at] > 0)):
            price = int(prices.high[rm, at] - prices.low[rm, at])
            limit = int(instance.high[rm, at] if price >= 0 else instance.low[rm, at])
            rows.append(
                {
                    "resource": name,
                    "rm_id": instance.rms[rm],
                    "unit_id": books.book.roll.units[rm],
                    "used": int(used[rm, at]),
                    "allowed": limit if abs(limit) < NO_LIMIT else None,
                    "price": _told(price * _UNIT_OF[name]),
                    "rm_worth": _told(price * full) if name == "minutes" else None,
                }
            )
    spent = instance.draw[books.choice].sum(axis=0)
    for at, name in enumerate(instance.budgets):
        if prices.cap[at] > 0:
            rows.append(
                {
                    "resource": name,
                    "rm_id": "",
                    "unit_id": "",
                    "used": int(spent[at]),
                    "allowed": int(instance.cap[at]),
                    "price": _told(int(prices.cap[at])),
                    "rm_worth": None,
                }
            )
    return pa.Table.from_pylist(rows, schema=_PRICE)


def _told(scaled: int) -> int:
    """A price in 1/1024 points as millionths of a point."""
    return round_fraction(Fraction(scaled * MICRO, PRICE_SCALE), 0)


_COUNTS = ("moved_customers", "moved_value", "fairness", "load_spread", "mean_distance_km")
_CURVE = pa.schema(
    [("step", pa.int64()), ("steered", pa.string())]
    + [(name, pa.int64()) for name in ("allowed", "objective", "lower_bound", "gap", *_COUNTS)]
    + [("pooled_customers", pa.int64()), ("overloaded_rms", pa.int64())]
)
_PRICE = pa.schema(
    [("resource", pa.string()), ("rm_id", pa.string()), ("unit_id", pa.string())]
    + [(name, pa.int64()) for name in ("used", "allowed", "price", "rm_worth")]
)
