"""Which day of the week a day behaves like: holidays, worked weekends and first days back are not what they are called.

A holiday is a kind of its own, which is like Sunday as long as no other is known. The first working day after one is
like Monday, because it is a first day back; on the large bank of the benchmark such a Tuesday had 18 % more calls than
others, as Mondays have. A worked weekend (调休) is like the last working day (Friday).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from kejing.measure.period import Period
from kejing.measure.workday import WorkCalendar, work_calendar
from kejing.stages.decide.hotline.settings import CalendarSettings

type Days = NDArray[np.datetime64]
type Ints = NDArray[np.int64]
type KindOf = Callable[[Days], Ints]
"""Day of the week, 1 to 7, that each of some days behaves like; 8 is a holiday."""

WEEK = 7
REST, HOLIDAY = 7, 8
_FIRST, _LAST_WORKED = 1, 5
_BEFORE = dt.timedelta(days=31)
"""Days looked back for the break that a first day back follows."""


def weekday(days: Days) -> Ints:
    """Day of the week by the calendar on the wall; Monday is 1."""
    numbers: Ints = days.astype("datetime64[D]").astype(np.int64)
    return np.asarray((numbers + 3) % WEEK + 1)  # day 0 was a Thursday


def calendar_of(settings: CalendarSettings, first: dt.date, last: dt.date) -> WorkCalendar:
    """Working days from ``first`` to ``last``, and of the weeks before.

    Raises
    ------
    UnknownCalendarError
        The policy names no public calendar.
    """
    span = Period(first - _BEFORE, last + dt.timedelta(days=1))
    return work_calendar(settings.country, span, work=settings.work, rest=settings.rest)


def kinds_by(calendar: WorkCalendar) -> KindOf:
    """`weekday` put right by ``calendar``; days outside its span are taken as they are called.

    Examples
    --------
    >>> from kejing.stages.decide.hotline.settings import CalendarSettings
    >>> mine = kinds_by(calendar_of(CalendarSettings(country="CN"), dt.date(2026, 10, 1), dt.date(2026, 10, 31)))
    >>> mine(np.array(["2026-10-07", "2026-10-08", "2026-10-09", "2026-10-10"], dtype="datetime64[D]")).tolist()
    [8, 1, 5, 5]
    """
    start = np.datetime64(calendar.span.start, "D")
    every = start + np.arange(calendar.span.days).astype("timedelta64[D]")
    named, worked = weekday(every), calendar.is_working
    is_weekend = named > _LAST_WORKED
    is_holiday = ~worked & ~is_weekend
    kinds = np.where(is_holiday, HOLIDAY, np.where(worked & is_weekend, _LAST_WORKED, named))
    kinds[_first_days_back(worked, is_holiday)] = _FIRST

    def kind_of(days: Days) -> Ints:
        at = (days.astype("datetime64[D]") - start).astype(np.int64)
        is_known = (at >= 0) & (at < len(kinds))
        return np.where(is_known, kinds[np.clip(at, 0, len(kinds) - 1)], weekday(days))

    return kind_of


def _first_days_back(worked: NDArray[np.bool_], is_holiday: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Working days after a break with a holiday in it."""
    place = np.arange(len(worked))
    last_worked = np.maximum.accumulate(np.where(worked, place, -1))
    before = np.concatenate([[-1], last_worked[:-1]])
    holidays = np.concatenate([[0], np.cumsum(is_holiday)])
    return np.asarray(worked & (holidays[place] > holidays[before + 1]))
