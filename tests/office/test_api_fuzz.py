"""Whatever is sent, the API answers as its description says, and never breaks."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error

from kejing.office.acts.act import act
from kejing.office.api.models import Token
from kejing.office.api.tokens import Scope, digest_of
from tests.office.bank import Bank

SECRET = "kej_fuzz"  # noqa: S105
ANSWERS = {200, 201, 204, 400, 401, 403, 404, 405, 409, 415, 422}

schema = schemathesis.openapi.from_wsgi("/api/openapi.json", WSGIHandler())


@pytest.fixture
def token(bank: Bank) -> str:
    """A token that may do everything, of somebody who sees everything."""
    with act("tests.token", by=None) as doing:
        scopes = [scope.value for scope in Scope]
        doing.add(
            Token(
                user=bank.users["head"],
                name="fuzz",
                digest=digest_of(SECRET),
                scopes=scopes,
                expires_on=dt.date(2099, 1, 1),
            )
        )
    return SECRET


@schema.parametrize()
@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
def test_nothing_breaks_the_api(case: Any, token: str) -> None:
    """Random requests by the description, and beside it, are answered with data or a problem; none with a 500."""
    answer = case.call(headers={"Authorization": f"Bearer {token}"})
    case.validate_response(answer, checks=[not_a_server_error])
    assert answer.status_code in ANSWERS
    if answer.status_code >= 400 and answer.status_code != 405:
        assert answer.headers["content-type"][0].startswith("application/problem+json")
