"""What of a change set somebody sees: the lines of his RMs and of the customers that are, or will be, theirs."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from kejing.office import scope
from kejing.office.books.models import Customer
from kejing.office.changes import publishing
from kejing.office.changes.models import ChangeLine, ChangeSet
from kejing.office.people.viewer import Viewer


def change_set_of(viewer: Viewer, number: int) -> ChangeSet:
    """The change set, or 404 if it is none of the viewer's."""
    found: ChangeSet = get_object_or_404(publishing.change_sets(viewer).select_related("drafted_by"), pk=number)
    return found


def lines_of(viewer: Viewer, change_set: ChangeSet) -> QuerySet[ChangeLine]:
    """Lines that concern an RM or a customer of the viewer; none about a customer behind a wall."""
    people = scope.rms(viewer).values("rm_id")
    then = viewer.at(change_set.effective_on)
    concerned = Q(from_rm_id__in=people) | Q(to_rm_id__in=people)
    concerned |= Q(customer_id__in=scope.customers(then).values("customer_id"))
    walls = scope.walled(viewer)
    return change_set.lines.filter(concerned).exclude(customer_id__in=walls).order_by("place")


def customers_of(lines: Iterable[ChangeLine], change_set: ChangeSet) -> dict[str, Customer]:
    """Customers of lines that the viewer sees, as they are on the day of the change."""
    wanted = {line.customer_id for line in lines if line.customer_id}
    held = Customer.objects.in_force(change_set.effective_on).filter(customer_id__in=wanted)
    return {customer.customer_id: customer for customer in held}
