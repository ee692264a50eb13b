"""From facts and policy to columns: who owes which contact in which window, and who made which."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kejing.measure.period import Period
from kejing.measure.workday import WorkCalendar, work_calendar
from kejing.policy.pack import Pack
from kejing.stages.context import StageContext
from kejing.stages.deploy.visit.fill import Flags, Ints, phases
from kejing.stages.deploy.visit.settings import EventSettings, VisitSettings
from kejing.stages.deploy.visit.terms import Term, horizon_of, list_event_terms, list_terms, read_standard
from kejing.stages.rule_file import day_literal, run_rules

_PACKAGE = "kejing.stages.deploy.visit"
_MICRO = 1_000_000

_IN_POST = """
  SELECT n.rm_id, n.unit_id, n.line, n.fte, COALESCE(n.lat, u.lat) AS lat, COALESCE(n.lon, u.lon) AS lon,
    CAST(NULL AS $BIGINT) AS micro_lat, CAST(NULL AS $BIGINT) AS micro_lon
  FROM rm_now AS n JOIN population_line AS l ON l.line = n.line LEFT JOIN unit_now AS u ON u.unit_id = n.unit_id
"""
_MADE_UP = """
  SELECT n.rm_id, n.unit_id, n.line, CAST(1000000 AS $BIGINT) AS fte, u.lat, u.lon,
    n.lat AS micro_lat, n.lon AS micro_lon
  FROM roster AS n LEFT JOIN unit_now AS u ON u.unit_id = n.unit_id
"""
_PROPOSED = """
  SELECT customer_id, rm_id, CAST('0001-01-01' AS DATE) AS valid_from, valid_to FROM assign WHERE role = 'lead'
