"""Forecast and staffing of two real call centres, beside simple forecasts and beside what happened.

``python -m benchmarks.hotline FOLDER`` reads the data set ``callcentre``.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from benchmarks.callcentre import Floats, big_bank, people_present, small_bank
from kejing.stages.decide.hotline.centre import Centre, Row, read_centre
from kejing.stages.decide.hotline.erlang import Target, erlang_a
from kejing.stages.decide.hotline.forecast import BASELINES, ahead_of, errors, forecast_by
from kejing.stages.decide.hotline.plan import Rules, plan_seats
from kejing.stages.decide.hotline.settings import CalendarSettings, ForecastSettings, HotlineSettings
from kejing.stages.decide.hotline.solve_queue import PlannedDay, seeded, simulate_day
from kejing.stages.decide.hotline.week import calendar_of, kinds_by, weekday

RULES = Rules(
    Target(in_time=0.8, abandoned=0.05, occupancy=0.9),
    answer=20.0,
    handle=180.0,
    patience=120.0,
    shrinkage=0.3,
    year_hours=2_000.0,
)
WEEK_FROM = dt.date(1999, 2, 22)
"""The last week of the month is planned from the three before it."""
ISRAEL = ForecastSettings(alike=((7, 1, 2, 3, 4), (5,), (6,)))
"""A working week from Sunday to Thursday, a short Friday, an evening on Saturday."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: what it is about, and its figures by name."""

    name: str
    figures: dict[str, float]


def forecasts(rows: list[Row], minutes: int, *, start: int = 40, horizon: int = 5) -> Iterator[Line]:
    """Errors of each method on the large bank, so many days ahead from every day after the first ``start``.

    The forecast knows the public holidays; without them it stands beside, so that their worth is seen.
    """
    holidays = kinds_by(calendar_of(CalendarSettings(country="US"), _day(rows[0]), _day(rows[-1])))
    forecast = forecast_by(ForecastSettings())
    for name, method, kind_of in (
        ("forecast", forecast, holidays),
        ("forecast without holidays", forecast, weekday),
        *((name, method, weekday) for name, method in BASELINES.items()),
    ):
        centre = read_centre("bank", rows, minutes, handle=RULES.handle, prior_days=2, kind_of=kind_of)
        assert centre is not None
        by_slot, by_day, _ = errors(ahead_of(centre.history, method, start=start, horizon=horizon))
        yield Line(name, {"interval_error": by_slot, "day_error": by_day})


def week(folder: Path, seed: int) -> Iterator[Line]:
    """The last week of February 1999: calls and service as they were, as the formulas say, and as planned.

    The plan knows the three weeks before alone; service is reckoned with the calls and lengths that came.
    """
    every = small_bank(folder, answer=RULES.answer)
    past, whole = _centre([row for row in every if _day(row) < WEEK_FROM]), _centre(every)
    settings = HotlineSettings(days_ahead=7, forecast=ISRAEL)
    plan = plan_seats(past, settings, RULES, WEEK_FROM - dt.timedelta(days=1), ratio=1.0)
    came = _grid(past, every, "offered")
    yield Line("calls", {"came": came.sum(), "forecast": plan.calls.sum(), **_week_errors(whole, came, plan.calls)})
    lengths = _grid(past, every, "handle_seconds").sum() / _grid(past, every, "answered").sum()
    happened = Happened(past, came, past.handle * lengths / np.average(past.handle, weights=came.sum(axis=0)))
    there = np.rint(_grid(past, people_present(folder), "seats"))
    planned = plan.seats.astype(np.float64)
    yield Line("as it was", happened.service(every, there))
    yield Line("by Erlang A, people present", happened.by_formula(there))
    yield Line("simulated, people present", happened.simulated(there, seed))
    yield Line("by Erlang A, seats planned", happened.by_formula(planned))
    yield Line("simulated, seats planned", happened.simulated(planned, seed))


