"""Who looks at which day; and errors as pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import cast

from django.http import HttpRequest, HttpResponse

from kejing.measure.errors import KejingError
from kejing.measure.period import NotAPeriodError, parse_day
from kejing.office.people.models import User
from kejing.office.people.viewer import Viewer
from kejing.office.shell.day import today
from kejing.office.shell.refusals import refusal
from kejing.office.shell.requests import OfficeRequest

STANDS_IN_FOR = "stands_in_for"
AS_OF = "as_of"

type Next = Callable[[HttpRequest], HttpResponse]


class ViewerMiddleware:
    """Puts `Viewer` on the request: the user, whom he stands in for, and the day in the address."""

    def __init__(self, get_response: Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        cast("OfficeRequest", request).viewer = viewer_of(request)
        return self._next(request)


class RefusalMiddleware:
    """Turns an error with a code into a page that says what is wrong and what to do."""

    def __init__(self, get_response: Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        return self._next(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer with the error, if it is one of ours."""
        return refusal(request, error) if isinstance(error, KejingError) else None


def viewer_of(request: HttpRequest) -> Viewer:
    """The viewer of a request; nobody who is not signed in sees anything."""
    day = today()
    if not isinstance(request.user, User):
        return Viewer(None, day, day)
    taker_for = request.session.get(STANDS_IN_FOR)
    giver = User.objects.filter(pk=taker_for, is_active=True).first() if taker_for else None
    viewer = Viewer(request.user, day, _day_asked(request, day), giver)
    if giver is not None and not viewer.stands_in_for(giver):
        del request.session[STANDS_IN_FOR]
        return Viewer(request.user, day, viewer.as_of)
    return viewer


def _day_asked(request: HttpRequest, otherwise: dt.date) -> dt.date:
    """The day in the address; another text there counts as none."""
    try:
        return parse_day(request.GET.get(AS_OF, ""))
    except NotAPeriodError:
        return otherwise
