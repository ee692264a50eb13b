"""A request as our pages see it."""

from __future__ import annotations

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from kejing.office.people.models import User
from kejing.office.people.viewer import Viewer


class OfficeRequest(HttpRequest):
    """A request with who looks at which day; middleware puts it there."""

    viewer: Viewer
    htmx: HtmxDetails
    user: User
