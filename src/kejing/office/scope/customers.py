"""Customers, and every row that speaks of one."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from kejing.office.acts.rows import DatedQuery
from kejing.office.books.models import Coverage, Customer, Rm, Standing
from kejing.office.people.models import User, Wall, WallMember
from kejing.office.people.viewer import Viewer
from kejing.office.scope.units import is_at_the_top, subtree


def customers(viewer: Viewer) -> DatedQuery:
    """Customers as they are on the day looked at.

    An RM sees those that he covers on that day, in whatever role. A position over a subtree sees customers that a unit
    of the subtree manages and those that an RM of the subtree covers, so it sees all that its RMs see.
    """
    if "customers" not in viewer.built:
        viewer.built["customers"] = _customers(viewer)
    found: DatedQuery = viewer.built["customers"].all()
    return found


def _customers(viewer: Viewer) -> DatedQuery:
    held = Customer.objects.in_force(viewer.as_of)
    if not viewer.positions:
        return held.none()
    covered = Coverage.objects.in_force(viewer.as_of)
    reached = Q(customer_id__in=covered.filter(rm_id__in=viewer.rm_ids).values("customer_id"))
    below = subtree(viewer)
    if below is not None:
        theirs = Rm.objects.in_force(viewer.as_of).filter(unit_id__in=below).values("rm_id")
        by_theirs = covered.filter(rm_id__in=theirs)
        reached |= Q(unit_id__in=below)
        if is_at_the_top(viewer):  # nearly every customer: one walk through all, not one look into an index for each
            reached |= Q(Exists(by_theirs.filter(customer_id=OuterRef("customer_id"))))
        else:
            reached |= Q(customer_id__in=by_theirs.values("customer_id"))
    return held.filter(reached).exclude(customer_id__in=walled(viewer))


def walled(viewer: Viewer) -> QuerySet[Wall, Any]:
    """Customers that a wall hides from the viewer, as a subquery of ids.

    A wall counts if it stands today or on the day looked at. Who stands in for somebody needs to be a member himself,
    and so does the person he stands in for.
    """
    people = [user for user in (viewer.user, viewer.on_behalf_of) if user is not None]
    hidden = Q()
    for user in people:
        hidden |= Q(~Exists(_members(user, viewer.today)))
    standing = Wall.objects.filter(_holds(viewer.today) | _holds(viewer.as_of), case_id="")
    return standing.filter(hidden).values("customer_id")


def coverage(viewer: Viewer) -> DatedQuery:
    """Coverage on the day looked at of the customers that the viewer sees."""
    return Coverage.objects.in_force(viewer.as_of).filter(customer_seen(viewer))


def standings(viewer: Viewer) -> QuerySet[Standing]:
    """How the customers that the viewer sees stand in the newest run."""
    return of_customers(Standing.objects.all(), viewer)


def of_customers[M: Model](rows: QuerySet[M], viewer: Viewer) -> QuerySet[M]:
    """Those of ``rows`` whose customer the viewer sees."""
    return rows.filter(customer_seen(viewer))


def customer_seen(viewer: Viewer) -> Q:
    """Whether the viewer sees the customer of a row, for rows with a column ``customer_id``.

    Notes
    -----
    Who sees nearly every customer has each row asked for its own: a few rows of one RM must not cost the list of all
    customers. Who sees some has their list made first, by which the rows are then found.
    """
    if "seen" not in viewer.built:
        viewer.built["seen"] = _customer_seen(viewer)
    found: Q = viewer.built["seen"]
    return found


def _customer_seen(viewer: Viewer) -> Q:
    seen = customers(viewer)
    if is_at_the_top(viewer):
        return Q(Exists(seen.filter(customer_id=OuterRef("customer_id"))))
    return Q(customer_id__in=seen.values("customer_id"))


def _members(user: User, day: dt.date) -> QuerySet[WallMember]:
    return WallMember.objects.in_force(day).filter(wall=OuterRef("pk"), user=user)


def _holds(day: dt.date) -> Q:
    return Q(valid_from__lte=day, valid_to__gt=day)
