"""Work on customers, and what RMs are held to."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from kejing.office.books.models import Booking, Contact, Dispute, OpenItem, Plan, Target, TierException
from kejing.office.people.viewer import Viewer
from kejing.office.scope.customers import customer_seen, of_customers
from kejing.office.scope.units import rms


def contacts(viewer: Viewer) -> QuerySet[Contact]:
    """Contacts with customers that the viewer sees, whoever had them, up to the day looked at."""
    return of_customers(Contact.objects.filter(happened_at__date__lte=viewer.as_of), viewer)


def bookings(viewer: Viewer) -> QuerySet[Booking]:
    """Contacts still to come with customers that the viewer sees."""
    return of_customers(Booking.objects.filter(contact=None, called_off=""), viewer)


def open_items(viewer: Viewer) -> QuerySet[OpenItem]:
    """What waits for somebody at customers that the viewer sees."""
    return of_customers(OpenItem.objects.filter(state=OpenItem.State.OPEN), viewer)


def plans(viewer: Viewer) -> QuerySet[Plan]:
    """Plans of customers that the viewer sees."""
    return of_customers(Plan.objects.all(), viewer)


def tier_exceptions(viewer: Viewer) -> QuerySet[TierException]:
    """Exceptions, of any day, of customers that the viewer sees."""
    return of_customers(TierException.objects.all(), viewer)


def targets(viewer: Viewer) -> QuerySet[Target]:
    """Targets, on the day looked at, of RMs that the viewer sees."""
    return Target.objects.in_force(viewer.as_of).filter(rm_id__in=rms(viewer).values("rm_id"))


def disputes(viewer: Viewer) -> QuerySet[Dispute]:
    """Disputes of RMs that the viewer sees, unless about a customer that he does not see."""
    raised = Dispute.objects.filter(rm_id__in=rms(viewer).values("rm_id"))
    return raised.filter(Q(customer_id="") | customer_seen(viewer))
