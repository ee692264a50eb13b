"""Hostile text in every filter, search, page number and place of an address: no error of ours, no row too many."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.urls import NoReverseMatch
from django.utils.http import urlencode

from kejing.office.acts.act import act
from kejing.office.api.models import Token
from kejing.office.api.tokens import Scope, digest_of
from kejing.office.people.models import Position
from kejing.office.people.roles import Role
from tests.office.addresses import Address, addresses, asked_for
from tests.office.bank import POSTS, Bank
from tests.office.shown import split_dispute
from tests.office.test_frame import sign_in

LONG = {"rules:cases", "rules:document"}  # they reckon for seconds, and take nothing but the name of a pack
HOSTILE = {
    "statement": "x' OR '1'='1'; DROP TABLE books_customer; --",
    "union": '" UNION SELECT password FROM people_user --',
    "number": "99999999999999999999999999",
    "no number": "²",
    "nul": "a\x00b",
    "path": "../../../../etc/passwd",
    "long": "長" * 5_000,
    "script": "<script>alert(1)</script>",
}
ELSEWHERE = {  # named in a list or by a table of the run
    "audit": ("who", "what", "customer_id", "rm_id"),
    "figures": ("rm_id", "component", "line_id"),
    "runs": ("before", "after"),
}
PAGES = [each for each in addresses() if each.room not in {"", "api"} and each.name not in LONG]
OPERATIONS = [each for each in addresses() if each.name.startswith("api:") and each.name != "api:nothing"]
API_QUERY = ("as_of", "cursor", "limit", "columns", "order", "where")


@pytest.fixture
def full_bank(bank: Bank, tmp_path: Path) -> Bank:
    """The bank with a run shown and a person who holds every position, so that every page looks at what it is sent."""
    split_dispute(tmp_path)
    with act("tests.everything", by=None) as doing:
        held = bank.users["head"]
        doing.add_all([Position(user=held, role=role, unit_id="head_office", rm_id="e11") for role in Role])
        doing.add(
            Token(user=held, name="t", digest=digest_of("kej_t"), scopes=[*Scope], expires_on=dt.date(2099, 1, 1))
        )
    return bank


def customers() -> int:
    """Rows that a statement smuggled in would have taken away."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM books_customer")
        return int(cursor.fetchone()[0])


def asked(client: Client, url: str, **headers: str) -> int:
    """The status of an answer, which gives nothing away."""
    answer = client.get(url, headers=headers)
    content = answer.getvalue() if answer.streaming else answer.content
    assert b"Traceback" not in content
    assert b"md5$" not in content, "no hash of a password"
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        assert b"<script>alert(1)" not in content
    assert b"root:x:0" not in content
    return int(answer.status_code)


@pytest.mark.parametrize("kind", HOSTILE)
def test_queries_of_pages(full_bank: Bank, kind: str) -> None:
    """On every page, everything that its room reads from a query, at once."""
    client = sign_in("head")
    client.raise_request_exception = False
    before = customers()
    for page in PAGES:
        url = f"{page.url()}?{urlencode(dict.fromkeys(names_of(page), HOSTILE[kind]))}"
        assert asked(client, url) < 500, page.name
    assert customers() == before


@pytest.mark.scale
def test_single_queries_of_pages(full_bank: Bank) -> None:
    """On every page, everything that its room reads from a query, one after the other."""
    client = sign_in("head")
    client.raise_request_exception = False
    for page in [each for each in PAGES if client.get(each.url()).status_code == 200]:
        for name in names_of(page):
            assert asked(client, f"{page.url()}?{urlencode({name: HOSTILE['statement']})}") < 500, (page.name, name)


def names_of(page: Address) -> tuple[str, ...]:
    """What a page may read from its query."""
    return (*asked_for(page.room), *ELSEWHERE.get(page.room, ()))


@pytest.mark.parametrize("kind", ["statement", "number", "path", "long", "script"])
def test_places_of_addresses(full_bank: Bank, kind: str) -> None:
    """Every place of every address, text and number: nothing is there, but the auditor asks about any name."""
    client = sign_in("head")
    client.raise_request_exception = False
    for page in [*PAGES, *OPERATIONS]:
        for url in _misplaced(page, HOSTILE[kind]):
            status = asked(client, url, authorization="Bearer kej_t")
            assert status < 500, (page.name, url)
            assert status != 200 or page.name == "audit:customer", (page.name, url)


def _misplaced(page: Address, text: str) -> list[str]:
    """The address, with the text in one place after the other that can take it."""
    if text == HOSTILE["number"]:
        return [page.url(**{name: int(text)}) for name, is_number in page.places if is_number]
    urls = []
    for name, is_number in page.places:
        with suppress(NoReverseMatch):  # the address itself does not take such a text
            urls += [] if is_number else [page.url(**{name: text})]
    return urls


@pytest.mark.parametrize("kind", ["statement", "number", "no number", "script"])
def test_queries_of_the_api(full_bank: Bank, kind: str) -> None:
    """Every parameter of every operation."""
    client = Client(raise_request_exception=False)
    before = customers()
    for operation in OPERATIONS:
        for name in API_QUERY:
            url = f"{operation.url()}?{urlencode({name: HOSTILE[kind]})}"
            assert asked(client, url, authorization="Bearer kej_t") < 500, (operation.name, name)
    assert customers() == before


@pytest.mark.parametrize("text", [HOSTILE["statement"], HOSTILE["union"], "%", "_", "\\"])
def test_a_search_finds_text_and_no_pattern(bank: Bank, text: str) -> None:
    """What a person types is looked for as it stands: no customer is called that."""
    client = sign_in("head")
    for url in ("/customers/", "/changes/plans/", "/cockpit/customers/"):
        page = client.get(f"{url}?{urlencode({'q': text})}")
        assert page.status_code == 200
        assert "e11-1" not in page.content.decode(), url


def test_the_people_of_the_bank_are_as_expected() -> None:
    """The person of these tests holds every kind of position that there is."""
    assert {role for role, _, _ in POSTS.values()} == set(Role)
