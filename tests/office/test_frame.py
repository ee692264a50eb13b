"""The frame of every page: words complete, sign-in safe, errors told, state kept."""

from __future__ import annotations

import ast
import hashlib
import re
from pathlib import Path

import django_htmx
import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import translation

from kejing.measure.errors import KejingError
from kejing.office.acts.models import Event
from kejing.office.people.models import User
from kejing.office.people.roles import Power, Role
from kejing.office.shell.refusals import STATUSES
from kejing.office.shell.words import all_words, say
from kejing.text.catalogue import catalogue, placeholders
from tests.office.bank import PASSWORD, Bank

OFFICE = Path(__file__).resolve().parents[2] / "src" / "kejing" / "office"
HTMX = "71ea67185bfa8c98c39d31717c6fce5d852370fcdfd129db4543774d3145c0de"
TEMPLATES = sorted(OFFICE.rglob("templates/**/*.html"))
TAGS = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->|<script.*?</script>|<[^>]*>", re.DOTALL)
PLAIN = {"客"}


def test_every_word_exists_in_both_languages() -> None:
    """Each key has Chinese and English with the same placeholders, and neither is empty."""
    for key, texts in all_words().items():
        assert set(texts) == {"zh", "en"}, key
        assert all(text.strip() for text in texts.values()), key
        assert placeholders(texts["zh"]) == placeholders(texts["en"]), key


def _keys_used() -> set[str]:
    found: set[str] = set()
    for path in OFFICE.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"""\{%\s*say\s+["']([\w.]+)["']""", text))
    for path in OFFICE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in all_words():
                found.add(node.value)
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func) == "say"
                and isinstance(node.args[0], ast.Constant)
            ):
                found.add(str(node.args[0].value))
    return found


def test_words_and_their_uses_agree() -> None:
    """No page asks for a word that is not there, and no word waits for a page that is gone."""
    used = _keys_used()
    assert used - set(all_words()) == set()
    built = {key for key in all_words() if key.split(".")[1] in {"act", "role", "power", "state", "kind", "code"}}
    assert set(all_words()) - used - built == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_words(path: Path) -> None:
    """What people read comes from words.yaml, so that no language can be forgotten."""
    text = TAGS.sub(" ", path.read_text(encoding="utf-8"))
    assert {word for word in re.findall(r"[^\W\d_]{2,}|[\u4e00-\u9fff]", text) if word not in PLAIN} == set()


def test_templates_are_fit_for_the_policy_on_scripts() -> None:
    """No inline handler, style attribute or address of another machine."""
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\son\w+=|\sstyle=|javascript:|https?://", text), path.name
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*csp_nonce)(?![^>]*application/json)", text), path.name


def test_traditional_script_is_made_from_simplified() -> None:
    """The third language needs no texts of its own."""
    with translation.override("zh-hant"):
        assert say("shell.sign_in") == "登錄"
    with translation.override("en"):
        assert say("shell.sign_in") == "Sign in"


def test_every_act_and_error_of_the_office_has_words() -> None:
    """Codes of acts, roles and powers become sentences; errors have reason and remedy."""
    codes = set()
    for path in OFFICE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "act" and node.args:
                if path.name == "viewer.py":  # hands the code on
                    continue
                assert isinstance(node.args[0], ast.Constant), f"{path.name}:{node.lineno} must name its act"
                codes.add(str(node.args[0].value))
    missing = {f"{code.partition('.')[0]}.act.{code.partition('.')[2]}" for code in codes} - set(all_words())
    assert missing == set()
    assert {f"people.role.{role.value}" for role in Role} | {f"people.power.{power.value}" for power in Power} <= set(
        all_words()
    )
    errors = {each.code for each in _all_subclasses(KejingError) if each.__module__.startswith("kejing.office")}
    assert errors - set(catalogue()) == set()
    assert set(STATUSES) - set(catalogue()) == set()


