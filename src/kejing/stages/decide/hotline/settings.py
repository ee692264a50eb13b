"""The ``hotline`` section of a policy: whose calls, how finely, how far ahead, and how the forecast is made."""

from __future__ import annotations

import datetime as dt
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ForecastSettings(_Shape):
    """Forecast of calls by weekday, day of the month and interval.

    ``long_run`` is the share of the forecast that the plain mean of the weekday has. ``smoothing`` is the weight of
    the last day in the level. ``profile_weeks`` are the weeks whose days give the profile of a day. A weekday's own
    profile and the effect of a day of the month count as much as the prior they are drawn to once there are
    ``prior_days`` of them. Weekdays of one group of ``alike`` (1 is Monday) share a profile as that prior.
    """

    long_run: float = Field(default=0.5, ge=0, le=1)
    smoothing: float = Field(default=0.2, gt=0, le=1)
    profile_weeks: int = Field(default=8, ge=1)
    prior_days: float = Field(default=2, ge=0)
    alike: tuple[tuple[int, ...], ...] = ((1, 2, 3, 4, 5), (6, 7))

    @model_validator(mode="after")
    def _every_weekday_once(self) -> Self:
        if sorted(weekday for group in self.alike for weekday in group) != list(range(1, 8)):
            msg = "Expected every weekday from 1 to 7 in exactly one group of alike."
            raise ValueError(msg)
        return self


class CalendarSettings(_Shape):
    """Public calendar of ``country``; on days of ``work`` and ``rest`` the centre goes its own way."""

    country: str = "CN"
    work: tuple[dt.date, ...] = ()
    rest: tuple[dt.date, ...] = ()


class HotlineSettings(_Shape):
    """Seats of the hotline.

    Calls are added up to intervals of ``interval_minutes``; ``days_ahead`` days are planned. ``line`` is the
    line of the people who answer. ``history_days`` days with calls must be there before anything is said.
    Without a ``calendar`` holidays are days like any other.
    """

    line: str = "phone"
    interval_minutes: int = Field(default=30, ge=5, le=60)
    days_ahead: int = Field(default=28, ge=1, le=366)
    history_days: int = Field(default=14, ge=7)
    forecast: ForecastSettings = ForecastSettings()
    calendar: CalendarSettings | None = None
