"""All that the page of one RM and one day shows, in a fixed number of queries."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import IntegerField, Max, Q
from django.db.models.functions import Cast
from django.utils import timezone

from kejing.office import scope
from kejing.office.books.models import Booking, Dispute
from kejing.office.changes.models import ChangeLine, ChangeSet
from kejing.office.changes.publishing import change_sets
from kejing.office.deals.waiting import waiting_deals
from kejing.office.feeds.models import Run
from kejing.office.feeds.run_tables import run_rows, shown_runs
from kejing.office.myday.models import Verdict
from kejing.office.myday.suggesting import Suggestion, from_bookings, from_deals, from_items, from_standard, rank
from kejing.office.people.viewer import Viewer
from kejing.office.standards import QuarterPace, pace_of
from kejing.office.standards.pace import LEAD
from kejing.office.standards.reading import rules_of

_BACKUP = "backup"
_OPEN_STATES = (ChangeSet.State.SUBMITTED, ChangeSet.State.APPROVED)


@dataclass(frozen=True, slots=True)
class Book:
    """The book of an RM as lead.

    Attributes
    ----------
    income_minor
        Of the fiscal year so far [minor units].
    on_watch
        Customers near a tier line [count].
    """

    customers: int
    income_minor: int
    currency: str
    on_watch: int
    without_backup: int


@dataclass(frozen=True, slots=True)
class CreditLine:
    """A component of pay in the newest period of a run."""

    run: Run
    period: str
    component: str
    amount: Decimal
    lines: int


@dataclass(frozen=True, slots=True)
class Handover:
    """A customer who comes or goes with a change set."""

    change_set: ChangeSet
    line: ChangeLine
    is_incoming: bool
    may_challenge: bool


@dataclass(frozen=True, slots=True)
class Day:
    """One RM, one day."""

    pace: QuarterPace | None
    data_day: dt.date | None
    now: tuple[Suggestion, ...]
    more: int
    today: tuple[Booking, ...]
    book: Book
    credit: tuple[CreditLine, ...]
    disputes: tuple[Dispute, ...]
    handovers: tuple[Handover, ...]
    names: Mapping[str, str]


def gather(viewer: Viewer, rm_id: str) -> Day:
    """Everything on the page of ``rm_id``."""
    runs = shown_runs()
    pace = pace_of(viewer, rm_id)
    bookings = list(scope.bookings(viewer).filter(rm_id=rm_id).order_by("due_at"))
    items = list(scope.open_items(viewer).filter(rm_id=rm_id).order_by("due_on", "pk"))
    handovers = _handovers(viewer, rm_id)
    suggestions = [
        *(from_standard(pace) if pace else ()),
        *from_items(items, viewer.as_of),
        *from_bookings(bookings, viewer.as_of),
        *from_deals(waiting_deals(viewer, rm_id), viewer.as_of),
        *_to_answer(handovers),
    ]
    dismissed = set(_verdicts(viewer, rm_id))
    now = rank(suggestions, dismissed=dismissed, tiers=_tier_order(runs))
    today = tuple(booking for booking in bookings if timezone.localdate(booking.due_at) == viewer.as_of)
    concerned = {each.customer_id for each in now} | {each.customer_id for each in today}
    concerned |= {each.line.customer_id for each in handovers} | set(pace.lost_customers if pace else ())
    return Day(
        pace=pace,
        data_day=max((run.as_of for run in runs), default=None),
        now=tuple(now),
        more=sum(not each.is_dismissible or each.key not in dismissed for each in suggestions) - len(now),
        today=today,
        book=_book(viewer, rm_id),
        credit=_credit(runs, rm_id) if rm_id in viewer.rm_ids else (),
        disputes=tuple(scope.disputes(viewer).filter(rm_id=rm_id).order_by("-pk")),
        handovers=handovers,
        names=_names(viewer, concerned),
    )


def _verdicts(viewer: Viewer, rm_id: str) -> Iterable[str]:
    return scope.of_customers(Verdict.objects.filter(rm_id=rm_id), viewer).values_list("key", flat=True)


def _tier_order(runs: Iterable[Run]) -> dict[str, int]:
    """The order in which the policies serve their tiers."""
    found: dict[str, int] = {}
    for run in runs:
        rules = rules_of(run)
        found |= {tier: place for place, tier in enumerate(rules.settings.tiers)} if rules else {}
    return found


def _book(viewer: Viewer, rm_id: str) -> Book:
    held = scope.coverage(viewer)
    led = held.filter(rm_id=rm_id, role=LEAD)
    customers = led.values("customer_id").distinct().count()
    backed = (
        held.filter(role=_BACKUP, customer_id__in=led.values("customer_id")).values("customer_id").distinct().count()
    )
    standings = scope.standings(viewer).filter(customer_id__in=led.values("customer_id"))
    on_watch = Max(Cast("is_on_watch", IntegerField()))  # PostgreSQL has no greatest of truths
    rows = list(standings.values_list("customer_id").annotate(Max("income_minor"), Max("currency"), watched=on_watch))
    return Book(
        customers=customers,
        income_minor=sum(row[1] for row in rows),
        currency=max((row[2] for row in rows), default=""),
        on_watch=sum(bool(row[3]) for row in rows),
        without_backup=customers - backed,
    )


def _credit(runs: Iterable[Run], rm_id: str) -> tuple[CreditLine, ...]:
    """Components of the newest period in which the RM was paid."""
    found = []
    for run in runs:
        rows = run_rows(run, "pay", where={"rm_id": rm_id}, columns=("period", "component", "amount"))
        newest = max((row["period"] for row in rows), default=None)
        sums: dict[str, Decimal] = defaultdict(Decimal)
        counts: Counter[str] = Counter()
        for row in rows:
            if row["period"] == newest:
                sums[row["component"]] += row["amount"]
                counts[row["component"]] += 1
        found += [CreditLine(run, str(newest), name, amount, counts[name]) for name, amount in sums.items()]
    return tuple(found)


def _handovers(viewer: Viewer, rm_id: str) -> tuple[Handover, ...]:
    sets = change_sets(viewer).filter(state__in=_OPEN_STATES, effective_on__gt=viewer.as_of)
    lines = ChangeLine.objects.filter(
        Q(from_rm_id=rm_id) | Q(to_rm_id=rm_id), change_set__in=sets, kind=ChangeLine.Kind.COVERAGE
    )
    unseen = scope.walled(viewer)
    found = lines.exclude(customer_id__in=unseen).select_related("change_set").order_by("change_set_id", "place")
    return tuple(
        Handover(
            line.change_set,
            line,
            is_incoming=line.to_rm_id == rm_id,
            may_challenge=line.change_set.state == ChangeSet.State.SUBMITTED
            and viewer.today <= (line.change_set.challenge_by or viewer.today),
        )
        for line in found
    )


def _to_answer(handovers: Iterable[Handover]) -> list[Suggestion]:
    """One suggestion for each change set that is open to challenges."""
    open_sets = {each.change_set.pk: each.change_set for each in handovers if each.may_challenge}
    counts = Counter(each.change_set.pk for each in handovers)
    return [
        Suggestion(
            "handover",
            f"handover:{pk}",
            "",
            change_set.challenge_by or change_set.effective_on,
            {"count": counts[pk], "title": change_set.title, "day": change_set.effective_on},
            row_id=pk,
        )
        for pk, change_set in open_sets.items()
    ]


def _names(viewer: Viewer, customers: set[str]) -> dict[str, str]:
    seen: Iterable[tuple[Any, Any]] = (
        scope.customers(viewer).filter(customer_id__in=customers).values_list("customer_id", "name")
    )
    return dict(seen)
