"""The RM's day in Chromium: W1 and W2 with their numbers; no serious finding of axe, nothing wider than the screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.urls import reverse
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from kejing.office.acts.act import act
from kejing.office.books.models import Contact, OpenItem
from tests.office.bank import PASSWORD
from tests.office.browser.fitness import DESK, PHONE, WIDTHS, check_page
from tests.office.quarter import OWN, TODAY, build_quarter, contact

pytestmark = [
    pytest.mark.browser,
    # a database in memory lives on in the threads of the server, and is closed when they are collected
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def office(live_server: LiveServer, tmp_path: Path, settings: Settings) -> str:
    """Address of an office on the Monday of W1."""
    settings.CONFIGURATION = django_settings.CONFIGURATION.model_copy(update={"day": TODAY})
    build_quarter(tmp_path / "run")
    return str(live_server.url)


def sign_in(browser: Browser, office: str, language: str, size: ViewportSize = DESK) -> Page:
    """The RM, signed in; he lands on My Day."""
    page = browser.new_context(viewport=size).new_page()
    page.goto(f"{office}{reverse('account_login')}")
    page.fill("input[name=login]", "rm")
    page.fill("input[name=password]", PASSWORD)
    page.click("main button")
    page.click(f"button[name=language][value={language}]")
    expect(page).to_have_url(f"{office}{reverse('myday:day')}")
    return page


def figures(page: Page, channel: str) -> list[str]:
    """The row of a channel in the standard."""
    return page.locator(f"tr[data-channel={channel}] td").all_inner_texts()


def test_monday_and_the_lift(browser: Browser, office: str) -> None:
    """W1: the numbers and seven reasons. W2: logged without a signal in three taps, sent once, a colleague's apart."""
    page = sign_in(browser, office, "en", PHONE)
    assert figures(page, "visit") == ["100", "58", "22", "42", "2.0", "8 behind (66 expected)", "58"]
    assert figures(page, "phone")[0] == "180"
    assert page.locator(".now > li").count() == 7

    page.context.set_offline(True)
    page.locator(".now [data-log][data-channel=visit]").first.click()  # tap 1: who and how are filled in
    page.check("[name=outcome][value=called_off]")
    page.fill("[name=next_step]", "call again")
    page.click("#contact-form button.main")
    expect(page.locator("#contact-dialog")).to_be_visible()
    assert page.evaluate("!document.getElementById('contact-form').checkValidity()"), "called off needs a reason"
    page.check("[name=outcome][value=connected]")  # tap 2
    page.click("#contact-form button.main")  # tap 3
    expect(page.locator("#contact-queue li")).to_have_attribute("data-state", "waiting")
    assert Contact.objects.filter(client_key__isnull=False).count() == 0

    page.context.set_offline(False)
    expect(page.locator("#contact-queue")).to_be_hidden(timeout=30_000)
    expect(page.locator("tr[data-channel=visit] td").nth(1)).to_have_text("59")
    logged = Contact.objects.get(client_key__isnull=False)
    assert (logged.rm_id, logged.next_step) == (OWN, "call again")

    with act("tests.visited", by=None) as doing:
        doing.add(contact(logged.customer_id, "visit", TODAY, rm_id="r2"))
    page.reload()
    assert figures(page, "visit")[1] == "59", "the colleague's visit is no part of mine"


@pytest.mark.parametrize("language", WIDTHS)
def test_pages_are_fit_for_phone_and_desktop(browser: Browser, office: str, language: str) -> None:
    """No page scrolls sideways, breaks the policy on scripts, or has a serious or critical finding of axe."""
    with act("tests.alerted", by=None) as doing:
        doing.add(OpenItem(customer_id="C02", rm_id=OWN, kind="alert", title="−34 %", due_on=TODAY))
    page = sign_in(browser, office, language)
    broken: list[str] = []
    page.on("console", lambda message: broken.append(message.text) if message.type == "error" else None)
    pages = {
        "day": reverse("myday:day"),
        "list": reverse("customer:list"),
        "customer": reverse("customer:page", args=("C01",)),
        "log": reverse("contacts:log"),
    }
    for title, address in pages.items():
        page.goto(f"{office}{address}")
        check_page(page, title, language)
    assert broken == []


def test_the_day_by_keyboard(browser: Browser, office: str) -> None:
    """``n v`` opens the form, Escape closes it, ``/`` goes to the search, ``g u`` to the customers."""
    page = sign_in(browser, office, "en")
    page.keyboard.press("n")
    page.keyboard.press("v")
    expect(page.locator("#contact-dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#contact-dialog")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.locator("input[type=search]")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("g")
    page.locator("main").focus()
    page.keyboard.press("g")
    page.keyboard.press("u")
    expect(page).to_have_url(f"{office}{reverse('customer:list')}")
