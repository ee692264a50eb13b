"""Claims on funds paid in order while the balance holds them: exact, over columns. See ``docs/algorithms/fund.md``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kejing.measure.errors import KejingError

type Whole = NDArray[np.int64]
type Flags = NDArray[np.bool_]

_WIDEST = 2**63 - 1


class FundTooLargeError(KejingError):
    """A fund and its claims together do not fit 64 bits of minor units."""

    code = "fund.too_large"


def paid_in_order(fund: Whole, amount: Whole, granted: Whole, may_be_paid: Flags) -> Flags:
    """Which claims are paid if each is taken in turn and refused where the balance does not hold it.

    Parameters
    ----------
    fund
        Number of the fund of each claim, ascending; inside a fund in the order in which claims bind [n_claims].
    amount
        Minor units [n_claims, > 0 where it may be paid].
    granted
        Minor units by number of the fund [n_funds, >= 0].
    may_be_paid
        False for claims that other rules refuse [n_claims].

    Returns
    -------
    array of bool
        [n_claims]

    Raises
    ------
    FundTooLargeError
        A fund times the number of its claims exceeds 64 bits.

    Notes
    -----
    A refused claim leaves the balance as it was, so a running sum over all claims is wrong. Each round takes the
    running sum over those still alive. At the first claim of a fund that it cannot hold, all before are paid; that
    one is refused, and with it every later one that is larger than what is left there, for a balance never rises.
    A round refuses at least one claim; where nothing overspends one round is enough.

    Examples
    --------
    >>> one = np.zeros(3, np.int64)
    >>> paid_in_order(one, np.array([60, 50, 40]), np.array([100]), np.ones(3, np.bool_)).tolist()
    [True, False, True]
    """
    alive = may_be_paid & (amount <= granted[fund])
    _refuse_overflow(fund, granted)
    place = np.arange(len(fund))
    while True:
        running = running_sum(fund, np.where(alive, amount, 0))
        over = np.flatnonzero(alive & (running > granted[fund]))
        if not len(over):
            return alive
        funds, first = np.unique(fund[over], return_index=True)
        stuck = over[first]
        since = np.full(len(granted), len(fund))
        since[funds] = stuck
        left = np.full(len(granted), _WIDEST)
        left[funds] = granted[funds] - (running[stuck] - amount[stuck])
        alive &= (place < since[fund]) | (amount <= left[fund])


def running_sum(fund: Whole, amount: Whole) -> Whole:
    """Sum of ``amount`` from the first claim of the fund up to each claim, itself included [n_claims]."""
    total = np.cumsum(amount)
    starts = np.flatnonzero(np.diff(fund, prepend=-1))
    before = total[starts] - amount[starts]
    lengths = np.diff(np.append(starts, len(fund)))
    summed: Whole = total - np.repeat(before, lengths)
    return summed


def _refuse_overflow(fund: Whole, granted: Whole) -> None:
    """Sums wrap round at 64 bits together, so the difference is right as long as one fund's own sum fits."""
    if not len(fund):
        return
    claims = int(np.bincount(fund).max())
    largest = int(granted.max())
    if largest * claims > _WIDEST:
        raise FundTooLargeError(amount=largest, claims=claims)
