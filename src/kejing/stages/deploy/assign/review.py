"""What a person should look at in the books: who blocks whom, what is missing, what is unfair."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from kejing.measure.findings import Severity
from kejing.measure.rounding import round_fraction
from kejing.stages.context import StageContext
from kejing.stages.deploy.assign.book import GONE
from kejing.stages.deploy.assign.decisions import capacity_minutes
from kejing.stages.deploy.assign.measures import is_led

if TYPE_CHECKING:
    from kejing.stages.deploy.assign.books import Books

_STAGE = "assign"
_SHOWN = 5


def report(context: StageContext, books: Books) -> None:
    """All findings of the stage."""
    _report_inputs(context, books)
    _report_pins(context, books)
    _report_blocked(context, books)
    _report_pool(context, books)
    _report_rows(context, books)
    _report_small_books(context, books)
    _report_gap(context, books)


def _named(ids: Sequence[str]) -> str:
    """The first few of some ids."""
    return ", ".join(ids[:_SHOWN]) + ("…" if len(ids) > _SHOWN else "")


def _hours(minutes: int) -> str:
    """Minutes as hours with one digit."""
    tenths = round_fraction(Fraction(minutes, 60), 1)
    return f"{tenths // 10}.{tenths % 10}"


def _report_inputs(context: StageContext, books: Books) -> None:
    customers = books.book.customers
    several = [customers.ids[one] for one in np.flatnonzero(customers.leads > 1)]
    if several:
        context.note("assign.several_leads", _STAGE, count=len(several), customers=_named(several))
    gone = [customers.ids[one] for one in np.flatnonzero(customers.today == GONE)]
    if gone:
        context.note("assign.rm_left", _STAGE, severity=Severity.INFO, count=len(gone), customers=_named(gone))
    nowhere = [customers.ids[one] for one in np.flatnonzero(np.isnan(customers.place[:, 0]) & customers.is_served)]
    if nowhere:
        metres = books.book.weights.unknown_metres
        context.note("assign.place_unknown", _STAGE, count=len(nowhere), customers=_named(nowhere), km=metres // 1000)
    worthless = [customers.ids[one] for one in np.flatnonzero(customers.is_served & ~customers.has_value)]
    if worthless:
        context.note("assign.value_unknown", _STAGE, count=len(worthless), customers=_named(worthless))
    if not books.book.roll.ids and len(books.decisions.ids):
        context.note("assign.no_rms", _STAGE, lines=", ".join(books.settings.lines))


def _report_pins(context: StageContext, books: Books) -> None:
    customers, roll = books.book.customers, books.book.roll
    for customer, rm in books.book.unknown_pins:
        context.note("assign.pin_unknown_rm", _STAGE, customer=customer, rm=rm)
    for lost in books.decisions.lost_pins:
        context.note("assign.pin_overruled", _STAGE, customer=customers.ids[lost], group=customers.groups[lost] or "")
    for decision in books.pairing.pins_outside:
        name = roll.ids[books.decisions.pins[decision]]
        context.note(
            "assign.pin_not_eligible",
            _STAGE,
            customer=books.decisions.ids[decision],
            rm=name,
            tier=books.decisions.tiers[decision],
        )
    for overload in books.overloads:
        missing = _hours(overload.missing) if overload.resource == "minutes" else str(overload.missing)
        context.note(
            "assign.pins_overload", _STAGE, rm=roll.ids[overload.rm], resource=overload.resource, missing=missing
        )


def _report_blocked(context: StageContext, books: Books) -> None:
    for group, minutes in books.decisions.oversized:
        largest = int(capacity_minutes(books.book).max(initial=0))
        context.note("assign.group_too_big", _STAGE, group=group, hours=_hours(minutes), largest=_hours(largest))
    blocked: dict[tuple[str, str], list[str]] = defaultdict(list)
    for decision, why in enumerate(books.pairing.blocked):
        if why and books.book.roll.ids:
            blocked[why, books.decisions.tiers[decision]].append(books.decisions.ids[decision])
    for (why, tier), ids in sorted(blocked.items()):
        context.note(f"assign.blocked_by_{why}", _STAGE, tier=tier, count=len(ids), customers=_named(ids))


def _report_pool(context: StageContext, books: Books) -> None:
    """Customers whom capacity left without an RM, and the hours that would take them in."""
    m = len(books.book.roll.ids)
    pooled: dict[str, list[int]] = defaultdict(list)
    for decision, rm in enumerate(books.instance.rm[books.choice] if books.decisions.ids else ()):
        if rm == m and m and not books.pairing.blocked[decision]:
            pooled[books.decisions.tiers[decision]].append(decision)
    for tier, decisions in sorted(pooled.items()):
        members = np.concatenate(
            [books.decisions.members[books.decisions.first[one] : books.decisions.first[one + 1]] for one in decisions]
        )
        minutes = int(books.book.customers.minutes[members].sum())
        ids = [books.decisions.ids[one] for one in decisions]
        context.note(
            "assign.pooled", _STAGE, tier=tier, count=len(members), hours=_hours(minutes), customers=_named(ids)
        )


def _report_rows(context: StageContext, books: Books) -> None:
    bands = [excess for excess in books.measured.excesses if excess.name == "value"]
    if bands:
        worst = max(bands, key=lambda excess: (excess.amount, -excess.rm))
        percent = round_fraction(Fraction(worst.amount, 100), 0)
        count = len({excess.rm for excess in bands})
        context.note("assign.outside_band", _STAGE, count=count, rm=books.instance.rms[worst.rm], percent=percent)
    for excess in books.measured.excesses:
        if excess.row == "cap":
            cap = int(books.instance.cap[books.instance.budgets.index(excess.name)])
            context.note(f"assign.over_{excess.name}", _STAGE, allowed=cap, needed=cap + excess.amount)
    uneven = {excess.rm for excess in books.measured.excesses if excess.name == "load"}
    if uneven:
        minutes = sum(excess.amount for excess in books.measured.excesses if excess.name == "load")
        ids = [books.instance.rms[rm] for rm in sorted(uneven)]
        context.note(
            "assign.outside_load_band",
            _STAGE,
            severity=Severity.INFO,
            count=len(ids),
            rms=_named(ids),
            hours=_hours(minutes),
        )
    today = is_led(books.today, len(books.book.roll.ids))
    if today.any():
        load = np.zeros(len(books.book.roll.ids), dtype=np.int64)
        who = np.flatnonzero(today)
        np.add.at(load, books.today.rm[who], books.book.customers.minutes[who])
        over = np.flatnonzero(load > capacity_minutes(books.book))
        if len(over):
            missing = int((load - capacity_minutes(books.book))[over].sum())
            ids = [books.book.roll.ids[one] for one in over]
            context.note("assign.today_overloaded", _STAGE, count=len(ids), rms=_named(ids), hours=_hours(missing))


def _report_small_books(context: StageContext, books: Books) -> None:
    """RMs whose books carry less than the policy's share of the mean value, island by island (E1-24)."""
    led = np.flatnonzero(is_led(books.proposed, len(books.book.roll.ids)))
    value: dict[int, int] = defaultdict(int)
    for customer in led:
        value[int(books.proposed.rm[customer])] += int(books.book.customers.value[customer])
    small: list[str] = []
    for solved in books.parts:
        total = sum(value[int(rm)] for rm in solved.part.rms)
        floor = books.book.weights.fair_floor * Fraction(total, max(1, len(solved.part.rms)))
        small += [books.book.roll.ids[rm] for rm in solved.part.rms if value[int(rm)] < floor]
    if small:
        percent = round_fraction(books.book.weights.fair_floor * 100, 0)
        context.note(
            "assign.small_book", _STAGE, severity=Severity.INFO, count=len(small), percent=percent, rms=_named(small)
        )


def _report_gap(context: StageContext, books: Books) -> None:
    if books.bound > 0:
        hundredths = round_fraction(Fraction((books.measured.cost - books.bound) * 100, books.bound), 2)
        context.note(
            "assign.gap",
            _STAGE,
            severity=Severity.INFO,
            cost=books.measured.cost,
            bound=books.bound,
            percent=f"{hundredths // 100}.{hundredths % 100:02d}",
        )