"""


@dataclass(frozen=True, slots=True)
class Dues:
    """Every contact due, by RM, customer and channel, then by the end of its window.

    Days are counted from the start of the horizon. All columns have one entry a contact [n_due].
    """

    rm: Ints
    customer: Ints
    channel: Ints
    term: Ints
    first: Ints
    last: Ints


@dataclass(frozen=True, slots=True)
class Contacts:
    """Contacts that RMs made or booked with their own customers, by RM, customer, channel and day [n_contacts]."""

    rm: Ints
    customer: Ints
    channel: Ints
    day: Ints
    contact_id: pa.Array


@dataclass(frozen=True, slots=True)
class Book:
    """All that the plan is made of.

    Attributes
    ----------
    today
        The run's day, counted from the start of the horizon; what lies after it is ahead.
    away
        Days of leave [n_rms, n_days].
    daily
        Minutes a day for contacts [min, n_rms].
    """

    settings: VisitSettings
    horizon: Period
    calendar: WorkCalendar
    today: int
    terms: tuple[Term, ...]
    rms: pa.Table
    customers: pa.Table
    away: Flags
    daily: Ints
    dues: Dues
    contacts: Contacts

    @property
    def worked(self) -> Flags:
        """Working days of the horizon [n_days]."""
        return self.calendar.is_working

    @property
    def worked_before(self) -> Ints:
        """Working days before each day of the horizon, and in all of it [n_days + 1]."""
        return np.concatenate([[0], np.cumsum(self.worked)]).astype(np.int64)


def read_book(context: StageContext, settings: VisitSettings) -> Book:
    """The relations ``visit_*`` and the columns of the plan.

    Raises
    ------
    UnknownCalendarError, VisitStandardError
        The policy names no public calendar, or its standard cannot be read.
    """
    horizon = horizon_of(context.calendar, context.as_of)
    own = settings.calendar
    calendar = work_calendar(own.country, horizon, work=own.work, rest=own.rest)
    standard = read_standard(context.policy, settings, context.as_of)
    terms = (
        *list_terms(standard, settings, context.calendar, horizon),
        *list_event_terms(standard, settings, context.calendar, horizon),
    )
    _attach(context, settings, terms, calendar)
    is_made_up = settings.book == "proposed" and "roster" in context.engine.relations()
    values = {
        "AS_OF": day_literal(context.as_of),
        "START": day_literal(horizon.start),
        "END": day_literal(horizon.end),
        "SCHEME": f"'{settings.scheme}'",
        "PEOPLE": _MADE_UP if is_made_up else _IN_POST,
        "BOOK": _PROPOSED if settings.book == "proposed" else "SELECT * FROM visit_book_today",
    }
    run_rules(context.engine, _PACKAGE, "due.sql", values)
    rms = context.engine.fetch("SELECT * FROM visit_rm ORDER BY rm")
    return Book(
        settings=settings,
        horizon=horizon,
        calendar=calendar,
        today=(context.as_of - horizon.start).days,
        terms=terms,
        rms=rms,
        customers=context.engine.fetch(
            "SELECT customer_id, customer, rm, lat, lon FROM visit_customer ORDER BY customer"
        ),
        away=_leave(context, horizon, rms.num_rows),
        daily=_minutes_a_day(context.policy, context.as_of, ints(rms, "fte")),
        dues=_dues(context),
        contacts=_contacts(context),
    )


def ints(table: pa.Table, column: str) -> Ints:
    """A column of whole numbers."""
    return np.asarray(table.column(column).cast(pa.int64()).to_numpy(), np.int64)


def degrees(table: pa.Table, column: str) -> NDArray[np.float64]:
    """A column of degrees; not a number where unknown."""
    return np.asarray(table.column(column).cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)


def minutes_a_day(policy: Pack, day: dt.date) -> Fraction:
    """Minutes for contacts in a full working day: paid hours less training, other work and the reserve [min].

    The reserve is kept for sudden projects (E4-58).
    """
    names = ("staff_hours_per_day", "staff_training_share", "staff_selling_share", "visit_reserve_share")
    hours, training, selling, reserve = (parameter(policy, name, day) for name in names)
    return hours * 60 * (1 - training) * selling * (1 - reserve)


def parameter(policy: Pack, name: str, day: dt.date) -> Fraction:
    """A numeric parameter in force on ``day``."""
    value = policy.parameter(name, day)
    assert isinstance(value, Fraction), f"Expected a number in {name}."
    return value


def _minutes_a_day(policy: Pack, day: dt.date, fte: Ints) -> Ints:
    full = minutes_a_day(policy, day)
    return np.asarray(fte * full.numerator // (full.denominator * _MICRO), dtype=np.int64)


def _leave(context: StageContext, horizon: Period, rms: int) -> Flags:
    start, end = day_literal(horizon.start), day_literal(horizon.end)
    rows = context.engine.fetch(
        f"""
        SELECT r.rm, $DAYS(CASE WHEN a.valid_from > {start} THEN a.valid_from ELSE {start} END, {start}) AS day_from,
          $DAYS(CASE WHEN a.valid_to < {end} THEN a.valid_to ELSE {end} END, {start}) AS day_to
        FROM rm_absences AS a JOIN visit_rm AS r ON r.rm_id = a.rm_id
        WHERE a.valid_from < {end} AND a.valid_to > {start}
        ORDER BY r.rm, a.valid_from
        """
    )
    edges = np.zeros((rms, horizon.days + 1), np.int64)
    np.add.at(edges, (ints(rows, "rm"), ints(rows, "day_from")), 1)
    np.add.at(edges, (ints(rows, "rm"), ints(rows, "day_to")), -1)
    return np.asarray(np.cumsum(edges, axis=1)[:, :-1] > 0)


def _dues(context: StageContext) -> Dues:
    rows = context.engine.fetch(
        "SELECT rm, customer, channel, term, first_day, last_day FROM visit_due"
        " ORDER BY rm, customer, channel, last_day, first_day, term, number"
    )
    names = ("rm", "customer", "channel", "term", "first_day", "last_day")
    return Dues(*(ints(rows, name) for name in names))


def _contacts(context: StageContext) -> Contacts:
    rows = context.engine.fetch(
        "SELECT rm, customer, channel, day, contact_id FROM visit_own ORDER BY rm, customer, channel, day"
    )
    return Contacts(
        rm=ints(rows, "rm"),
        customer=ints(rows, "customer"),
        channel=ints(rows, "channel"),
        day=ints(rows, "day"),
        contact_id=rows.column("contact_id").combine_chunks(),
    )


def _attach(context: StageContext, settings: VisitSettings, terms: Sequence[Term], calendar: WorkCalendar) -> None:
    engine, channels = context.engine, list(settings.channels)
    engine.attach_arrow("visit_term", _term_table(terms, calendar))
    worked = np.concatenate([[0], np.cumsum(calendar.is_working)])
    days = [calendar.span.start + dt.timedelta(days=place) for place in range(len(worked))]
    engine.attach_arrow(
        "visit_day", pa.table({"day": pa.array(days, pa.date32()), "worked_before": pa.array(worked, pa.int64())})
    )
    most = max((term.contacts for term in terms), default=0) + 1
    engine.attach_arrow("visit_number", pa.table({"number": pa.array(range(1, most + 1), pa.int64())}))
    excused = [
        {"channel": channels.index(name), "line": line}
        for name, channel in settings.channels.items()
        for line in channel.not_by
    ]
    _rows(context, "visit_excused", "channel:int line", excused)
    _rows(context, "visit_counted", "channel:int contact direction outcome is_booked:int", _counted(settings))
    engine.attach_arrow("visit_phase", _phase_table(context))
    _attach_events(context, settings.events, calendar.span)


def _phase_table(context: StageContext) -> pa.Table:
    """In which window of a year a customer's year begins, by the id: twelve phases, of which a quarter takes four."""
    ids = context.engine.fetch("SELECT customer_id FROM customer_now ORDER BY customer_id").column("customer_id")
    text = ids.cast(pa.large_string()).combine_chunks()
    _, offsets, letters = text.buffers() if len(text) else (None, None, None)
    start = np.frombuffer(offsets, np.int64)[text.offset :][: len(text) + 1] if offsets else np.zeros(1, np.int64)
    data = np.frombuffer(letters, np.uint8) if letters else np.zeros(0, np.uint8)
    return pa.table({"customer_id": ids, "phase": pa.array(phases(data, start, 12))})


