"""Tiny instances and the brute force that settles them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from kejing.stages.deploy.assign.instance import HARD, NO_LIMIT, Instance, Ints

LIMITS = {"exact_pairs": 4_000, "lp_pairs": 400_000, "core_rms": 12, "polish_rounds": 5}


def instance_of(
    cost: Ints,
    use: Ints,
    high: Ints,
    *,
    pool: Ints | None = None,
    value: Ints | None = None,
    band: int = 0,
    moves: Ints | None = None,
    cap: int = 0,
) -> Instance:
    """A dense instance.

    ``cost`` and ``use`` are by decision and RM, ``high`` by RM; ``pool`` costs by decision. With ``value`` a soft band
    of ``band`` around the even share is added, with ``moves`` a soft budget of ``cap`` moves.
    """
    n, m = cost.shape
    width = m + (pool is not None)
    columns = [np.hstack([use, np.zeros((n, width - m), dtype=np.int64)]).reshape(-1)]
    low, tops = [np.full(m, -NO_LIMIT)], [high]
    penalties = [HARD]
    if value is not None:
        columns.append(
            np.hstack([np.repeat(value[:, None], m, axis=1), np.zeros((n, width - m), dtype=np.int64)]).reshape(-1)
        )
        even = int(value.sum()) // m
        low.append(np.full(m, even - band))
        tops.append(np.full(m, even + band))
        penalties.append(7)
    draw = np.zeros((n * width, 0), dtype=np.int64)
    if moves is not None:
        draw = np.hstack([moves, np.ones((n, width - m), dtype=np.int64)]).reshape(-1, 1)
    return Instance(
        decisions=tuple(f"C{number}" for number in range(n)),
        rms=tuple(f"R{number}" for number in range(m)),
        resources=("minutes", "value")[: len(columns)],
        budgets=("moved_customers",) if moves is not None else (),
        first=np.arange(n + 1, dtype=np.int64) * width,
        rm=np.tile(np.arange(width, dtype=np.int64), n),
        cost=(cost if pool is None else np.hstack([cost, pool[:, None]])).reshape(-1),
        use=np.stack(columns, axis=1),
        draw=draw,
        low=np.stack(low, axis=1),
        high=np.stack(tops, axis=1),
        low_penalty=np.array(penalties),
        high_penalty=np.array(penalties),
        cap=np.array([cap] * draw.shape[1], dtype=np.int64),
        cap_penalty=np.array([50] * draw.shape[1], dtype=np.int64),
    )


def brute_force(instance: Instance) -> int | None:
    """The least cost over all plans; None if none keeps the hard rows. Written apart from the code it checks."""
    n, m = len(instance.decisions), len(instance.rms)
    cost, load = np.zeros(1, dtype=np.int64), np.zeros((1, m + 1, len(instance.resources)), dtype=np.int64)
    spent = np.zeros((1, len(instance.budgets)), dtype=np.int64)
    for decision in range(n):
        pairs = range(int(instance.first[decision]), int(instance.first[decision + 1]))
        grown = [load.copy() for _ in pairs]
        for copy, pair in zip(grown, pairs, strict=True):
            copy[:, instance.rm[pair]] += instance.use[pair]
        load = np.concatenate(grown)
        cost = np.concatenate([cost + instance.cost[pair] for pair in pairs])
        spent = np.concatenate([spent + instance.draw[pair] for pair in pairs])
    over = np.maximum(load[:, :-1] - instance.high, 0).sum(axis=1)
    under = np.maximum(instance.low - load[:, :-1], 0).sum(axis=1)
    broken = np.zeros(len(cost), dtype=bool)
    for excess, penalty in ((over, instance.high_penalty), (under, instance.low_penalty)):
        broken |= (excess[:, penalty == HARD] > 0).any(axis=1)
        cost = cost + (excess * np.where(penalty == HARD, 0, penalty)).sum(axis=1)
    cost = cost + (np.maximum(spent - instance.cap, 0) * instance.cap_penalty).sum(axis=1)
    return None if broken.all() else int(cost[~broken].min())


def array(values: list[list[int]] | list[int]) -> Ints:
    """Whole numbers as an array."""
    return np.array(values, dtype=np.int64)


@st.composite
def instances(draw: st.DrawFn, *, customers: int = 5, rms: int = 3) -> Instance:
    """Small instances with a pool, tight capacity, and sometimes a value band and a move budget."""
    n = draw(st.integers(1, customers))
    m = draw(st.integers(1, rms))

    def numbers(low: int, high: int, *shape: int) -> Ints:
        size = int(np.prod(shape))
        return np.array(draw(st.lists(st.integers(low, high), min_size=size, max_size=size)), dtype=np.int64).reshape(
            shape
        )

    has_band, has_moves = draw(st.booleans()), draw(st.booleans())
    return instance_of(
        numbers(0, 40, n, m),
        numbers(1, 9, n, m),
        numbers(0, 20, m),
        pool=numbers(30, 90, n),
        value=numbers(0, 30, n) if has_band else None,
        band=draw(st.integers(0, 10)),
        moves=numbers(0, 1, n, m) if has_moves else None,
        cap=draw(st.integers(0, 3)),
    )


def read_gap(path: Path) -> Instance:
    """An instance in the OR-Library format: agents, jobs, costs, uses, capacities."""
    numbers = [int(word) for word in path.read_text(encoding="ascii").split()]
    m, n = numbers[:2]
    cost = array(numbers[2 : 2 + m * n]).reshape(m, n).T
    use = array(numbers[2 + m * n : 2 + 2 * m * n]).reshape(m, n).T
    return instance_of(cost, use, array(numbers[2 + 2 * m * n :]))
