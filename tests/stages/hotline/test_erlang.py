"""Queues in closed form against published figures, a well-kept library, and calls simulated one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyworkforce.queuing import ErlangA, ErlangC

from kejing.stages.decide.hotline.erlang import Floats, Service, Target, erlang_a, erlang_b, erlang_c, seats_needed
from kejing.stages.decide.hotline.solve_queue import PlannedDay, seeded, simulate_day

ANSWER, HANDLE = 20.0, 180.0
LOADS = np.array([10.0, 100.0, 500.0, 2_000.0])
EIGHTY_TWENTY = Target(in_time=0.8, abandoned=1.0, occupancy=1.0)


def of(service: Service) -> tuple[float, ...]:
    """Figures of the only interval."""
    return tuple(float(part[0]) for part in (service.in_time, service.waiting, service.abandoned, service.occupancy))


def with_patience(seats: int, load: float, patience: float, handle: float = HANDLE) -> Service:
    """Erlang A of one interval."""
    return erlang_a(np.array([seats]), np.array([load]), answer=ANSWER, handle=handle, patience=patience)


def seats_with_patience(loads: Floats, patience: float, target: Target) -> list[int]:
    """Fewest seats of each interval where callers hang up."""
    seats = seats_needed(
        loads, lambda some: erlang_a(some, loads, answer=ANSWER, handle=HANDLE, patience=patience), target
    )
    return [int(count) for count in seats]


def test_published_seats() -> None:
    """80/20 at 10, 100, 500 and 2,000 erlang takes 14, 107, 510 and 2,012 seats where nobody hangs up."""
    seats = seats_needed(LOADS, lambda some: erlang_c(some, LOADS, answer=ANSWER, handle=HANDLE), EIGHTY_TWENTY)
    assert seats.tolist() == [14, 107, 510, 2_012]


def test_published_shares() -> None:
    """100 erlang, 101 seats, two minutes of patience: 0.42828 wait and 0.03900 hang up."""
    _, waiting, abandoned, _ = of(with_patience(101, 100.0, 120.0))
    assert (round(waiting, 5), round(abandoned, 5)) == (0.42828, 0.03900)


queues = st.tuples(st.integers(1, 150), st.floats(0.05, 1.6), st.floats(20, 900), st.floats(30, 600))


@settings(max_examples=40)
@given(queue=queues)
def test_the_library_agrees_on_callers_who_hang_up(queue: tuple[int, float, float, float]) -> None:
    """In time, waiting, abandoned and occupancy are those of the library, from idle to overloaded."""
    seats, busy, handle, patience = queue
    load = seats * busy
    peer = ErlangA(
        transactions=load / handle * 1_800, aht=handle / 60, asa=ANSWER / 60, interval=30, patience=patience / 60
    )
    expected = (
        peer.service_level(seats),
        peer.waiting_probability(seats),
        peer.abandonment_probability(seats),
        peer.achieved_occupancy(seats),
    )
    assert of(with_patience(seats, load, patience, handle)) == pytest.approx(expected, abs=1e-8)


@settings(max_examples=40)
@given(queue=queues)
def test_the_library_agrees_on_callers_who_wait(queue: tuple[int, float, float, float]) -> None:
    """The same of Erlang C, where the queue is stable."""
    seats, busy, handle, _ = queue
    load = min(seats * busy, seats - 0.01)
    peer = ErlangC(transactions=load / handle * 1_800, aht=handle / 60, asa=ANSWER / 60, interval=30)
    found = of(erlang_c(np.array([seats]), np.array([load]), answer=ANSWER, handle=handle))
    expected = (peer.service_level(seats), peer.waiting_probability(seats), 0.0, peer.achieved_occupancy(seats))
    assert found == pytest.approx(expected, abs=1e-9)


@settings(max_examples=25)
@given(load=st.floats(0.1, 120), patience=st.floats(30, 600))
def test_seats_are_the_fewest(load: float, patience: float) -> None:
    """The seats keep the target by the library's reckoning too, and one seat fewer misses it."""
    target = Target(in_time=0.8, abandoned=0.05, occupancy=0.95)
    (seats,) = seats_with_patience(np.array([load]), patience, target)
    assert target.is_met(with_patience(seats, load, patience)).all()
    assert not target.is_met(with_patience(seats - 1, load, patience)).any()
    peer = ErlangA(load / HANDLE * 1_800, HANDLE / 60, ANSWER / 60, 30, patience / 60)
    assert peer.service_level(seats) == pytest.approx(of(with_patience(seats, load, patience))[0], abs=1e-8)


