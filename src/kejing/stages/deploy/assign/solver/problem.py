"""The books as flat columns, small enough for millions of pairs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kejing.stages.deploy.assign.instance import HARD, NO_LIMIT, FiguresTooLargeError, Instance, Ints

type Small = NDArray[np.int32]
type Floats = NDArray[np.float64]

_SMALL_TOP = 2**31


class Pairs(NamedTuple):
    """Pairs of each decision in a row: what `Instance` says of them, in columns that compiled loops read.

    Attributes
    ----------
    first
        Pairs of decision j are ``first[j] : first[j + 1]`` [n + 1].
    rm
        RM of each pair, the number of RMs for the pool [pairs].
    cost
        Cost [points, pairs].
    use, draw
        What a pair takes of the rows of its RM [pairs, R] and of the budgets [pairs, B].
    """

    first: Ints
    rm: Small
    cost: Ints
    use: Small
    draw: Small


class Problem(NamedTuple):
    """Pairs and limits; the same words as in `Instance`."""

    pairs: Pairs
    low: Ints
    high: Ints
    low_penalty: Ints
    high_penalty: Ints
    cap: Ints
    cap_penalty: Ints

    @property
    def decisions(self) -> int:
        """Number of decisions."""
        return len(self.pairs.first) - 1

    @property
    def rms(self) -> int:
        """Number of RMs."""
        return len(self.high)


def problem_of(instance: Instance) -> Problem:
    """The columns of an instance.

    Raises
    ------
    FiguresTooLargeError
        A use or a draw does not fit 32 bits.
    """
    for taken in (instance.use, instance.draw):
        largest = int(taken.max(initial=0))
        if largest >= _SMALL_TOP:
            raise FiguresTooLargeError(largest=largest)
    return Problem(
        Pairs(
            instance.first,
            instance.rm.astype(np.int32),
            instance.cost,
            instance.use.astype(np.int32),
            instance.draw.astype(np.int32),
        ),
        instance.low,
        instance.high,
        instance.low_penalty,
        instance.high_penalty,
        instance.cap,
        instance.cap_penalty,
    )


def is_hard(penalty: Ints) -> NDArray[np.bool_]:
    """Rows that no plan may break."""
    return np.asarray(penalty == HARD, dtype=bool)


def is_limit(limit: Ints) -> NDArray[np.bool_]:
    """Limits that are there."""
    return np.asarray(np.abs(limit) < NO_LIMIT, dtype=bool)
