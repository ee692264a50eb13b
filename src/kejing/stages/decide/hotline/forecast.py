"""Calls to be expected: a level that follows the last days, the weekday, the day of the month, the profile of a day.

Multiplicative and robust: effects are medians with outliers clipped, the level takes no more of a day than two
of its usual deviations, and effects with few days behind them are drawn to none. Averaged with the plain mean of the
weekday, which errs in other ways: the average has held its own where either of the two fell back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kejing.stages.decide.hotline.settings import ForecastSettings

type Floats = NDArray[np.float64]
type Days = NDArray[np.datetime64]

WEEK = 7
_LONGEST_MONTH = 31
_ROUNDS = 8  # of fitting level and effects in turn; the effects no longer move after five
_LEVEL_CLIP = 2.0  # usual deviations that one day may move the level by
_EFFECT_CLIP = 2.5  # usual deviations beyond which a day is an outlier of its weekday
_MAD_TO_SD = 1.4826  # of a normal distribution
_TINY = 1e-6


@dataclass(frozen=True, slots=True)
class History:
    """Calls of past days that had any, oldest first: ``calls`` is ``[n_days, n_slots]``."""

    days: Days
    calls: Floats

    def before(self, count: int) -> History:
        """The first ``count`` days alone."""
        return History(self.days[:count], self.calls[:count])

    @property
    def weekdays(self) -> NDArray[np.int64]:
        """Monday is 1."""
        return weekday(self.days)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a history says of days to come; effects are logarithms.

    ``means`` are the mean calls of a weekday ``[8, n_slots]``, which get the share ``long_run`` of the forecast.
    """

    level: float
    weekday_effect: Floats
    month_day_effect: Floats
    profiles: Floats
    means: Floats
    long_run: float
    open_weekdays: frozenset[int]

    def calls(self, days: Days) -> Floats:
        """Calls by day and slot ``[n_days, n_slots]``; 0 on weekdays that never had any."""
        weekdays, month_days = weekday(days), month_day(days)
        totals = np.exp(self.level + self.weekday_effect[weekdays] + self.month_day_effect[month_days])
        is_open = np.isin(weekdays, list(self.open_weekdays))
        moving = np.where(is_open, totals, 0.0)[:, None] * self.profiles[weekdays]
        return (1 - self.long_run) * moving + self.long_run * self.means[weekdays]


def days_after(day: dt.date, count: int) -> Days:
    """The ``count`` days that follow ``day``."""
    steps = np.arange(1, count + 1).astype("timedelta64[D]")
    return np.asarray(np.datetime64(day, "D") + steps)


def weekday(days: Days) -> NDArray[np.int64]:
    """Day of the week; Monday is 1."""
    numbers: NDArray[np.int64] = days.astype("datetime64[D]").astype(np.int64)
    return np.asarray((numbers + 3) % WEEK + 1)  # day 0 was a Thursday


def month_day(days: Days) -> NDArray[np.int64]:
    """Day of the month, from 1."""
    return np.asarray((days.astype("datetime64[D]") - days.astype("datetime64[M]")).astype(np.int64) + 1)


def fit(history: History, settings: ForecastSettings) -> Forecast:
    """Level, effects and profiles of ``history`` [at least a day]."""
    totals = history.calls.sum(axis=1)
    size = np.log(totals)
    weekdays, month_days = history.weekdays, month_day(history.days)
    level = np.full(len(size), np.median(size))
    by_weekday, by_month_day = np.zeros(WEEK + 1), np.zeros(_LONGEST_MONTH + 1)
    for _ in range(_ROUNDS):
        by_weekday = _weekday_effects(size - level - by_month_day[month_days], weekdays)
        by_month_day = _drawn_to_none(size - level - by_weekday[weekdays], month_days, settings.prior_days)
        level = _levels(size - by_weekday[weekdays] - by_month_day[month_days], settings.smoothing)
    means = np.array([_same(history, day).mean(axis=0) for day in range(WEEK + 1)])
    return Forecast(
        float(level[-1]),
        by_weekday,
        by_month_day,
        _profiles(history, settings),
        means,
        settings.long_run,
        frozenset(weekdays.tolist()),
    )


