"""Where customers lie on their RM's round: a curve through the map that keeps neighbours together."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from kejing.stages.deploy.visit.fill import Ints

type Degrees = NDArray[np.float64]

_BITS = 10
"""The map of one book is a grid of 1,024 by 1,024 cells."""
_METRES_PER_DEGREE = 111_195
"""Length of a degree on a sphere of 6,371 km."""


def metres_on_map(lat: Degrees, lon: Degrees, true_at: Degrees) -> tuple[Ints, Ints]:
    """East and north of places in whole metres, on a map that is true at latitude ``true_at`` [n].

    Near enough for the order of a day's visits: within a city the map is off by far less than a street.
    """
    east = np.rint(lon * _METRES_PER_DEGREE * np.cos(np.radians(true_at))).astype(np.int64)
    north = np.rint(lat * _METRES_PER_DEGREE).astype(np.int64)
    return east, north


@njit(cache=True)
def hilbert(rm_start: Ints, east: Ints, north: Ints) -> Ints:
    """Position of each customer along a Hilbert curve over its RM's part of the map [n_customers].

    Parameters
    ----------
    rm_start
        Where each RM's customers begin, and the end of the last [n_rms + 1].
    east, north
        Place [m, n_customers].
    """
    along = np.zeros(len(east), np.int64)
    for rm in range(len(rm_start) - 1):
        low, high = rm_start[rm], rm_start[rm + 1]
        if low == high:
            continue
        left, bottom = east[low:high].min(), north[low:high].min()
        side = max(east[low:high].max() - left, north[low:high].max() - bottom, 1)
        for one in range(low, high):
            x = (east[one] - left) * ((1 << _BITS) - 1) // side
            y = (north[one] - bottom) * ((1 << _BITS) - 1) // side
            along[one] = _on_curve(x, y)
    return along


@njit(cache=True)
def _on_curve(x: int, y: int) -> int:
    position, half = 0, 1 << (_BITS - 1)
    while half > 0:
        right, top = int((x & half) > 0), int((y & half) > 0)
        position += half * half * ((3 * right) ^ top)
        if top == 0:
            if right == 1:
                x, y = half - 1 - (x & (half - 1)), half - 1 - (y & (half - 1))
            x, y = y, x
        half >>= 1
    return position


def turn_of(rm: Ints, along: Ints, weight: Ints) -> Ints:
    """Where each customer lies on its RM's round, so that equal stretches hold equal minutes [millionths, n_customers].

    Parameters
    ----------
    rm
        RM of each customer [n_customers].
    along
        Position on the curve [n_customers]; ties by the customer's number.
    weight
        Minutes of visits the customer takes [min, n_customers].
    """
    if not len(rm):
        return np.zeros(0, np.int64)
    order = np.lexsort((np.arange(len(rm)), along, rm))
    heavy = np.cumsum(weight[order])
    sorted_rm = rm[order]
    starts = np.flatnonzero(np.diff(sorted_rm, prepend=-1))
    before = np.repeat(heavy[starts] - weight[order][starts], np.diff(np.append(starts, len(rm))))
    total = np.repeat(np.add.reduceat(weight[order], starts), np.diff(np.append(starts, len(rm))))
    middle = 2 * (heavy - before) - weight[order]
    turn = np.empty(len(rm), np.int64)
    turn[order] = middle * 1_000_000 // np.maximum(1, 2 * total)
    return turn
