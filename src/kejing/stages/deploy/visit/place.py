"""On which day: every kept contact in its window, days not too full, contacts apart, visits of a day near one another.

Integers throughout (metres, minutes, days), rows in a fixed order, counted rounds: the same book gives the same plan.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from kejing.stages.deploy.visit.fill import NONE, Flags, Ints

_SEATS = 24
"""Visits of a day that are looked at for the way to the next one."""
_TOO_FULL, _PER_MINUTE = 500_000, 1_000
_TOO_CLOSE, _PER_DAY = 500_000, 5_000
_SAME_DAY = 5_000_000
_FAR = 1_000_000
_OFF_CYCLE, _OFF_SHARE, _FULLNESS = 2_000, 300, 3_000
"""Costs are metres of way: a breach weighs more than any way, evenness as much as a few kilometres."""


class Kept(NamedTuple):
    """Contacts that fit, by RM and chain.

    Attributes
    ----------
    rm_start
        Where each RM begins, and the end of the last [n_rms + 1].
    chain
        Number of the chain [n_kept].
    earliest, latest
        Days between which the contact may be put [n_kept].
    minutes
        Time it takes [min, n_kept].
    apart
        Days wanted to the other contacts of the chain; 0 asks for none [n_kept].
    share_from, share_to
        The contact's even share of its window, in working days of the horizon [n_kept].
    turn
        Where on the RM's round the customer lies, in millionths; -1 where the contact does not travel [n_kept].
    east, north
        Place of the customer [m, n_kept].
    order
        Places in the order in which they are put, RM by RM [n_kept].
    """

    rm_start: Ints
    chain: Ints
    earliest: Ints
    latest: Ints
    minutes: Ints
    apart: Ints
    share_from: Ints
    share_to: Ints
    turn: Ints
    east: Ints
    north: Ints
    order: Ints


class Fixed(NamedTuple):
    """Contacts made or booked: where each chain begins [n_chains + 1], and their days [n_fixed]."""

    start: Ints
    day: Ints


class Ground(NamedTuple):
    """What the days hold.

    Attributes
    ----------
    is_free
        Days still ahead that the RM works [n_rms, n_days].
    most
        Minutes that a day may hold [min, n_rms].
    booked
        Minutes that appointments take [min, n_rms, n_days].
    worked_before
        Working days before each day of the horizon [n_days].
    cycle
        Working days of one round through the book [n_rms].
    home_east, home_north
        Where the RM starts from [m, n_rms].
    """

    is_free: Flags
    most: Ints
    booked: Ints
    worked_before: Ints
    cycle: Ints
    home_east: Ints
    home_north: Ints


class _Day(NamedTuple):
    """What stands so far, of one RM: day of each contact, minutes and visits of each day."""

    of: Ints
    load: Ints
    seats: Ints
    taken: Ints


@njit(cache=True)
def place(work: Kept, fixed: Fixed, ground: Ground, rounds: int) -> Ints:
    """The day of each contact [n_kept].

    Parameters
    ----------
    rounds
        How often everything is taken up again and put where it costs least beside the rest.

    Notes
    -----
    The first round follows the tour: a customer's place on it says which day of the cycle is his, so neighbours meet
    on a day and rounds repeat at even distance. Later rounds go by the way to the nearest visit of the day; what does
    not travel moves only off a day that is too full.
    """
    day = np.full(len(work.chain), NONE, np.int64)
    for rm in range(len(work.rm_start) - 1):
        if work.rm_start[rm] == work.rm_start[rm + 1]:
            continue
        days = ground.booked.shape[1]
        state = _Day(day, ground.booked[rm].copy(), np.full((days, _SEATS), NONE, np.int64), np.zeros(days, np.int64))
        for number in range(rounds + 1):
            for turn in range(work.rm_start[rm], work.rm_start[rm + 1]):
                one = work.order[turn]
                if number:
                    if work.turn[one] == NONE and state.load[day[one]] <= ground.most[rm]:
                        continue
                    _lift(work, state, one)
                _put(work, state, one, _cheapest(work, fixed, ground, state, (rm, one, number == 0)))
    return day


@njit(cache=True)
def _cheapest(work: Kept, fixed: Fixed, ground: Ground, state: _Day, asked: tuple[int, int, bool]) -> int:
    rm, one, is_first = asked
    best, least = NONE, 0
    for day in range(work.earliest[one], work.latest[one] + 1):
        if not ground.is_free[rm, day]:
            continue
        cost = _crowding(work, ground, state, (rm, one, day)) + _evenness(work, ground, (rm, one, day))
        if best == NONE or cost < least:
            cost += _nearness(work, fixed, state, (one, day))
        if work.turn[one] != NONE and (best == NONE or cost < least):
            cost += _off_cycle(work, ground, (rm, one, day)) if is_first else _way(work, ground, state, (rm, one, day))
        if best == NONE or cost < least:
            best, least = day, cost
    return best


@njit(cache=True)
def _crowding(work: Kept, ground: Ground, state: _Day, asked: tuple[int, int, int]) -> int:
    """Cost of minutes beyond what the day may hold, and of a full day."""
    rm, one, day = asked
    load, most = state.load[day] + work.minutes[one], ground.most[rm]
    excess = load - most
    cost: int = _FULLNESS * load // max(1, most)
    return cost + _TOO_FULL + _PER_MINUTE * excess if excess > 0 else cost


@njit(cache=True)
def _nearness(work: Kept, fixed: Fixed, state: _Day, asked: tuple[int, int]) -> int:
    """Cost of standing too close to another contact of the chain."""
    one, day = asked
    close = _nearest_in_chain(work, fixed, state.of, (one, day))
    if close == 0:
        return _SAME_DAY
    short = work.apart[one] - close
    return _TOO_CLOSE + _PER_DAY * short if short > 0 else 0


@njit(cache=True)
def _nearest_in_chain(work: Kept, fixed: Fixed, day_of: Ints, asked: tuple[int, int]) -> int:
    """Days from ``day`` to the nearest other contact of the chain, made, booked or put on a day so far.

    One that asks for no distance, an event's, is in the way on its own day only.
    """
    one, day = asked
    chain, close = work.chain[one], _FAR
    for at in range(fixed.start[chain], fixed.start[chain + 1]):
        close = min(close, abs(day - fixed.day[at]))
    for step in (-1, 1):
        other = one + step
        while 0 <= other < len(work.chain) and work.chain[other] == chain:
            if day_of[other] != NONE and (work.apart[other] > 0 or day_of[other] == day):
                close = min(close, abs(day - day_of[other]))
            other += step
    return close


@njit(cache=True)
def too_close(work: Kept, fixed: Fixed, day_of: Ints) -> Ints:
    """1 for each contact that stands closer than it should to one made, booked or planned before it [n_kept].

    Of two planned contacts the later one is told, so a breach counts once.
    """
    told = np.zeros(len(work.chain), np.int64)
    for one in range(len(work.chain)):
        chain, day, close = work.chain[one], day_of[one], _FAR
        for at in range(fixed.start[chain], fixed.start[chain + 1]):
            close = min(close, abs(day - fixed.day[at]))
        for step in (-1, 1):
            other = one + step
            while 0 <= other < len(work.chain) and work.chain[other] == chain:
                is_before = day_of[other] < day or (day_of[other] == day and other < one)
                if is_before and (work.apart[other] > 0 or day_of[other] == day):
                    close = min(close, day - day_of[other])
                other += step
        told[one] = int(close < work.apart[one] or close == 0)
    return told


@njit(cache=True)
def _evenness(work: Kept, ground: Ground, asked: tuple[int, int, int]) -> int:
    """Cost of leaving the contact's even share of its window."""
    _, one, day = asked
    worked = ground.worked_before[day]
    off: int = max(0, work.share_from[one] - worked, worked - work.share_to[one] + 1)
    return _OFF_SHARE * off


