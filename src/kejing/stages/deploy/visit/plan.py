"""From due contacts to what became of each: done, booked, planned on a day, or left out and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from kejing.stages.deploy.visit.columns import DueColumns, Rules
from kejing.stages.deploy.visit.fill import NONE, Chains, Ints, after_leave, fill
from kejing.stages.deploy.visit.fit import KEPT, NO_TIME, Time, fit
from kejing.stages.deploy.visit.place import Fixed, Ground, Kept, day_routes, place, too_close
from kejing.stages.deploy.visit.read import Book

_ROUNDS = 2


class Status(IntEnum):
    """What became of a due contact."""

    DONE = 0
    BOOKED = 1
    PLANNED = 2
    LEFT_OUT = 3


class Reason(IntEnum):
    """Why a contact is left out, or why it is due beyond its window."""

    NONE = 0
    CATCH_UP = 1  # the RM was on leave when the window closed
    OVER = 2  # the window closed before the run's day
    ON_LEAVE = 3  # the RM is on leave for all of the window
    NO_DAY = 4  # no working day is left in the window
    NO_TIME = 5  # the RM has no minutes left for it


class Breach(IntEnum):
    """What a planned day does not hold to."""

    NONE = 0
    MINUTES = 1
    SPACING = 2
    BOTH = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """One entry a due contact [n_due], in the order of the book's dues.

    Attributes
    ----------
    day
        Day done, booked or planned, counted from the start of the horizon; -1 where left out.
    contact
        Number of the contact that fills it, -1 if none.
    last
        Last day, moved on where it may be caught up after leave.
    booked
        Minutes that appointments take [min, n_rms, n_days].
    most
        Minutes that a day may hold [min, n_rms].
    metres
        On the road by the days ahead [m, n_rms].
    """

    chain: Ints
    status: Ints
    reason: Ints
    breach: Ints
    day: Ints
    contact: Ints
    last: Ints
    booked: Ints
    most: Ints
    metres: Ints


def make_plan(book: Book, rules: Rules) -> Outcome:
    """Fill, fit and place."""
    dues, columns = book.dues, DueColumns(book)
    last = after_leave((dues.rm, dues.first, dues.last), book.worked, book.away, rules.catch_up_days)
    contact = fill(Chains(columns.starts, dues.first, last), columns.made, rules.counting_days)
    is_free = book.worked & ~book.away
    is_free[:, : book.today + 1] = False
    time = Time(is_free, book.daily, columns.booked)
    rows = np.flatnonzero(contact == NONE)
    verdict, earliest, latest = fit(columns.open(rows, last), time, rules.counting_days)
    kept = verdict == KEPT
    planned = rows[kept]
    work = columns.kept(planned, (earliest[kept], latest[kept]), rules, last - dues.last)
    fixed, ground = Fixed(columns.made.start, columns.made.day), columns.ground(time, rules)
    put = place(work, fixed, ground, _ROUNDS)
    status, day, reason = _told(book, contact, last, (rows, verdict))
    status[planned], day[planned] = Status.PLANNED, put
    breach = np.zeros(len(day), np.int64)
    rm = dues.rm[planned]
    breach[planned] = Breach.MINUTES * _too_full(rm, work, ground, put) + Breach.SPACING * too_close(work, fixed, put)
    metres = _metres(rm, work, ground, put)
    return Outcome(columns.chain, status, reason, breach, day, contact, last, time.booked, ground.most, metres)


def _told(book: Book, contact: Ints, last: Ints, fitted: tuple[Ints, Ints]) -> tuple[Ints, Ints, Ints]:
    """Status, day and reason of what is done, booked or cannot be planned [n_due each]."""
    dues, (rows, verdict) = book.dues, fitted
    met = contact != NONE
    day = np.full(len(met), NONE, np.int64)
    day[met] = book.contacts.day[contact[met]]
    status = np.where(met, np.where(day > book.today, Status.BOOKED, Status.DONE), Status.LEFT_OUT)
    reason = np.where(last > dues.last, Reason.CATCH_UP, Reason.NONE)
    left = rows[verdict != KEPT]
    worked, at_work = _counts(book, dues.rm[left], dues.first[left], last[left])
    why = np.where(last[left] <= book.today, Reason.OVER, Reason.NO_DAY)
    ahead, at_work_ahead = _counts(book, dues.rm[left], np.maximum(dues.first[left], book.today + 1), last[left])
    on_leave = ((ahead > 0) & (at_work_ahead == 0)) | ((worked > 0) & (at_work == 0))
    why = np.where(on_leave, Reason.ON_LEAVE, why)
    reason[left] = np.where(verdict[verdict != KEPT] == NO_TIME, Reason.NO_TIME, why)
    return status, day, reason


def _counts(book: Book, rm: Ints, first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """Working days between two days, and those that the RM works [n each]; none where the days are turned round."""
    before = book.worked_before
    own = np.zeros((len(book.daily), len(before)), np.int64)
    own[:, 1:] = np.cumsum(book.worked & ~book.away, axis=1)
    end = np.maximum(first, last + 1)
    return before[end] - before[first], own[rm, end] - own[rm, first]


def _too_full(rm: Ints, work: Kept, ground: Ground, day: Ints) -> Ints:
    """1 for each contact that a day has no room for beside what stands before it in the book [n_kept]."""
    order = np.lexsort((np.arange(len(day)), day, rm))
    key = rm[order] * ground.booked.shape[1] + day[order]
    load = np.cumsum(work.minutes[order])
    starts = np.flatnonzero(np.diff(key, prepend=NONE))
    before = np.repeat(load[starts] - work.minutes[order][starts], np.diff(np.append(starts, len(key))))
    held = load - before + ground.booked[rm[order], day[order]]
    told = np.zeros(len(day), np.int64)
    told[order] = held > ground.most[rm[order]]
    return told


def _metres(rm: Ints, work: Kept, ground: Ground, day: Ints) -> Ints:
    """On the road by the days planned [m, n_rms]."""
    travels = np.flatnonzero(work.turn != NONE)
    starts = np.searchsorted(rm[travels], np.arange(len(ground.most) + 1)).astype(np.int64)
    spot = (work.east[travels], work.north[travels])
    return day_routes(starts, day[travels], spot, (ground.home_east, ground.home_north))