@dataclass(frozen=True, slots=True)
class Happened:
    """The week's calls by day and interval, and how long they were."""

    past: Centre
    came: Floats
    handle: Floats

    @property
    def patience(self) -> float:
        """As the past has it."""
        return self.past.patience or RULES.patience

    def _line(self, in_time: float, abandoned: float, seats: Floats) -> dict[str, float]:
        return {"in_time": in_time, "abandoned": abandoned, "seat_hours": seats.sum() * self.past.minutes / 60}

    def service(self, rows: list[Row], seats: Floats) -> dict[str, float]:
        """What callers met."""
        in_time, abandoned = (_grid(self.past, rows, name).sum() / self.came.sum() for name in ("in_time", "abandoned"))
        return self._line(in_time, abandoned, seats)

    def by_formula(self, seats: Floats) -> dict[str, float]:
        """What Erlang A says of the calls that came."""
        load = self.came * self.handle / (self.past.minutes * 60)
        said = erlang_a(seats.astype(np.int64), load, answer=RULES.answer, handle=self.handle, patience=self.patience)
        in_time, abandoned = (float(np.average(share, weights=self.came)) for share in (said.in_time, said.abandoned))
        return self._line(in_time, abandoned, seats)

    def simulated(self, seats: Floats, seed: int) -> dict[str, float]:
        """The calls that came, moved inside their half hours, a hundred times over."""
        chance = seeded(seed, "bank")
        days = [
            simulate_day(
                PlannedDay(
                    calls=calls, seats=there.astype(np.int64), handle=self.handle, interval=self.past.minutes * 60
                ),
                answer=RULES.answer,
                patience=self.patience,
                chance=chance,
            )
            for _ in range(100)
            for calls, there in zip(self.came, seats, strict=True)
        ]
        calls = sum(met.calls for met in days)
        return self._line(sum(met.in_time for met in days) / calls, sum(met.abandoned for met in days) / calls, seats)


def _day(row: Row) -> dt.date:
    starts = row["starts_at"]
    assert isinstance(starts, dt.datetime)
    return starts.date()


def _centre(rows: list[Row]) -> Centre:
    centre = read_centre("bank", rows, 30, handle=RULES.handle, prior_days=2)
    assert centre is not None
    return centre


def _grid(centre: Centre, rows: list[Row], name: str) -> Floats:
    """A column of the week's rows by day and interval of ``centre``; what lies outside its hours is left out."""
    found = np.zeros((7, len(centre.handle)))
    for row in rows:
        starts = row["starts_at"]
        assert isinstance(starts, dt.datetime)
        day, minute = (starts.date() - WEEK_FROM).days, starts.hour * 60 + starts.minute
        slot = (minute - centre.first_minute) // centre.minutes
        if 0 <= day < len(found) and 0 <= slot < found.shape[1]:
            found[day, slot] = float(Fraction(str(row[name])))
    return found


def _week_errors(centre: Centre, came: Floats, said: Floats) -> dict[str, float]:
    """Errors of the plan's week, and of the simplest forecasts from the same past."""
    start = len(centre.history.days) - 7
    found = {"interval_error": np.abs(came - said).sum() / came.sum()}
    for name, method in BASELINES.items():
        history = centre.history
        said_by = method(history.before(start), history.days[start:])
        found[name] = np.abs(history.calls[start:] - said_by).sum() / came.sum()
    return found


def main() -> None:
    """Print the tables, as text or as JSON lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    said = parser.parse_args()
    started = time.process_time()
    big = big_bank(said.folder)
    tables = {
        "forecast, 5 minutes": list(forecasts(big, 5)),
        "forecast, 30 minutes": list(forecasts(big, 30)),
        "forecast, 30 minutes, a week ahead, the last fifty days": list(forecasts(big, 30, start=50, horizon=7)),
        "week of 22 February 1999": list(week(said.folder, said.seed)),
    }
    for title, lines in tables.items():
        if not said.json:
            print(f"\n{title}")
        for line in lines:
            figures = {name: round(float(value), 4) for name, value in line.figures.items()}
            if said.json:
                print(json.dumps({"table": title, "name": line.name, **figures}))
            else:
                print(f"  {line.name:30}", "  ".join(f"{name} {value:,}" for name, value in figures.items()))
    if not said.json:
        print(f"\n{time.process_time() - started:.1f} CPU s")


if __name__ == "__main__":
    main()
