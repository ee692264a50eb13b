"""Half-open periods of days, and the fiscal calendar that names them."""

from __future__ import annotations

import calendar as _calendar
import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum

from kejing.measure.errors import KejingError

FIRST_DAY = dt.date(1, 1, 1)
LAST_DAY = dt.date(9999, 12, 31)
"""``valid_to`` of a row with no end."""


class NotAPeriodError(KejingError):
    """The text does not name a period, or the period is empty."""

    code = "period.not_a_period"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The days from ``start`` up to, not including, ``end``."""

    start: dt.date
    end: dt.date

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise NotAPeriodError(text=f"{self.start}..{self.end}")

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.end - self.start).days

    @property
    def last_day(self) -> dt.date:
        """The last day inside the period."""
        return self.end - dt.timedelta(days=1)

    def __contains__(self, day: dt.date) -> bool:
        return self.start <= day < self.end

    def overlap_days(self, other: Period) -> int:
        """Days that both periods hold.

        Examples
        --------
        >>> year = Period(dt.date(2025, 1, 1), dt.date(2026, 1, 1))
        >>> year.overlap_days(Period(dt.date(2025, 7, 1), LAST_DAY))
        184
        """
        return max(0, (min(self.end, other.end) - max(self.start, other.start)).days)


class Grain(StrEnum):
    """Length of the periods that results are paid by."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_MONTHS = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day of the month ``months`` later, or the month's last day if it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return dt.date(year, month + 1, min(day.day, _calendar.monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True)
class FiscalCalendar:
    """Fiscal year start and the grain of the pay period.

    Period names are ``2025``, ``2025-Q2`` and ``2025-04``; a fiscal year carries the calendar
    year it starts in.
    """

    grain: Grain
    start_month: int = 1

    def year_start(self, day: dt.date) -> dt.date:
        """First day of the fiscal year that holds ``day``."""
        year = day.year if day.month >= self.start_month else day.year - 1
        return dt.date(year, self.start_month, 1)

    def periods_to(self, as_of: dt.date) -> list[tuple[str, Period]]:
        """Named periods of the fiscal year of ``as_of`` that have begun by then, in order."""
        step = _MONTHS[self.grain]
        start = self.year_start(as_of)
        named = []
        for index in range(12 // step):
            period = Period(add_months(start, index * step), add_months(start, (index + 1) * step))
            if period.start > as_of:
                break
            named.append((self._name(start.year, index, period), period))
        return named

    def _name(self, year: int, index: int, period: Period) -> str:
        match self.grain:
            case Grain.YEAR:
                return f"{year:04d}"
            case Grain.QUARTER:
                return f"{year:04d}-Q{index + 1}"
            case Grain.MONTH:
                return f"{period.start:%Y-%m}"


_NAME = re.compile(r"(\d{4})(?:-Q([1-4])|-(0[1-9]|1[0-2]))?")


def named_period(name: str, start_month: int = 1) -> tuple[Grain, Period]:
    """Grain and days of a period by its name, as `FiscalCalendar` gives names.

    Parameters
    ----------
    name
        ``2025``, ``2025-Q2`` or ``2025-04``.
    start_month
        First month of the fiscal year [1 to 12].

    Raises
    ------
    NotAPeriodError
        The text is not such a name.

    Examples
    --------
    >>> grain, period = named_period("2025-Q2", start_month=4)
    >>> str(grain), str(period.start), str(period.end)
    ('quarter', '2025-07-01', '2025-10-01')
    """
    parts = _NAME.fullmatch(name)
    if parts is None:
        raise NotAPeriodError(text=name)
    year, quarter, month = int(parts[1]), parts[2], parts[3]
    if month is not None:
        start = dt.date(year, int(month), 1)
        return Grain.MONTH, Period(start, add_months(start, 1))
    start = dt.date(year, start_month, 1)
    if quarter is None:
        return Grain.YEAR, Period(start, add_months(start, 12))
    start = add_months(start, 3 * (int(quarter) - 1))
    return Grain.QUARTER, Period(start, add_months(start, 3))


def parse_day(text: str) -> dt.date:
    """A day written ``2025-06-30``.

    Raises
    ------
    NotAPeriodError
        Anything else: a guess at another notation would be silent.
    """
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise NotAPeriodError(text=text)
    try:
        return dt.date.fromisoformat(text)
    except ValueError as cause:
        raise NotAPeriodError(text=text) from cause
