"""The page of one's own tokens."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from kejing.office.api.models import Token
from kejing.office.api.tokens import Scope, make_token, revoke_token
from kejing.office.people.roles import Power
from kejing.office.shell.requests import OfficeRequest
from kejing.office.shell.words import say

_MOST_DAYS = 365


@require_GET
def tokens(request: OfficeRequest) -> HttpResponse:
    """Tokens of the user, and a form for another."""
    return _page(request)


@require_POST
def make(request: OfficeRequest) -> HttpResponse:
    """Make a token and tell its secret, this once."""
    name = request.POST.get("name", "").strip()[:120]
    asked = set(request.POST.getlist("scope"))
    scopes = [scope for scope in Scope if scope.value in asked]
    days = request.POST.get("days", "")
    if not name or not scopes or not days.isdigit() or not 0 < int(days) <= _MOST_DAYS:
        return _page(request, is_incomplete=True)
    _, secret = make_token(viewer=request.viewer, name=name, scopes=scopes, days=int(days))
    return _page(request, secret=secret)


@require_POST
def revoke(request: OfficeRequest, number: int) -> HttpResponse:
    """End a token."""
    token = get_object_or_404(Token, pk=number, user=request.user, revoked_at=None)
    revoke_token(viewer=request.viewer, token=token)
    return _page(request)


def _page(request: OfficeRequest, *, secret: str = "", is_incomplete: bool = False) -> HttpResponse:
    request.viewer.require(Power.EXPORT)
    held = Token.objects.filter(user=request.user, revoked_at=None).order_by("pk")
    scopes = [(scope.value, say(f"api.kind.{scope.name.lower()}")) for scope in Scope]
    facts = {"tokens": held, "scopes": scopes, "secret": secret, "is_incomplete": is_incomplete}
    answer = render(request, "api/tokens.html", facts | {"most_days": _MOST_DAYS})
    answer["Cache-Control"] = "no-store"
    return answer