@njit(cache=True)
def _off_cycle(work: Kept, ground: Ground, asked: tuple[int, int, int]) -> int:
    """Cost of a day of the cycle that is not the customer's."""
    rm, one, day = asked
    cycle = ground.cycle[rm]
    off = abs(ground.worked_before[day] % cycle - work.turn[one] * cycle // 1_000_000)
    near: int = min(off, cycle - off)
    return _OFF_CYCLE * near


@njit(cache=True)
def _way(work: Kept, ground: Ground, state: _Day, asked: tuple[int, int, int]) -> int:
    """Metres to the nearest visit of the day, or from home where there is none yet."""
    rm, one, day = asked
    near = _metres(work.east[one] - ground.home_east[rm], work.north[one] - ground.home_north[rm])
    for seat in range(min(state.taken[day], _SEATS)):
        other = state.seats[day, seat]
        near = min(near, _metres(work.east[one] - work.east[other], work.north[one] - work.north[other]))
    return near


@njit(cache=True)
def _metres(east: int, north: int) -> int:
    return int(math.sqrt(east * east + north * north))


@njit(cache=True)
def _put(work: Kept, state: _Day, one: int, day: int) -> None:
    state.of[one] = day
    state.load[day] += work.minutes[one]
    if work.turn[one] != NONE and state.taken[day] < _SEATS:
        state.seats[day, state.taken[day]] = one
        state.taken[day] += 1


@njit(cache=True)
def _lift(work: Kept, state: _Day, one: int) -> None:
    day = state.of[one]
    state.of[one] = NONE
    state.load[day] -= work.minutes[one]
    for seat in range(state.taken[day]):
        if state.seats[day, seat] == one:
            state.taken[day] -= 1
            state.seats[day, seat] = state.seats[day, state.taken[day]]
            break


@njit(cache=True)
def day_routes(rm_start: Ints, day: Ints, spot: tuple[Ints, Ints], home: tuple[Ints, Ints]) -> Ints:
    """Metres of each RM's days on the road: from home to the nearest visit, on to the next, and back [n_rms].

    Parameters
    ----------
    rm_start
        Where each RM begins among the visits that travel, and the end of the last [n_rms + 1].
    day
        Day of each visit [n_visits].
    spot, home
        East and north of each visit [m, n_visits] and of each RM [m, n_rms].
    """
    east, north = spot
    metres = np.zeros(len(rm_start) - 1, np.int64)
    for rm in range(len(rm_start) - 1):
        low, high = rm_start[rm], rm_start[rm + 1]
        is_left = np.ones(high - low, np.bool_)
        while is_left.any():
            today = day[low + np.argmax(is_left)]
            x, y = home[0][rm], home[1][rm]
            while True:
                near, way = NONE, 0
                for one in range(low, high):
                    if is_left[one - low] and day[one] == today:
                        metre = _metres(east[one] - x, north[one] - y)
                        if near == NONE or metre < way:
                            near, way = one, metre
                if near == NONE:
                    break
                metres[rm] += way
                is_left[near - low] = False
                x, y = east[near], north[near]
            metres[rm] += _metres(x - home[0][rm], y - home[1][rm])
    return metres
