"""The columns of the kernels: chains, shares of windows, rounds through the book, days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from kejing.stages.deploy.visit.fill import NONE, Ints, Made
from kejing.stages.deploy.visit.fit import Open, Time
from kejing.stages.deploy.visit.place import Ground, Kept
from kejing.stages.deploy.visit.read import Book, Contacts, Dues, degrees, ints
from kejing.stages.deploy.visit.tour import Degrees, hilbert, metres_on_map, turn_of

_MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class Rules:
    """Parameters of the plan: see ``docs/algorithms/visit.md``.

    Attributes
    ----------
    counting_days
        Days from one contact that counts to the next [days].
    spacing
        Part of the even distance between two contacts that a plan should keep [share].
    day_peak
        What a single day may hold, as a part of a day's minutes [share].
    catch_up_days
        Working days after a leave within which a missed contact may be made [days].
    """

    counting_days: int
    spacing: Fraction
    day_peak: Fraction
    catch_up_days: int


class DueColumns:
    """Everything that is known of each contact due, in the order of the book [n_due]."""

    def __init__(self, book: Book) -> None:
        self.book = book
        term = book.dues.term
        travels = [channel.travels for channel in book.settings.channels.values()]
        self.minutes = _column([one.minutes for one in book.terms])[term]
        self.rank = _column([one.rank for one in book.terms])[term]
        self.is_event = _column([one.is_event for one in book.terms])[term] > 0
        self.travels = _column([travels[one.channel] for one in book.terms])[term] > 0
        key = _key(book, book.dues)
        self.starts = np.append(np.flatnonzero(np.diff(key, prepend=NONE)), len(key))
        self.chain = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))
        theirs = _key(book, book.contacts)
        self.made = Made(np.append(np.searchsorted(theirs, key[self.starts[:-1]]), len(theirs)), book.contacts.day)

    @cached_property
    def shares(self) -> tuple[Ints, Ints]:
        """Which of how many contacts of its chain and term each one is: place from 0, and their number."""
        dues = self.book.dues
        begins = (np.diff(self.chain, prepend=NONE) != 0) | (np.diff(dues.term, prepend=NONE) != 0)
        starts = np.flatnonzero(begins)
        sizes = np.diff(np.append(starts, len(begins)))
        return np.arange(len(begins)) - np.repeat(starts, sizes), np.repeat(sizes, sizes)

    @property
    def booked(self) -> Ints:
        """Minutes that appointments take; one takes as long as the first contact due of its chain.

        [min, n_rms, n_days]
        """
        book = self.book
        booked = np.zeros(book.away.shape, np.int64)
        long = np.repeat(self.minutes[self.starts[:-1]], np.diff(self.made.start))
        ahead = book.contacts.day > book.today
        np.add.at(booked, (book.contacts.rm[ahead], book.contacts.day[ahead]), long[ahead])
        return booked

    def open(self, rows: Ints, last: Ints) -> Open:
        """What is still to be planned; time is given by rank, then by deadline, then in the order of the book."""
        rm = self.book.dues.rm[rows]
        order = np.lexsort((np.arange(len(rows)), last[rows], self.rank[rows], rm))
        return Open(
            _rm_starts(self.book, rm),
            self.chain[rows],
            self.book.dues.first[rows],
            last[rows],
            self.minutes[rows],
            order.astype(np.int64),
        )

    def kept(self, rows: Ints, between: tuple[Ints, Ints], rules: Rules, is_caught_up: Ints) -> Kept:
        """What is put on days: those that travel first, short windows before long ones."""
        book, (earliest, latest) = self.book, between
        dues, customer = book.dues, book.dues.customer[rows]
        place, number = self.shares
        before = book.worked_before
        start = before[dues.first]
        length = before[dues.last + 1] - start
        share_from = np.asarray(start + place * length // number, np.int64)
        share_to = np.asarray(start + (place + 1) * length // number, np.int64)
        wanted = (dues.last - dues.first + 1) * rules.spacing.numerator
        apart = -(-wanted // (number * rules.spacing.denominator))
        east, north, turn = _round(book, self.minutes * self.travels)
        turn_of_row = np.where(self.travels[rows], turn[customer], NONE)
        order = np.lexsort((turn_of_row, latest - earliest, ~self.travels[rows], dues.rm[rows]))
        return Kept(
            rm_start=_rm_starts(book, dues.rm[rows]),
            chain=self.chain[rows],
            earliest=earliest,
            latest=latest,
            minutes=self.minutes[rows],
            apart=np.where(self.is_event | (is_caught_up > 0), 0, apart)[rows],
            share_from=share_from[rows],
            share_to=share_to[rows],
            turn=turn_of_row,
            east=east[customer],
            north=north[customer],
            order=order.astype(np.int64),
        )

    def ground(self, time: Time, rules: Rules) -> Ground:
        """What the days hold; a round through the book takes as long as the shortest share of a window."""
        book = self.book
        dues, before = book.dues, book.worked_before
        _, number = self.shares
        length = np.maximum(1, (before[dues.last + 1] - before[dues.first]) // number)
        cycle = np.full(len(book.daily), max(1, int(before[-1])), np.int64)
        regular = self.travels & ~self.is_event
        np.minimum.at(cycle, dues.rm[regular], length[regular])
        home_lat, home_lon = _homes(book)
        east, north = metres_on_map(home_lat, home_lon, home_lat)
        most = book.daily * rules.day_peak.numerator // rules.day_peak.denominator
        return Ground(time.is_free, most, time.booked, before[:-1], cycle, east, north)


def _column(values: Sequence[int]) -> Ints:
    return np.array(values, np.int64)


def _key(book: Book, columns: Dues | Contacts) -> Ints:
    """RM, customer and channel in one number that sorts as they do."""
    people, channels = book.customers.num_rows, len(book.settings.channels)
    key: Ints = (columns.rm * people + columns.customer) * channels + columns.channel
    return key


def _rm_starts(book: Book, rm: Ints) -> Ints:
    return np.searchsorted(rm, np.arange(len(book.daily) + 1)).astype(np.int64)


def _homes(book: Book) -> tuple[Degrees, Degrees]:
    """Where RMs start from [degrees, n_rms]; zero where nobody knows."""
    found = []
    for name in ("lat", "lon"):
        own = degrees(book.rms, f"micro_{name}") / _MICRO
        found.append(np.nan_to_num(np.where(np.isnan(own), degrees(book.rms, name), own)))
    return found[0], found[1]


def _round(book: Book, weight: Ints) -> tuple[Ints, Ints, Ints]:
    """East, north and turn of each customer [n_customers]; one without a place lies at its RM's."""
    rm = ints(book.customers, "rm")
    home_lat, home_lon = (home[rm] for home in _homes(book))
    lat, lon = degrees(book.customers, "lat"), degrees(book.customers, "lon")
    east, north = metres_on_map(
        np.where(np.isnan(lat), home_lat, lat), np.where(np.isnan(lon), home_lon, lon), home_lat
    )
    order = np.argsort(rm, kind="stable")
    along = np.zeros(len(rm), np.int64)
    along[order] = hilbert(_rm_starts(book, rm[order]), east[order], north[order])
    load = np.bincount(book.dues.customer, weights=weight, minlength=len(rm)).astype(np.int64)
    return east, north, turn_of(rm, along, load)
