"""A contact or a booking as somebody fills it in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.http import QueryDict
from django.utils import timezone

from kejing.measure.period import NotAPeriodError, parse_day
from kejing.office.books.models.work import Channel
from kejing.office.contacts.errors import IncompleteContactError

_TEXT, _KEY, _DIGITS = 2_000, 64, 18


class Outcome(StrEnum):
    """What became of a contact; the first two are codes of the facts."""

    CONNECTED = "connected"
    NOT_CONNECTED = "not_connected"
    CALLED_OFF = "called_off"


class Tag(StrEnum):
    """What a contact was about."""

    DEPOSIT = "deposit"
    LOAN = "loan"
    TREASURY = "treasury"
    SETTLEMENT = "settlement"
    INVESTMENT = "investment"
    PRICE = "price"
    COMPLAINT = "complaint"
    COMPETITOR = "competitor"


@dataclass(frozen=True, slots=True)
class Entry:
    """A contact as it is told.

    Attributes
    ----------
    client_key
        Made by the device for this one entry; sent again, it changes nothing.
    called_off
        Why it did not take place; only where the outcome says so.
    booking_id
        The booking that it answers; 0 for none.
    """

    client_key: str
    customer_id: str
    channel: Channel
    outcome: Outcome
    happened_at: dt.datetime
    tags: tuple[Tag, ...]
    needs: str
    next_step: str
    next_on: dt.date
    called_off: str
    booking_id: int

    @classmethod
    def read(cls, said: QueryDict) -> Entry:
        """The entry of a form.

        Raises
        ------
        IncompleteContactError
            A field that is needed is empty, or holds something else than it should.
        """
        outcome = _choice(Outcome, said, "outcome")
        return cls(
            client_key=_text(said, "client_key", most=_KEY),
            customer_id=_text(said, "customer"),
            channel=_choice(Channel, said, "channel"),
            outcome=outcome,
            happened_at=_instant(said, "happened_at"),
            tags=tuple(tag for tag in Tag if tag in said.getlist("tags")),
            needs=said.get("needs", "").strip()[:_TEXT],
            next_step=_text(said, "next_step"),
            next_on=_day(said, "next_on"),
            called_off=_text(said, "called_off") if outcome is Outcome.CALLED_OFF else "",
            booking_id=_number(said, "booking"),
        )


@dataclass(frozen=True, slots=True)
class Appointment:
    """A contact to come as it is told."""

    customer_id: str
    channel: Channel
    due_at: dt.datetime
    note: str

    @classmethod
    def read(cls, said: QueryDict) -> Appointment:
        """The appointment of a form.

        Raises
        ------
        IncompleteContactError
            A field that is needed is empty, or holds something else than it should.
        """
        return cls(
            customer_id=_text(said, "customer"),
            channel=_choice(Channel, said, "channel"),
            due_at=_instant(said, "due_at"),
            note=said.get("note", "").strip()[:_TEXT],
        )


def _text(said: Mapping[str, str], name: str, *, most: int = _TEXT) -> str:
    text = said.get(name, "").strip()
    if not text:
        raise IncompleteContactError(field=name)
    return text[:most]


def _choice[C: StrEnum | Channel](kind: type[C], said: Mapping[str, str], name: str) -> C:
    try:
        return kind(said.get(name, ""))
    except ValueError as cause:
        raise IncompleteContactError(field=name) from cause


def _number(said: Mapping[str, str], name: str) -> int:
    """A whole number; 0 where there is none."""
    text = said.get(name, "")
    return int(text) if text.isdecimal() and len(text) < _DIGITS else 0


def _day(said: Mapping[str, str], name: str) -> dt.date:
    try:
        return parse_day(said.get(name, ""))
    except NotAPeriodError as cause:
        raise IncompleteContactError(field=name) from cause


def _instant(said: Mapping[str, str], name: str) -> dt.datetime:
    """An instant as the browser writes it, in the institution's time."""
    try:
        read = dt.datetime.fromisoformat(said.get(name, ""))
        return (read if timezone.is_aware(read) else timezone.make_aware(read)).astimezone(dt.UTC)
    except (ValueError, OverflowError) as cause:
        raise IncompleteContactError(field=name) from cause
