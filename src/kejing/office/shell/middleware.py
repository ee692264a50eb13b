"""Who looks at which day; and errors as pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import cast

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse

from kejing.measure.errors import KejingError
from kejing.measure.period import NotAPeriodError, parse_day
from kejing.office.acts.act import act
from kejing.office.people.models import User
from kejing.office.people.signing import is_same_browser
from kejing.office.people.viewer import Viewer
from kejing.office.shell.day import today
from kejing.office.shell.refusals import not_found, not_understood, refusal
from kejing.office.shell.requests import OfficeRequest
from kejing.office.shell.words import say

STANDS_IN_FOR = "stands_in_for"
AS_OF = "as_of"

type Next = Callable[[HttpRequest], HttpResponse]


class BrowserMiddleware:
    """Ends a session that turns up in another browser than the one in which it began."""

    def __init__(self, get_response: Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, as a stranger's if the cookie is somebody else's."""
        if isinstance(request.user, User) and not is_same_browser(request):
            with act("people.session_refused", by=request.user):
                request.session.flush()
            request.user = AnonymousUser()
            messages.warning(request, say("shell.other_browser"))
        return self._next(request)


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

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponse | None:
        """Refuse a form or query with a sign that no text has; the API tells it in its own way."""
        if request.resolver_match is not None and request.resolver_match.namespace == "api":
            return None
        sent = [
            request.path,
            *(value for form in (request.GET, request.POST) for each in form.lists() for value in each[1]),
        ]
        return not_understood(request, ValueError()) if any("\0" in str(value) for value in sent) else None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer with the error, if it is one of ours."""
        if isinstance(error, OverflowError):  # a number larger than any key is the address of nothing
            return not_found(request, error)
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
