"""Everything that happened to a customer, in one stream, newest first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from kejing.measure.period import FIRST_DAY, LAST_DAY
from kejing.office import scope
from kejing.office.books.models import Booking, Contact, Coverage, Dispute, Rm
from kejing.office.changes.models import ChangeSet
from kejing.office.changes.publishing import change_sets
from kejing.office.people.viewer import Viewer
from kejing.office.shell.words import in_script, say
from kejing.office.standards.naming import coded

MOST = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened, or is to."""

    day: dt.date
    kind: str
    text: str
    detail: str = ""
    is_ahead: bool = False


def timeline(viewer: Viewer, customer_id: str, coverage: Iterable[Coverage]) -> list[Entry]:
    """Contacts, bookings, coverage, change sets and disputes of a customer that the viewer sees.

    Parameters
    ----------
    coverage
        Coverage of all days.
    """
    contacts = list(scope.contacts(viewer).filter(customer_id=customer_id).order_by("-happened_at")[:MOST])
    bookings = list(scope.bookings(viewer).filter(customer_id=customer_id))
    held = list(coverage)
    disputes = list(scope.disputes(viewer).filter(customer_id=customer_id))
    moved = change_sets(viewer).filter(lines__customer_id=customer_id, state=ChangeSet.State.PUBLISHED).distinct()
    people = {row.rm_id for row in contacts} | {row.rm_id for row in bookings} | {row.rm_id for row in held}
    rms = Rm.objects.in_force(viewer.as_of).filter(rm_id__in=people)
    names = dict(rms.values_list("rm_id", "name"))
    entries = [
        *(_of_contact(each, names) for each in contacts),
        *(_of_booking(each, names, viewer.as_of) for each in bookings),
        *(entry for each in held for entry in _of_coverage(each, names, viewer.as_of)),
        *(_of_change_set(each, viewer.as_of) for each in moved),
        *(_of_dispute(each, viewer.as_of) for each in disputes),
    ]
    return sorted(entries, key=lambda each: (each.day, each.kind), reverse=True)[:MOST]


def _of_contact(contact: Contact, names: dict[str, str]) -> Entry:
    who = in_script(names.get(contact.rm_id, contact.rm_id))
    told = say("customer.kind.contact", channel=coded(contact.channel), outcome=coded(contact.outcome), who=who)
    parts = [contact.called_off, contact.needs, contact.next_step, *(coded(tag) for tag in contact.tags)]
    return Entry(timezone.localdate(contact.happened_at), "contact", told, " · ".join(part for part in parts if part))


def _of_booking(booking: Booking, names: dict[str, str], today: dt.date) -> Entry:
    who = in_script(names.get(booking.rm_id, booking.rm_id))
    told = say("customer.kind.booking", channel=coded(booking.channel), who=who)
    day = timezone.localdate(booking.due_at)
    return Entry(day, "booking", told, booking.note, is_ahead=day >= today)


def _of_coverage(row: Coverage, names: dict[str, str], today: dt.date) -> Iterable[Entry]:
    who, role = in_script(names.get(row.rm_id, row.rm_id)), say(f"customer.role.{row.role}")
    if row.valid_from != FIRST_DAY:
        told = say("customer.kind.coverage_from", who=who, role=role)
        yield Entry(row.valid_from, "coverage_from", told, is_ahead=row.valid_from > today)
    if row.valid_to != LAST_DAY:
        told = say("customer.kind.coverage_to", who=who, role=role)
        yield Entry(row.valid_to, "coverage_to", told, is_ahead=row.valid_to > today)


def _of_change_set(change_set: ChangeSet, today: dt.date) -> Entry:
    told = say("customer.kind.change_set", title=change_set.title)
    return Entry(
        change_set.effective_on, "change_set", told, change_set.reason, is_ahead=change_set.effective_on > today
    )


def _of_dispute(dispute: Dispute, today: dt.date) -> Entry:
    return Entry(today, "dispute", say("customer.kind.dispute", line=dispute.line_id), dispute.reason)
