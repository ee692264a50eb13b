"""Who fits into the time there is: time is given in order of rank, window by window."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from kejing.stages.deploy.visit.fill import Flags, Ints

KEPT, NO_DAY, NO_TIME = 0, 1, 2


class Open(NamedTuple):
    """Contacts still to be planned, by RM and in a chain by ``last``, then ``first``.

    Attributes
    ----------
    rm_start
        Where each RM begins, and the end of the last [n_rms + 1].
    chain
        Number of the chain [n_open].
    first, last
        Days of the window, both inside [n_open].
    minutes
        Time of one contact [min, n_open].
    order
        Places within all contacts in the order in which time is given, RM by RM [n_open].
    """

    rm_start: Ints
    chain: Ints
    first: Ints
    last: Ints
    minutes: Ints
    order: Ints


class Time(NamedTuple):
    """Days and minutes of the RMs.

    Attributes
    ----------
    is_free
        Days still ahead that the RM works [n_rms, n_days].
    daily
        Minutes for contacts on a day [min, n_rms].
    booked
        Minutes that appointments take [min, n_rms, n_days].
    """

    is_free: Flags
    daily: Ints
    booked: Ints


@njit(cache=True)
def fit(work: Open, time: Time, gap: int) -> tuple[Ints, Ints, Ints]:
    """What becomes of each contact, and between which days it may be put.

    Returns
    -------
    verdict, earliest, latest
        ``KEPT``, ``NO_DAY`` or ``NO_TIME``; first and last day that leave the other contacts of the chain theirs
        [n_open each].

    Notes
    -----
    A contact is kept if its minutes fit beside those given before it: in every stretch of days that holds its window,
    the minutes asked for must not exceed the minutes there are. Contacts count as divisible here, so what is asked for
    is a flow from contacts to days, and the part a contact gets can only grow with any day's minutes (Gale and Politof
    1981). Hence more time never leaves out anybody who fitted with less. What a contact gets in part stays given to it.
    """
    verdict = np.full(len(work.first), KEPT, np.int64)
    earliest, latest = work.first.copy(), work.last.copy()
    for rm in range(len(work.rm_start) - 1):
        if work.rm_start[rm] == work.rm_start[rm + 1]:
            continue
        days = np.flatnonzero(time.is_free[rm])
        _keep_apart(work, rm, (days, gap), (verdict, earliest, latest))
        _give_time(work, rm, (days, time), (verdict, earliest, latest))
    return verdict, earliest, latest


@njit(cache=True)
def _keep_apart(work: Open, rm: int, apart: tuple[Ints, int], found: tuple[Ints, Ints, Ints]) -> None:
    """Windows narrowed so that the contacts of a chain can stand ``gap`` days apart on days of work."""
    days, gap = apart
    verdict, earliest, latest = found
    chain, past = -1, -gap
    for place in range(work.rm_start[rm], work.rm_start[rm + 1]):
        if work.chain[place] != chain:
            chain, past = work.chain[place], -gap
        at = np.searchsorted(days, max(work.first[place], past + gap))
        if at == len(days) or days[at] > work.last[place]:
            verdict[place] = NO_DAY
        else:
            earliest[place] = past = days[at]
    chain, following = -1, 0
    for place in range(work.rm_start[rm + 1] - 1, work.rm_start[rm] - 1, -1):
        if verdict[place] == NO_DAY:
            continue
        if work.chain[place] != chain:
            chain, following = work.chain[place], work.last[place] + gap
        bound = min(work.last[place], following - gap)
        latest[place] = following = days[np.searchsorted(days, bound, side="right") - 1]


@njit(cache=True)
def _give_time(work: Open, rm: int, ahead: tuple[Ints, Time], found: tuple[Ints, Ints, Ints]) -> None:
    """Minutes handed out by rank; ``asked[a, b]`` are those whose windows lie within free days ``a`` to ``b``."""
    days, time = ahead
    verdict, earliest, latest = found
    until = np.zeros(len(days) + 1, np.int64)
    for at in range(len(days)):
        until[at + 1] = until[at] + max(0, time.daily[rm] - time.booked[rm, days[at]])
    asked = np.zeros((len(days), len(days)), np.int64)
    for turn in range(work.rm_start[rm], work.rm_start[rm + 1]):
        place = work.order[turn]
        if verdict[place] == NO_DAY:
            continue
        low, high = np.searchsorted(days, earliest[place]), np.searchsorted(days, latest[place])
        room = work.minutes[place]
        for a in range(low + 1):
            for b in range(high, len(days)):
                room = min(room, until[b + 1] - until[a] - asked[a, b])
        room = max(0, room)
        asked[: low + 1, high:] += room
        if room < work.minutes[place]:
            verdict[place] = NO_TIME
