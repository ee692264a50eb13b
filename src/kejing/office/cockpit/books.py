"""Books to look at: customers nobody leads, without a second person, of RMs who are gone, near a tier line."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Exists, OuterRef

from kejing.office import scope
from kejing.office.acts.rows import DatedQuery
from kejing.office.books.models import Coverage, Rm, Standing
from kejing.office.cockpit.part import Part

LEAD = "lead"


def _held(part: Part) -> DatedQuery:
    return Coverage.objects.in_force(part.viewer.as_of).filter(customer_id=OuterRef("customer_id"))


def unassigned(part: Part) -> DatedQuery:
    """Customers without a lead."""
    return part.customers.filter(~Exists(_held(part).filter(role=LEAD)))


def without_backup(part: Part) -> DatedQuery:
    """Customers with a lead and nobody beside him."""
    held = _held(part)
    return part.customers.filter(Exists(held.filter(role=LEAD)), ~Exists(held.exclude(role=LEAD)))


def of_leavers(part: Part) -> DatedQuery:
    """Customers whose lead is no RM of ours on the day."""
    gone = _held(part).filter(role=LEAD).exclude(rm_id__in=Rm.objects.in_force(part.viewer.as_of).values("rm_id"))
    return part.customers.filter(Exists(gone))


def on_watch(part: Part) -> DatedQuery:
    """Customers within the policy's distance of a tier line."""
    near = Standing.objects.filter(customer_id=OuterRef("customer_id"), is_on_watch=True)
    return part.customers.filter(Exists(near))


def excepted(part: Part) -> DatedQuery:
    """Customers kept in another tier than the rule's."""
    held = scope.tier_exceptions(part.viewer).filter(valid_from__lte=part.viewer.as_of, valid_to__gt=part.viewer.as_of)
    return part.customers.filter(customer_id__in=held.values("customer_id"))


LISTS: dict[str, Callable[[Part], DatedQuery]] = {
    "all": lambda part: part.customers,
    "unassigned": unassigned,
    "without_backup": without_backup,
    "of_leavers": of_leavers,
    "on_watch": on_watch,
    "excepted": excepted,
}
"""Lists of customers by the name in the address."""
