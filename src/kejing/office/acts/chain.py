"""The seal of events, and whether the chain still holds."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import batched

from kejing.office.acts.models import ChainHead, Event, Touch

FIRST_SEAL = "0" * 64
_EVENTS_AT_ONCE = 500


class Fault(StrEnum):
    """What is wrong at one place of the chain."""

    EDITED = "edited"  # the event or one of its rows is not what was sealed
    MISSING = "missing"  # a number is not there
    UNLINKED = "unlinked"  # the event does not follow the one before
    CUT = "cut"  # the newest events are gone


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the chain does not hold."""

    number: int
    fault: Fault


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a walk along the chain found; ``seal`` is worth noting outside the machine."""

    events: int
    seal: str
    breaks: tuple[Break, ...]


def rows_seal(touches: Iterable[Touch]) -> str:
    """Hash of the rows of one event, in their order."""
    digest = hashlib.sha256()
    for touch in touches:
        digest.update(
            _canonical(
                [touch.place, touch.entity, touch.key, touch.customer_id, touch.rm_id, touch.before, touch.after]
            )
        )
    return digest.hexdigest()


def event_seal(event: Event) -> str:
    """Hash of an event and of the seal before it."""
    said = [
        event.number,
        event.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        event.code,
        event.actor_id,
        event.on_behalf_of_id,
        event.reason,
        event.change_set_id,
        event.facts,
        event.touched,
        event.rows_seal,
        event.seal_before,
    ]
    return hashlib.sha256(_canonical(said)).hexdigest()


def verify() -> ChainReport:
    """Walk along the whole chain and name every place where it does not hold.

    Notes
    -----
    The seals show what was changed behind the office's back. Somebody who rewrites every later seal as well is found
    by comparing the newest seal with one noted elsewhere earlier, for which the report gives it.
    """
    breaks: list[Break] = []
    before, expected = FIRST_SEAL, 1
    for event, touches in _events():
        breaks += [Break(number, Fault.MISSING) for number in range(expected, event.number)]
        if event.seal_before != before and event.number == expected:
            breaks.append(Break(event.number, Fault.UNLINKED))
        if rows_seal(touches) != event.rows_seal or event_seal(event) != event.seal:
            breaks.append(Break(event.number, Fault.EDITED))
        before, expected = event.seal, event.number + 1
    head = ChainHead.objects.filter(pk=1).first()
    last = head.number if head else 0
    if (last, head.seal if head and last else FIRST_SEAL) != (expected - 1, before):
        breaks.append(Break(max(last, expected - 1), Fault.CUT))
    return ChainReport(expected - 1, before, tuple(breaks))


def is_known(seal: str) -> bool:
    """Whether a seal that somebody noted is still one of the chain."""
    return Event.objects.filter(seal=seal).exists()


def _events() -> Iterator[tuple[Event, list[Touch]]]:
    """Every event with its rows, a slice at a time."""
    for events in batched(Event.objects.order_by("number").iterator(_EVENTS_AT_ONCE), _EVENTS_AT_ONCE, strict=False):
        rows: dict[int, list[Touch]] = {event.number: [] for event in events}
        for touch in Touch.objects.filter(event__in=rows).order_by("event_id", "place").iterator(_EVENTS_AT_ONCE):
            rows[touch.event_id].append(touch)
        yield from ((event, rows[event.number]) for event in events)


def _canonical(said: object) -> bytes:
    return json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
