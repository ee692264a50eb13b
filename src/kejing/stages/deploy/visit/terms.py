"""What is owed by whom in which window: the service standard of a day, spread over months and quarters."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from kejing.measure.errors import KejingError
from kejing.measure.period import FiscalCalendar, Grain, Period, add_months
from kejing.policy.cells import OneOf
from kejing.policy.pack import Pack
from kejing.policy.tables import TableRow
from kejing.stages.deploy.visit.settings import VisitSettings

_MONTHS = {"month": 1, "quarter": 3}
_EVENT_RANK = 0


class VisitStandardError(KejingError):
    """A row of the standard names several tiers or channels, or any, where it must name one."""

    code = "visit.cell_not_one_word"


@dataclass(frozen=True, slots=True)
class Term:
    """A standard, or an event, in one window.

    Attributes
    ----------
    channel
        Number of the channel in the order of the policy.
    rule
        Row of the standard, or the name of the event.
    quarter
        The quarter that the contacts count for.
    window
        The days in which they must be made.
    contacts
        Due in the window by who has the tier through it [count, >= 1].
    phase
        Customers for whom it is so, where the standard gives no whole number a window; -1 is all of them.
    minutes
        One contact takes [min].
    rank
        Order in which time is given; events stand first.
    """

    channel: int
    tier: str
    rule: str
    quarter: str
    window: Period
    contacts: int
    minutes: int
    rank: int
    phase: int = -1
    is_event: bool = False

    @property
    def windows_a_year(self) -> int:
        """Windows of this length in a year [12 or 4]."""
        return 12 // _months_between(self.window.start, self.window.end)


@dataclass(frozen=True, slots=True)
class StandardRow:
    """One row of the table of standards."""

    tier: str
    channel: str
    rule: str
    contacts_per_year: Fraction
    minutes: int


def read_standard(policy: Pack, settings: VisitSettings, day: dt.date) -> list[StandardRow]:
    """The rows of the standard in force on ``day`` whose channel the policy plans.

    Raises
    ------
    VisitStandardError
        A cell does not name one tier or channel.
    """
    found = []
    for row in policy.table(settings.standard).rows_on(day):
        channel = _word(row, "channel")
        if channel in settings.channels:
            contacts, hours = row.outputs["contacts_per_year"], row.outputs["hours_per_contact"]
            assert isinstance(contacts, Fraction)
            assert isinstance(hours, Fraction)
            found.append(StandardRow(_word(row, "tier"), channel, row.rule_id, contacts, _minutes(hours)))
    return found


def _minutes(hours: Fraction) -> int:
    """Whole minutes, rounded up: a plan that is too short by seconds is no plan."""
    return -(-hours.numerator * 60 // hours.denominator)


def _word(row: TableRow, column: str) -> str:
    cell = row.cells[column]
    if not isinstance(cell, OneOf) or len(cell.words) != 1 or cell.negated:
        raise VisitStandardError(rule=row.rule_id, column=column, cell=str(cell), file=row.file, row=row.row)
    return cell.words[0]


def owed(contacts_per_year: Fraction, months: int, place: int, phase: int = 0) -> int:
    """Contacts due in window number ``place`` of the fiscal year.

    Parameters
    ----------
    contacts_per_year
        Of the standard [>= 0].
    months
        Length of a window [1 or 3].
    place
        0 for the first window of the year.
    phase
        Windows by which the customer's year is turned, so that not everybody is due in the last one.

    Notes
    -----
    What is due by the end of the window less what was due by the end of the one before, whole contacts only. The
    windows of a year sum to a whole standard, whatever their length and the phase.

    Examples
    --------
    >>> [owed(Fraction(6), 3, quarter) for quarter in range(4)]
    [1, 2, 1, 2]
    >>> [owed(Fraction(4), 1, month) for month in range(12)]
    [0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1]
    >>> [owed(Fraction(1), 3, quarter, phase=2) for quarter in range(4)]
    [0, 1, 0, 0]
    """
    by_end = contacts_per_year * months * (place + phase + 1) / 12
    before = contacts_per_year * months * (place + phase) / 12
    return by_end.numerator // by_end.denominator - before.numerator // before.denominator


def list_terms(
    standard: list[StandardRow], settings: VisitSettings, calendar: FiscalCalendar, horizon: Period
) -> list[Term]:
    """Every standard in every window of ``horizon``, which is made of whole quarters.

    A standard of less than one contact a month is due by the quarter even where its channel is due by the month.
    """
    channels, tiers = list(settings.channels), [*settings.tiers]
    terms = []
    for row in standard:
        tier_rank = tiers.index(row.tier) if row.tier in tiers else len(tiers)
        channel = channels.index(row.channel)
        months = _MONTHS[settings.channels[row.channel].window]
        if row.contacts_per_year < 12 // months:
            months = 3
        for window in windows(horizon, months):
            place = _months_between(calendar.year_start(window.start), window.start) // months
            quarter = quarter_name(calendar, window.start)
            rank = 1 + tier_rank * len(channels) + channel
            for phase in _phases(row.contacts_per_year, months):
                contacts = owed(row.contacts_per_year, months, place, max(phase, 0))
                if contacts:
                    terms.append(
                        Term(channel, row.tier, row.rule, quarter, window, contacts, row.minutes, rank, phase=phase)
                    )
    return terms


def _phases(contacts_per_year: Fraction, months: int) -> range:
    """-1 where every window owes the same whole number, else one for each window of the year."""
    is_whole = (contacts_per_year * months / 12).denominator == 1
    return range(-1, 0) if is_whole else range(12 // months)


def list_event_terms(
    standard: list[StandardRow], settings: VisitSettings, calendar: FiscalCalendar, horizon: Period
) -> list[Term]:
    """Every event in every quarter of ``horizon``, by tier: it takes the time that the tier's contacts take."""
    return [
        Term(
            list(settings.channels).index(event.channel),
            row.tier,
            name,
            quarter_name(calendar, quarter.start),
            quarter,
            1,
            row.minutes,
            _EVENT_RANK,
            is_event=True,
        )
        for name, event in settings.events.items()
        for row in standard
        if row.channel == event.channel
        for quarter in windows(horizon, 3)
    ]


def windows(horizon: Period, months: int) -> list[Period]:
    """``horizon`` cut into pieces of ``months`` months."""
    cuts = [horizon.start]
    while cuts[-1] < horizon.end:
        cuts.append(add_months(horizon.start, months * len(cuts)))
    return [Period(start, end) for start, end in pairwise(cuts)]


def quarter_name(calendar: FiscalCalendar, day: dt.date) -> str:
    """Name of the quarter of ``day``, whatever the grain of pay."""
    named = FiscalCalendar(Grain.QUARTER, calendar.start_month).periods_to(day)
    return named[-1][0]


def horizon_of(calendar: FiscalCalendar, as_of: dt.date) -> Period:
    """The quarter of ``as_of``; with the next one on the last day of a quarter, when tomorrow must be planned.

    Examples
    --------
    >>> year = FiscalCalendar(Grain.QUARTER)
    >>> print(horizon_of(year, dt.date(2026, 12, 2)).start, horizon_of(year, dt.date(2026, 12, 31)).end)
    2026-10-01 2027-04-01
    """
    quarters = FiscalCalendar(Grain.QUARTER, calendar.start_month)
    last = as_of + dt.timedelta(days=1)
    return Period(quarters.periods_to(as_of)[-1][1].start, quarters.periods_to(last)[-1][1].end)


def _months_between(earlier: dt.date, later: dt.date) -> int:
    return (later.year - earlier.year) * 12 + later.month - earlier.month
