"""What else each decision could have had: costs part by part and at the prices, for explanations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from kejing.stages.deploy.assign.instance import PRICE_SCALE, Ints, Prices, reduced_costs
from kejing.stages.deploy.assign.pairs import BANDS

if TYPE_CHECKING:
    from kejing.stages.deploy.assign.books import Books

_SHOWN = 5


def option_table(books: Books, prices: Prices) -> pa.Table:
    """The chosen pair of each decision and its cheapest others at the prices.

    Costs are in points; ``hours_price``, ``value_price``, ``load_price`` and ``move_price`` are what the pair takes of
    scarce hours (and counts), the bands and the budgets, at the prices, rounded down; ``total`` is cost and prices.
    """
    instance, pool = books.instance, len(books.instance.rms)
    reduced = reduced_costs(instance, prices)
    owner = instance.owner
    is_chosen = np.zeros(instance.pairs, dtype=bool)
    is_chosen[books.choice] = True
    order = np.lexsort((instance.rm, reduced, ~is_chosen, owner))
    rank = np.arange(instance.pairs) - instance.first[owner[order]]
    kept, place = order[rank < _SHOWN], rank[rank < _SHOWN]
    parts = _cost_parts(books, owner[kept], instance.rm[kept])
    scarce = _priced(books, prices, kept)
    ids = np.array([*instance.rms, ""], dtype=object)
    return pa.table(
        {
            "decision_id": pa.array([instance.decisions[one] for one in owner[kept]], pa.string()),
            "place": pa.array(place),
            "rm_id": pa.array(ids[instance.rm[kept]], pa.string()),
            "is_pool": pa.array(instance.rm[kept] == pool),
            "cost": pa.array(instance.cost[kept]),
            **{name: pa.array(values) for name, values in (parts | scarce).items()},
            "total": pa.array(reduced[kept] // PRICE_SCALE),
        }
    )


def _cost_parts(books: Books, decision: Ints, rm: Ints) -> dict[str, Ints]:
    """Travel, misfit and change of each pair, summed over the customers decided together."""
    figures, decisions = books.figures, books.decisions
    sizes = np.diff(decisions.first)[decision]
    first = np.repeat(decisions.first[decision], sizes)
    within = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    customers, seats = decisions.members[first + within], np.repeat(rm, sizes)
    led = seats < len(books.book.roll.ids)
    seat = np.where(led, seats, 0)
    travel, misfit = np.zeros(len(seats), dtype=np.int64), np.zeros(len(seats), dtype=np.int64)
    if led.any():
        travel = np.where(led, figures.travel_cost(figures.metres(customers, seat)), 0)
        misfit = np.where(led, figures.mismatch(customers, seat), 0)
    change = np.where(figures.is_move(customers, seats), figures.switch[customers], 0)
    at = np.cumsum(sizes) - sizes
    parts = {"travel": travel, "misfit": misfit, "change": change}
    return {name: np.add.reduceat(values, at) if len(at) else values for name, values in parts.items()}


def _priced(books: Books, prices: Prices, pairs: Ints) -> dict[str, Ints]:
    instance = books.instance
    pool_row = np.zeros((1, len(instance.resources)), dtype=np.int64)
    paid = np.vstack([prices.high - prices.low, pool_row])[instance.rm[pairs]] * instance.use[pairs]
    band = np.array([BANDS.index(name) if name in BANDS else -1 for name in instance.resources], dtype=np.int64)
    return {
        "hours_price": paid[:, band < 0].sum(axis=1) // PRICE_SCALE,
        **{f"{name}_price": paid[:, band == at].sum(axis=1) // PRICE_SCALE for at, name in enumerate(BANDS)},
        "move_price": (instance.draw[pairs] @ prices.cap) // PRICE_SCALE,
    }
