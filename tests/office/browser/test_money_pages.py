"""Money pages in Chromium: phone and desktop, both languages, no serious finding of axe, nothing too wide."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, ConsoleMessage, Page
from pytest_django.live_server_helper import LiveServer

from kejing.office.acts.act import act
from kejing.office.books.models import Coverage, Dispute
from kejing.office.feeds.models import Run
from tests.office.bank import PASSWORD, START, Bank
from tests.office.browser.fitness import DESK, WIDTHS, check_page
from tests.office.shown import LINE, PERIOD, split_dispute

pytestmark = [
    pytest.mark.browser,
    # a database in memory lives on in the threads of the server, and is closed when they are collected
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
AT = ("bank_corporate", PERIOD)
PAGES = {
    "auditor": {
        "events": reverse("audit:events"),
        "event": reverse("audit:event", args=(1,)),
        "customer": reverse("audit:customer", args=("e11-1",)),
    },
    "performance": {
        "imports": reverse("imports:imports"),
        "runs": reverse("runs:runs"),
        "rules": reverse("rules:rules"),
        "targets": reverse("targets:targets"),
        "statements": reverse("statements:statements"),
        "statement": reverse("statements:statement", args=(*AT, "e11")),
        "line": reverse("statements:line", args=(*AT, LINE)),
        "disputes": reverse("statements:disputes"),
    },
}


@pytest.fixture
def shown(bank: Bank, tmp_path: Path) -> Run:
    """The run of W6, shown."""
    with act("tests.assisted", by=None) as doing:
        doing.add(Coverage(customer_id="e11-1", rm_id="e12", role="assist", share=4_000, valid_from=START))
    return split_dispute(tmp_path)


def open_page(browser: Browser, address: str, name: str, language: str) -> Page:
    """A browser of somebody who signed in and chose a language."""
    page = browser.new_context(viewport=DESK).new_page()
    page.goto(f"{address}{reverse('account_login')}")
    page.fill("input[name=login]", name)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button")
    page.click(f"button[name=language][value={language}]")
    return page


def note_error(broken: list[str], message: ConsoleMessage) -> None:
    """Keep what the browser complains of."""
    if message.type == "error":
        broken.append(message.text)


@pytest.mark.parametrize("language", WIDTHS)
def test_pages_are_fit_for_phone_and_desktop(
    browser: Browser, live_server: LiveServer, bank: Bank, shown: Run, language: str
) -> None:
    """No page scrolls sideways, breaks the policy on scripts, or has a serious or critical finding of axe."""
    with act("tests.disputed", by=None) as doing:
        about = {"rm_id": "e12", "customer_id": "e11-1", "line_id": LINE, "period": PERIOD}
        doing.add(Dispute(**about, reason="half", currency="CNY"))
    for name, pages in PAGES.items():
        page = open_page(browser, live_server.url, name, language)
        broken: list[str] = []
        page.on("console", partial(note_error, broken))
        for title, address in pages.items():
            page.goto(f"{live_server.url}{address}")
            check_page(page, title, language)
        assert broken == []


def test_the_split_dispute_in_a_browser(browser: Browser, live_server: LiveServer, bank: Bank, shown: Run) -> None:
    """W6 by hand: the assist contests his line, it is granted; 1,000,000 and 300,000 stand on the page."""
    rm = open_page(browser, live_server.url, "rm_e12", "en")
    rm.goto(f"{live_server.url}{reverse('statements:statement', args=(*AT, 'e12'))}")
    rm.click("td details summary")
    rm.fill("input[name=claimed]", "5000.00")
    rm.fill("textarea[name=reason]", "we did half of the work")
    rm.click("td form button")
    assert "In dispute" in rm.inner_text("main")
    administrator = open_page(browser, live_server.url, "performance", "en")
    administrator.goto(f"{live_server.url}{reverse('statements:disputes')}")
    administrator.fill("textarea[name=reason]", "so it was")
    administrator.click("button[value=grant]")
    assert "granted" in administrator.inner_text("main")
    administrator.goto(f"{live_server.url}{reverse('statements:line', args=(*AT, LINE))}")
    text = administrator.inner_text("main")
    assert all(amount in text for amount in ("600,000.00", "400,000.00", "1,000,000.00", "300,000.00"))
    administrator.fill("input[name='share:e11:lead']", "61")
    administrator.fill("input[name='share:e12:assist']", "40")
    administrator.fill("input[name=effective_on]", "2026-01-01")
    administrator.fill("textarea[name=reason]", "dispute")
    administrator.click("main form.stacked button")
    assert "101%" in administrator.inner_text("main")
