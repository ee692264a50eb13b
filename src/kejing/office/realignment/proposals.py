"""Proposals as rows to look at, before anything is drafted."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Max

from kejing.office import scope
from kejing.office.acts.remembering import remembered
from kejing.office.books.models import Customer, Standing
from kejing.office.changes.drafting import Change, moves
from kejing.office.changes.models import ChangeLine
from kejing.office.feeds.run_tables import run_rows, shown_runs
from kejing.office.people.viewer import Viewer
from kejing.office.realignment.spreading import LEAD, Spread


@dataclass(frozen=True, slots=True)
class Row:
    """One customer in a proposal."""

    customer: Customer
    required_micro_hours: int
    to_rm_id: str  # empty: nobody is eligible


@dataclass(frozen=True, slots=True)
class Solved:
    """What the solver proposes beyond the books of today: customer to RM, and who leads him now, if anybody does."""

    to: Mapping[str, str]
    now: Mapping[str, str]

    @property
    def receivers(self) -> list[tuple[str, int]]:
        """RM and customers received, the most first."""
        return Counter(self.to.values()).most_common()

    def changes(self, day: dt.date) -> list[Change]:
        """The proposal as lines, each customer with all that goes along."""
        kind, new = ChangeLine.Kind.COVERAGE, sorted(set(self.to) - set(self.now))
        changes = [Change(kind, each, "", self.to[each], LEAD) for each in new]
        for giver in sorted({self.now[each] for each in self.to if each in self.now}):
            given = {each: rm for each, rm in self.to.items() if self.now.get(each) == giver}
            changes += moves(rm_id=giver, to=given, day=day)
        return changes


def spread_rows(viewer: Viewer, proposed: Spread, day: dt.date) -> list[Row]:
    """The customers of a spread: those that nobody may take first, then by receiver."""
    wanted = {*proposed.to, *proposed.unplaced}
    customers = scope.customers(viewer.at(day)).filter(customer_id__in=wanted)
    hours = Standing.objects.filter(customer_id__in=wanted).values_list("customer_id")
    work = dict(hours.annotate(Max("required_micro_hours")))
    rows = [Row(each, work.get(each.customer_id, 0), proposed.to.get(each.customer_id, "")) for each in customers]
    return sorted(rows, key=lambda row: (row.to_rm_id, -row.required_micro_hours, row.customer.customer_id))


def solved(viewer: Viewer, day: dt.date) -> Solved:
    """Leads in the ``assign`` tables of the shown runs that differ from the books, within what the viewer sees."""
    then = viewer.at(day)
    return remembered(("solved", scope.sight(then)), (*scope.RESTS_ON, "feeds.run"), lambda: _solved(then))


def _solved(then: Viewer) -> Solved:
    people = set(scope.rms(then).values_list("rm_id", flat=True))
    now = dict(scope.coverage(then).filter(role=LEAD).values_list("customer_id", "rm_id"))
    seen = set(scope.customers(then).values_list("customer_id", flat=True))
    to: dict[str, str] = {}
    for run in shown_runs():
        columns, where = ("customer_id", "rm_id"), {"role": LEAD, "rm_id": sorted(people)}
        for row in run_rows(run, "assign", where=where, columns=columns, order=columns):
            customer, rm = row["customer_id"], row["rm_id"]
            if customer in seen and now.get(customer) != rm and now.get(customer, rm) in people:
                to[customer] = rm
    return Solved(to, {customer: now[customer] for customer in to if customer in now})
