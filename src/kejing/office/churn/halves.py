"""Half-years of a fiscal year."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Self

from kejing.measure.period import Period, add_months

MONTHS = 6


@dataclass(frozen=True, slots=True)
class Half:
    """A half-year, named like ``2025-H1`` after the year in which its fiscal year begins."""

    name: str
    period: Period

    @classmethod
    def of(cls, day: dt.date, start_month: int) -> Self:
        """The half-year that holds ``day``.

        Examples
        --------
        >>> Half.of(dt.date(2025, 11, 20), 1).name, Half.of(dt.date(2025, 3, 31), 4).name
        ('2025-H2', '2024-H2')
        """
        year = day.year if day.month >= start_month else day.year - 1
        first = dt.date(year, start_month, 1)
        second = add_months(first, MONTHS)
        number, start = (1, first) if day < second else (2, second)
        return cls(f"{year}-H{number}", Period(start, add_months(start, MONTHS)))

    def before(self, start_month: int) -> Half:
        """The one before."""
        return Half.of(self.period.start - dt.timedelta(days=1), start_month)
