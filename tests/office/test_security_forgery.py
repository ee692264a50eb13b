"""Requests that another site makes a browser send: every address refuses them, and reading changes nothing."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from kejing.office.acts.models import Event
from kejing.office.shell.words import say
from tests.office.addresses import Address, addresses
from tests.office.bank import Bank
from tests.office.test_frame import sign_in

OWN = [address for address in addresses() if not address.name.startswith("api:")]
DOCUMENT = {"api:openapi-json", "api:api-root", "api:nothing"}  # nothing can be written there
API = [address for address in addresses() if address.name.startswith("api:") and address.name not in DOCUMENT]
UNSAFE = ("post", "put", "patch", "delete")
LONG = {"rules:cases", "rules:document"}  # they reckon for seconds, and what they show is the pack's own
EXPORTS = {"customer.exported", "grids.downloaded", "targets.downloaded"}


def forged(name: str, *, language: str = "en") -> Client:
    """The browser of somebody signed in, on a page of another site."""
    client = Client(enforce_csrf_checks=True)
    client.cookies = sign_in(name).cookies
    client.cookies["django_language"] = language
    return client


@pytest.mark.parametrize("method", UNSAFE)
def test_every_address_refuses_a_forged_request(bank: Bank, method: str) -> None:
    """Nothing is written at any address without the token of our own page; a new address cannot be forgotten."""
    client = forged("head")
    before = Event.objects.count()
    for address in OWN:
        answer = getattr(client, method)(address.url(), {"name": "x"})
        assert answer.status_code == 403, address.name
    assert Event.objects.count() == before


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_refusal_says_what_to_do(bank: Bank, language: str) -> None:
    """Our page, in the reader's language; a fragment of htmx gets the notice alone."""
    client = forged("head", language=language)
    page = client.post(reverse("tokens:make"), {"name": "x"}).content.decode()
    fragment = client.post(reverse("tokens:make"), {"name": "x"}, HTTP_HX_REQUEST="true").content.decode()
    with translation.override(language):
        for text in (page, fragment):
            assert say("shell.forged") in text
            assert say("shell.forged_remedy") in text
    assert "<html" in page
    assert "<html" not in fragment


@pytest.mark.parametrize("method", UNSAFE)
def test_the_api_does_not_take_a_cookie(bank: Bank, method: str) -> None:
    """What needs no token of a page takes no session of a browser either."""
    client = forged("head")
    for address in API:
        answer = getattr(client, method)(address.url(), "{}", content_type="application/json")
        assert answer.status_code in {401, 404, 405}, (address.name, answer.status_code)


def test_no_view_is_exempt() -> None:
    """Only the API, which has tokens of its own, is left out."""
    exempt = {address.name for address in addresses() if getattr(address.view, "csrf_exempt", False)}
    assert {name for name in exempt if not name.startswith("api:")} == set()


@pytest.mark.parametrize("name", ["rm_e11", "performance"])
def test_reading_changes_nothing(bank: Bank, name: str) -> None:
    """A link, a picture or a preview that opens any address leaves no event but that of an export."""
    client = sign_in(name)
    before = Event.objects.count()
    for address in OWN:
        if address.name not in LONG:
            client.get(address.url())
    assert set(Event.objects.filter(number__gt=before).values_list("code", flat=True)) <= EXPORTS
    assert client.get(reverse("home:home"), follow=True).status_code == 200, "still signed in"


def test_a_page_of_another_site_cannot_frame_ours(bank: Bank) -> None:
    """Every page says that nobody frames it."""
    client = sign_in("head")
    pages: list[Address] = [address for address in OWN if not address.places]
    for address in pages:
        answer = client.get(address.url())
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], address.name
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
