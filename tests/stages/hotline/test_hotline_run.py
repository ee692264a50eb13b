"""The stage on facts: seats by interval, heads of a centre, findings, laws; what the forecast takes from the past."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kejing.facts.schema import FACT_TABLES
from kejing.measure.period import LAST_DAY
from kejing.policy import Pack
from kejing.stages.context import StageContext
from kejing.stages.decide import hotline
from kejing.stages.decide.hotline.explain import explain_centre, explain_interval
from kejing.stages.decide.hotline.forecast import History, days_after, fit
from kejing.stages.decide.hotline.laws import LAWS
from kejing.stages.decide.hotline.settings import CalendarSettings, ForecastSettings
from kejing.stages.decide.hotline.week import calendar_of, kinds_by, weekday
from kejing.stages.output import output_table
from kejing.stages.population import prepare
from kejing.text.catalogue import catalogue
from kejing.warehouse.engine import DuckEngine
from tests.conftest import REPOSITORY
from tests.stages.institution import fact_table

MONDAY = dt.datetime.fromisoformat("2025-07-07T09:00:00")
SUNDAY = dt.date(2025, 7, 6)
AS_OF = dt.date(2025, 8, 3)
PROFILE = (20, 60, 40, 30)  # calls of the half hours from nine o'clock on
BUSY = {1: 1.5}  # Mondays have half as many again


def calls(weeks: int, **more: Any) -> list[dict[str, Any]]:
    """Calls of ``weeks`` weeks of five days, three minutes each; one in twenty hangs up after two."""
    rows = []
    for day in range(weeks * 7):
        start = MONDAY + dt.timedelta(days=day)
        for slot, count in enumerate(PROFILE if start.isoweekday() < 6 else ()):
            offered = round(count * BUSY.get(start.isoweekday(), 1))
            rows.append(
                {
                    "unit_id": "C",
                    "starts_at": start + dt.timedelta(minutes=30 * slot),
                    "offered": offered,
                    "answered": offered - offered // 20,
                    "abandoned": offered // 20,
                    "handle_seconds": 180 * (offered - offered // 20),
                    "wait_seconds": 120 * (offered // 20),
                }
                | more
            )
    return rows


@pytest.fixture
def engine() -> Iterator[DuckEngine]:
    """An engine of its own."""
    with DuckEngine(threads=1) as duck:
        yield duck


def planned(engine: DuckEngine, folder: Path, rows: list[dict[str, Any]], *, people: int = 3) -> StageContext:
    """The stage under the carrier's policy with ``rows`` of calls and ``people`` on the phones; its laws held."""
    facts = {
        "units": [{"unit_id": "C", "name": "C"}, {"unit_id": "D", "name": "D"}],
        "rms": [{"rm_id": f"R{number}", "line": "phone", "unit_id": "C"} for number in range(people)],
        "calls": rows,
    }
    for name, table in FACT_TABLES.items():
        engine.attach_arrow(name, fact_table(table, facts.get(name, ())))
    pack = Pack.load(REPOSITORY / "policies" / "telecom_4plus1")
    context = StageContext(engine=engine, policy=pack, as_of=AS_OF, known_on=LAST_DAY, seed=1, folder=folder)
    prepare(context)
    hotline.run(context)
    assert [law.name for law in LAWS if engine.fetch(law.sql).num_rows] == []
    for name in hotline.WRITES:
        output_table(engine, name, "CNY")
    return context


def rows_of(engine: DuckEngine, text: str) -> list[dict[str, Any]]:
    """Rows of a SELECT."""
    return list(engine.fetch(text).to_pylist())


