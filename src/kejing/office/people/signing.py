"""Signing in, out, and failing to, as events."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed

from kejing.office.acts.act import act
from kejing.office.people.models import User

_LONGEST_NAME = 80


def listen() -> None:
    """Connect the signals."""
    user_logged_in.connect(_signed_in, dispatch_uid="office.signed_in")
    user_logged_out.connect(_signed_out, dispatch_uid="office.signed_out")
    user_login_failed.connect(_refused, dispatch_uid="office.sign_in_refused")


def _signed_in(sender: object, user: User, **_: Any) -> None:  # noqa: ARG001, ANN401 - as signals are sent
    with act("people.signed_in", by=user):
        pass


def _signed_out(sender: object, user: User | None, **_: Any) -> None:  # noqa: ARG001, ANN401 - as signals are sent
    if user is not None:
        with act("people.signed_out", by=user):
            pass


def _refused(sender: object, credentials: dict[str, Any], **_: Any) -> None:  # noqa: ARG001, ANN401 - as signals are sent
    with act("people.sign_in_refused", by=None, username=str(credentials.get("username", ""))[:_LONGEST_NAME]):
        pass
