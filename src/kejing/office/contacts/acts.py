"""What is done about contacts: logged once, booked, called off."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone
from django.utils.crypto import get_random_string

from kejing.office import scope
from kejing.office.acts.act import Act
from kejing.office.books.models import Booking, Contact, OpenItem
from kejing.office.contacts.entry import Appointment, Entry
from kejing.office.contacts.errors import (
    ContactAheadError,
    ForeignKeyError,
    IncompleteContactError,
    UnseenCustomerError,
)
from kejing.office.people.roles import Power
from kejing.office.people.viewer import Viewer

_ID_LENGTH = 24
_TITLE = 300
NEED, NEXT_STEP = "need", "next_step"


@dataclass(frozen=True, slots=True)
class Logged:
    """A contact that is in the books; ``is_new`` is false where the same entry was sent before."""

    contact: Contact
    is_new: bool


class _AlreadyLoggedError(Exception):
    """The entry is in the books: the act is given up, so that it leaves no event."""


def log_contact(*, viewer: Viewer, entry: Entry) -> Logged:
    """Put a contact into the books, with its next step and what the customer needs as open items.

    Raises
    ------
    NotAllowedError
        No position of the viewer may log contacts.
    UnseenCustomerError
        He does not see the customer today.
    ContactAheadError
        It lies in the future.
    ForeignKeyError
        The client key belongs to another entry.
    """
    if timezone.localdate(entry.happened_at) > viewer.today:
        raise ContactAheadError(day=timezone.localdate(entry.happened_at), today=viewer.today)
    now = viewer.at(viewer.today)
    try:
        with viewer.act("contacts.logged", power=Power.LOG_CONTACT, customer=entry.customer_id) as doing:
            _check_new(entry)
            _check_sight(now, entry.customer_id)
            contact = doing.add(_contact(viewer, entry))
            _close_booking(doing, now, contact, entry)
            _open_items(doing, contact)
    except _AlreadyLoggedError:
        return Logged(_own_entry(now, entry), is_new=False)
    return Logged(contact, is_new=True)


def book(*, viewer: Viewer, appointment: Appointment) -> Booking:
    """Put a contact to come into the books.

    Raises
    ------
    UnseenCustomerError
        The viewer does not see the customer today.
    IncompleteContactError
        The day is over.
    """
    if timezone.localdate(appointment.due_at) < viewer.today:
        raise IncompleteContactError(field="due_at")
    with viewer.act("contacts.booked", power=Power.LOG_CONTACT, customer=appointment.customer_id) as doing:
        _check_sight(viewer.at(viewer.today), appointment.customer_id)
        return doing.add(
            Booking(
                customer_id=appointment.customer_id,
                rm_id=_own_book(viewer),
                channel=appointment.channel,
                due_at=appointment.due_at,
                note=appointment.note,
            )
        )


def call_off(*, viewer: Viewer, booking: Booking, reason: str) -> None:
    """Take back a booking, for a reason.

    Raises
    ------
    IncompleteContactError
        No reason is given.
    """
    if not reason:
        raise IncompleteContactError(field="called_off")
    with viewer.act(
        "contacts.called_off", power=Power.LOG_CONTACT, reason=reason, customer=booking.customer_id
    ) as doing:
        doing.change(booking, expected_version=booking.version, called_off=reason)


def _contact(viewer: Viewer, entry: Entry) -> Contact:
    return Contact(
        contact_id=f"k-{get_random_string(_ID_LENGTH)}",
        client_key=entry.client_key,
        customer_id=entry.customer_id,
        rm_id=_own_book(viewer),
        channel=entry.channel,
        outcome=entry.outcome,
        happened_at=entry.happened_at,
        tags=list(entry.tags),
        needs=entry.needs,
        next_step=entry.next_step,
        next_on=entry.next_on,
        called_off=entry.called_off,
    )


def _close_booking(doing: Act, viewer: Viewer, contact: Contact, entry: Entry) -> None:
    """The booking that the contact answers is no longer to come."""
    booking = scope.bookings(viewer).filter(pk=entry.booking_id, customer_id=contact.customer_id).first()
    if booking is not None:
        doing.change(booking, expected_version=booking.version, contact=contact, called_off=contact.called_off)


def _open_items(doing: Act, contact: Contact) -> None:
    told = ((NEED, contact.needs), (NEXT_STEP, contact.next_step))
    for kind, text in told:
        if text:
            doing.add(
                OpenItem(
                    customer_id=contact.customer_id,
                    rm_id=contact.rm_id,
                    kind=kind,
                    title=text[:_TITLE],
                    evidence={"contact_id": contact.contact_id},
                    due_on=contact.next_on,
                )
            )


def _own_entry(viewer: Viewer, entry: Entry) -> Contact:
    same = scope.contacts(viewer).filter(client_key=entry.client_key, customer_id=entry.customer_id)
    found = same.filter(rm_id=_own_book(viewer)).first()
    if found is None:
        raise ForeignKeyError(key=entry.client_key)
    return found


def _own_book(viewer: Viewer) -> str:
    """The RM whose contact it is; a head's or leader's counts for nobody's standard."""
    return viewer.rm_ids[0] if viewer.rm_ids else ""


def _check_new(entry: Entry) -> None:
    """Give up where the entry is in the books; the chain is locked, so nobody writes it in between."""
    if Contact.objects.filter(client_key=entry.client_key).exists():
        raise _AlreadyLoggedError


def _check_sight(viewer: Viewer, customer_id: str) -> None:
    if not scope.customers(viewer).filter(customer_id=customer_id).exists():
        raise UnseenCustomerError(customer_id=customer_id)