def _all_subclasses(kind: type[KejingError]) -> set[type[KejingError]]:
    return {kind, *(each for child in kind.__subclasses__() for each in _all_subclasses(child))}


def test_htmx_is_the_one_that_was_looked_at() -> None:
    """The vendored file has the recorded hash."""
    path = Path(django_htmx.__file__).parent / "static" / "django_htmx" / "htmx-2.min.js"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == HTMX


@pytest.mark.django_db
def test_migrations_say_what_the_models_say() -> None:
    """No model changed without its migration."""
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def sign_in(name: str) -> Client:
    """A browser of somebody who has signed in through the page."""
    client = Client()
    answer = client.post(reverse("account_login"), {"login": name, "password": PASSWORD})
    assert answer.status_code == 302, answer.content
    return client


def test_pages_are_closed_to_strangers(bank: Bank) -> None:
    """Without signing in every page leads to the sign-in page."""
    answer = Client().get(reverse("home:home"))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("account_login"))
    assert Client().get(reverse("shell:health")).content == b"ok"


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
def test_home_in_every_language(bank: Bank, language: str) -> None:
    """The first page shows what one looks after, with its day; switching the language keeps the address."""
    client = sign_in("performance")
    here = reverse("home:home") + "?as_of=2025-06-30"
    answer = client.post(reverse("shell:language"), {"language": language, "next": here})
    assert answer.headers["Location"] == here
    page = client.get(here).content.decode()
    with translation.override(language):
        assert say("home.customers") in page
        assert say("shell.other_day", day="2025-06-30") in page
    assert "24" in page


def test_the_policy_on_scripts_is_strict(bank: Bank) -> None:
    """Only our own files and scripts with the page's nonce run; nobody frames us; cookies are closed to scripts."""
    client = sign_in("head")
    answer = client.get(reverse("home:home"))
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert client.cookies["kejing_session"]["httponly"]
    assert client.cookies["kejing_session"]["samesite"] == "Lax"


def test_signing_in_and_failing_to_are_events(bank: Bank) -> None:
    """Both are in the chain; the password is not."""
    Client().post(reverse("account_login"), {"login": "head", "password": "wrong"})
    sign_in("head")
    codes = list(Event.objects.order_by("number").values_list("code", flat=True))
    assert codes[-2:] == ["people.sign_in_refused", "people.signed_in"]
    assert "wrong" not in str(list(Event.objects.values_list("facts", flat=True)))


def test_guessing_passwords_is_stopped(bank: Bank) -> None:
    """After five wrong passwords even the right one is refused for a while."""
    client = Client()
    for _ in range(5):
        client.post(reverse("account_login"), {"login": "head", "password": "wrong"})
    answer = client.post(reverse("account_login"), {"login": "head", "password": PASSWORD})
    assert answer.status_code == 429
    assert client.get(reverse("home:home")).status_code == 302


def test_nobody_makes_himself_an_account(bank: Bank) -> None:
    """What the package has for signing up leads away and makes nobody."""
    before = User.objects.count()
    for client in (Client(), sign_in("head")):
        data = {"username": "intruder", "password1": PASSWORD}
        assert client.post("/accounts/signup/", data).status_code == 302
    assert User.objects.count() == before


@pytest.mark.parametrize(
    "name", ["account_change_password", "mfa_index", "mfa_activate_totp", "account_reauthenticate"]
)
def test_pages_of_the_account_stand_in_our_frame(bank: Bank, name: str) -> None:
    """Pages of the sign-in package wear our frame and bring no script of their own."""
    client = sign_in("head")
    answer = client.get(reverse(name), follow=True)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "shell/office.css" in page
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)


def test_what_is_not_there_is_told_kindly(bank: Bank) -> None:
    """An address of nothing answers 404 with what to do."""
    answer = sign_in("head").get("/nothing/")
    assert answer.status_code == 404
    assert say("shell.not_found_remedy") in answer.content.decode()
