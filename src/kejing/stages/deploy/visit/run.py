"""The run of the stage: read, plan, publish, and say what cannot be met."""

from __future__ import annotations

from kejing.measure.findings import Severity
from kejing.measure.workday import Standing
from kejing.stages.context import StageContext
from kejing.stages.deploy.visit.columns import Rules
from kejing.stages.deploy.visit.plan import make_plan
from kejing.stages.deploy.visit.publish import publish
from kejing.stages.deploy.visit.read import Book, parameter, read_book
from kejing.stages.deploy.visit.settings import VisitSettings


def run(context: StageContext) -> None:
    """Create relations ``visit``, ``visit_summary`` and ``visit_lever``.

    Raises
    ------
    UnknownCalendarError, VisitStandardError
        The policy names no public calendar, or its standard cannot be read.
    """
    settings = VisitSettings.model_validate(context.policy.section("visit"))
    context.progress("visit", 0, 3)
    book = read_book(context, settings)
    context.progress("visit", 1, 3)
    outcome = make_plan(book, read_rules(context))
    context.progress("visit", 2, 3)
    publish(context, book, outcome)
    _report(context, book)
    context.progress("visit", 3, 3)


def read_rules(context: StageContext) -> Rules:
    """The parameters of the plan in force on the run's day."""
    policy, day = context.policy, context.as_of
    return Rules(
        counting_days=int(parameter(policy, "visit_counting_days", day)),
        spacing=parameter(policy, "visit_spacing_share", day),
        day_peak=parameter(policy, "visit_day_peak", day),
        catch_up_days=int(parameter(policy, "visit_catch_up_days", day)),
    )


def _report(context: StageContext, book: Book) -> None:
    for year in range(book.horizon.start.year, book.horizon.last_day.year + 1):
        if book.calendar.standing(year) is Standing.PROVISIONAL:
            country = book.settings.calendar.country
            context.note("visit.provisional_calendar", "visit", severity=Severity.INFO, year=year, country=country)
    if not book.customers.num_rows:
        context.note("visit.no_book", "visit", severity=Severity.INFO)
    rows = context.engine.fetch(
        """
        SELECT s.quarter, s.unit_id, s.contacts, s.no_time, l.short_hours, l.hours
        FROM visit_short AS s
        JOIN visit_lever AS l ON l.quarter = s.quarter AND l.unit_id = s.unit_id AND l.lever = 'one_more_rm'
        ORDER BY s.quarter, s.unit_id
        """
    ).to_pylist()
    for row in rows:
        context.note(
            "visit.short_of_time",
            "visit",
            quarter=row["quarter"],
            unit=row["unit_id"],
            left_out=row["no_time"],
            breaches=row["contacts"] - row["no_time"],
            hours=_tenths(row["short_hours"]),
            one_more=_tenths(row["hours"]),
            rms=-(-row["short_hours"] // row["hours"]),
        )


def _tenths(micro: int) -> str:
    """Millionths as a number with one decimal."""
    tenths = (micro + 50_000) // 100_000
    return f"{tenths // 10}.{tenths % 10}"
