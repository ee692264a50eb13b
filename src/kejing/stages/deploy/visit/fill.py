"""Which contact fills which due one: the earliest deadline first, one contact for one, one a day."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

type Ints = NDArray[np.int64]
type Flags = NDArray[np.bool_]

NONE = -1


class Chains(NamedTuple):
    """Due contacts in chains: one RM, one customer, one channel.

    Attributes
    ----------
    start
        Where each chain begins, and the end of the last [n_chains + 1].
    first, last
        Days of the window, both inside, counted from the start of the horizon [n_due]; in a chain by ``last``, then
        ``first``.
    """

    start: Ints
    first: Ints
    last: Ints


class Made(NamedTuple):
    """Contacts of the chains: ``start`` [n_chains + 1] and ``day`` [n_contacts], by day within a chain."""

    start: Ints
    day: Ints


@njit(cache=True)
def fill(dues: Chains, made: Made, gap: int) -> Ints:
    """Number of the contact that fills each due one, -1 where none does [n_due].

    Parameters
    ----------
    gap
        Days from one contact that counts to the next [days, >= 1]: 1 lets the second of a day count for nothing.

    Notes
    -----
    Contacts are taken by day; each goes to the open window that ends first. Taking the earliest deadline fills as many
    as can be filled.
    """
    filled = np.full(len(dues.first), NONE, np.int64)
    for chain in range(len(dues.start) - 1):
        counted = -gap
        for contact in range(made.start[chain], made.start[chain + 1]):
            day = made.day[contact]
            if day - counted < gap:
                continue
            for due in range(dues.start[chain], dues.start[chain + 1]):
                if filled[due] == NONE and dues.first[due] <= day <= dues.last[due]:
                    filled[due] = contact
                    counted = day
                    break
    return filled


@njit(cache=True)
def phases(letters: NDArray[np.uint8], start: Ints, windows: int) -> Ints:
    """A number below ``windows`` for each id, the same in every book and every year [n_ids].

    Parameters
    ----------
    letters, start
        Bytes of all ids one behind the other, and where each begins [n_ids + 1].

    Notes
    -----
    FNV-1a of the bytes, 64 bits.
    """
    found = np.empty(len(start) - 1, np.int64)
    for one in range(len(found)):
        mixed = np.uint64(14695981039346656037)
        for at in range(start[one], start[one + 1]):
            mixed = (mixed ^ np.uint64(letters[at])) * np.uint64(1099511628211)
        found[one] = np.int64(mixed % np.uint64(windows))
    return found


@njit(cache=True)
def after_leave(window: tuple[Ints, Ints, Ints], worked: Flags, away: Flags, grace: int) -> Ints:
    """Last day of each window, moved on where the RM was on leave when it closed.

    Parameters
    ----------
    window
        RM, first and last day of each due contact [n_due each].
    worked
        Working days of the horizon [n_days].
    away
        Days of leave [n_rms, n_days].
    grace
        The RM's own working days after the leave within which the contact may be caught up [days].

    Returns
    -------
    array of int
        [n_due]; as it was where the RM did not work again within the horizon.
    """
    rms, first, last = window
    moved = last.copy()
    for due in range(len(last)):
        day = last[due]
        while day > first[due] and not worked[day]:
            day -= 1
        if not worked[day] or not away[rms[due], day]:
            continue
        left = grace
        while left > 0 and day + 1 < len(worked):
            day += 1
            if worked[day] and not away[rms[due], day]:
                left -= 1
                moved[due] = max(moved[due], day)
    return moved
