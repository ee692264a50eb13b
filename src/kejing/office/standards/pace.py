"""How an RM stands in the quarter: plan, done, booked, left, and the pace that this asks for."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from django.db.models import QuerySet
from django.utils import timezone

from kejing.measure.period import Period
from kejing.measure.workday import WorkCalendar, work_calendar
from kejing.office import scope
from kejing.office.books.models import Booking, Contact, Coverage, RmAbsence
from kejing.office.feeds.models import Run
from kejing.office.feeds.run_tables import shown_runs
from kejing.office.people.viewer import Viewer
from kejing.office.standards.due import Due, DueState, Meeting, State, settle
from kejing.office.standards.reading import Rules, dues_of, rules_of

LEAD = "lead"
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ChannelPace:
    """One channel of the standard.

    Attributes
    ----------
    plan, done, booked
        Contacts owed in the quarter; filled by the RM's own; filled by own bookings to come.
    by_all
        Days on which anybody met the RM's customers by this channel: beside his own, never counted for them.
    lost
        Of the plan, those that can no longer be met.
    day, days, days_left
        Working days of the quarter gone, today with them; of all; and those ahead on which the RM is at work.
    """

    channel: str
    plan: int
    done: int
    booked: int
    by_all: int
    lost: int
    day: int
    days: int
    days_left: int

    @property
    def left(self) -> int:
        """Still to be done, booked ones with it."""
        return self.plan - self.done

    @property
    def expected(self) -> int:
        """Done by now at an even pace, rounded half up."""
        return (2 * self.plan * self.day + self.days) // (2 * self.days) if self.days else 0

    @property
    def ahead(self) -> int:
        """Ahead of an even pace; below zero: behind."""
        return self.done - self.expected

    @property
    def behind(self) -> int:
        """Behind an even pace."""
        return max(0, -self.ahead)

    @property
    def per_day(self) -> Fraction | None:
        """Needed on each working day that is left; None if none is."""
        return Fraction(self.left, self.days_left) if self.days_left else None

    @property
    def short_at_this_pace(self) -> int:
        """Of the plan, what will be missing at the end of the quarter at the pace so far, rounded half up."""
        if not self.day:
            return 0
        by_end = Fraction(self.done * self.days, self.day)
        return max(0, self.plan - (2 * by_end.numerator + by_end.denominator) // (2 * by_end.denominator))


@dataclass(frozen=True, slots=True)
class QuarterPace:
    """One RM in the quarter of the day looked at.

    Attributes
    ----------
    run_day
        Day of the run that the plan comes from.
    owed
        Every contact owed, with what became of it.
    """

    rm_id: str
    quarter: str
    period: Period
    day: int
    days: int
    days_left: int
    run_day: dt.date
    channels: tuple[ChannelPace, ...]
    owed: tuple[DueState, ...]

    @property
    def lost_customers(self) -> list[str]:
        """Customers for whom the standard can no longer be met, each once."""
        return sorted({each.due.customer_id for each in self.owed if each.state is State.LOST})

    def of_customer(self, customer_id: str) -> list[DueState]:
        """What is owed to one customer."""
        return [each for each in self.owed if each.due.customer_id == customer_id]


def pace_of(viewer: Viewer, rm_id: str) -> QuarterPace | None:
    """How ``rm_id`` stands on the day looked at; None if no shown run plans contacts for this quarter.

    Notes
    -----
    Customers that the RM no longer leads, or that the viewer does not see, are left out of plan and done alike.
    """
    book = scope.coverage(viewer).filter(rm_id=rm_id, role=LEAD).values_list("customer_id", flat=True)
    led = set(book)
    plans: list[tuple[Run, Rules, str, Period, list[Due]]] = []
    for run in shown_runs():
        rules = rules_of(run)
        if rules is None:
            continue
        quarter, period = rules.quarters.periods_to(viewer.as_of)[-1]
        dues = [due for due in dues_of(run, rm_id=rm_id, quarter=quarter) if due.customer_id in led]
        if dues:
            plans.append((run, rules, quarter, period, dues))
    contacts = list(_contacts(viewer, book, plans[0][3])) if plans else []
    bookings = list(_bookings(viewer, led, rm_id, plans[0][3])) if plans else []
    away = list(RmAbsence.objects.filter(rm_id=rm_id, valid_to__gt=viewer.as_of)) if plans else []
    if not plans:
        return None
    run, rules, quarter, period, _ = plans[0]
    calendar = _calendar(rules, period)
    worked = calendar.days(period)
    gone = sum(day <= viewer.as_of for day in worked)
    ahead = [day for day in worked[gone:] if not any(each.valid_from <= day < each.valid_to for each in away)]
    owed: list[DueState] = []
    by_all: Counter[str] = Counter()
    for _, each, _, _, dues in plans:
        own = _meetings(each, [contact for contact in contacts if contact.rm_id == rm_id], bookings)
        owed += settle(dues, own, today=viewer.as_of, counting_days=each.counting_days)
        theirs = {due.customer_id for due in dues}
        by_all += Counter(meeting.channel for meeting in _made(each, contacts) if meeting.customer_id in theirs)
    channels = _channels(owed, by_all, day=gone, days=len(worked), days_left=len(ahead))
    return QuarterPace(rm_id, quarter, period, gone, len(worked), len(ahead), run.as_of, channels, tuple(owed))


def _channels(
    owed: Iterable[DueState], by_all: Counter[str], *, day: int, days: int, days_left: int
) -> tuple[ChannelPace, ...]:
    counts = Counter((each.due.channel, each.state) for each in owed)
    names = sorted({channel for channel, _ in counts}, reverse=True)  # visits before calls
    return tuple(
        ChannelPace(
            channel=name,
            plan=sum(counts[name, state] for state in State),
            done=counts[name, State.DONE],
            booked=counts[name, State.BOOKED],
            by_all=by_all[name],
            lost=counts[name, State.LOST],
            day=day,
            days=days,
            days_left=days_left,
        )
        for name in names
    )


def _calendar(rules: Rules, period: Period) -> WorkCalendar:
    own = rules.settings.calendar
    return work_calendar(own.country, period, work=own.work, rest=own.rest)


def _contacts(viewer: Viewer, book: QuerySet[Coverage, str], period: Period) -> Iterable[Contact]:
    start = timezone.make_aware(dt.datetime.combine(period.start, dt.time()))
    return scope.contacts(viewer).filter(happened_at__gte=start, called_off="", customer_id__in=book)


def _bookings(viewer: Viewer, led: set[str], rm_id: str, period: Period) -> Iterable[Booking]:
    start = timezone.make_aware(dt.datetime.combine(viewer.as_of, dt.time()))
    end = timezone.make_aware(dt.datetime.combine(period.end, dt.time()))
    rows = scope.bookings(viewer).filter(rm_id=rm_id, due_at__gte=start, due_at__lt=end)
    return (booking for booking in rows if booking.customer_id in led)


def _meetings(rules: Rules, own: Iterable[Contact], bookings: Iterable[Booking]) -> set[Meeting]:
    """Days on which the RM met his customers, and days on which he is to."""
    made = _made(rules, own)
    booked = {
        Meeting(booking.customer_id, channel, timezone.localdate(booking.due_at))
        for booking in bookings
        for channel in rules.booked_for(booking.channel)
    }
    return made | booked


def _made(rules: Rules, contacts: Iterable[Contact]) -> set[Meeting]:
    return {
        Meeting(contact.customer_id, channel, timezone.localdate(contact.happened_at))
        for contact in contacts
        for channel in rules.channels_of(channel=contact.channel, direction=contact.direction, outcome=contact.outcome)
    }
