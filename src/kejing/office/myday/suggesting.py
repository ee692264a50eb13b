"""The list NOW: what to do first, and why."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from django.utils import timezone

from kejing.office.books.models import Booking, OpenItem
from kejing.office.deals.waiting import Waiting
from kejing.office.standards import DueState, QuarterPace, State

MOST = 7
ORDER = (
    "handover",
    "unlogged",
    "outflow",
    "alert",
    "deal",
    "deal_ready",
    "need",
    "next_step",
    "item",
    "contact_due",
    "contact_lost",
)
"""Kinds of suggestions; of what is due on the same day the earlier one stands first."""

_ELSEWHERE = {"handover", "unlogged", "outflow", "deal", "deal_ready"}
_OWN_KINDS = {"outflow", "alert", "need", "next_step"}  # of open items; others are shown as items


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One thing to do.

    Attributes
    ----------
    key
        The same as long as it is the same suggestion: what a dismissal refers to.
    due
        The last day on which it is in time.
    facts
        What the sentence of the reason names.
    row_id
        The booking, open item or change set that it is about.
    """

    kind: str
    key: str
    customer_id: str
    due: dt.date
    facts: Mapping[str, object] = field(default_factory=dict)
    row_id: int | None = None
    channel: str = "visit"
    tier: str = ""

    @property
    def is_dismissible(self) -> bool:
        """Whether it may be put aside; what has a place of its own is answered there."""
        return self.kind not in _ELSEWHERE


def rank(
    suggestions: Iterable[Suggestion], *, dismissed: Collection[str], tiers: Mapping[str, int]
) -> list[Suggestion]:
    """The first seven: by due day, then kind, then tier, then customer.

    Parameters
    ----------
    dismissed
        Keys that the RM put aside.
    tiers
        Tier to its place in the order in which the policy serves tiers.
    """
    left = [each for each in suggestions if not each.is_dismissible or each.key not in dismissed]
    left.sort(
        key=lambda each: (
            each.due,
            ORDER.index(each.kind),
            tiers.get(each.tier, len(tiers)),
            each.customer_id,
            each.key,
        )
    )
    return left[:MOST]


def from_standard(pace: QuarterPace) -> list[Suggestion]:
    """One suggestion for each customer and channel to whom a contact is owed that is neither made nor booked."""
    chains: dict[tuple[str, str], list[DueState]] = defaultdict(list)
    for each in pace.owed:
        chains[each.due.customer_id, each.due.channel].append(each)
    found = []
    for (customer_id, channel), states in chains.items():
        lost = [each for each in states if each.state is State.LOST]
        waiting = [each for each in states if each.state is State.OPEN]
        for kind, these in (("contact_due", waiting), ("contact_lost", lost)):
            if not these:
                continue
            first = min(these, key=lambda each: each.due.due_to)
            done = sum(each.state is State.DONE for each in states)
            found.append(
                Suggestion(
                    kind,
                    f"{kind}:{customer_id}:{channel}:{first.due.due_to.isoformat()}",
                    customer_id,
                    # what is lost cannot be hurried any more: it stands at the end of the quarter
                    first.due.due_to if kind == "contact_due" else pace.period.last_day,
                    {"done": done, "plan": len(states), "count": len(these), "channel": channel},
                    channel=channel,
                    tier=first.due.tier,
                )
            )
    return found


def from_items(items: Iterable[OpenItem], today: dt.date) -> list[Suggestion]:
    """Every open item; one without a date is due today."""
    return [
        Suggestion(
            item.kind if item.kind in _OWN_KINDS else "item",
            f"item:{item.pk}",
            item.customer_id,
            item.due_on or today,
            {"title": item.title, **(item.evidence if item.kind == "outflow" else {})},
            row_id=item.pk,
        )
        for item in items
    ]


def from_deals(deals: Iterable[Waiting], today: dt.date) -> list[Suggestion]:
    """Deals that go no further without the RM."""
    return [
        Suggestion(
            "deal" if each.gates else "deal_ready",
            f"deal:{each.deal.pk}:{each.stage}",
            each.deal.customer_id,
            today,
            {"title": each.deal.title, "stage": each.stage, "count": each.gates},
            row_id=each.deal.pk,
        )
        for each in deals
    ]


def from_bookings(bookings: Iterable[Booking], today: dt.date) -> list[Suggestion]:
    """Bookings whose day is over and that nobody logged or called off."""
    return [
        Suggestion(
            "unlogged",
            f"booking:{booking.pk}",
            booking.customer_id,
            timezone.localdate(booking.due_at),
            {"day": timezone.localdate(booking.due_at), "channel": booking.channel},
            row_id=booking.pk,
            channel=booking.channel,
        )
        for booking in bookings
        if timezone.localdate(booking.due_at) < today
    ]