@given(seats=st.integers(1, 120), load=st.floats(0.1, 150), patience=st.floats(10, 3_000))
def test_more_seats_serve_better(seats: int, load: float, patience: float) -> None:
    """With a seat more, more are answered in time, fewer wait and fewer hang up; shares stay shares."""
    one, more = (of(with_patience(count, load, patience)) for count in (seats, seats + 1))
    assert more[0] >= one[0] - 1e-9
    assert more[1] <= one[1] + 1e-9
    assert more[2] <= one[2] + 1e-9
    assert all(-1e-9 <= share <= 1 + 1e-9 for share in (*one, *more))


@given(load=st.floats(0.5, 60))
def test_endless_patience_is_erlang_c(load: float) -> None:
    """Callers of a day's patience are Erlang C's."""
    seats = int(load) + 2
    patient = of(with_patience(seats, load, 1e7))
    waiting = of(erlang_c(np.array([seats]), np.array([load]), answer=ANSWER, handle=HANDLE))
    assert patient == pytest.approx(waiting, abs=1e-3)


def test_merged_centres_need_fewer_seats() -> None:
    """Two centres of 50 erlang take more seats than one of 100: the merger never needs more."""
    for load in (5.0, 50.0, 200.0):
        loads = np.array([load, 2 * load])
        alone, merged = seats_with_patience(loads, 120.0, EIGHTY_TWENTY)
        assert merged <= 2 * alone


def test_nobody_calls_nobody_sits() -> None:
    """An interval without calls has no seat and everybody answered."""
    loads = np.array([0.0, 3.0])
    seats = seats_needed(loads, lambda some: erlang_c(some, loads, answer=ANSWER, handle=HANDLE), EIGHTY_TWENTY)
    assert seats[0] == 0 < seats[1]


def test_blocked_calls() -> None:
    """Erlang B of 10 seats and 5 erlang is 1.838 % (its table of 1917); of none everybody is turned away."""
    assert erlang_b(np.array([10, 0]), np.array([5.0, 5.0])).round(5).tolist() == [0.01838, 1.0]


@pytest.mark.parametrize(("seats", "load", "patience"), [(10, 9.0, 120.0), (52, 50.0, 60.0), (40, 50.0, 180.0)])
def test_simulated_calls_agree(seats: int, load: float, patience: float) -> None:
    """150,000 calls, one by one, come within a point of the closed form, overload included."""
    slots = 48
    day = PlannedDay(
        calls=np.full(slots, load / HANDLE * 1_800),
        seats=np.full(slots, seats),
        handle=np.full(slots, HANDLE),
        interval=1_800.0,
    )
    chance = seeded(11, "C")
    days = [simulate_day(day, answer=ANSWER, patience=patience, chance=chance) for _ in range(6_000 // int(load * 10))]
    calls = sum(met.calls for met in days)
    in_time, waiting, abandoned, _ = of(with_patience(seats, load, patience))
    assert sum(met.in_time for met in days) / calls == pytest.approx(in_time, abs=0.01)
    assert sum(met.waited for met in days) / calls == pytest.approx(waiting, abs=0.02)
    assert sum(met.abandoned for met in days) / calls == pytest.approx(abandoned, abs=0.01)
    # Everybody's waits over those who hang up are the patience: how a centre's own reports tell it.
    waited = sum(met.waited_seconds for met in days) / sum(met.abandoned for met in days)
    assert waited == pytest.approx(patience, rel=0.05)
