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
from kejing.stages.decide.hotline.week import HOLIDAY, REST, WEEK, Days, KindOf, weekday

type Floats = NDArray[np.float64]

_LONGEST_MONTH = 31
_ROUNDS = 8  # of fitting level and effects in turn; the effects no longer move after five
_LEVEL_CLIP = 2.0  # usual deviations that one day may move the level by
_EFFECT_CLIP = 2.5  # usual deviations beyond which a day is an outlier of its weekday
_MAD_TO_SD = 1.4826  # of a normal distribution
_TINY = 1e-6


@dataclass(frozen=True, slots=True)
class History:
    """Calls of past days that had any, oldest first: ``calls`` is ``[n_days, n_slots]``.

    ``kind_of`` says which day of the week a day behaves like.
    """

    days: Days
    calls: Floats
    kind_of: KindOf = weekday

    def before(self, count: int) -> History:
        """The first ``count`` days alone."""
        return History(self.days[:count], self.calls[:count], self.kind_of)

    def like(self, kind: int, *, named: bool = False) -> Floats:
        """Calls of the days that behave like a day of the week, or of those ``named`` so ``[n, n_slots]``."""
        kinds = weekday(self.days) if named else self.kind_of(self.days)
        found = self.calls[kinds == kind]
        return found if len(found) else np.zeros((1, self.calls.shape[1]))


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a history says of days to come; effects are logarithms.

    ``means`` are the mean calls of a weekday or holiday ``[9, n_slots]``; the share ``long_run`` of the forecast is
    theirs.
    """

    level: float
    weekday_effect: Floats
    month_day_effect: Floats
    profiles: Floats
    means: Floats
    long_run: float
    is_open: NDArray[np.bool_]
    kind_of: KindOf

    def calls(self, days: Days) -> Floats:
        """Calls by day and slot ``[n_days, n_slots]``; 0 on days like weekdays that never had any."""
        weekdays, month_days = self.kind_of(days), month_day(days)
        totals = np.exp(self.level + self.weekday_effect[weekdays] + self.month_day_effect[month_days])
        moving = np.where(self.is_open[weekdays], totals, 0.0)[:, None] * self.profiles[weekdays]
        return (1 - self.long_run) * moving + self.long_run * self.means[weekdays]


def days_after(day: dt.date, count: int) -> Days:
    """The ``count`` days that follow ``day``."""
    steps = np.arange(1, count + 1).astype("timedelta64[D]")
    return np.asarray(np.datetime64(day, "D") + steps)


def month_day(days: Days) -> NDArray[np.int64]:
    """Day of the month, from 1."""
    return np.asarray((days.astype("datetime64[D]") - days.astype("datetime64[M]")).astype(np.int64) + 1)


def fit(history: History, settings: ForecastSettings) -> Forecast:
    """Level, effects and profiles of ``history`` [at least a day]."""
    totals = history.calls.sum(axis=1)
    size = np.log(totals)
    weekdays, month_days = history.kind_of(history.days), month_day(history.days)
    level = np.full(len(size), np.median(size))
    by_weekday, by_month_day = np.zeros(HOLIDAY + 1), np.zeros(_LONGEST_MONTH + 1)
    for _ in range(_ROUNDS):
        by_weekday = _weekday_effects(size - level - by_month_day[month_days], weekdays)
        by_month_day = _drawn_to_none(size - level - by_weekday[weekdays], month_days, settings.prior_days)
        level = _levels(size - by_weekday[weekdays] - by_month_day[month_days], settings.smoothing)
    means = np.array([history.like(day).mean(axis=0) for day in range(HOLIDAY + 1)])
    profiles, is_open = _profiles(history, settings), np.isin(np.arange(HOLIDAY + 1), weekdays)
    if not is_open[HOLIDAY]:  # none is known: like a day of rest
        for by_kind in (by_weekday, profiles, means, is_open):
            by_kind[HOLIDAY] = by_kind[REST]
    return Forecast(
        float(level[-1]), by_weekday, by_month_day, profiles, means, settings.long_run, is_open, history.kind_of
    )


def _weekday_effects(rest: Floats, weekdays: NDArray[np.int64]) -> Floats:
    effects = np.zeros(HOLIDAY + 1)
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
    """Share of a day's calls in each slot ``[9, n_slots]``: a weekday's own days drawn to those of days alike.

    A holiday is alike to the days that Sunday is alike to.
    """
    shares = history.calls / history.calls.sum(axis=1, keepdims=True)
    found = np.full((HOLIDAY + 1, shares.shape[1]), 1 / shares.shape[1])
    weekdays = history.kind_of(history.days)
    for group in (named + (HOLIDAY,) * (REST in named) for named in settings.alike):
        alike = shares[np.isin(weekdays, group)][-settings.profile_weeks * len(group) :]
        for day in group:
            own = shares[weekdays == day][-settings.profile_weeks :]
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
    return np.array([history.like(day, named=True)[-1] for day in weekday(days)])


def weekday_mean(history: History, days: Days) -> Floats:
    """The mean of all days of the same weekday."""
    return np.array([history.like(day, named=True).mean(axis=0) for day in weekday(days)])


def last_four_weeks(history: History, days: Days) -> Floats:
    """The mean of the last four days of the same weekday."""
    return np.array([history.like(day, named=True)[-4:].mean(axis=0) for day in weekday(days)])


BASELINES: dict[str, Method] = {
    "last_week": last_week,
    "last_four_weeks": last_four_weeks,
    "weekday_mean": weekday_mean,
}
"""The simplest methods, which know no holidays; one that is not ahead of them earns nothing."""


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
