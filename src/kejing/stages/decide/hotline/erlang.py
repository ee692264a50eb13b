"""Queues of a call centre in closed form: Erlang B, C and A, over whole arrays of intervals.

``load`` is calls an hour times hours a call [erlang]; ``seats`` are people answering. Erlang C lets callers wait for
ever, Erlang A lets them hang up after an exponential patience (Garnett, Mandelbaum and Reiman 2002; Mandelbaum
and Zeltyn 2007). Floats: these are probabilities.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc, gammaln

type Floats = NDArray[np.float64]
type Counts = NDArray[np.int64]

_QUIET = 1e-9  # erlang; where nobody calls, as good as nobody does

_SERIES_END = 1e-17
"""A term of a series this small beside its sum no longer moves a double."""


@dataclass(frozen=True, slots=True)
class Service:
    """What callers meet: shares of those who call.

    ``in_time`` is answered within the answer time, ``waiting`` has to wait at all, ``abandoned`` hangs up;
    ``occupancy`` is the share of seats that are busy.
    """

    in_time: Floats
    waiting: Floats
    abandoned: Floats
    occupancy: Floats


def erlang_b(seats: Counts, load: Floats) -> Floats:
    """Share of callers turned away where nobody may wait.

    Examples
    --------
    >>> erlang_b(np.array([10]), np.array([5.0])).round(5).tolist()
    [0.01838]
    """
    blocked = np.ones(np.broadcast_shapes(seats.shape, load.shape))
    for taken in range(1, int(seats.max(initial=0)) + 1):
        blocked = np.where(taken <= seats, load * blocked / (taken + load * blocked), blocked)
    return blocked


def erlang_c(seats: Counts, load: Floats, *, answer: float, handle: Floats | float) -> Service:
    """Service where every caller waits until answered.

    Parameters
    ----------
    answer
        Time within which a call should be answered [s].
    handle
        Mean time of a call [s].

    Notes
    -----
    With no more seats than load the queue grows for ever: everybody waits and nobody is answered in time.
    """
    blocked = erlang_b(seats, load)
    spare = seats - load
    is_stable = spare > 0
    waiting = np.where(is_stable, seats * blocked / np.where(is_stable, spare + load * blocked, 1), 1.0)
    late = np.where(is_stable, waiting * np.exp(-np.maximum(spare, 0) * answer / handle), 1.0)
    occupancy = np.minimum(load / np.maximum(seats, 1), 1.0)
    return Service(1 - late, waiting, np.zeros_like(waiting), occupancy)


def erlang_a(
    seats: Counts, load: Floats, *, answer: float, handle: Floats | float, patience: Floats | float
) -> Service:
    """Service where callers hang up after an exponential patience.

    Parameters
    ----------
    answer, handle, patience
        Answer time, mean time of a call, mean patience [s].

    Notes
    -----
    With arrival rate ``a``, service rate ``m`` and hang-up rate ``t``, ``J(s)`` is the integral over waits beyond ``s``
    of ``exp(a (1 - exp(-t x)) / t - n m x)``; the offered wait exceeds ``s`` with probability
    ``a J(s) / (e + a J(0))``, where ``e`` is one over Erlang B of one seat fewer. Who is answered late has both
    waited and stayed.
    """
    load = np.maximum(load, _QUIET)
    arrive, serve, leave = load / handle, 1 / np.asarray(handle), 1 / np.asarray(patience)
    x, y = seats * serve / leave, arrive / leave
    blocked = erlang_b(np.maximum(seats - 1, 0), load)
    log_whole = _log_tail(x, y, 0.0, leave)
    log_late = _log_tail(x + 1, y, answer, leave)
    with np.errstate(divide="ignore", over="ignore"):  # an empty centre has no end of odds against waiting
        odds = np.exp(-np.log(blocked) - np.log(arrive) - log_whole)
    waiting = 1 / (1 + odds)
    abandoned = np.clip((np.exp(-np.log(arrive) - log_whole) + 1 - seats * serve / arrive) * waiting, 0, 1)
    late = np.exp(log_late - log_whole) * waiting
    none = seats <= 0
    abandoned, waiting = np.where(none, 1.0, abandoned), np.where(none, 1.0, waiting)
    in_time = np.where(none, 0.0, np.clip(1 - abandoned - late, 0, 1))
    return Service(in_time, waiting, abandoned, load * (1 - abandoned) / np.maximum(seats, 1))


def _log_tail(x: Floats, y: Floats, answer: float, leave: Floats) -> Floats:
    """Logarithm of ``J``, the integral from ``answer`` of ``exp(y (1 - exp(-leave s)) - x leave s) ds``.

    In terms of the lower incomplete gamma function of ``x`` at ``z = y exp(-leave answer)``; below ``x`` by its
    power series, whose value would underflow as a probability, above by the library's.
    """
    z = y * np.exp(-leave * answer)
    x, y, z, leave = np.broadcast_arrays(x, y, z, leave)
    is_low = z < x
    series = y - z - x * leave * answer + np.log(_series(np.where(is_low, x, 1.0), np.where(is_low, z, 0.0)))
    with np.errstate(divide="ignore"):
        upper = np.where(is_low, 1.0, gammainc(np.maximum(x, _SERIES_END), z))
        library = y - x * np.log(np.maximum(y, _SERIES_END)) + gammaln(np.maximum(x, _SERIES_END)) + np.log(upper)
    return np.asarray(np.where(is_low, series, library) - np.log(leave))


def _series(x: Floats, z: Floats) -> Floats:
    """``sum of z^k / (x (x+1) … (x+k))``, each term less than the one before."""
    term = 1 / x
    found = term.copy()
    step = 0
    while (term > found * _SERIES_END).any():
        step += 1
        term = term * z / (x + step)
        found = found + term
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the policy asks of an interval: share answered in time, most abandoned, most busy."""

    in_time: float
    abandoned: float
    occupancy: float

    def is_met(self, service: Service) -> NDArray[np.bool_]:
        """Whether each interval keeps all three."""
        return np.asarray(
            (service.in_time >= self.in_time)
            & (service.abandoned <= self.abandoned)
            & (service.occupancy <= self.occupancy)
        )


def seats_needed(load: Floats, serve: Callable[[Counts], Service], target: Target) -> Counts:
    """Fewest seats in each interval that keep the target; 0 where nobody calls.

    Parameters
    ----------
    serve
        Service by seats, one of each interval; better or equal with every seat more.

    Raises
    ------
    ValueError
        No number of seats keeps the target.
    """
    low = np.zeros(load.shape, dtype=np.int64)  # never enough, or nobody calls
    high = np.where(load > 0, np.ceil(load).astype(np.int64) + 1, 0)
    for _ in range(24):
        short = (load > 0) & ~target.is_met(serve(high))
        if not short.any():
            break
        low, high = np.where(short, high, low), np.where(short, high * 2, high)
    else:
        msg = f"Expected a target that seats can keep, got {target}."
        raise ValueError(msg)
    while (high - low > 1).any():
        middle = (low + high) // 2
        is_met = target.is_met(serve(middle)) & (load > 0)
        low, high = np.where(is_met, low, middle), np.where(is_met, middle, high)
    return np.where(load > 0, high, 0)
