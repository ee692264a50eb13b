"""Whose a row of a run is, and which rows a viewer therefore sees: one answer for explanations and the API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from kejing.office import scope
from kejing.office.feeds.models import Run
from kejing.office.feeds.run_tables import run_rows
from kejing.office.people.viewer import Viewer
from kejing.office.shell.voices import last_day, periods_of

type Row = dict[str, Any]


class Subject(StrEnum):
    """What a row is about; the value is the column that names it."""

    CUSTOMER = "customer_id"
    RM = "rm_id"
    UNIT = "unit_id"


WHOSE: Mapping[str, Sequence[Subject]] = {
    **dict.fromkeys(("segment", "assign", "handover", "visit", "value"), (Subject.CUSTOMER,)),
    **dict.fromkeys(
        ("pay", "pay_total", "instalment", "malus", "settlement", "grade_review", "score", "dispute"), (Subject.RM,)
    ),
    **dict.fromkeys(("target", "fund"), (Subject.RM, Subject.UNIT)),
    **dict.fromkeys(
        ("staff", "staff_lever", "staff_benefit", "staff_path", "hotline", "hotline_centre"), (Subject.UNIT,)
    ),
    "credit": (Subject.RM,),
}
"""Table to subjects: a row is about the first one whose column it fills."""

_OF_A_TEAM = frozenset({"credit"})
"""Tables whose rows are one RM's share of a customer: who sees the customer sees the shares of the whole team."""

_LEVELS = {"pool": "taker", "profit": "id"}
"""Tables of several levels: the column that names the customer, RM or unit of a row's level."""


def subject_of(table: str, row: Mapping[str, Any]) -> tuple[Subject, str] | None:
    """What a row is about; None where no single customer, RM or unit is: such a row is nobody's to see.

    Examples
    --------
    >>> subject_of("target", {"rm_id": None, "unit_id": "east"})
    (<Subject.UNIT: 'unit_id'>, 'east')
    """
    if table in _LEVELS:
        level = f"{row['level']}_id"
        named = row[_LEVELS[table]]
        return (Subject(level), named) if level in set(Subject) and named else None
    return next(((subject, row[subject]) for subject in WHOSE.get(table, ()) if row[subject]), None)


def seen_rows(viewer: Viewer, run: Run, table: str, rows: Iterable[Row]) -> list[Row]:
    """Those of ``rows`` whose subject the viewer sees.

    Customers count as they are on the day looked at; RMs and units as they were on the last day of the row's period,
    because pay of a period is for the eyes of those who led the RM then. A share of a customer is also seen by who sees
    the customer, and by nobody outside a wall around him.
    """
    kept = [(row, subject) for row in rows if (subject := subject_of(table, row))]
    asked: dict[tuple[Subject, dt.date], set[str]] = {}
    for row, (kind, name) in kept:
        asked.setdefault((kind, _day(viewer, run, kind, row)), set()).add(name)
    seen = {(kind, day): _seen(viewer.at(day), kind, names) for (kind, day), names in asked.items()}
    if table not in _OF_A_TEAM:
        return [row for row, (kind, name) in kept if name in seen[kind, _day(viewer, run, kind, row)]]
    customers = {row["customer_id"] for row, _ in kept}
    open_to_all, walled = _seen(viewer, Subject.CUSTOMER, customers), walled_ids(viewer, customers)
    return [
        row
        for row, (kind, name) in kept
        if row["customer_id"] in open_to_all
        or (name in seen[kind, _day(viewer, run, kind, row)] and row["customer_id"] not in walled)
    ]


def asked_run(viewer: Viewer, runs: Sequence[Run], table: str, policy: str) -> Run | None:
    """The one of ``runs`` with ``policy``; without such a one, the first in whose ``table`` the viewer sees an RM.

    An RM of retail customers should not be told first that he has nothing under the rules for companies.
    """
    named = next((run for run in runs if run.policy == policy), None)
    if named is not None or len(runs) < 2:  # noqa: PLR2004 - nothing to choose from
        return named or next(iter(runs), None)
    return next((run for run in runs if _sees_rm(viewer, run, table)), runs[0])


def walled_ids(viewer: Viewer, customer_ids: Iterable[str]) -> set[str]:
    """Those customers that a wall hides from the viewer."""
    return set(scope.walled(viewer).filter(customer_id__in=set(customer_ids)).values_list("customer_id", flat=True))


def _sees_rm(viewer: Viewer, run: Run, table: str) -> bool:
    rms = list(scope.rms(viewer.at(run.as_of)).values_list("rm_id", flat=True))
    return bool(run_rows(run, table, where={"rm_id": rms}, columns=("rm_id",), limit=1))


def _day(viewer: Viewer, run: Run, subject: Subject, row: Row) -> dt.date:
    period = row.get("period")
    if subject is Subject.CUSTOMER or period not in periods_of(run):
        return viewer.as_of
    return last_day(run, period)


def _seen(viewer: Viewer, subject: Subject, names: set[str]) -> set[str]:
    rows = {Subject.CUSTOMER: scope.customers, Subject.RM: scope.rms, Subject.UNIT: scope.units}[subject](viewer)
    return set(rows.filter(**{f"{subject}__in": names}).values_list(subject.value, flat=True))
