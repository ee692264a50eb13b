"""What a change set does to units: customers, RMs, hours, visits, income credited by the rule, pay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from django.db.models import Count, Max

from kejing.measure.money import to_minor
from kejing.office.books.models import Booking, Coverage, Customer, Handling, Rm, Standing
from kejing.office.changes.models import ChangeLine, ChangeSet
from kejing.office.feeds.run_tables import run_totals, shown_runs
from kejing.office.realignment.spreading import LEAD

_MOVING = (ChangeLine.Kind.CUSTOMER, ChangeLine.Kind.HANDLING, ChangeLine.Kind.RM)


@dataclass(slots=True)
class UnitLoad:
    """What one unit carries on a day."""

    customers: int = 0  # that it manages
    rms: int = 0
    required_micro_hours: int = 0  # the standard asks its RMs for [millionths of hours a year]
    visits: int = 0  # that its RMs have booked
    income_minor: int = 0  # credited to it by the rule, of the fiscal year so far [minor units]
    pay_minor: int = 0  # of its RMs, of the fiscal year so far [minor units]


@dataclass(frozen=True, slots=True)
class UnitPreview:
    """One unit before and after."""

    unit_id: str
    before: UnitLoad
    after: UnitLoad


@dataclass(frozen=True, slots=True)
class _Places:
    """Who and what is where."""

    managed: Mapping[str, str]  # customer to unit
    home: Mapping[str, str]  # customer to the unit that keeps his account
    handled: Mapping[tuple[str, str], str]  # customer and kind of business to unit, where it is not the home
    posted: Mapping[str, str]  # RM to unit

    def credited(self, customer_id: str, business: str) -> str:
        """The rule: business is credited where it is handled, and that is the account home unless said otherwise."""
        return self.handled.get((customer_id, business)) or self.home[customer_id]

    def after(self, lines: Iterable[ChangeLine]) -> _Places:
        """The same once the lines are in place."""
        managed, home, handled, posted = dict(self.managed), dict(self.home), dict(self.handled), dict(self.posted)
        for line in lines:
            match line.kind:
                case ChangeLine.Kind.CUSTOMER:
                    managed[line.customer_id] = line.values["to"]["unit_id"]
                    home[line.customer_id] = line.values["to"]["account_home_id"] or managed[line.customer_id]
                case ChangeLine.Kind.HANDLING:
                    handled[line.customer_id, line.values["business_type"]] = line.values.get("unit_id", "")
                case ChangeLine.Kind.RM:
                    posted[line.from_rm_id] = line.values["to"]["unit_id"]
        return replace(self, managed=managed, home=home, handled=handled, posted=posted)


@dataclass(frozen=True, slots=True)
class _Work:
    """What customers and RMs bring with them wherever they are."""

    income: Mapping[tuple[str, str], int]
    hours: dict[str, int] = field(default_factory=dict)  # RM to the hours of the book that he leads
    visits: dict[str, int] = field(default_factory=dict)
    pay: dict[str, int] = field(default_factory=dict)


def unit_loads(change_set: ChangeSet, income: Mapping[tuple[str, str], int]) -> tuple[UnitPreview, ...]:
    """Every unit that gives or takes, by its id; empty for a change set that moves nothing between units.

    Parameters
    ----------
    income
        By customer and kind of business [minor units].

    Notes
    -----
    Sums over all units are the same before and after.
    """
    lines = list(change_set.lines.filter(kind__in=_MOVING).order_by("place"))
    places = [line.values[side] for line in lines for side in ("from", "to") if side in line.values]
    units = {place["unit_id"] for place in places} | {
        line.values["unit_id"] for line in lines if "unit_id" in line.values
    }
    if not units:
        return ()
    held = Customer.objects.in_force(change_set.effective_on)
    concerned = list(held.filter(unit_id__in=units) | held.filter(account_home_id__in=units))
    before = _Places(
        {each.customer_id: each.unit_id for each in concerned},
        {each.customer_id: each.account_home_id or each.unit_id for each in concerned},
        {
            (row.customer_id, row.business_type): row.unit_id
            for row in Handling.objects.in_force(change_set.effective_on).filter(unit_id__in=units)
        },
        dict(Rm.objects.in_force(change_set.effective_on).filter(unit_id__in=units).values_list("rm_id", "unit_id")),
    )
    work = _work(change_set, set(before.posted), income)
    loads = [_loads(units, where, work) for where in (before, before.after(lines))]
    return tuple(UnitPreview(unit, loads[0][unit], loads[1][unit]) for unit in sorted(units))


def _loads(units: set[str], where: _Places, work: _Work) -> dict[str, UnitLoad]:
    loads = {unit: UnitLoad() for unit in units}
    nowhere = UnitLoad()
    for unit in where.managed.values():
        loads.get(unit, nowhere).customers += 1
    for rm, unit in where.posted.items():
        load = loads.get(unit, nowhere)
        load.rms += 1
        load.required_micro_hours += work.hours.get(rm, 0)
        load.visits += work.visits.get(rm, 0)
        load.pay_minor += work.pay.get(rm, 0)
    for (customer, business), amount in work.income.items():
        if customer in where.home:
            loads.get(where.credited(customer, business), nowhere).income_minor += amount
    return loads


def _work(change_set: ChangeSet, rms: set[str], income: Mapping[tuple[str, str], int]) -> _Work:
    led = Coverage.objects.in_force(change_set.effective_on).filter(rm_id__in=rms, role=LEAD)
    books = list(led.values_list("rm_id", "customer_id"))
    asked = Standing.objects.filter(customer_id__in={customer for _, customer in books}).values_list("customer_id")
    hours = dict(asked.annotate(Max("required_micro_hours")))
    booked = Booking.objects.filter(rm_id__in=rms, contact=None, called_off="").values_list("rm_id")
    work = _Work(income, visits=dict(booked.annotate(Count("pk"))))
    for rm, customer in books:
        work.hours[rm] = work.hours.get(rm, 0) + hours.get(customer, 0)
    for run in shown_runs():
        for row in run_totals(run, "pay_total", by=("rm_id",), sums=("gross",), where={"rm_id": sorted(rms)}):
            work.pay[row["rm_id"]] = work.pay.get(row["rm_id"], 0) + to_minor(row["gross"], run.currency)
    return work
