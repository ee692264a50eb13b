"""Tokens: made once, told once, checked by hash."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from enum import StrEnum
from typing import cast

from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import get_random_string
from ninja.security import HttpBearer

from kejing.measure.period import NotAPeriodError, parse_day
from kejing.office.api.errors import WrongScopeError
from kejing.office.api.models import Token
from kejing.office.people.roles import Power
from kejing.office.people.viewer import Viewer
from kejing.office.shell.day import today

_LENGTH = 43  # about 256 bits
_MARK = "kej_"


class Scope(StrEnum):
    """What a token may be used for; the user's positions still decide what is seen and done."""

    BOOKS_READ = "books:read"
    WORK_WRITE = "work:write"
    CHANGES_WRITE = "changes:write"
    CHANGES_APPROVE = "changes:approve"
    RUNS_READ = "runs:read"
    EVENTS_READ = "events:read"
    HOOKS_WRITE = "hooks:write"


class ApiRequest(HttpRequest):
    """A request with the token that it was signed in with."""

    auth: Token


class TokenBearer(HttpBearer):
    """``Authorization: Bearer kej_…``."""

    def authenticate(self, request: HttpRequest, token: str) -> Token | None:  # noqa: ARG002 - as ninja calls it
        """The token, if it exists, is in time and its user is active."""
        found = Token.objects.filter(digest=digest_of(token)).select_related("user").first()
        if found is None or found.revoked_at is not None or found.expires_on < today():
            return None
        return found if found.user.is_active else None


def digest_of(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def make_token(*, viewer: Viewer, name: str, scopes: Sequence[Scope], days: int) -> tuple[Token, str]:
    """A token of the viewer, and its secret, which is told only now."""
    secret = _MARK + get_random_string(_LENGTH)
    listed = sorted({scope.value for scope in scopes})
    with viewer.act("api.token_made", power=Power.EXPORT, name=name, scopes=", ".join(listed)) as doing:
        expires = viewer.today + dt.timedelta(days=days)
        token = Token(user=viewer.user, name=name, digest=digest_of(secret), scopes=listed, expires_on=expires)
        return doing.add(token), secret


def revoke_token(*, viewer: Viewer, token: Token) -> None:
    """End a token of the viewer."""
    with viewer.act("api.token_revoked", power=Power.EXPORT, name=token.name) as doing:
        doing.change(token, expected_version=token.version, revoked_at=timezone.now())


def viewer_of(request: HttpRequest, scope: Scope) -> Viewer:
    """Who looks: the token's user, on the day that ``as_of`` names.

    Raises
    ------
    WrongScopeError
        The token is not meant for this.
    """
    token = cast("ApiRequest", request).auth
    if scope.value not in token.scopes:
        raise WrongScopeError(scope=scope.value)
    day = today()
    try:
        as_of = parse_day(request.GET.get("as_of", ""))
    except NotAPeriodError:
        as_of = day
    return Viewer(token.user, day, as_of)
