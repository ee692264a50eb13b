"""What a change set would do to each RM: before and after, side by side."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Count, Max

from kejing.office.books.models import Booking, Coverage, OpenItem, Standing
from kejing.office.changes.models import ChangeLine, ChangeSet

LEAD = "lead"


@dataclass(slots=True)
class Load:
    """What one RM carries as lead on a day."""

    customers: int = 0
    income_minor: int = 0  # of the fiscal year so far [minor units]
    required_micro_hours: int = 0  # the standard asks for [millionths of hours a year]
    bookings: int = 0
    open_items: int = 0

    def plus(self, other: Load, times: int = 1) -> Load:
        """The sum."""
        return Load(
            self.customers + times * other.customers,
            self.income_minor + times * other.income_minor,
            self.required_micro_hours + times * other.required_micro_hours,
            self.bookings + times * other.bookings,
            self.open_items + times * other.open_items,
        )


@dataclass(frozen=True, slots=True)
class RmPreview:
    """One RM before and after."""

    rm_id: str
    before: Load
    after: Load


@dataclass(frozen=True, slots=True)
class Preview:
    """The whole change set before it is published."""

    rms: tuple[RmPreview, ...]
    customers: int
    splits_kept: int  # coverage lines whose share of the credit goes along unchanged
    splits_changed: int
    moved_on: tuple[str, ...] = field(default=())  # customers whose line no longer finds what it was drafted upon


def preview(change_set: ChangeSet) -> Preview:
    """Customers, income, required hours, bookings and open items of every RM concerned, before and after.

    Notes
    -----
    Sums before and after are equal over all RMs together, but for lines that begin or end a coverage.
    """
    lines = list(change_set.lines.order_by("place"))
    people = {rm for line in lines for rm in (line.from_rm_id, line.to_rm_id) if rm}
    day = change_set.effective_on
    held = list(Coverage.objects.in_force(day).filter(rm_id__in=people, role=LEAD).values_list("rm_id", "customer_id"))
    moving = {line.customer_id for line in lines if line.customer_id}
    worth = _worth({customer for _, customer in held} | moving)
    before = _before(people, held, worth)
    shift = _shift(lines, worth)
    rms = tuple(RmPreview(rm, before[rm], before[rm].plus(shift[rm])) for rm in sorted(people))
    covered = [line for line in lines if line.kind == ChangeLine.Kind.COVERAGE]
    changed = sum("share" in line.values for line in covered)
    return Preview(rms, len(moving), len(covered) - changed, changed, _moved_on(covered, day))


def _before(people: Iterable[str], held: Iterable[tuple[str, str]], worth: Mapping[str, Load]) -> dict[str, Load]:
    loads = {rm: Load() for rm in people}
    for rm, customer in held:
        loads[rm] = loads[rm].plus(worth[customer])
    booked = Booking.objects.filter(rm_id__in=loads, contact=None, called_off="")
    waiting = OpenItem.objects.filter(rm_id__in=loads, state=OpenItem.State.OPEN)
    for rm, count in booked.values_list("rm_id").annotate(Count("pk")):
        loads[rm].bookings = count
    for rm, count in waiting.values_list("rm_id").annotate(Count("pk")):
        loads[rm].open_items = count
    return loads


def _shift(lines: Iterable[ChangeLine], worth: Mapping[str, Load]) -> dict[str, Load]:
    """What each RM gains, less what he gives."""
    shift: dict[str, Load] = defaultdict(Load)
    for line in lines:
        match line.kind:
            case ChangeLine.Kind.COVERAGE if line.role == LEAD:
                moved = worth[line.customer_id]
            case ChangeLine.Kind.BOOKING:
                moved = Load(bookings=1)
            case ChangeLine.Kind.OPEN_ITEM:
                moved = Load(open_items=1)
            case _:
                continue
        shift[line.from_rm_id] = shift[line.from_rm_id].plus(moved, -1)
        shift[line.to_rm_id] = shift[line.to_rm_id].plus(moved)
    return shift


def _worth(customers: set[str]) -> dict[str, Load]:
    """What one customer adds to a load; income and hours are the same in every scheme."""
    worth = {customer: Load(customers=1) for customer in customers}
    found = Standing.objects.filter(customer_id__in=customers).values_list("customer_id")
    for customer, income, hours in found.annotate(Max("income_minor"), Max("required_micro_hours")):
        worth[customer] = Load(1, income, hours)
    return worth


def _moved_on(lines: list[ChangeLine], day: dt.date) -> tuple[str, ...]:
    wanted = Counter((line.customer_id, line.from_rm_id, line.role) for line in lines if line.from_rm_id)
    held = Coverage.objects.in_force(day).filter(customer_id__in={customer for customer, _, _ in wanted})
    standing = set(held.values_list("customer_id", "rm_id", "role"))
    return tuple(sorted({key[0] for key in wanted if key not in standing}))