def test_seats_follow_the_calls(engine: DuckEngine, tmp_path: Path) -> None:
    """Four steady weeks come again: calls by weekday and half hour, seats that keep 80 % and 5 %, none at weekends."""
    planned(engine, tmp_path, calls(4))
    days = {row["day"]: row for row in rows_of(engine, "SELECT * FROM hotline_day")}
    assert sorted({day.isoweekday() for day in days}) == [1, 2, 3, 4, 5]
    monday, tuesday = days[dt.date(2025, 8, 4)], days[dt.date(2025, 8, 5)]
    assert monday["expected_calls"] == pytest.approx(225e6, rel=0.02)
    assert tuesday["expected_calls"] == pytest.approx(150e6, rel=0.02)
    intervals = rows_of(engine, "SELECT * FROM hotline WHERE day = DATE '2025-08-05' ORDER BY starts")
    assert [row["starts"] for row in intervals] == ["09:00", "09:30", "10:00", "10:30"]
    assert intervals[1]["load"] == pytest.approx(6e6, rel=0.02)
    assert all(row["in_time"] >= 800_000 and row["abandoned"] <= 50_000 for row in intervals)
    assert [row["rostered_heads"] for row in intervals] == [-(-row["seats"] * 10 // 7) for row in intervals]


def test_heads_of_the_centre(engine: DuckEngine, tmp_path: Path) -> None:
    """Patience is all waits over those who hung up; nobody in post is a shortage; the check names every method."""
    context = planned(engine, tmp_path, calls(4), people=0)
    (centre,) = rows_of(engine, "SELECT * FROM hotline_centre")
    assert (centre["patience_seconds"], centre["handle_seconds"]) == (120_000_000, 180_000_000)
    assert centre["gap"] == centre["required_heads"] * 1_000_000 > 0
    assert {finding.code for finding in context.findings} == {"hotline.shortage"}
    methods = {row["method"] for row in rows_of(engine, "SELECT * FROM hotline_check")}
    assert methods == {"forecast", "last_week", "last_four_weeks", "weekday_mean"}


def test_too_short_a_past_says_so(engine: DuckEngine, tmp_path: Path) -> None:
    """Two weeks are ten days of calls, fewer than the fourteen asked for; without calls there is nothing to say."""
    context = planned(engine, tmp_path, calls(2))
    assert [finding.code for finding in context.findings] == ["hotline.short_history", "hotline.no_calls"]
    assert rows_of(engine, "SELECT * FROM hotline") == []


def test_calls_without_lengths(engine: DuckEngine, tmp_path: Path) -> None:
    """Where only calls are counted, lengths and patience are the policy's."""
    blank: dict[str, Any] = dict.fromkeys(("answered", "abandoned", "handle_seconds", "wait_seconds"))
    planned(engine, tmp_path, calls(4, **blank))
    (centre,) = rows_of(engine, "SELECT * FROM hotline_centre")
    assert (centre["patience_seconds"], centre["handle_seconds"]) == (120_000_000, 180_000_000)


def history(totals: list[float]) -> History:
    """Days with a flat profile of four slots from Monday, 5 May 2025 on."""
    days = days_after(SUNDAY, len(totals))
    return History(days, np.array(totals, dtype=np.float64)[:, None] * np.full(4, 0.25))


WHOLE_WEEK = ForecastSettings(alike=((1, 2, 3, 4, 5, 6, 7),))


@given(scale=st.floats(0.1, 50), days=st.integers(21, 60))
def test_forecasts_scale(scale: float, days: int) -> None:
    """Twice the calls are twice the forecast: nothing in it depends on the size of the centre."""
    totals = [100.0 + 10 * (day % 7) for day in range(days)]
    ahead = days_after(SUNDAY, days + 7)[days:]
    one = fit(history(totals), WHOLE_WEEK).calls(ahead)
    many = fit(history([scale * total for total in totals]), WHOLE_WEEK).calls(ahead)
    assert many == pytest.approx(one * scale, rel=1e-6)


def test_an_odd_day_moves_little() -> None:
    """A strike on the last day, a tenth of the calls, moves the forecast of a steady centre by less than 5 %."""
    steady = [100.0 + day % 3 for day in range(35)]
    ahead = days_after(SUNDAY, 42)[35:]
    usual = fit(history(steady), WHOLE_WEEK).calls(ahead).sum()
    shaken = fit(history([*steady[:-1], 10.0]), WHOLE_WEEK).calls(ahead).sum()
    assert shaken == pytest.approx(usual, rel=0.05)


def test_holidays_are_days_of_rest_and_the_first_day_back_is_a_monday() -> None:
    """National Day 2026: closed from 1 to 7 October, 8 October like Monday, the worked Saturday like Friday."""
    calendar = calendar_of(CalendarSettings(country="CN"), dt.date(2026, 8, 1), dt.date(2026, 10, 31))
    weekdays = [day for day in days_after(dt.date(2026, 8, 2), 42) if day.item().isoweekday() < 6]
    days = np.array(weekdays, dtype="datetime64[D]")
    totals = np.where((days - days[0]).astype(int) % 7 == 0, 150.0, 100.0)
    history = History(days, totals[:, None] * np.full(4, 0.25), kinds_by(calendar))
    said = fit(history, ForecastSettings()).calls(days_after(dt.date(2026, 9, 30), 10)).sum(axis=1)
    assert said[:7].tolist() == [0.0] * 7
    assert said[7:] == pytest.approx([150, 100, 100], rel=0.1)


def test_a_calendar_without_holidays_changes_nothing() -> None:
    """In weeks without a holiday days are what they are called."""
    calendar = calendar_of(CalendarSettings(country="CN"), dt.date(2026, 3, 2), dt.date(2026, 3, 29))
    days = days_after(dt.date(2026, 3, 2), 27)
    assert kinds_by(calendar)(days).tolist() == weekday(days).tolist()


def test_every_weekday_is_in_one_group() -> None:
    """A weekday in no group of like days, or in two, is refused."""
    for alike in (((1, 2, 3, 4, 5),), ((1, 2, 3, 4, 5, 6, 7), (7,))):
        with pytest.raises(ValueError, match="exactly one group"):
            ForecastSettings(alike=alike)


def test_every_finding_has_texts() -> None:
    """Each code of the stage has a reason and a remedy in both languages."""
    for code in ("no_calls", "short_history", "shortage"):
        assert set(catalogue()[f"hotline.{code}"]) == {"zh", "en"}


def test_seats_and_heads_are_explained(engine: DuckEngine, tmp_path: Path) -> None:
    """The tree of an interval multiplies out to its load; that of a centre has the days whose hours it sums."""
    context = planned(engine, tmp_path, calls(4))
    engine.create("run_days", f"SELECT CAST('{AS_OF}' AS DATE) AS as_of")
    stored = {name: output_table(engine, name, "CNY") for name in hotline.WRITES}
    for name, table in stored.items():
        engine.attach_arrow(name, table)
    row = stored["hotline"].to_pylist()[1]
    load = explain_interval(engine, context.policy, row).children[0]
    asked, handle, minutes = (child.value for child in load.children)
    assert all(isinstance(value, Fraction) for value in (asked, handle, minutes))
    assert load.value == pytest.approx(asked * handle / (minutes * 60), abs=1e-5)  # type: ignore[operator]  # fractions
    hours = explain_centre(engine, context.policy, stored["hotline_centre"].to_pylist()[0]).children[0]
    assert hours.value == pytest.approx(sum(child.value for child in hours.children), abs=1e-3)  # type: ignore[misc]
