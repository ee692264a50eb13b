"""The tables of the stage: contact by contact, RM by RM, and what would help where time falls short."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa

from kejing.measure.period import Period
from kejing.measure.rounding import round_fraction
from kejing.stages.context import StageContext
from kejing.stages.deploy.visit.fill import NONE, Flags, Ints
from kejing.stages.deploy.visit.plan import Breach, Outcome, Reason, Status
from kejing.stages.deploy.visit.read import Book, minutes_a_day, parameter
from kejing.stages.deploy.visit.terms import quarter_name, windows
from kejing.stages.rule_file import run_rules

_PACKAGE = "kejing.stages.deploy.visit"


def publish(context: StageContext, book: Book, outcome: Outcome) -> None:
    """Create ``visit``, ``visit_summary``, ``visit_lever`` and what the laws read."""
    engine = context.engine
    engine.attach_arrow("visit", _visits(book, outcome))
    engine.attach_arrow("visit_rm_day", _rm_days(book, outcome))
    engine.attach_arrow("visit_quarter", _quarters(context, book))
    engine.attach_arrow("visit_channel", _numbered("channel", list(book.settings.channels)))
    standards = sorted({term.rule for term in book.terms if not term.is_event})
    engine.attach_arrow("visit_standard", _numbered("standard", standards))
    road = {"rm": pa.array(np.arange(len(outcome.metres))), "metres": pa.array(outcome.metres)}
    engine.attach_arrow("visit_road", pa.table(road))
    minutes = minutes_a_day(context.policy, context.as_of)
    values = {"FULL_DAY": str(minutes.numerator // minutes.denominator), "RM_COST": _cost_of_one(context)}
    run_rules(engine, _PACKAGE, "summary.sql", values)


def _cost_of_one(context: StageContext) -> str:
    """What one RM costs a year in minor units; no policy need say it."""
    if "staff_rm_cost" not in context.policy.parameters:
        return "CAST(NULL AS $BIGINT)"
    return str(round_fraction(parameter(context.policy, "staff_rm_cost", context.as_of) * context.minor, 0))


def _visits(book: Book, outcome: Outcome) -> pa.Table:
    dues, terms = book.dues, book.terms
    days = _day_array(book.horizon)
    is_met = outcome.contact != NONE
    contact = pa.array(np.where(is_met, outcome.contact, 0), mask=~is_met)
    is_done = outcome.status == Status.DONE
    return pa.table(
        {
            "customer_id": book.customers.column("customer_id").take(pa.array(dues.customer)),
            "rm_id": book.rms.column("rm_id").take(pa.array(dues.rm)),
            "channel": _said(list(book.settings.channels), dues.channel),
            "number": pa.array(_place_in_chain(outcome.chain)),
            "quarter": _said([term.quarter for term in terms], dues.term),
            "tier": _said([term.tier for term in terms], dues.term),
            "standard": _said([term.rule for term in terms], dues.term),
            "due_from": days.take(pa.array(dues.first)),
            "due_to": days.take(pa.array(outcome.last)),
            "minutes": pa.array(np.array([term.minutes for term in terms], np.int64)[dues.term]),
            "done_on": _days(days, outcome.day, is_done),
            "planned_on": _days(days, outcome.day, ~is_done & (outcome.day != NONE)),
            "status": _said(_words(Status), outcome.status),
            "reason": _said(_words(Reason), outcome.reason),
            "breach": _said(_words(Breach), outcome.breach),
            "contact_id": book.contacts.contact_id.take(contact),
        }
    )


def _words(kind: type[Status | Reason | Breach]) -> list[str]:
    """The codes in the files: lower case, empty for none."""
    return ["" if one.name == "NONE" else one.name.lower() for one in kind]


def _said(words: list[str], number: Ints) -> pa.Array:
    return pa.array(words, pa.string()).take(pa.array(number))


def _day_array(span: Period) -> pa.Array:
    return pa.array([span.start + dt.timedelta(days=place) for place in range(span.days)], pa.date32())


def _days(days: pa.Array, day: Ints, where: Flags) -> pa.Array:
    return days.take(pa.array(np.where(where, day, 0), mask=~where))


def _place_in_chain(chain: Ints) -> Ints:
    starts = np.flatnonzero(np.diff(chain, prepend=NONE))
    return np.arange(1, len(chain) + 1) - np.repeat(starts, np.diff(np.append(starts, len(chain))))


def _rm_days(book: Book, outcome: Outcome) -> pa.Table:
    """Every working day of every RM: is it his, is it ahead, what it may hold and what is booked."""
    rms = len(book.daily)
    worked = np.flatnonzero(book.worked)
    size = rms * len(worked)
    own = ~book.away[:, worked]
    return pa.table(
        {
            "rm": pa.array(np.repeat(np.arange(rms), len(worked))),
            "rm_id": book.rms.column("rm_id").take(pa.array(np.repeat(np.arange(rms), len(worked)))),
            "day": _day_array(book.horizon).take(pa.array(np.tile(worked, rms))),
            "is_own": pa.array(own.reshape(size).astype(np.int64)),
            "is_ahead": pa.array(np.tile((worked > book.today).astype(np.int64), rms)),
            "minutes": pa.array((own * book.daily[:, None]).reshape(size)),
            "most": pa.array((own * outcome.most[:, None]).reshape(size)),
            "booked": pa.array(outcome.booked[:, worked].reshape(size)),
        }
    )


def _quarters(context: StageContext, book: Book) -> pa.Table:
    """Working days of each quarter of the horizon, and how many of them are gone."""
    gone = context.as_of + dt.timedelta(days=1)
    rows = []
    for quarter in windows(book.horizon, 3):
        past = Period(quarter.start, min(quarter.end, gone)) if quarter.start < gone else None
        rows.append(
            {
                "quarter": quarter_name(context.calendar, quarter.start),
                "quarter_from": quarter.start,
                "quarter_to": quarter.end,
                "days": book.calendar.count(quarter),
                "days_gone": book.calendar.count(past) if past else 0,
                "is_planned": int(quarter.end == book.horizon.end),
            }
        )
    return pa.Table.from_pylist(rows)


def _numbered(name: str, words: list[str]) -> pa.Table:
    return pa.table({"number": pa.array(range(len(words)), pa.int64()), name: pa.array(words, pa.string())})
