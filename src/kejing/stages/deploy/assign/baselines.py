"""Books as people deal them by hand: inside the unit in order of id, or by the alphabet."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from kejing.stages.deploy.assign.book import Book
from kejing.stages.deploy.assign.instance import Ints
from kejing.stages.deploy.assign.measures import CustomerPlan
from kejing.stages.deploy.assign.pairs import Figures


def deal(book: Book, figures: Figures, baseline: str) -> CustomerPlan:
    """The plan of ``baseline``, 'by_unit' or 'alphabetical'; families, distance and load are not looked at."""
    return _by_unit(book, figures) if baseline == "by_unit" else _alphabetical(book, figures)


def _allowed(book: Book, figures: Figures) -> dict[int, Ints]:
    """RMs that may lead each tier, by tier number, in order of id."""
    eligibility = figures.eligibility
    return {
        tier: np.flatnonzero(eligibility.allowed[tier][eligibility.kind])
        if len(book.roll.ids)
        else np.zeros(0, dtype=np.int64)
        for tier in eligibility.tiers.values()
    }


def _by_unit(book: Book, figures: Figures) -> CustomerPlan:
    """Customers in order of id go round the RMs of their unit, or round all where the unit has none."""
    allowed = _allowed(book, figures)
    rm = np.full(len(book.customers.ids), -1, dtype=np.int64)
    local: dict[tuple[int, str], list[int]] = defaultdict(list)
    for tier, rms in allowed.items():
        for one in rms:
            local[tier, book.roll.units[one]].append(int(one))
    turn: dict[tuple[int, str], int] = defaultdict(int)
    for customer in np.flatnonzero(book.customers.is_served):
        tier = int(figures.lead_tier[customer])
        key = (tier, book.customers.units[customer])
        if key not in local:
            key = (tier, "")
        dealt = local.get(key, allowed[tier].tolist())
        rm[customer] = dealt[turn[key] % len(dealt)] if dealt else len(book.roll.ids)
        turn[key] += 1
    return CustomerPlan(rm)


def _alphabetical(book: Book, figures: Figures) -> CustomerPlan:
    """Customers in order of name are cut into equal stretches, one an RM, tier by tier."""
    allowed = _allowed(book, figures)
    rm = np.full(len(book.customers.ids), -1, dtype=np.int64)
    names, ids = book.customers.names, book.customers.ids
    for tier, rms in allowed.items():
        of_tier = np.flatnonzero(figures.lead_tier == tier)
        ordered = sorted(of_tier.tolist(), key=lambda customer: (names[customer], ids[customer]))
        for place, customer in enumerate(ordered):
            rm[customer] = rms[place * len(rms) // len(ordered)] if len(rms) else len(book.roll.ids)
    return CustomerPlan(rm)
