"""How many alerts wait for the viewer, for any page."""

from __future__ import annotations

from django import template
from django.template.context import RequestContext

from kejing.office.alerts.ladder import Ladders
from kejing.office.alerts.views import seen_by
from kejing.office.people.viewer import Viewer

register = template.Library()


@register.simple_tag(takes_context=True)
def alerts_waiting(context: RequestContext) -> int:
    """``{% alerts_waiting as count %}``."""
    viewer: Viewer = context["viewer"]
    return seen_by(viewer).filter(Ladders.shown().waiting_for(viewer)).count()
