"""Made-up books of any size: cities and branches in the plane, four tiers, RMs of three grades, a pool."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from kejing.stages.deploy.assign.instance import HARD, NO_LIMIT, Ints
from kejing.stages.deploy.assign.solver.problem import Pairs, Problem

TIER_SHARE = (0.04, 0.13, 0.31, 0.52)
VISITS = np.array([24, 12, 4, 1])
MINUTES_PER_VISIT = np.array([200, 160, 110, 80])
MEAN_VALUE = np.array([6000.0, 1800.0, 450.0, 90.0])
GRADES, INDUSTRIES = 3, 10
IDEAL_GRADE = np.array([2.0, 1.4, 0.7, 0.2])
CANDIDATES = 32
REACH = 96
"""RMs around a branch among whom its customers' candidates are looked for."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What is drawn: sizes, the seed, and whether value bands, count bands and a cap on moves hold."""

    customers: int
    rms: int
    seed: int
    band_share: float = 0.0
    move_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Made:
    """An instance, the pair of each customer with the RM of today [n], and what moving each costs [points, n]."""

    problem: Problem
    today: Ints
    change: Ints


@dataclass(frozen=True, slots=True)
class _People:
    place: NDArray[np.float64]
    branch: Ints
    tier: Ints
    industry: Ints
    value: Ints
    minutes: Ints


@dataclass(frozen=True, slots=True)
class _Rms:
    branch: Ints
    grade: Ints
    industry: Ints
    minutes: Ints


