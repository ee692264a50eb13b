"""The form of a contact on any page, and the queue of those that still wait for a signal."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template
from django.template.context import RequestContext
from django.utils import timezone
from django.utils.crypto import get_random_string

from kejing.office import scope
from kejing.office.books.models import Customer
from kejing.office.books.models.work import Channel
from kejing.office.contacts.entry import Outcome, Tag
from kejing.office.people.roles import Power
from kejing.office.people.viewer import Viewer
from kejing.office.shell.words import say
from kejing.office.standards.naming import coded

register = template.Library()

_KEY_LENGTH = 32
_CHOICES = 500
_SOON = (7, 14, 30)  # days that the next step is offered for with one tap
_STATES = ("waiting", "sending", "refused", "signed_out", "discard")


@register.inclusion_tag("contacts/form.html", takes_context=True)
def contact_form(context: RequestContext, customer: Customer | None = None) -> dict[str, Any]:
    """``{% contact_form customer %}``: the form, for one customer or for any of the own book."""
    viewer: Viewer = context["viewer"]
    now = timezone.localtime()
    book = scope.customers(viewer).order_by("name") if customer is None else ()
    return {
        "csrf_token": context.get("csrf_token"),
        "customer": customer,
        "book": list(book[:_CHOICES]) if customer is None else [],
        "channels": Channel.values,
        "outcomes": list(Outcome),
        "tags": list(Tag),
        "client_key": get_random_string(_KEY_LENGTH),
        "happened_at": dt.datetime.combine(viewer.today, now.time()).strftime("%Y-%m-%dT%H:%M"),
        "today": viewer.today,
        "soon": [(days, viewer.today + dt.timedelta(days=days)) for days in _SOON],
        "next": context["request"].get_full_path(),
    }


@register.inclusion_tag("contacts/queue.html", takes_context=True)
def contact_queue(context: RequestContext) -> dict[str, Any]:
    """``{% contact_queue %}``: what this device has not sent yet."""
    viewer: Viewer = context["viewer"]
    return {
        "may_log": viewer.may(Power.LOG_CONTACT),
        "user": viewer.user,
        "words": {state: say(f"contacts.state.{state}") for state in _STATES},
    }


@register.simple_tag
def contact_code(code: str) -> str:
    """``{% contact_code contact.channel %}``: a channel, outcome or tag in words; unknown ones as they are."""
    return coded(code)
