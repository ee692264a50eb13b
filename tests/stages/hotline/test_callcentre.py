"""Two real call centres: the forecast is ahead of the simple ones, and the formulas say what happened."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.callcentre import big_bank, small_bank
from benchmarks.hotline import forecasts, week


@pytest.fixture
def folder(shared_data: Path) -> Path:
    """The data set."""
    return shared_data / "data" / "callcentre"


def test_the_data_are_what_they_were(folder: Path) -> None:
    """3,230,996 calls of the large bank; of the small one 27,162 answered and 3,963 who hung up while they queued."""
    assert sum(int(str(row["offered"])) for row in big_bank(folder)) == 3_230_996
    small = small_bank(folder, answer=20.0)
    assert [sum(int(str(row[name])) for row in small) for name in ("answered", "abandoned")] == [27_162, 3_963]


@pytest.mark.parametrize(("minutes", "start", "horizon"), [(5, 40, 5), (30, 40, 5), (30, 50, 7)])
def test_the_forecast_is_ahead_of_the_simple_ones(folder: Path, minutes: int, start: int, horizon: int) -> None:
    """One to five days ahead, and a week ahead over the last fifty days: less error than any simple method.

    By interval and by day; nothing of a day forecast was known, and no number was fitted to these days.
    """
    found = {line.name: line.figures for line in forecasts(big_bank(folder), minutes, start=start, horizon=horizon)}
    forecast = found.pop("forecast")
    for figures in found.values():
        assert forecast["interval_error"] < figures["interval_error"]
        assert forecast["day_error"] < figures["day_error"]


def test_formulas_say_what_happened(folder: Path) -> None:
    """Erlang A comes within 2 points of a week's calls in time, 4 of those hung up; the plan meets 80 % and 5 %."""
    found = {line.name: line.figures for line in week(folder, 1)}
    was, said = found["as it was"], found["by Erlang A, people present"]
    assert said["in_time"] == pytest.approx(was["in_time"], abs=0.02)
    assert said["abandoned"] == pytest.approx(was["abandoned"], abs=0.04)
    assert found["calls"]["interval_error"] < min(found["calls"][name] for name in ("last_week", "weekday_mean"))
    for name in ("by Erlang A, seats planned", "simulated, seats planned"):
        assert found[name]["in_time"] == pytest.approx(0.8, abs=0.01)
        assert found[name]["abandoned"] == pytest.approx(0.05, abs=0.01)