def _weekday_effects(rest: Floats, weekdays: NDArray[np.int64]) -> Floats:
    effects = np.zeros(WEEK + 1)
    seen = np.unique(weekdays)
    for day in seen:
        found = rest[weekdays == day]
        middle = np.median(found)
        deviation = _MAD_TO_SD * np.median(np.abs(found - middle)) + _TINY
        effects[day] = middle + np.clip(found - middle, -_EFFECT_CLIP * deviation, _EFFECT_CLIP * deviation).mean()
    effects[seen] -= effects[seen].mean()
    return effects


def _drawn_to_none(rest: Floats, month_days: NDArray[np.int64], prior_days: float) -> Floats:
    count = np.bincount(month_days, minlength=_LONGEST_MONTH + 1)
    total = np.bincount(month_days, weights=rest, minlength=_LONGEST_MONTH + 1)
    return np.asarray(total / np.maximum(count + prior_days, _TINY))


def _levels(size: Floats, smoothing: float) -> Floats:
    """Exponential smoothing that an odd day moves only so far."""
    start = size[: 2 * WEEK]
    deviation = _MAD_TO_SD * np.median(np.abs(start - np.median(start))) + _TINY
    level, found = float(np.median(start)), []
    for value in size:
        level += smoothing * float(np.clip(value - level, -_LEVEL_CLIP * deviation, _LEVEL_CLIP * deviation))
        found.append(level)
    return np.array(found)


def _profiles(history: History, settings: ForecastSettings) -> Floats:
    """Share of a day's calls in each slot by weekday ``[8, n_slots]``: its own days drawn to those of days alike."""
    shares = history.calls / history.calls.sum(axis=1, keepdims=True)
    found = np.full((WEEK + 1, shares.shape[1]), 1 / shares.shape[1])
    for group in settings.alike:
        alike = shares[np.isin(history.weekdays, group)][-settings.profile_weeks * len(group) :]
        for day in group:
            own = shares[history.weekdays == day][-settings.profile_weeks :]
            if not len(own):
                continue
            weight = settings.prior_days * 2  # shares are of a slot, steadier than totals: they earn a longer prior
            mixed = (len(own) * np.median(own, axis=0) + weight * np.median(alike, axis=0)) / (len(own) + weight)
            found[day] = mixed / mixed.sum() if mixed.sum() > 0 else own.mean(axis=0)
    return found


type Method = Callable[[History, Days], Floats]
"""Calls by day and slot of days to come, from a history."""


def forecast_by(settings: ForecastSettings) -> Method:
    """The forecast of this module, as a method."""
    return lambda history, days: fit(history, settings).calls(days)


def last_week(history: History, days: Days) -> Floats:
    """The last day of the same weekday."""
    return np.array([_same(history, day)[-1] for day in weekday(days)])


def weekday_mean(history: History, days: Days) -> Floats:
    """The mean of all days of the same weekday."""
    return np.array([_same(history, day).mean(axis=0) for day in weekday(days)])


def last_four_weeks(history: History, days: Days) -> Floats:
    """The mean of the last four days of the same weekday."""
    return np.array([_same(history, day)[-4:].mean(axis=0) for day in weekday(days)])


BASELINES: dict[str, Method] = {
    "last_week": last_week,
    "last_four_weeks": last_four_weeks,
    "weekday_mean": weekday_mean,
}
"""The simplest methods; one that is not ahead of them earns nothing."""


def _same(history: History, day: int) -> Floats:
    found = history.calls[history.weekdays == day]
    return found if len(found) else np.zeros((1, history.calls.shape[1]))


def ahead_of(history: History, method: Method, *, start: int, horizon: int) -> Iterator[tuple[Floats, Floats]]:
    """What happened and what ``method`` had said, ``[n_slots]`` each.

    From every day from ``start`` on, the ``horizon`` days that follow are forecast from what lay before it.
    """
    for origin in range(start, len(history.days)):
        days = history.days[origin : origin + horizon]
        yield from zip(history.calls[origin : origin + horizon], method(history.before(origin), days), strict=True)


def errors(pairs: Iterator[tuple[Floats, Floats]]) -> tuple[float, float, Floats]:
    """Absolute error over calls by slot and by day; and happened over forecast by day."""
    both = [(happened, said) for happened, said in pairs]
    happened, said = np.array([pair[0] for pair in both]), np.array([pair[1] for pair in both])
    total = happened.sum()
    by_slot = float(np.abs(happened - said).sum() / total)
    by_day = float(np.abs(happened.sum(axis=1) - said.sum(axis=1)).sum() / total)
    return by_slot, by_day, happened.sum(axis=1) / np.maximum(said.sum(axis=1), _TINY)
