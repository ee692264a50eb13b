"""Where made-up RMs stand: a capacitated clustering of customers on the globe."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

type Vectors = NDArray[np.float64]

_ROUNDS = 12
_NEAREST = 24
_ROOM = 1.05
"""A cluster may hold 5 % more than its even share, so that the last customers need not travel the country."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A point on the globe [degrees]."""

    lat: float
    lon: float

    @property
    def vector(self) -> tuple[float, float, float]:
        """The point on the unit sphere."""
        lat, lon = math.radians(self.lat), math.radians(self.lon)
        return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)

    def distance(self, other: Place) -> float:
        """Straight-line distance through the globe [radii]; it orders places as the great circle does."""
        return math.dist(self.vector, other.vector)

    @classmethod
    def middle(cls, places: Sequence[Place]) -> Self:
        """The point nearest to the mean of ``places``."""
        return cls.at(np.array([place.vector for place in places]).sum(axis=0))

    @classmethod
    def at(cls, vector: Vectors) -> Self:
        """The point under ``vector``, rounded to a millionth of a degree."""
        x, y, z = (float(part) for part in vector)
        return cls(round(math.degrees(math.atan2(z, math.hypot(x, y))), 6), round(math.degrees(math.atan2(y, x)), 6))


def place_centres(places: Sequence[Place], count: int, *, seed: int) -> list[Place]:
    """``count`` places such that each stands amid an even share of ``places``.

    Parameters
    ----------
    places
        Customers [at least one]; their order does not matter.
    seed
        Turns the starting order, nothing else.

    Notes
    -----
    Starts from customers spread evenly along a curve that fills the map, then counted rounds of
    nearest-first assignment with a capacity per centre and moving each centre to the middle of its
    customers. Heuristic: the places are made up, no bound is claimed.
    """
    ordered = sorted(places)
    points = np.array([place.vector for place in ordered])
    order = sorted(range(len(ordered)), key=lambda number: (_curve(ordered[number]), number))
    offset = (seed % 97) / 97
    picks = [order[int((number + offset) * len(order) / count) % len(order)] for number in range(count)]
    centres = points[picks]
    capacity = max(1, math.ceil(len(points) / count * _ROOM))
    for _ in range(_ROUNDS):
        owner = _assign(points, centres, capacity)
        centres = _moved(points, centres, owner)
    return [Place.at(centre) for centre in centres]


def _curve(place: Place) -> int:
    """Position of a place on a Z-order curve over the map."""
    x, y = int((place.lon + 180) * 100), int((place.lat + 90) * 100)
    return sum(((x >> bit & 1) << (2 * bit)) | ((y >> bit & 1) << (2 * bit + 1)) for bit in range(16))


def _assign(points: Vectors, centres: Vectors, capacity: int) -> NDArray[np.int64]:
    """Centre of each point: closest pairs first, no centre beyond ``capacity``."""
    distance = ((points[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
    near = np.argsort(distance, axis=1, kind="stable")[:, :_NEAREST]
    length = np.take_along_axis(distance, near, axis=1)
    owner = np.full(len(points), -1, dtype=np.int64)
    room = np.full(len(centres), capacity)
    for flat in np.argsort(length, axis=None, kind="stable"):
        point, rank = divmod(int(flat), near.shape[1])
        centre = near[point, rank]
        if owner[point] < 0 and room[centre] > 0:
            owner[point] = centre
            room[centre] -= 1
    for point in np.flatnonzero(owner < 0):
        open_centres = np.flatnonzero(room > 0)
        owner[point] = open_centres[distance[point, open_centres].argmin()]
        room[owner[point]] -= 1
    return owner


def _moved(points: Vectors, centres: Vectors, owner: NDArray[np.int64]) -> Vectors:
    """Each centre at the middle of its points; an empty one stays."""
    sums = np.zeros_like(centres)
    np.add.at(sums, owner, points)
    held = np.bincount(owner, minlength=len(centres)) > 0
    length = np.sqrt((sums**2).sum(axis=1, keepdims=True))
    return np.where(held[:, None] & (length > 0), sums / np.where(length > 0, length, 1), centres)
