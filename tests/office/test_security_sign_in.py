"""The way in: passwords guessed, codes guessed and replayed, cookies stolen, accounts closed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import translation

from kejing.office.acts.act import act
from kejing.office.acts.models import Event
from kejing.office.people.models import Position
from kejing.office.shell.words import say
from tests.office.bank import PASSWORD, TODAY, Bank
from tests.office.test_frame import sign_in

NEW_PASSWORD = "wrong donkey pile"  # noqa: S105
LANGUAGES = ("zh-hans", "en")


@pytest.fixture(autouse=True)
def nothing_remembered(db: None) -> None:
    """Codes and failures of other tests are forgotten."""
    cache.clear()


def asked(client: Client, name: str, password: str) -> Any:
    """The answer to somebody who signs in."""
    return client.post(reverse("account_login"), {"login": name, "password": password})


def is_in(client: Client) -> bool:
    """Whether the browser is signed in."""
    return client.get(reverse("home:home")).status_code == 200 or client.get(reverse("mfa_index")).status_code == 200


# ---------------------------------------------------------------- passwords


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lock_is_told_in_the_readers_language(bank: Bank, language: str) -> None:
    """After five wrong passwords the page says what happened and what to do, and not whether the name exists."""
    for name in ("head", "nobody-of-this-name"):
        client = Client(REMOTE_ADDR=f"192.0.2.{len(name)}")
        client.cookies["django_language"] = language
        for _ in range(5):
            asked(client, name, "wrong")
        locked = asked(client, name, PASSWORD)
        assert locked.status_code == 429
        words = locked.content.decode()
        assert ("请稍后再试" if language == "zh-hans" else "Try again later") in words
        assert 'role="alert"' in words


def test_a_lock_is_of_one_person_not_of_all_behind_one_address(bank: Bank) -> None:
    """A branch shares one address: whoever forgot his password does not lock out the others there."""
    for _ in range(6):
        asked(Client(), "head", "wrong")
    assert is_in(sign_in("leader"))
    assert asked(Client(), "head", PASSWORD).status_code == 429


def test_guesses_from_many_addresses_count_together(bank: Bank) -> None:
    """Guessing one name from ever new addresses is stopped as well."""
    for number in range(12):
        asked(Client(REMOTE_ADDR=f"192.0.2.{number}"), "head", "wrong")
    answer = asked(Client(REMOTE_ADDR="198.51.100.1"), "head", PASSWORD)
    assert answer.status_code in {200, 429}
    assert 'role="alert"' in answer.content.decode()


# ---------------------------------------------------------------- codes of a device


def code_of(secret: str) -> str:
    """The code that the device shows now."""
    now = list(yield_hotp_counters_from_time())
    return str(format_hotp_value(hotp_value(secret, now[len(now) // 2])))


@pytest.fixture
def secret(bank: Bank) -> str:
    """The secret of a device that the head of sales set up on the pages."""
    client = sign_in("head")
    page = reverse("mfa_activate_totp")
    assert client.get(page).headers["Location"].startswith(reverse("account_reauthenticate")), "the password first"
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    shown = client.get(page)
    assert shown.status_code == 200, shown.headers
    told = shown.context["form"].secret
    assert client.post(page, {"code": "000000"}).status_code == 200, "a wrong code sets nothing up"
    assert client.post(page, {"code": code_of(told)}).status_code == 302
    cache.clear()
    return str(told)


def at_the_code(name: str = "head") -> Client:
    """A browser that gave the right password and is asked for the code."""
    client = Client()
    answer = asked(client, name, PASSWORD)
    assert answer.headers["Location"] == reverse("mfa_authenticate")
    assert client.get(reverse("home:home")).status_code == 302, "the password alone opens nothing"
    return client


def test_a_code_is_good_once(secret: str) -> None:
    """Right password and right code open; a wrong code and the same code again do not."""
    page, code = reverse("mfa_authenticate"), code_of(secret)
    first, second = at_the_code(), at_the_code()
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    assert first.post(page, {"code": wrong}).status_code == 200
    assert not is_in(first)
    assert first.post(page, {"code": code}).status_code == 302
    assert is_in(first)
    replayed = second.post(page, {"code": code})
    assert replayed.status_code == 200
    assert replayed.context["form"].errors
    assert not is_in(second)


def test_codes_are_not_guessed(secret: str) -> None:
    """After ten wrong codes even the right one is refused for a while, in a new browser as well."""
    page, client = reverse("mfa_authenticate"), at_the_code()
    code = code_of(secret)
    for number in range(1, 11):
        client.post(page, {"code": f"{(int(code) + number) % 1_000_000:06}"})
    for browser in (client, at_the_code()):
        refused = browser.post(page, {"code": code})
        assert refused.status_code in {200, 429}
        assert not is_in(browser)


def test_what_was_used_is_known_to_all_workers(settings: object) -> None:
    """Used codes and counted failures lie in the database, where every worker sees them."""
    assert settings.CACHES["default"]["BACKEND"] == "django.core.cache.backends.db.DatabaseCache"  # type: ignore[attr-defined]


# ---------------------------------------------------------------- sessions


def test_the_session_changes_at_sign_in_and_dies_at_sign_out(bank: Bank) -> None:
    """A key known before signing in is worth nothing after it, and one copied before signing out nothing either."""
    client = Client()
    client.get(reverse("account_login"))
    planted = client.session.session_key or ""
    if not planted:
        session = client.session
        session.save()
        planted = str(session.session_key)
        client.cookies["kejing_session"] = planted
    assert asked(client, "head", PASSWORD).status_code == 302
    kept = client.cookies["kejing_session"].value
    assert kept != planted
    thief = Client()
    thief.cookies["kejing_session"] = planted
    assert not is_in(thief)
    client.post(reverse("account_logout"))
    thief.cookies["kejing_session"] = kept
    assert not is_in(thief)


def test_a_new_password_ends_all_other_sessions(bank: Bank) -> None:
    """Whoever changes his password stays; every other browser with his session is out."""
    mine, other = sign_in("head"), sign_in("head")
    form = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert mine.post(reverse("account_change_password"), form).status_code == 302
    assert is_in(mine)
    assert not is_in(other)
    assert asked(Client(), "head", PASSWORD).status_code == 200
    assert asked(Client(), "head", NEW_PASSWORD).status_code == 302


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_stolen_cookie_in_another_browser_opens_nothing(bank: Bank, language: str) -> None:
    """The session belongs to the browser in which it began; elsewhere it ends, with an event and a message."""
    mine = Client(HTTP_USER_AGENT="Firefox of the head")
    asked(mine, "head", PASSWORD)
    assert is_in(mine)
    thief = Client(HTTP_USER_AGENT="curl")
    thief.cookies["kejing_session"] = mine.cookies["kejing_session"].value
    thief.cookies["django_language"] = language
    answer = thief.get(reverse("customer:list"), follow=True)
    assert answer.redirect_chain[-1][0].startswith(reverse("account_login"))
    assert say_in(language, "shell.other_browser") in answer.content.decode()
    assert Event.objects.latest("number").code == "people.session_refused"
    assert not is_in(mine), "the session is over for both: its owner signs in again"


def say_in(language: str, key: str) -> str:
    """The text of a key in a language."""
    with translation.override(language):
        return say(key)


def test_a_session_outlives_neither_position_nor_account(bank: Bank) -> None:
    """From the day after a position ends its cookie and its token show nothing; a closed account has no session."""
    client = sign_in("rm_e11")
    assert client.get(reverse("customer:page", args=["e11-1"])).status_code == 200
    with act("tests.left", by=None) as doing:
        held = list(Position.objects.filter(user=bank.users["rm_e11"]))
        doing.change_all(held, valid_to=TODAY - dt.timedelta(days=900))
    assert client.get(reverse("customer:page", args=["e11-1"])).status_code == 404
    assert client.get(reverse("contacts:log") + "?customer=e11-1").status_code in {403, 404}
    with act("tests.closed", by=None) as doing:
        doing.change(bank.users["rm_e11"], expected_version=1, is_active=False)
    assert not is_in(client)
    again = Client()
    assert asked(again, "rm_e11", PASSWORD).headers["Location"] == reverse("account_inactive")
    assert not is_in(again)
