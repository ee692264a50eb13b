"""A request with an ``Idempotency-Key`` is done once; when it comes again, it gets the first answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import cast

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Schema

from kejing.office.acts import aside
from kejing.office.api.errors import KeyReusedError
from kejing.office.api.models import Reply
from kejing.office.api.tokens import ApiRequest

HEADER = "Idempotency-Key"
_LONGEST = 120


def once(request: HttpRequest, do: Callable[[], Schema]) -> HttpResponse:
    """Do it, keep the reply under the request's key, and answer; or answer what was kept.

    The reply is kept in the transaction of the act: after a crash there are both or neither.

    Raises
    ------
    KeyReusedError
        The key came with another request before, or is too long.
    """
    key = request.headers.get(HEADER, "")
    if not key:
        return _answer(HTTPStatus.CREATED, _text_of(do()))
    if len(key) > _LONGEST:
        raise KeyReusedError(key=key[:_LONGEST])
    token = cast("ApiRequest", request).auth
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode() + request.body).hexdigest()
    with transaction.atomic():
        kept = Reply.objects.select_for_update().filter(token=token, key=key).first()
        if kept is None:
            body = _text_of(do())
            aside.keep(Reply(token=token, key=key, request_digest=digest, status=HTTPStatus.CREATED, body=body))
            return _answer(HTTPStatus.CREATED, body)
    if kept.request_digest != digest:
        raise KeyReusedError(key=key)
    return _answer(HTTPStatus(kept.status), kept.body)


def _text_of(schema: Schema) -> str:
    return json.dumps(schema.model_dump(mode="json"), cls=DjangoJSONEncoder, ensure_ascii=False)


def _answer(status: HTTPStatus, body: str) -> HttpResponse:
    return HttpResponse(body, status=status, content_type="application/json; charset=utf-8")
