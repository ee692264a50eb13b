"""W9 in Chromium: the head drafts, an RM challenges, the rule accepts one, another head publishes, and it is undone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.office.bank import PASSWORD, TODAY
from tests.office.centralised import OUTLETS, build_branch

pytestmark = [
    pytest.mark.browser,
    # a database in memory lives on in the threads of the server, and is closed when they are collected
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def office(live_server: LiveServer, tmp_path: Path, settings: Settings) -> str:
    """Address of the branch with its twelve sub-branches."""
    settings.CONFIGURATION = django_settings.CONFIGURATION.model_copy(update={"day": TODAY})
    settings.OFFICE_FOLDER = tmp_path
    build_branch(tmp_path)
    return str(live_server.url)


def sign_in(browser: Browser, office: str, name: str, language: str = "en") -> Page:
    """Somebody's browser."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{office}{reverse('account_login')}")
    page.fill("input[name=login]", name)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button")
    page.click(f"button[name=language][value={language}]")
    return page


def cell(page: Page, unit: str, name: str) -> str:
    """A cell of the table of units, without spaces that only lay it out."""
    found = page.locator(f"[data-part=units] tr[data-unit={unit}] [data-cell={name}]").inner_text()
    return " ".join(found.split())


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_centralise_corporate_banking(browser: Browser, office: str, language: str) -> None:
    """Twelve sub-branches at once, on the pages alone; each page passes axe."""
    planner = sign_in(browser, office, "planner", language)
    planner.goto(f"{office}{reverse('realignment:change_sets')}")
    planner.click(f"a[href*='{reverse('realignment:centralise')}']")
    planner.select_option("select[name=branch]", "city")
    planner.click("form[method=get].card button")
    expect(planner.locator("input[name=outlet]")).to_have_count(len(OUTLETS))
    expect(planner.locator("input[name=business]:checked")).to_have_count(1)
    assert Axe().run(planner).violations_count == 0
    planner.fill("input[name=reason]", "reform of corporate banking")
    planner.click("form.card[method=post] button.main")
    planner.wait_for_url(re.compile(r"/changes/\d+/"))
    address = planner.url
    assert cell(planner, "city", "customers") == "0 → 48"
    assert cell(planner, "city", "rms") == "0 → 24"
    assert cell(planner, "s01", "customers") == "4 → 0"
    assert cell(planner, "s01", "visits") == "4 → 0"
    kept = planner.locator("[data-unit=s01] [data-cell=income] b").inner_html()
    assert "1,400" in kept, "deposits and fees stay"
    assert Axe().run(planner).violations_count == 0
    planner.fill("#challenge-by", "2025-12-15")
    planner.click("button[value=submit]")

    rm = sign_in(browser, office, "rm_s01b", language)
    rm.goto(f"{address}?kind=customer")
    rows = rm.locator("main table tbody tr", has_text="s01b-2")
    rows.locator("summary").click()
    rows.locator("input[name=reason]").fill("banks with us for the counter")
    rows.locator("form button").click()

    checker = sign_in(browser, office, "checker", language)
    checker.goto(address)
    checker.click("button[value=rule]")
    expect(checker.locator(".challenge .tag").first).to_be_visible()
    expect(checker.locator("[data-unit=city] [data-cell=customers]")).to_contain_text("47")
    checker.click("button[value=approve]")
    checker.click("button[value=publish]")
    expect(checker.locator("h1 [data-state=published]")).to_be_visible()

    planner.goto(address)
    planner.click("summary:has(+ p.soft)")
    planner.fill("#invert-reason", "stopped")
    planner.click("button[value=invert]")
    planner.click("button[value=submit]")
    checker.goto(planner.url)
    checker.click("button[value=approve]")
    checker.click("button[value=publish]")
    checker.goto(address)
    expect(checker.locator("h1 [data-state=taken_back]")).to_be_visible()
