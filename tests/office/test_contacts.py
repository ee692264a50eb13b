"""Contacts: logged once however often they are sent, with a next step, and called off only for a reason."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kejing.office.acts.act import act
from kejing.office.acts.models import Event
from kejing.office.books.models import Booking, Contact, OpenItem
from kejing.office.books.models.work import Channel
from kejing.office.contacts.acts import log_contact
from kejing.office.contacts.entry import Entry, Outcome
from kejing.office.contacts.errors import ForeignKeyError, UnseenCustomerError
from kejing.office.people.models import Position
from tests.office.bank import START, Bank
from tests.office.test_frame import sign_in

HTMX = {"HX-Request": "true"}


def said(customer: str = "e11-1", **other: object) -> dict[str, object]:
    """A form that is filled in."""
    now = timezone.localtime()
    return {
        "client_key": "key-1",
        "customer": customer,
        "channel": "visit",
        "outcome": "connected",
        "happened_at": now.strftime("%Y-%m-%dT%H:%M"),
        "next_step": "send the offer",
        "next_on": (now.date() + dt.timedelta(days=14)).isoformat(),
        **other,
    }


def test_a_contact_with_its_next_step_and_need(bank: Bank) -> None:
    """One form makes a contact of the RM, an item for the next step and one for what the customer needs."""
    answer = sign_in("rm_e11").post(
        reverse("contacts:log"), said(needs="a payroll account", tags=["price", "nonsense"])
    )
    assert answer.status_code == 302
    contact = Contact.objects.get()
    assert (contact.rm_id, contact.outcome, contact.tags) == ("e11", "connected", ["price"])
    assert set(OpenItem.objects.values_list("kind", "title")) == {
        ("need", "a payroll account"),
        ("next_step", "send the offer"),
    }
    assert Event.objects.filter(code="contacts.logged").count() == 1


def test_sent_again_it_is_logged_once(bank: Bank) -> None:
    """The queue of a phone may send an entry any number of times: one contact, one event, the same answer (W2)."""
    client = sign_in("rm_e11")
    answers = [client.post(reverse("contacts:log"), said(), headers=HTMX) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert len({answer.json()["contact"] for answer in answers}) == 1
    assert Contact.objects.count() == 1
    assert Event.objects.filter(code="contacts.logged").count() == 1


def test_a_key_is_good_for_one_entry(bank: Bank) -> None:
    """Somebody else's key, or one's own for another customer, is refused and tells nothing."""
    client = sign_in("rm_e11")
    client.post(reverse("contacts:log"), said())
    assert client.post(reverse("contacts:log"), said("e11-2"), headers=HTMX).status_code == 422
    entry = Entry(
        "key-1", "e12-1", Channel.VISIT, Outcome.CONNECTED, timezone.now(), (), "", "n", timezone.localdate(), "", 0
    )
    with pytest.raises(ForeignKeyError):
        log_contact(viewer=bank.viewer("rm_e12", today=timezone.localdate(), as_of=timezone.localdate()), entry=entry)
    assert Contact.objects.count() == 1


@pytest.mark.parametrize(
    ("missing", "value"),
    [
        ("next_step", ""),
        ("next_on", ""),
        ("next_on", "soon"),
        ("outcome", ""),
        ("outcome", "triumph"),
        ("channel", "pigeon"),
        ("happened_at", "yesterday"),
        ("happened_at", "0001-01-01T00:00"),
        ("customer", ""),
        ("client_key", ""),
    ],
)
def test_what_is_missing_is_named(bank: Bank, missing: str, value: str) -> None:
    """A field that is needed and not there, or not readable, is refused by name; nothing is written."""
    answer = sign_in("rm_e11").post(reverse("contacts:log"), said(**{missing: value}))
    assert answer.status_code == 422
    assert not Contact.objects.exists()


def test_called_off_needs_a_reason(bank: Bank) -> None:
    """A visit that did not take place says why, and counts for nothing (W2)."""
    client = sign_in("rm_e11")
    assert client.post(reverse("contacts:log"), said(outcome="called_off")).status_code == 422
    assert client.post(reverse("contacts:log"), said(outcome="called_off", called_off="ill")).status_code == 302
    assert Contact.objects.get().called_off == "ill"


def test_the_future_cannot_be_logged(bank: Bank) -> None:
    """A contact of tomorrow is refused."""
    tomorrow = (timezone.localtime() + dt.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    assert sign_in("rm_e11").post(reverse("contacts:log"), said(happened_at=tomorrow)).status_code == 422


@pytest.mark.parametrize(
    ("name", "customer", "status"),
    [
        ("rm_e11", "e11-1", 302),
        ("rm_e11", "e12-1", 404),
        ("rm_e11", "w11-1", 404),
        ("rm_e11", "nobody", 404),
        ("leader", "e12-1", 302),
        ("leader", "e21-1", 404),
        ("east_head", "e21-1", 302),
        ("west_head", "e11-1", 404),
        ("auditor", "e11-1", 403),
        ("performance", "e11-1", 403),
        ("administrator", "e11-1", 403),
        ("stranger", "e11-1", 403),
    ],
)
def test_who_logs_for_whom(bank: Bank, name: str, customer: str, status: int) -> None:
    """One logs contacts with customers that one sees, if the position allows it; of others nobody learns anything."""
    client = sign_in(name)
    assert client.post(reverse("contacts:log"), said(customer)).status_code == status
    assert Contact.objects.exists() == (status == 302)
    due = (timezone.localtime() + dt.timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    booked = client.post(reverse("contacts:book"), {"customer": customer, "channel": "visit", "due_at": due})
    assert booked.status_code == status


def test_walled_and_past_books_are_closed(bank: Bank) -> None:
    """Behind a wall, and after the position ended, nothing is logged; the form answers 404."""
    bank.wall("e11-1")
    client = sign_in("rm_e11")
    assert client.post(reverse("contacts:log"), said()).status_code == 404
    assert client.get(reverse("contacts:log"), {"customer": "e11-1"}).status_code == 404
    assert client.get(reverse("contacts:log"), {"customer": "e11-2"}).status_code == 200
    with act("tests.left", by=None) as doing:
        doing.change_all(list(Position.objects.filter(user=bank.users["rm_e11"])), valid_to=START)
    assert client.post(reverse("contacts:log"), said("e11-2")).status_code == 403


def test_a_booking_is_met_or_called_off(bank: Bank) -> None:
    """A logged contact answers its booking; another is called off for a reason, and by nobody out of sight."""
    client = sign_in("rm_e11")
    due = (timezone.localtime() + dt.timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    for customer in ("e11-1", "e11-2"):
        client.post(reverse("contacts:book"), {"customer": customer, "channel": "phone", "due_at": due})
    first, second = Booking.objects.order_by("pk")
    client.post(reverse("contacts:log"), said(booking=str(first.pk)))
    first.refresh_from_db()
    assert first.contact == Contact.objects.get()
    address = reverse("contacts:call_off", args=(second.pk,))
    assert sign_in("rm_e12").post(address, {"reason": "x"}).status_code == 404
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "trade fair"}).status_code == 302
    second.refresh_from_db()
    assert second.called_off == "trade fair"
    assert client.post(address, {"reason": "again"}).status_code == 404


def test_words_of_people_are_shown_as_words(bank: Bank) -> None:
    """Markup in a text stays text on every page that shows it."""
    client = sign_in("rm_e11")
    client.post(reverse("contacts:log"), said(next_step="<script>alert(1)</script>", needs="<img src=x onerror=y>"))
    page = client.get(reverse("customer:page", args=("e11-1",))).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_nothing_goes_without_the_token_of_the_page(bank: Bank) -> None:
    """A form of another site cannot log in somebody's name."""
    client = sign_in("rm_e11")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    assert strict.post(reverse("contacts:log"), said()).status_code == 403


def test_an_unseen_customer_is_an_error_of_its_own(bank: Bank) -> None:
    """The act itself refuses, not only the page."""
    today = timezone.localdate()
    entry = Entry("k", "w11-1", Channel.VISIT, Outcome.CONNECTED, timezone.now(), (), "", "n", today, "", 0)
    with pytest.raises(UnseenCustomerError):
        log_contact(viewer=bank.viewer("rm_e11", today=today, as_of=today), entry=entry)
