"""Signing in, out, and failing to, as events; and the browser that a session belongs to."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from kejing.office.acts.act import act
from kejing.office.people.models import User

_LONGEST_NAME = 80
_BROWSER = "browser"


def listen() -> None:
    """Connect the signals."""
    user_logged_in.connect(_signed_in, dispatch_uid="office.signed_in")
    user_logged_out.connect(_signed_out, dispatch_uid="office.signed_out")
    user_login_failed.connect(_refused, dispatch_uid="office.sign_in_refused")


def is_same_browser(request: HttpRequest) -> bool:
    """Whether the request comes from the browser in which its session began."""
    return bool(request.session.get(_BROWSER) == _browser(request))


def _browser(request: HttpRequest) -> str:
    return hashlib.sha256(request.headers.get("User-Agent", "").encode()).hexdigest()


def _signed_in(sender: object, request: HttpRequest, user: User, **_: Any) -> None:  # noqa: ARG001, ANN401 - the same
    request.session[_BROWSER] = _browser(request)
    with act("people.signed_in", by=user):
        pass


def _signed_out(sender: object, user: User | None, **_: Any) -> None:  # noqa: ARG001, ANN401 - as signals are sent
    if user is not None:
        with act("people.signed_out", by=user):
            pass


def _refused(sender: object, credentials: dict[str, Any], **_: Any) -> None:  # noqa: ARG001, ANN401 - as signals are sent
    with act("people.sign_in_refused", by=None, username=str(credentials.get("username", ""))[:_LONGEST_NAME]):
        pass
