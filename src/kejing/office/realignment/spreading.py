"""Who receives the customers of an RM who leaves: an even spread of required hours among colleagues."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Max, QuerySet

from kejing.office import scope
from kejing.office.books.models import Coverage, Customer, Rm, RmAbsence, Standing
from kejing.office.people.viewer import Viewer

LEAD = "lead"


@dataclass(frozen=True, slots=True)
class Spread:
    """A proposal: customer to receiver, and those that nobody may take."""

    to: Mapping[str, str]
    unplaced: tuple[str, ...]


def colleagues(viewer: Viewer, rm_id: str, day: dt.date) -> list[Rm]:
    """RMs of the same line who are at work on ``day``, those of the same unit first."""
    seen = scope.rms(viewer.at(day))
    giver = scope.rms(viewer).filter(rm_id=rm_id).first()
    if giver is None:
        return []
    away = RmAbsence.objects.in_force(day).values("rm_id")
    found = seen.filter(line=giver.line).exclude(rm_id=rm_id).exclude(rm_id__in=away)
    return sorted(found, key=lambda rm: (rm.unit_id != giver.unit_id, rm.unit_id, rm.rm_id))


def spread(viewer: Viewer, rm_id: str, receivers: Sequence[Rm], day: dt.date) -> Spread:
    """Give each customer, the most work first, to the eligible receiver with the least work so far.

    Notes
    -----
    Work is the hours a year that the standard asks for in the shown run, summed over the books led. A receiver is
    eligible if he has the skill that the customer asks for and has no part in the customer yet that he would be given
    a second time.
    """
    then = viewer.at(day)
    given = scope.coverage(then).filter(rm_id=rm_id)
    customers = {
        row.customer_id: row for row in scope.customers(then).filter(customer_id__in=given.values("customer_id"))
    }
    work = _hours(customers)
    carried = _carried(receivers, day)
    parts = _parts(customers, day)
    to: dict[str, str] = {}
    unplaced: list[str] = []
    for customer_id in sorted(customers, key=lambda each: (-work.get(each, 0), each)):
        roles = parts[customer_id][rm_id]
        able = [
            rm
            for rm in receivers
            if has_skill(rm, customers[customer_id]) and not roles & parts[customer_id].get(rm.rm_id, set())
        ]
        if not able:
            unplaced.append(customer_id)
            continue
        receiver = min(able, key=lambda rm: (*carried[rm.rm_id], rm.rm_id)).rm_id
        to[customer_id] = receiver
        hours, count = carried[receiver]
        carried[receiver] = (hours + work.get(customer_id, 0), count + 1)
    return Spread(to, tuple(unplaced))


def has_skill(rm: Rm, customer: Customer) -> bool:
    """Whether the RM has the skill that the customer asks for, if it asks for one."""
    return not customer.required_skill or customer.required_skill in re.split(r"[;,|\s]+", rm.skills)


def _hours(customers: Iterable[str]) -> dict[str, int]:
    """Hours a year that the standard asks for [millionths]."""
    found = Standing.objects.filter(customer_id__in=list(customers)).values_list("customer_id")
    return dict(found.annotate(Max("required_micro_hours")))


def _carried(receivers: Iterable[Rm], day: dt.date) -> dict[str, tuple[int, int]]:
    """Hours and customers that each receiver leads already."""
    carried = {rm.rm_id: (0, 0) for rm in receivers}
    held = Coverage.objects.in_force(day).filter(rm_id__in=carried, role=LEAD).values_list("rm_id", "customer_id")
    books = list(held)
    work = _hours({customer for _, customer in books})
    for rm, customer in books:
        hours, count = carried[rm]
        carried[rm] = (hours + work.get(customer, 0), count + 1)
    return carried


def _parts(customers: Iterable[str], day: dt.date) -> dict[str, dict[str, set[str]]]:
    """Customer to RM to the roles that he has there."""
    parts: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    held: QuerySet[Coverage] = Coverage.objects.in_force(day).filter(customer_id__in=list(customers))
    for customer, rm, role in held.values_list("customer_id", "rm_id", "role"):
        parts[customer][rm].add(role)
    return parts
