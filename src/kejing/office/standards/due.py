"""Contacts that are owed, and which contact or booking fills which."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from kejing.stages.deploy.visit.fill import NONE, Chains, Made, fill

_DAY = dt.timedelta(days=1)


class State(StrEnum):
    """What became of a contact that is owed."""

    DONE = "done"
    BOOKED = "booked"
    OPEN = "open"
    LOST = "lost"  # its window is over, or holds no day any more on which it could count


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """A contact that an RM owes a customer within a window, as the run lists it.

    Attributes
    ----------
    due_from, due_to
        First and last day on which it counts.
    """

    customer_id: str
    channel: str
    due_to: dt.date
    due_from: dt.date
    number: int
    tier: str
    standard: str


@dataclass(frozen=True, slots=True)
class DueState:
    """What became of a due contact, and on which day."""

    due: Due
    state: State
    on: dt.date | None = None


@dataclass(frozen=True, slots=True, order=True)
class Meeting:
    """A day on which an RM met a customer, or is to."""

    customer_id: str
    channel: str
    day: dt.date


def settle(
    dues: Iterable[Due], meetings: Iterable[Meeting], *, today: dt.date, counting_days: int
) -> tuple[DueState, ...]:
    """What became of each due contact; a meeting fills the open window that ends first, as in the run.

    Parameters
    ----------
    meetings
        The RM's own: made up to ``today``, booked after it; one of today that is booked counts as booked only if it is
        not there as made.
    counting_days
        Days from one contact that counts to the next [days, >= 1].
    """
    owed = sorted(dues)
    if not owed:
        return ()
    origin = min(due.due_from for due in owed)
    chains: dict[tuple[str, str], list[Due]] = defaultdict(list)
    for due in owed:
        chains[due.customer_id, due.channel].append(due)
    made: dict[tuple[str, str], list[dt.date]] = defaultdict(list)
    for meeting in sorted(set(meetings)):
        made[meeting.customer_id, meeting.channel].append(meeting.day)
    days = [made[key] for key in chains]
    flat = [day for each in days for day in each]
    filled = fill(
        Chains(
            _starts(list(chains.values())),
            np.array([(due.due_from - origin).days for due in owed], np.int64),
            np.array([(due.due_to - origin).days for due in owed], np.int64),
        ),
        Made(_starts(days), np.array([(day - origin).days for day in flat], np.int64)),
        counting_days,
    )
    on = [flat[place] if place != NONE else None for place in filled.tolist()]
    return tuple(_states(owed, on, today=today, counting_days=counting_days))


def _states(
    owed: Sequence[Due], on: Sequence[dt.date | None], *, today: dt.date, counting_days: int
) -> Iterable[DueState]:
    """Open ones are lost once more of them wait than days are left on which one could count."""
    waiting: dict[tuple[str, str], int] = defaultdict(int)
    for due, day in zip(owed, on, strict=True):
        if day is not None:
            yield DueState(due, State.DONE if day <= today else State.BOOKED, day)
            continue
        place = waiting[due.customer_id, due.channel]
        earliest = max(today, due.due_from) + place * counting_days * _DAY
        is_lost = earliest > due.due_to
        if not is_lost:
            waiting[due.customer_id, due.channel] += 1
        yield DueState(due, State.LOST if is_lost else State.OPEN)


def _starts(parts: Sequence[Sequence[object]]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.cumsum([0, *(len(part) for part in parts)]).astype(np.int64)
