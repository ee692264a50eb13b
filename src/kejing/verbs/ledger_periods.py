"""Which periods a ledger has closed, reopened and corrected, read from its entries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from kejing.measure.period import FiscalCalendar, Grain, Period, named_period
from kejing.warehouse.ledger import Entry, Ledger

CLOSE, CORRECT, REQUEST, REOPEN = "close", "correct", "reopen-request", "reopen"


@dataclass(slots=True)
class LedgerPeriod:
    """One period that was closed at least once.

    Attributes
    ----------
    closes
        Its close entries, the last in force; the statement's version is their number.
    request
        A request to reopen that waits for a second person.
    is_closed
        False between a reopening and the next close.
    """

    name: str
    grain: Grain
    days: Period
    closes: list[Entry] = field(default_factory=list)
    request: Entry | None = None
    is_closed: bool = False

    @property
    def last_close(self) -> Entry:
        """The close whose policy and day a correction re-runs."""
        return self.closes[-1]

    @property
    def covers(self) -> tuple[str, ...]:
        """Shorter periods that this one settles."""
        return tuple(str(name) for name in self.last_close.content["covers"])


def periods_of(ledger: Ledger) -> dict[str, LedgerPeriod]:
    """Every period that was ever closed, by name, in the order of the first close."""
    found: dict[str, LedgerPeriod] = {}
    for entry in ledger.entries:
        if entry.kind == CLOSE:
            grain, days = named_period(entry.period, int(entry.content["start_month"]))
            period = found.setdefault(entry.period, LedgerPeriod(entry.period, grain, days))
            period.closes.append(entry)
            period.is_closed, period.request = True, None
        elif entry.kind == REQUEST:
            found[entry.period].request = entry
        elif entry.kind == REOPEN:
            found[entry.period].is_closed, found[entry.period].request = False, None
    return found


def latest_closed(periods: dict[str, LedgerPeriod]) -> LedgerPeriod | None:
    """The closed period whose close came last."""
    closed = [period for period in periods.values() if period.is_closed]
    return max(closed, key=lambda period: period.last_close.number, default=None)


def settled_by(name: str, periods: dict[str, LedgerPeriod]) -> str:
    """The closed longer period that has settled ``name``; '' if there is none."""
    return next((period.name for period in periods.values() if period.is_closed and name in period.covers), "")


def before(periods: dict[str, LedgerPeriod], day: dt.date) -> dict[str, LedgerPeriod]:
    """Periods that ended before ``day``."""
    return {name: period for name, period in periods.items() if period.days.end <= day}


def standing(name: str, periods: dict[str, LedgerPeriod]) -> str:
    """The period under which all postings for ``name`` add up: the longer one that was ever closed over it, or its own.

    A longer period that is open again has its postings still.
    """
    return next((period.name for period in periods.values() if name in period.covers), name)


def predecessors(name: str, days: Period, calendar: FiscalCalendar) -> list[str]:
    """Periods of the fiscal year before ``name``, of the same length, in order."""
    return [other for other, period in calendar.periods_to(days.last_day) if other != name and period.end <= days.start]


def inner_names(days: Period, grain: Grain, start_month: int) -> list[str]:
    """Names of the periods of length ``grain`` that make up ``days``."""
    calendar = FiscalCalendar(grain, start_month)
    return [name for name, period in calendar.periods_to(days.last_day) if period.start >= days.start]


def baseline(name: str, covers: Sequence[str]) -> tuple[str, ...]:
    """Periods whose postings add up to the fresh run of ``name``: its own, and those of the periods it settles."""
    return (name, *covers)


def overlapping(days: Period, name: str, periods: dict[str, LedgerPeriod]) -> list[LedgerPeriod]:
    """Other periods ever closed that share a day with ``days``, in the order of time."""
    shared = [other for other in periods.values() if other.name != name and other.days.overlap_days(days)]
    return sorted(shared, key=lambda other: other.days)
