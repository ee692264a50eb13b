"""Sums over many rows by small numbers: one array a figure, in which every group has its place."""

from __future__ import annotations

from itertools import accumulate

import numpy as np
import pyarrow as pa
from numba import njit

from kejing.policy.sql import Tally
from kejing.stages.runs_of import Whole
from kejing.warehouse.protocol import Engine

_MOST_PLACES = 1 << 24
"""Groups that may be told apart by place; more of them are left to the engine, which keeps only those that occur."""
_WIDEST = np.iinfo(np.int64).max


def add_up(engine: Engine, tally: Tally) -> pa.Table | None:
    """The sums of ``tally``, one row a group that occurs; None where arrays of 64 bits cannot hold them.

    That is where a figure has no value in some row or is wider than 64 bits, a sum could become so, or the groups are
    too many.
    """
    sizes = [int(str(engine.value(f"SELECT COALESCE(MAX({name}), 0) FROM {holder}"))) + 1 for name, holder in tally.by]
    steps = list(accumulate(reversed(sizes), lambda step, size: step * size, initial=1))
    places = steps.pop()
    if places > _MOST_PLACES:
        return None
    steps.reverse()
    counts, sums = np.zeros(places, np.int64), np.zeros((len(tally.figures), places), np.int64)
    if not _fill(engine, tally, steps, counts, sums):
        return None
    there = np.flatnonzero(counts)
    columns = {name: there // step % size for (name, _), step, size in zip(tally.by, steps, sizes, strict=True)}
    if tally.count:
        columns[tally.count] = counts[there]
    columns |= {figure: sums[row, there] for row, figure in enumerate(tally.figures)}
    return pa.table({name: pa.array(column) for name, column in columns.items()})


def _fill(engine: Engine, tally: Tally, steps: list[int], counts: Whole, sums: Whole) -> bool:
    """Add every row to its place; whether all could be."""
    place = " + ".join(f"r.{name} * {step}" for (name, _), step in zip(tally.by, steps, strict=True))
    listed = ", ".join(f"r.{figure}" for figure in tally.figures)
    rows = 0
    largest = np.zeros(len(sums), np.int64)
    for batch in engine.batches(f"SELECT {place} AS place, {listed} FROM ({tally.rows}) AS r"):
        if any(column.null_count or not pa.types.is_integer(column.type) for column in batch.columns):
            return False
        at, *figures = (column.to_numpy().astype(np.int64, copy=False) for column in batch.columns)
        rows += len(at)
        for row, figure in enumerate(figures):
            largest[row] = max(largest[row], _added(at, figure, sums[row]))
        _counted(at, counts)
        if any(int(most) * rows > _WIDEST for most in largest):
            return False
    return True


@njit(cache=True)
def _added(place: Whole, figure: Whole, sums: Whole) -> int:
    """Add figures to their places; the largest magnitude among them."""
    most = 0
    for row in range(len(place)):
        sums[place[row]] += figure[row]
        most = max(most, abs(figure[row]))
    return most


@njit(cache=True)
def _counted(place: Whole, counts: Whole) -> None:
    for row in range(len(place)):
        counts[place[row]] += 1
