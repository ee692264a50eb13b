"""Errors as ``application/problem+json`` (RFC 9457): a code that machines read, reason and remedy that people read."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from kejing.measure.errors import KejingError
from kejing.office.shell.refusals import status_of
from kejing.office.shell.words import error_words, say


def tell_problems(api: NinjaAPI) -> None:
    """Make ``api`` answer every error as a problem."""
    _answer(api, KejingError, _refused)
    _answer(api, Http404, lambda _: _not_found())
    _answer(api, ValidationError, _unreadable)
    _answer(api, AuthenticationError, lambda _: _unknown())
    _answer(api, HttpError, _plain)


def problem(status: HTTPStatus, code: str, title: str, detail: str, **more: object) -> HttpResponse:
    """One problem."""
    body = {"type": "about:blank", "status": status, "code": code, "title": title, "detail": detail, **more}
    return HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type="application/problem+json")


def nothing_here(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - as Django calls it
    """An address that is none of the API's."""
    return _not_found()


def _answer[E: Exception](api: NinjaAPI, kind: type[E], tell: Callable[[E], HttpResponse]) -> None:
    def handler(request: HttpRequest, error: E | type[E]) -> HttpResponse:  # noqa: ARG001 - as ninja calls it
        assert isinstance(error, kind)
        return tell(error)

    api.add_exception_handler(kind, handler)


def _refused(error: KejingError) -> HttpResponse:
    words = error_words(error)
    return problem(status_of(error), error.code, words.reason, words.remedy)


def _not_found() -> HttpResponse:
    title, detail = say("shell.not_found"), say("shell.not_found_remedy")
    return problem(HTTPStatus.NOT_FOUND, "office.not_found", title, detail)


def _unknown() -> HttpResponse:
    title, detail = say("api.unknown_token"), say("api.unknown_token_remedy")
    answer = problem(HTTPStatus.UNAUTHORIZED, "office.api_token", title, detail)
    answer["WWW-Authenticate"] = "Bearer"
    return answer


def _unreadable(error: ValidationError) -> HttpResponse:
    found = [{"at": ".".join(str(part) for part in each["loc"]), "reason": each["msg"]} for each in error.errors]
    title, detail = say("api.unreadable"), say("api.unreadable_remedy")
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "office.api_unreadable", title, detail, errors=found)


def _plain(error: HttpError) -> HttpResponse:
    status = HTTPStatus(error.status_code)
    return problem(status, "office.api_http", str(status.phrase), str(error))
