"""Signing in with the institution's own provider, really asked: known people come in, nobody else does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import yaml
from allauth.socialaccount.models import SocialAccount
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import Settings

from kejing.office.acts.act import act
from kejing.office.acts.models import Event
from kejing.office.people.models import User
from kejing.office.shell.words import say
from tests.office.bank import Bank
from tests.office.identity_provider import CLIENT, SECRET, Provider, identity_provider
from tests.office.test_security_sign_in import is_in

LOGIN = "/accounts/oidc/bank/login/"
CALLBACK = "/accounts/oidc/bank/login/callback/"


@pytest.fixture
def provider(bank: Bank, settings: Settings) -> Iterator[Provider]:
    """The institution's provider, named in the settings as ``office.yaml`` would."""
    with identity_provider() as started:
        app = {"provider_id": "bank", "name": "Bank", "client_id": CLIENT, "secret": SECRET}
        app |= {"settings": {"server_url": started.url, "oauth_pkce_enabled": True}}  # type: ignore[dict-item]  # as allauth has it
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
        yield started


def led_away(client: Client) -> str:
    """Where the provider sends the browser back to after the button was pressed here."""
    answer = client.post(LOGIN)
    assert answer.status_code == 302
    back = requests.get(answer.headers["Location"], allow_redirects=False, timeout=10)
    return back.headers["Location"]


def come_back(client: Client, place: str) -> HttpResponse:
    """The browser at our address again."""
    parts = urlsplit(place)
    return client.get(f"{parts.path}?{parts.query}", follow=True)  # type: ignore[return-value]


def test_a_known_person_comes_in(provider: Provider) -> None:
    """There and back: signed in as the account of that name, tied once, with events; the second visit is the same."""
    provider.who = {"sub": "4711", "preferred_username": "rm_e11"}
    for visit in (1, 2):
        client = Client()
        before = client.session.session_key
        come_back(client, led_away(client))
        assert is_in(client), visit
        assert client.session["_auth_user_id"] == str(User.objects.get(username="rm_e11").pk)
        assert client.session.session_key != before
    assert SocialAccount.objects.get().uid == "4711"
    codes = list(Event.objects.order_by("-number").values_list("code", flat=True)[:3])
    assert codes == ["people.signed_in", "people.signed_in", "people.identity_tied"]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("name", ["nobody", "", "RM_E11"])
def test_an_unknown_person_does_not(provider: Provider, name: str, language: str) -> None:
    """No account is made; the page says whom to ask."""
    provider.who = {"sub": "1"} | ({"preferred_username": name} if name else {})
    client = Client()
    client.cookies["django_language"] = language
    before = User.objects.count()
    page = come_back(client, led_away(client)).content.decode()
    with translation.override(language):
        assert say("shell.unknown_identity") in page
    assert not is_in(client)
    assert User.objects.count() == before


def test_a_closed_account_stays_closed(bank: Bank, provider: Provider) -> None:
    """Neither at the first visit nor at a later one."""
    provider.who = {"sub": "1", "preferred_username": "rm_e11"}
    come_back(client := Client(), led_away(client))
    assert is_in(client)
    with act("tests.closed", by=None) as doing:
        doing.change(bank.users["rm_e11"], expected_version=1, is_active=False)
    come_back(client := Client(), led_away(client))
    assert not is_in(client)


def test_a_name_taken_over_at_the_provider_opens_nothing(provider: Provider) -> None:
    """Somebody else who calls himself by the name of a tied account is refused."""
    provider.who = {"sub": "1", "preferred_username": "head"}
    come_back(client := Client(), led_away(client))
    assert is_in(client)
    provider.who = {"sub": "2", "preferred_username": "head"}
    come_back(thief := Client(), led_away(thief))
    assert not is_in(thief)
    assert SocialAccount.objects.get().uid == "1"


def test_an_answer_that_was_not_asked_for_is_refused(provider: Provider) -> None:
    """Another browser's state, a made-up one, a code used twice, a token of another issuer: nobody comes in."""
    provider.who = {"sub": "1", "preferred_username": "head"}
    place = led_away(asking := Client())
    victim = Client()
    assert reverse("account_login") in come_back(victim, place).content.decode()
    assert not is_in(victim), "an attacker's answer does not sign his victim in"
    code = parse_qs(urlsplit(place).query)["code"][0]
    come_back(asking, f"{CALLBACK}?code={code}&state=made-up")
    assert not is_in(asking)
    come_back(asking, f"{CALLBACK}?error=access_denied")
    assert not is_in(asking)
    place = led_away(asking)
    provider.codes.clear()
    come_back(asking, place)
    assert not is_in(asking)
    provider.issuer = "https://another.test"
    come_back(asking, led_away(asking))
    assert not is_in(asking)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_failed_answer_is_told_in_our_frame(provider: Provider, language: str) -> None:
    """The page of the failure is ours, in the reader's language, with the way back to the sign-in page."""
    client = Client()
    client.cookies["django_language"] = language
    for place in (f"{CALLBACK}?code=x&state=y", f"{CALLBACK}?error=access_denied"):
        page = come_back(client, place).content.decode()
        with translation.override(language):
            assert say("shell.sign_in") in page
            assert say("shell.identity_failed") in page


def test_where_to_is_not_led_elsewhere(provider: Provider) -> None:
    """An address of another machine in ``next`` is not followed after signing in."""
    provider.who = {"sub": "1", "preferred_username": "head"}
    client = Client()
    answer = client.post(LOGIN + "?next=https://evil.test/")
    back = requests.get(answer.headers["Location"], allow_redirects=False, timeout=10).headers["Location"]
    parts = urlsplit(back)
    there = client.get(f"{parts.path}?{parts.query}").headers["Location"]
    assert not there.startswith("https://evil.test")


def test_the_page_lets_its_form_go_to_the_provider(tmp_path: Path) -> None:
    """Browsers hold ``form-action`` against the way a form is led on to: the provider's host stands there."""
    said = {"sign_in": [{"name": "Bank", "server_url": "https://id.bank.test/realm", "client_id": "c", "secret": "s"}]}
    (tmp_path / "office.yaml").write_text(yaml.safe_dump(said), encoding="utf-8")
    command = [sys.executable, "-c", "from kejing.office import settings; print(*settings.SECURE_CSP['form-action'])"]
    environment = {**os.environ, "KEJING_OFFICE": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["'self'", "https://id.bank.test"]
