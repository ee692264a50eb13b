"""Working days of the PRC, against a second library and published counts."""

from __future__ import annotations

import datetime as dt

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kejing.measure.period import Period
from kejing.measure.workday import OutsideCalendarError, Standing, UnknownCalendarError, work_calendar

YEARS = Period(dt.date(2018, 1, 1), dt.date(2027, 1, 1))
CALENDAR = work_calendar("CN", YEARS)
IN_YEARS = st.dates(YEARS.start, YEARS.last_day)


def test_two_libraries_agree_on_every_day_of_nine_years() -> None:
    """3,287 days of 2018 to 2026: the public calendar and chinesecalendar say the same of each."""
    assert YEARS.days == 3287
    everyday = [YEARS.start + dt.timedelta(days=place) for place in range(YEARS.days)]
    assert [day for day in everyday if (day in CALENDAR) is not chinese_calendar.is_workday(day)] == []


@pytest.mark.parametrize(("year", "days"), [(2024, 251), (2025, 248), (2026, 248)])
def test_working_days_of_published_years(year: int, days: int) -> None:
    """251, 248 and 248 working days in 2024, 2025 and 2026."""
    assert CALENDAR.count(Period(dt.date(year, 1, 1), dt.date(year + 1, 1, 1))) == days


def test_a_year_without_an_announcement_is_provisional() -> None:
    """2026 is announced, 2027 is a guess; a calendar without moved days needs no announcement."""
    china = work_calendar("CN", Period(dt.date(2026, 1, 1), dt.date(2028, 1, 1)))
    assert (china.standing(2026), china.standing(2027)) == (Standing.PUBLISHED, Standing.PROVISIONAL)
    britain = work_calendar("GB", Period(dt.date(2027, 1, 1), dt.date(2028, 1, 1)))
    assert britain.standing(2027) is Standing.PUBLISHED


def test_own_days_win_over_the_public_calendar() -> None:
    """A Saturday worked and a Monday off, as the institution says; work wins where a day is named twice."""
    saturday, monday = dt.date(2026, 11, 21), dt.date(2026, 11, 23)
    week = Period(dt.date(2026, 11, 16), dt.date(2026, 11, 30))
    own = work_calendar("CN", week, work=[saturday], rest=[monday])
    assert saturday in own
    assert monday not in own
    assert monday in work_calendar("CN", week, work=[monday], rest=[monday])


@given(IN_YEARS, IN_YEARS, IN_YEARS)
def test_counts_add_up(one: dt.date, two: dt.date, three: dt.date) -> None:
    """Days of two periods that meet are the days of both together, and a count is the length of the list."""
    first, middle, last = sorted({one, two, three}) if len({one, two, three}) == 3 else (YEARS.start, one, YEARS.end)
    if first < middle < last:
        whole = CALENDAR.count(Period(first, last))
        assert whole == CALENDAR.count(Period(first, middle)) + CALENDAR.count(Period(middle, last))
        assert CALENDAR.days(Period(first, middle)) == [
            day for day in CALENDAR.days(Period(first, last)) if day < middle
        ]


def test_an_unknown_country_and_a_day_outside_are_refused() -> None:
    """Neither is guessed."""
    with pytest.raises(UnknownCalendarError):
        work_calendar("ATLANTIS", YEARS)
    with pytest.raises(OutsideCalendarError):
        CALENDAR.count(Period(dt.date(2026, 12, 1), dt.date(2027, 2, 1)))
