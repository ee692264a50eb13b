"""Numbers of relations as arrays, and where the rows of each number begin."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

type Whole = npt.NDArray[np.int64]
type Small = npt.NDArray[np.int32]


def whole_numbers(rows: pa.Table, name: str) -> Whole:
    """Column ``name`` of whole numbers without a gap."""
    return np.asarray(rows.column(name).cast(pa.int64()).to_numpy())


def small_numbers(rows: pa.Table, name: str) -> Small:
    """Column ``name`` of numbers that fit 32 bits, or of dates as days since 1970, without a gap."""
    return np.asarray(rows.column(name).cast(pa.int32()).to_numpy())


def starts_of(numbers: Whole | Small) -> Whole:
    """Where each number of a sorted column begins: the rows of ``n`` are ``starts[n]`` up to ``starts[n + 1]``.

    Examples
    --------
    >>> starts_of(np.array([0, 0, 2])).tolist()
    [0, 2, 2, 3]
    """
    return np.concatenate(([0], np.cumsum(np.bincount(numbers)))) if len(numbers) else np.zeros(1, np.int64)