def make_books(shape: Shape) -> Made:
    """Customers by branch, their candidates with costs and minutes, and today's books.

    RMs of a branch grow with its demand to the power of 0.85, so that large branches are short of hours. A customer may
    have RMs near its branch whose grade fits its tier. Cost is travel, misfit of grade and industry, and a move:
    60 and a hundredth of the value.
    """
    rng = np.random.default_rng(shape.seed)
    branches = max(2, shape.rms // 8)
    cities = max(1, branches // 12)
    side = 90.0 * np.sqrt(cities)
    city = rng.uniform(0, side, (cities, 2))
    at = city[rng.integers(0, cities, branches)] + rng.normal(0, 9, (branches, 2))
    demand = rng.lognormal(0, 0.6, branches)
    people = _people(rng, shape, at, demand / demand.sum())
    rms = _roll(rng, shape, people, branches)
    return _pairs(rng, shape, at, people, rms)


def _people(rng: np.random.Generator, shape: Shape, at: NDArray[np.float64], share: NDArray[np.float64]) -> _People:
    n = shape.customers
    branch = np.sort(rng.choice(len(at), n, p=share)).astype(np.int64)
    tier = rng.choice(4, n, p=TIER_SHARE).astype(np.int64)
    value = np.rint(MEAN_VALUE[tier] * rng.lognormal(0, 0.6, n)).astype(np.int64)
    minutes = np.rint(VISITS[tier] * MINUTES_PER_VISIT[tier] * rng.lognormal(0, 0.25, n)).astype(np.int64)
    place = at[branch] + rng.normal(0, 4, (n, 2))
    return _People(place, branch, tier, rng.integers(0, INDUSTRIES, n), value, minutes)


def _roll(rng: np.random.Generator, shape: Shape, people: _People, branches: int) -> _Rms:
    """RMs by branch; their minutes together are 1.06 of the expected load, travel included."""
    need = np.bincount(people.branch, people.minutes, minlength=branches) ** 0.85
    exact = np.maximum(need / need.sum() * (shape.rms - branches), 0)
    count = 1 + np.floor(exact).astype(np.int64)
    missing = shape.rms - int(count.sum())
    count[np.argsort(-(exact - np.floor(exact)), kind="stable")[:missing]] += 1
    branch = np.repeat(np.arange(branches), count)
    grade = rng.choice(GRADES, shape.rms, p=(0.3, 0.45, 0.25)).astype(np.int64)
    travel = VISITS[people.tier] * 4 * 6
    mean = 1.06 * float((people.minutes + travel).sum()) / shape.rms
    minutes = np.rint(mean * np.array([0.92, 1.0, 1.1])[grade] * rng.uniform(0.95, 1.05, shape.rms)).astype(np.int64)
    return _Rms(branch, grade, rng.integers(0, INDUSTRIES, (shape.rms, 2)), minutes)


def _pairs(rng: np.random.Generator, shape: Shape, at: NDArray[np.float64], people: _People, rms: _Rms) -> Made:
    near = cKDTree(at).query(at, k=min(len(at), REACH // 4))[1].reshape(len(at), -1)
    of_branch = np.split(np.arange(shape.rms), np.searchsorted(rms.branch, np.arange(1, len(at))))
    edges = np.searchsorted(people.branch, np.arange(len(at) + 1))
    pieces = []
    for branch in range(len(at)):
        who = np.arange(edges[branch], edges[branch + 1])
        if len(who):
            around = np.concatenate([of_branch[one] for one in near[branch]])[:REACH]
            pieces.append(_piece(rng, shape, at, people, rms, who, around))
    size, rm, cost, minutes, today, change = (np.concatenate([piece[part] for piece in pieces]) for part in range(6))
    first = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    return Made(
        _problem(shape, people, rms, Pairs(first, rm, cost, minutes[:, None], _draw(shape, first, today, rm))),
        first[:-1] + today,
        change,
    )


def _piece(  # noqa: PLR0913  # one branch of the drawing above
    rng: np.random.Generator, shape: Shape, at: NDArray[np.float64], people: _People, rms: _Rms, who: Ints, around: Ints
) -> tuple[Ints, NDArray[np.int32], Ints, NDArray[np.int32], Ints, Ints]:
    """Pairs of the customers of one branch: number, RM, cost and minutes; the place of today's RM; cost of a move."""
    tier = people.tier[who]
    misfit = np.abs(rms.grade[around][None, :] - IDEAL_GRADE[tier][:, None])
    is_open = misfit < 1.5
    is_open &= np.cumsum(is_open, axis=1) <= CANDIDATES
    is_open[:, 0] |= ~is_open.any(axis=1)
    km = np.hypot(*(people.place[who][:, None, :] - at[rms.branch[around]][None, :, :]).transpose(2, 0, 1))
    visits = VISITS[tier][:, None]
    stranger = (rms.industry[around][None, :, :] != people.industry[who][:, None, None]).all(axis=2)
    cost = np.rint(visits * (1.6 * km + 8 * misfit + 5 * stranger)).astype(np.int64)
    minutes = (people.minutes[who][:, None] + np.rint(visits * 4 * km)).astype(np.int32)
    draw = np.where(is_open, -km / 10 + rng.gumbel(size=km.shape), -np.inf)
    today = draw.argmax(axis=1)
    move = 60 + people.value[who] // 100
    cost += np.where(np.arange(len(around))[None, :] == today[:, None], 0, move[:, None])
    pool = 400 + 120 * VISITS[tier] + people.value[who] // 20
    width = len(around) + 1
    every = np.hstack([is_open, np.ones((len(who), 1), dtype=bool)])
    row, column = np.nonzero(every)
    rm = np.append(around, shape.rms)
    order = np.argsort(row * (shape.rms + 1) + rm[column], kind="stable")
    row, column = row[order], column[order]
    flat = row * width + column
    size = every.sum(axis=1)
    found = np.flatnonzero(column == today[row]) - np.concatenate([[0], np.cumsum(size)[:-1]])
    return (
        size,
        rm[column].astype(np.int32),
        np.hstack([cost, pool[:, None]]).reshape(-1)[flat],
        np.hstack([minutes, np.zeros((len(who), 1), dtype=np.int32)]).reshape(-1)[flat],
        found,
        move,
    )


def _draw(shape: Shape, first: Ints, today: Ints, rm: NDArray[np.int32]) -> NDArray[np.int32]:
    if not shape.move_share:
        return np.zeros((len(rm), 0), dtype=np.int32)
    moved = np.ones((len(rm), 1), dtype=np.int32)
    moved[first[:-1] + today] = 0
    return moved


def _problem(shape: Shape, people: _People, rms: _Rms, pairs: Pairs) -> Problem:
    """Limits: minutes; with bands also value and count around the RM's share of the minutes there are."""
    high, low = [rms.minutes], [np.full(shape.rms, -NO_LIMIT)]
    use = [pairs.use[:, 0]]
    if shape.band_share:
        share = rms.minutes / rms.minutes.sum()
        owner = np.repeat(np.arange(shape.customers), np.diff(pairs.first))
        led = pairs.rm < shape.rms
        for taken in (people.value, np.ones(shape.customers, dtype=np.int64)):
            even = share * float(taken.sum())
            use.append(np.where(led, taken[owner], 0).astype(np.int32))
            low.append(np.ceil(even * (1 - shape.band_share)).astype(np.int64))
            high.append(np.floor(even * (1 + shape.band_share)).astype(np.int64))
    hard = np.full(len(use), HARD, dtype=np.int64)
    caps = [int(shape.move_share * shape.customers)] if shape.move_share else []
    return Problem(
        pairs._replace(use=np.stack(use, axis=1)),
        np.stack(low, axis=1),
        np.stack(high, axis=1),
        hard,
        hard,
        np.array(caps, dtype=np.int64),
        np.full(len(caps), HARD, dtype=np.int64),
    )
