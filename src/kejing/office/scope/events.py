"""Events: auditors read the chain, everybody else the history of what he sees."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from kejing.office.acts.models import Event, Touch
from kejing.office.people.roles import Power
from kejing.office.people.viewer import Viewer
from kejing.office.scope.customers import customer_seen, walled
from kejing.office.scope.units import rms


def events(viewer: Viewer) -> QuerySet[Event]:
    """All events for who may read events; for others those that touch what they see, and their own."""
    if viewer.may(Power.READ_EVENTS):
        return Event.objects.all()
    if not viewer.positions:
        return Event.objects.none()
    own = Q(actor=viewer.user) | Q(on_behalf_of=viewer.user)
    return Event.objects.filter(own | Exists(touches(viewer).filter(event=OuterRef("pk"))))


def touches(viewer: Viewer) -> QuerySet[Touch]:
    """Rows of events about customers and RMs that the viewer sees; an auditor's stop at walls alone."""
    if viewer.may(Power.READ_EVENTS):
        hidden = Touch.objects.filter(customer_id__in=walled(viewer)).values("pk")
        return Touch.objects.exclude(pk__in=hidden)
    people = Q(customer_id=None, rm_id__in=rms(viewer).values("rm_id"))
    return Touch.objects.filter(customer_seen(viewer) | people)