def _counted(settings: VisitSettings) -> list[dict[str, object]]:
    """Every combination of channel, direction and outcome that counts, or that is an appointment."""
    rows: list[dict[str, object]] = []
    for number, channel in enumerate(settings.channels.values()):
        for contact in channel.contacts:
            made = [(way, result, 0) for way in channel.directions or ("",) for result in channel.outcomes or ("",)]
            booked = [("", result, 1) for result in settings.booked]
            rows += [
                {"channel": number, "contact": contact, "direction": way, "outcome": result, "is_booked": ahead}
                for way, result, ahead in (*made, *booked)
            ]
    return rows


def _attach_events(context: StageContext, events: dict[str, EventSettings], span: Period) -> None:
    rules: list[dict[str, object]] = []
    lasts: list[dict[str, object]] = []
    outcomes: list[dict[str, object]] = []
    for name, event in events.items():
        least = parameter(context.policy, event.at_least, context.as_of) if event.at_least else Fraction(0)
        rules.append({"event": name, "source": event.source, "measure": event.measure, "at_least": int(least * _MICRO)})
        outcomes += [{"event": name, "outcome": outcome} for outcome in event.outcomes]
        within = int(parameter(context.policy, event.within, context.as_of))
        for place in range(span.days):
            day = span.start + dt.timedelta(days=place)
            lasts.append({"event": name, "day": day, "due_before": min(day + dt.timedelta(days=within + 1), span.end)})
    _rows(context, "visit_event_rule", "event source measure at_least:int", rules)
    _rows(context, "visit_event_outcome", "event outcome", outcomes)
    _rows(context, "visit_event_last", "event day:day due_before:day", lasts)


def _term_table(terms: Sequence[Term], calendar: WorkCalendar) -> pa.Table:
    rows = [
        {
            "term": number,
            "channel": term.channel,
            "tier": term.tier,
            "rule": term.rule,
            "is_event": int(term.is_event),
            "window_from": term.window.start,
            "window_to": term.window.end,
            "contacts": term.contacts,
            "phase": term.phase,
            "phases": term.windows_a_year,
            "days": calendar.count(term.window),
        }
        for number, term in enumerate(terms)
    ]
    names = "term:int channel:int tier rule is_event:int window_from:day window_to:day contacts:int"
    names += " phase:int phases:int days:int"
    return pa.Table.from_pylist(rows, schema=_schema(names))


def _rows(context: StageContext, name: str, columns: str, rows: list[dict[str, object]]) -> None:
    context.engine.attach_arrow(name, pa.Table.from_pylist(rows, schema=_schema(columns)))


def _schema(columns: str) -> pa.Schema:
    kinds = {"": pa.string(), "int": pa.int64(), "day": pa.date32()}
    return pa.schema([(name, kinds[kind]) for name, _, kind in (column.partition(":") for column in columns.split())])
