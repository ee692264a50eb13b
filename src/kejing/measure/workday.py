"""Working days: a country's public calendar with 调休, corrected by the institution's own days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import holidays
import numpy as np
from numpy.typing import NDArray

from kejing.measure.errors import KejingError
from kejing.measure.period import Period

_DAY = dt.timedelta(days=1)


class UnknownCalendarError(KejingError):
    """No public calendar goes by this code."""

    code = "calendar.unknown_country"


class OutsideCalendarError(KejingError):
    """A day lies outside the days that the calendar was built for."""

    code = "calendar.outside"


class Standing(StrEnum):
    """How far a year's working days can be relied on.

    The days off that are moved to weekends (调休) are announced each autumn for the next year; a year without an
    announcement is worked out from the fixed holidays alone.
    """

    PUBLISHED = "published"
    PROVISIONAL = "provisional"


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Which days of ``span`` are worked.

    Attributes
    ----------
    is_working
        One flag for each day of ``span`` [n_days].
    provisional
        Years whose moved days off are not announced.
    """

    span: Period
    is_working: NDArray[np.bool_]
    provisional: frozenset[int]

    def __contains__(self, day: dt.date) -> bool:
        """Whether ``day`` is worked."""
        return bool(self.is_working[self._place(day)])

    def days(self, period: Period) -> list[dt.date]:
        """The working days of ``period``, in order."""
        start, end = self._places(period)
        return [period.start + place * _DAY for place in np.flatnonzero(self.is_working[start:end]).tolist()]

    def count(self, period: Period) -> int:
        """Working days in ``period``."""
        start, end = self._places(period)
        return int(self.is_working[start:end].sum())

    def standing(self, year: int) -> Standing:
        """Whether the days of ``year`` are announced."""
        return Standing.PROVISIONAL if year in self.provisional else Standing.PUBLISHED

    def _places(self, period: Period) -> tuple[int, int]:
        start = self._place(period.start)
        return start, start + self._place(period.last_day) - start + 1

    def _place(self, day: dt.date) -> int:
        if day not in self.span:
            raise OutsideCalendarError(day=day, start=self.span.start, end=self.span.last_day)
        return (day - self.span.start).days


def work_calendar(
    country: str, span: Period, *, work: Iterable[dt.date] = (), rest: Iterable[dt.date] = ()
) -> WorkCalendar:
    """The working days of ``span``, built once as a table.

    Parameters
    ----------
    country
        ISO code of the public calendar, such as ``CN``, ``HK`` or ``TW``.
    work, rest
        Days on which the institution works or rests whatever the public calendar says.

    Raises
    ------
    UnknownCalendarError
        There is no such calendar.

    Notes
    -----
    Base is the ``holidays`` library, which knows the moved days of the State Council's announcements.

    Examples
    --------
    >>> quarter = work_calendar("CN", Period(dt.date(2026, 10, 1), dt.date(2027, 1, 1)))
    >>> quarter.count(quarter.span), dt.date(2026, 10, 10) in quarter, dt.date(2026, 10, 7) in quarter
    (62, True, False)
    """
    # A year's announcement may move days of the year before.
    years = range(span.start.year, span.last_day.year + 2)
    try:
        public = holidays.country_holidays(country, years=years)
    except NotImplementedError as cause:
        raise UnknownCalendarError(country=country) from cause
    worked, off = frozenset(work), frozenset(rest)
    everyday = (span.start + place * _DAY for place in range(span.days))
    flags = [day in worked or (day not in off and public.is_working_day(day)) for day in everyday]
    announced = getattr(public, "special_public_holidays", {}) if public.has_substituted_holidays else None
    shown = range(span.start.year, span.last_day.year + 1)
    provisional = frozenset(year for year in shown if announced is not None and year not in announced)
    return WorkCalendar(span, np.array(flags, np.bool_), provisional)
