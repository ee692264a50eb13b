"""One call centre: its past calls by day and interval, how long calls last, how long callers wait before hanging up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kejing.stages.decide.hotline.forecast import History
from kejing.stages.decide.hotline.week import KindOf, weekday

type Floats = NDArray[np.float64]
type Row = Mapping[str, object]

_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Centre:
    """What a call centre has seen.

    Attributes
    ----------
    history
        Days with calls, by intervals of ``minutes`` from ``first_minute`` of the day on.
    handle
        Mean seconds of an answered call by interval ``[n_slots]``.
    patience
        Mean seconds before a caller hangs up: seconds waited by everybody over those who hung up, which is what the
        waits of the patient ones say too; None where nobody measured it.
    """

    unit_id: str
    minutes: int
    first_minute: int
    history: History
    handle: Floats
    patience: float | None

    def starts(self, slot: int) -> str:
        """When interval ``slot`` begins, as ``09:30``."""
        minute = self.first_minute + slot * self.minutes
        return f"{minute // 60:02d}:{minute % 60:02d}"


def read_centre(
    unit_id: str, rows: Sequence[Row], minutes: int, *, handle: float, prior_days: float, kind_of: KindOf = weekday
) -> Centre | None:
    """The centre that ``rows`` of fact table ``calls`` describe; None where nobody ever called.

    Parameters
    ----------
    minutes
        Length of the intervals that calls are added up to; those of the facts lie inside them.
    handle
        Seconds of a call where the facts have none.
    prior_days
        Days of calls at the centre's mean that an interval's own mean is drawn to.
    kind_of
        Which day of the week a day behaves like.
    """
    starts = np.array([row["starts_at"] for row in rows], dtype="datetime64[m]")
    days = starts.astype("datetime64[D]")
    slots = (starts - days).astype(np.int64) // minutes
    first = int(slots.min(initial=_DAY_MINUTES))
    shape = (len(np.unique(days)), int(slots.max(initial=0)) - first + 1)
    at = (np.unique(days, return_inverse=True)[1], slots - first)
    offered, answered, talked = (_table(rows, name, at, shape) for name in ("offered", "answered", "handle_seconds"))
    is_open = offered.sum(axis=1) > 0
    if not is_open.any():
        return None
    abandoned, waited = (_table(rows, name, at, shape).sum() for name in ("abandoned", "wait_seconds"))
    return Centre(
        unit_id,
        minutes,
        first * minutes,
        History(np.unique(days)[is_open], offered[is_open], kind_of),
        _handle(answered[is_open], talked[is_open], otherwise=handle, prior_days=prior_days),
        float(waited / abandoned) if abandoned and waited else None,
    )


def _table(
    rows: Sequence[Row], name: str, at: tuple[NDArray[np.int64], NDArray[np.int64]], shape: tuple[int, int]
) -> Floats:
    """Sums of a column by day and interval; a missing figure counts as none."""
    found = np.zeros(shape)
    np.add.at(found, at, np.array([row[name] or 0 for row in rows], dtype=np.float64))
    return found


def _handle(answered: Floats, talked: Floats, *, otherwise: float, prior_days: float) -> Floats:
    calls, seconds = answered.sum(axis=0), talked.sum(axis=0)
    if not calls.sum() or not seconds.sum():
        return np.full(answered.shape[1], otherwise)
    prior = prior_days * calls.sum() / answered.size
    return np.asarray((seconds + prior * seconds.sum() / calls.sum()) / (calls + prior))
