"""Who is decided together: families, singles, and what pins, bans and eligibility leave them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor

import numpy as np

from kejing.policy.pack import Pack
from kejing.stages.deploy.assign.book import Book, Flags
from kejing.stages.deploy.assign.instance import Ints
from kejing.stages.deploy.assign.settings import AssignSettings


@dataclass(frozen=True, slots=True)
class Decisions:
    """What the books decide, in order of the first customer's id.

    Attributes
    ----------
    ids
        Customer id, or ``group:`` and the group id.
    first, members
        Customers of decision j are ``members[first[j] : first[j + 1]]``, ascending.
    tiers
        The tier it is led at: that of its member with the most hours a year.
    pins
        RM a decision is pinned to, by decision number.
    bans
        RMs a decision may not have, by decision number.
    lost_pins
        Customer numbers whose pin another pin of the family overrules.
    oversized
        Groups no RM can hold, with their minutes.
    """

    ids: tuple[str, ...]
    first: Ints
    members: Ints
    tiers: tuple[str, ...]
    pins: Mapping[int, int]
    bans: Mapping[int, frozenset[int]]
    lost_pins: tuple[int, ...]
    oversized: tuple[tuple[str, int], ...]


def form_decisions(book: Book, settings: AssignSettings) -> Decisions:
    """Families and singles among the customers that a line serves."""
    customers = book.customers
    families: dict[str, list[int]] = defaultdict(list)
    for customer in np.flatnonzero(customers.is_served):
        group = customers.groups[customer]
        key = f"group:{group}" if group and settings.groups != "apart" else customers.ids[customer]
        families[key].append(int(customer))
    largest = max((_capacity_minutes(book, int(fte)) for fte in book.roll.fte), default=0)
    oversized = []
    for key in [key for key, members in families.items() if len(members) > 1]:
        minutes = int(customers.minutes[families[key]].sum())
        if minutes > largest and "hours" in settings.capacity:
            oversized.append((key.removeprefix("group:"), minutes))
            if settings.groups == "split_oversized":
                families.update({customers.ids[member]: [member] for member in families.pop(key)})
    ordered = sorted(families.items(), key=lambda family: (family[1][0], family[0]))
    ids = tuple(key if len(family) > 1 else customers.ids[family[0]] for key, family in ordered)
    sizes = [len(members) for _, members in ordered]
    first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    members = np.array([member for _, family in ordered for member in family], dtype=np.int64)
    of_customer = {member: number for number, (_, family) in enumerate(ordered) for member in family}
    pins, lost = _pins(book, of_customer)
    tiers = tuple(_lead_tier(book, family) for _, family in ordered)
    return Decisions(ids, first, members, tiers, pins, _bans(book, of_customer), lost, tuple(sorted(oversized)))


def _capacity_minutes(book: Book, fte: int) -> int:
    return floor(book.weights.capacity_minutes * Fraction(fte, 1_000_000))


def capacity_minutes(book: Book) -> Ints:
    """Minutes a year each RM has for the book [m]."""
    return np.array([_capacity_minutes(book, int(fte)) for fte in book.roll.fte], dtype=np.int64)


def _lead_tier(book: Book, family: list[int]) -> str:
    tiers = {book.customers.tiers[member] for member in family}
    return max(tiers, key=lambda tier: (book.hours.get(tier, 0), tier))


def _pins(book: Book, of_customer: Mapping[int, int]) -> tuple[dict[int, int], tuple[int, ...]]:
    """The pin of the smallest customer id counts for the whole family."""
    pins: dict[int, int] = {}
    lost = []
    for customer, rm in book.pins:
        decision = of_customer.get(customer)
        if decision is not None and pins.setdefault(decision, rm) != rm:
            lost.append(customer)
    return pins, tuple(lost)


def _bans(book: Book, of_customer: Mapping[int, int]) -> dict[int, frozenset[int]]:
    bans: dict[int, set[int]] = defaultdict(set)
    for customer, rm in book.bans:
        if customer in of_customer:
            bans[of_customer[customer]].add(rm)
    return {decision: frozenset(rms) for decision, rms in bans.items()}


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Which RM may lead which tier, and how badly they fit.

    ``tiers`` numbers the tiers, ``kind`` the kinds of RM [m]; ``allowed`` and ``mismatch`` are by tier and
    kind; ``rules`` are the rows of the policy they come from.
    """

    tiers: Mapping[str, int]
    kind: Ints
    allowed: Flags
    mismatch: Ints
    rules: Mapping[tuple[int, int], str]


def read_eligibility(policy: Pack, day: dt.date, book: Book, tiers: set[str]) -> Eligibility:
    """Table ``rm_eligibility`` put to every tier and kind of RM; a made-up RM serves its own tier."""
    table = policy.table("rm_eligibility")
    roll = book.roll
    kinds = sorted(set(zip(roll.lines, roll.grades, roll.tiers, strict=True)))
    number = {kind: index for index, kind in enumerate(kinds)}
    order = {tier: index for index, tier in enumerate(sorted(tiers))}
    allowed = np.zeros((len(order), len(kinds)), dtype=bool)
    mismatch = np.zeros((len(order), len(kinds)), dtype=np.int64)
    rules: dict[tuple[int, int], str] = {}
    for tier, row in order.items():
        for (line, grade, made_for), column in number.items():
            if made_for:
                allowed[row, column] = made_for == tier
                rules[row, column] = "roster"
                continue
            decision = table.decide(day, {"tier": tier, "line": line, "grade": grade})
            allowed[row, column] = decision.get("allowed") is True
            cost = decision.get("mismatch_cost")
            mismatch[row, column] = int(cost) if isinstance(cost, Fraction) else 0
            rules[row, column] = ",".join(decision.rule_ids)
    kind = np.array([number[one] for one in zip(roll.lines, roll.grades, roll.tiers, strict=True)], dtype=np.int64)
    return Eligibility(order, kind, allowed, mismatch, rules)


def pool_costs(policy: Pack, day: dt.date, tiers: set[str]) -> dict[str, int]:
    """Cost of leaving a customer of each tier without an RM; 0 where the policy says nothing."""
    table = policy.table("pool_cost")
    costs = {}
    for tier in tiers:
        cost = table.decide(day, {"tier": tier}).get("cost")
        costs[tier] = int(cost) if isinstance(cost, Fraction) else 0
    return costs
