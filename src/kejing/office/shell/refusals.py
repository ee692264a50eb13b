"""Errors by code: the one table of their HTTP statuses, and the page that tells them."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kejing.measure.errors import KejingError
from kejing.office.shell.words import error_words, say

STATUSES: dict[str, HTTPStatus] = {
    "office.not_allowed": HTTPStatus.FORBIDDEN,
    "office.api_scope": HTTPStatus.FORBIDDEN,
    "office.stale_row": HTTPStatus.CONFLICT,
    "office.change_moved_on": HTTPStatus.CONFLICT,
    "office.grid_row_moved_on": HTTPStatus.CONFLICT,
    "office.grid_too_large": HTTPStatus.CONTENT_TOO_LARGE,
    "office.change_wrong_state": HTTPStatus.CONFLICT,
    "office.change_open_challenge": HTTPStatus.CONFLICT,
    "office.change_own_work": HTTPStatus.FORBIDDEN,
    "office.dispute_twice": HTTPStatus.CONFLICT,
    "office.dispute_answered": HTTPStatus.CONFLICT,
    "office.dispute_own": HTTPStatus.FORBIDDEN,
    "office.contract_changed": HTTPStatus.CONFLICT,
    "office.contract_not_in_person": HTTPStatus.FORBIDDEN,
    "office.run_waiting": HTTPStatus.CONFLICT,
    "office.contact_unseen_customer": HTTPStatus.NOT_FOUND,
    "office.suggestion_unseen": HTTPStatus.NOT_FOUND,
    "office.import_moved_on": HTTPStatus.CONFLICT,
    "office.deal_gate": HTTPStatus.CONFLICT,
    "office.deal_moved_on": HTTPStatus.CONFLICT,
    "office.deal_not_in_team": HTTPStatus.FORBIDDEN,
    "office.alert_answered": HTTPStatus.CONFLICT,
    "office.alert_not_your_turn": HTTPStatus.FORBIDDEN,
    "office.version_own_work": HTTPStatus.FORBIDDEN,
    "office.version_wrong_state": HTTPStatus.CONFLICT,
    "office.change_out_of_sight": HTTPStatus.NOT_FOUND,  # nobody learns that it is there
}
"""Codes that are not simply malformed input (422)."""


def status_of(error: KejingError) -> HTTPStatus:
    """The HTTP status of an error."""
    return STATUSES.get(error.code, HTTPStatus.UNPROCESSABLE_ENTITY)


def refusal(request: HttpRequest, error: KejingError) -> HttpResponse:
    """A page, or for htmx a notice, with reason and remedy."""
    message = error_words(error)
    return _page(request, message.reason, message.remedy, status_of(error), code=error.code)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - as Django calls it
    """Nothing here, or nothing that the viewer may know of."""
    return _page(request, say("shell.not_found"), say("shell.not_found_remedy"), HTTPStatus.NOT_FOUND)


def not_understood(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - the same
    """What was sent is no request of a page of ours: too large, too many fields, signs that no text has."""
    return _page(request, say("shell.not_understood"), say("shell.not_understood_remedy"), HTTPStatus.BAD_REQUEST)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - the same
    """A form without the token of a page of ours: another site sent it, or the page was open for too long."""
    return _page(request, say("shell.forged"), say("shell.forged_remedy"), HTTPStatus.FORBIDDEN)


def broken(request: HttpRequest) -> HttpResponse:
    """A mistake of ours; the page says nothing of its inside."""
    return _page(request, say("shell.broken"), say("shell.broken_remedy"), HTTPStatus.INTERNAL_SERVER_ERROR)


def _page(request: HttpRequest, reason: str, remedy: str, status: HTTPStatus, *, code: str = "") -> HttpResponse:
    template = "shell/notice.html" if getattr(request, "htmx", False) else "shell/refusal.html"
    return render(request, template, {"reason": reason, "remedy": remedy, "code": code}, status=status)
