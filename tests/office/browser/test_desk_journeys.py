"""Work at the desk in Chromium: W5, W7 and W8 with their numbers; phone and desktop, both languages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.urls import reverse
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from kejing.office.acts.act import act
from kejing.office.books.models import Coverage
from kejing.office.deals import acts
from kejing.stages.serve.deal import Stage
from tests.office.bank import PASSWORD, START, TODAY, Bank
from tests.office.browser.fitness import DESK, WIDTHS, check_page
from tests.office.dealt import DELIVERED, DUE, PACKAGE, set_up
from tests.office.lost import HALF, suffer
from tests.office.watched import DAY, watch

pytestmark = [
    pytest.mark.browser,
    # a database in memory lives on in the threads of the server, and is closed when they are collected
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
type Days = Callable[[int], dt.date]


@pytest.fixture
def days_later(settings: Settings) -> Days:
    """Turns the office's day to so many days after the bank's."""

    def turn(passed: int) -> dt.date:
        day = TODAY + passed * DAY
        settings.CONFIGURATION = django_settings.CONFIGURATION.model_copy(update={"day": day})
        return day

    turn(0)
    return turn


class Desk:
    """Somebody's browser, signed in; what it complains of is kept."""

    def __init__(self, browser: Browser, server: LiveServer, name: str, *, language: str = "en") -> None:
        self.address, self.faults = str(server.url), list[str]()
        self.page: Page = browser.new_context(viewport=DESK).new_page()
        self.page.goto(f"{self.address}{reverse('account_login')}")
        self.page.fill("input[name=login]", name)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("main button")
        self.page.click(f"button[name=language][value={language}]")
        self.page.on("console", partial(_note, self.faults))

    def open(self, address: str) -> Page:
        """The page at an address."""
        self.page.goto(f"{self.address}{address}")
        return self.page


def _note(faults: list[str], message: ConsoleMessage) -> None:
    if message.type == "error":
        faults.append(message.text)


def fit(browser: Browser, server: LiveServer, name: str, pages: dict[str, str]) -> None:
    """Pages of one persona on phone and desk, in both languages; the browser complains of nothing."""
    for language in WIDTHS:
        desk = Desk(browser, server, name, language=language)
        for title, address in pages.items():
            check_page(desk.open(address), title, language)
            assert desk.faults == [], title
        desk.page.context.close()


def test_w8_an_alert_that_the_rm_ignores(
    browser: Browser, live_server: LiveServer, bank: Bank, days_later: Days, tmp_path: Path
) -> None:
    """34 % gone in ten days: the RM on day 3, the leader too on day 5, then the head hands it on; reasons needed."""
    with act("tests.backed", by=None) as doing:
        doing.add(Coverage(customer_id="e11-1", rm_id="e12", role="backup", valid_from=START))
    watch(tmp_path)
    head, leader, rm = (Desk(browser, live_server, name) for name in ("head", "leader", "rm_e11"))
    page = head.open(reverse("alerts:alerts"))
    page.click("button.main")
    expect(page.locator(".messages")).to_contain_text("New alerts: 1")
    assert head.open(reverse("cockpit:cockpit")).locator("[data-figure=alerts]").inner_text() == "0"

    page = rm.open(reverse("myday:day"))
    line = page.locator(".now li[data-kind=outflow]")
    expect(line).to_contain_text("34.0%")
    expect(line).to_contain_text("within 10 days")
    line.get_by_role("link", name="Why and act").click()
    for figure, text in {"norm": "1.00 m", "before": "1.00 m", "now": "660.00 thousand", "fall": "−34.0%"}.items():
        expect(page.locator(f"[data-figure={figure}]")).to_contain_text(text)
    page.locator("summary", has_text="Every day").click()
    expect(page.locator(".days tbody tr")).to_have_count(100)
    alert = page.url.removeprefix(rm.address)
    expect(page.locator(".ladder .reached")).to_have_count(0)

    for passed, reached, leader_asked, head_asked in ((3, 1, 0, 0), (5, 2, 1, 0), (7, 3, 1, 1)):
        days_later(passed)
        page = rm.open(reverse("myday:day"))
        expect(page.locator(".now li[data-kind=outflow]")).to_have_class("late" if passed > 3 else "")
        assert rm.open(alert).locator(".ladder .reached").count() == reached
        for desk, asked in ((leader, leader_asked), (head, head_asked)):
            assert desk.open(reverse("cockpit:cockpit")).locator("[data-figure=alerts]").inner_text() == str(asked)
            assert desk.open(alert).locator("#answer").count() == asked
    assert leader.open(alert).locator("#rm").count() == 0, "only the head hands it on"

    page = head.open(alert)
    page.select_option("#rm", "e12")
    page.fill("#reassign-reason", "a week without an answer")
    page.get_by_role("button", name="Hand to somebody else").click()
    expect(page.locator(".messages")).to_be_visible()
    backup = Desk(browser, live_server, "rm_e12")
    page = backup.open(alert)
    page.select_option("#ground", "false_alarm")
    page.get_by_role("button", name="Dismiss").click()
    assert page.evaluate("!document.getElementById('dismiss-reason').checkValidity()"), "no reason, no dismissal"
    page.fill("#dismiss-reason", "moved to another account with us")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator("main")).to_contain_text("moved to another account with us")
    page = leader.open(f"{reverse('alerts:alerts')}?show=closed")
    expect(page.locator("[data-figure=false_alarms]")).to_have_text("100.0%")
    expect(page.locator("main")).to_contain_text("1 of 1 answered")
    page.keyboard.press("g")
    page.keyboard.press("o")
    page.wait_for_url("**/alerts/")
    expect(page.locator(".empty").first).to_contain_text("There is no alert here")


def test_alert_pages_are_fit(
    browser: Browser, live_server: LiveServer, bank: Bank, days_later: Days, tmp_path: Path
) -> None:
    """The list, the evidence and the empty list, on phone and desk, in both languages."""
    pages = {"alerts": reverse("alerts:alerts")}
    fit(browser, live_server, "head", {"alerts-empty": pages["alerts"]})
    with act("tests.backed", by=None) as doing:
        doing.add(Coverage(customer_id="e11-1", rm_id="e12", role="backup", valid_from=START))
    watch(tmp_path)
    head = Desk(browser, live_server, "head")
    head.open(pages["alerts"]).click("button.main")
    days_later(7)
    head.open(pages["alerts"]).locator("tbody a").first.click()
    pages["alert"] = head.page.url.removeprefix(head.address)
    fit(browser, live_server, "head", pages)


def test_w5_a_deal_in_five_stages(
    browser: Browser, live_server: LiveServer, bank: Bank, days_later: Days, tmp_path: Path
) -> None:
    """Five products by three people: gates hold, 500,000 was promised, 420,000 came, 60 : 25 : 15 share the success."""
    set_up(tmp_path)
    rm, *officers = (Desk(browser, live_server, name) for name in ("rm_e11", "rm_e12", "rm_e21"))
    deal = assess(rm)
    days_later(5)
    design(rm, deal, officers)
    days_later(20)
    rm.open(deal).click("button[value=advance]")
    execute(rm, deal, days_later)
    days_later(DUE + 2)
    page = rm.open(deal)
    page.fill("#satisfaction", "satisfied but for the annuity")
    page.click("button[value=accepted]")
    page.click("button[value=advance]")
    days_later(DUE + 3)
    celebrate(rm, deal)
    page = rm.open(f"{reverse('deals:board')}?show=closed")
    expect(page.locator("[data-stage=celebrate] article")).to_contain_text("Cash pooling")
    page.keyboard.press("g")
    page.keyboard.press("b")
    page.wait_for_url("**/deals/")
    page.keyboard.press("n")
    page.keyboard.press("b")
    page.wait_for_url("**/deals/new/")


def assess(rm: Desk) -> str:
    """A deal begins; without a need it goes no further, whatever the page is made to send. Its address."""
    page = rm.open(reverse("deals:begin"))
    page.fill("#customer", "e11-1")
    page.fill("#title", "Cash pooling")
    page.click("button.main")
    deal = page.url.removeprefix(rm.address)
    expect(page.locator("button[value=advance]")).to_be_disabled()
    expect(page.locator("[data-gate=confirmed_needs]")).to_contain_text("0 / 1")
    expect(page.locator("[data-gate=core_team]")).to_have_class("met")
    page.evaluate("document.querySelector('button[value=advance]').disabled = false")
    page.click("button[value=advance]")
    expect(page.locator("main")).to_contain_text("confirmed_needs")
    return deal


def design(rm: Desk, deal: str, officers: list[Desk]) -> None:
    """A confirmed need; five products, one of them without a price at first; two signatures."""
    page = rm.open(deal)
    page.fill("#text", "one view of all accounts")
    page.fill("#confirmed-by", "CFO")
    page.click("button[value=need]")
    page.click("button[value=advance]")

    def put(product: str, price: str) -> None:
        page.fill("#product", product)
        page.fill("#price", price)
        page.fill("#promised", PACKAGE[product][1])
        page.click("button[value=product]")

    for product, (price, _, _) in PACKAGE.items():
        put(product, "" if product == "pooling" else price)
    expect(page.locator("[data-gate=priced_share]")).to_contain_text("80.0% / 100.0%")
    put("pooling", PACKAGE["pooling"][0])
    expect(page.locator("[data-gate=priced_share]")).to_have_class("met")
    expect(page.locator("[data-figure=promised]")).to_contain_text("500.00 thousand")
    expect(page.locator("button[value=sign]")).to_have_count(0)  # the RM signs for nobody
    for officer in officers:
        officer.open(deal).click("button[value=sign]")


def execute(rm: Desk, deal: str, days_later: Days) -> None:
    """Five deliveries; the check opens on the ninetieth day after, with what came beside what was promised."""
    days_later(DELIVERED)
    page = rm.open(deal)
    for _ in PACKAGE:
        page.locator("button[value=deliver]").first.click()
    days_later(DUE - 1)
    page = rm.open(deal)
    expect(page.locator("[data-gate=days_since_delivery]")).to_contain_text("89 / 90")
    expect(page.locator("[data-gate=days_since_delivery]")).to_contain_text("assumption:")
    expect(page.locator("button[value=advance]")).to_be_disabled()
    days_later(DUE)
    page = rm.open(deal)
    page.click("button[value=advance]")
    expect(page.locator("[data-figure=promised]")).to_contain_text("500.00 thousand")
    expect(page.locator("[data-figure=realised]")).to_contain_text("420.00 thousand")


def celebrate(rm: Desk, deal: str) -> None:
    """101 % is refused; 60, 25 and 15 stand beside the names, and the days beside the stages."""
    page = rm.page
    for lending, told in (("16", "101%"), ("15", "celebrated")):
        rm.open(deal)
        page.fill("#thanks", "a letter to the CFO")
        for place, share in enumerate(("60", "25", lending)):
            page.locator("input[name^='share:']").nth(place).fill(share)
        page.click("button[value=celebrate]")
        expect(page.locator("main")).to_contain_text(told)
    for colleague, share in {"e11": "60%", "e12": "25%", "e21": "15%"}.items():
        expect(page.locator(f"[data-share={colleague}]")).to_have_text(share)
    assert page.locator(".stages .soft").all_inner_texts() == ["5 d", "15 d", "100 d", "2 d", "1 d"]
    assert page.locator("[draggable=true]").count() == 0


def test_deal_pages_are_fit(
    browser: Browser, live_server: LiveServer, bank: Bank, days_later: Days, tmp_path: Path
) -> None:
    """The board, empty and not, the form, and a deal in design, on phone and desk, in both languages."""
    set_up(tmp_path)
    fit(browser, live_server, "rm_e11", {"deals-empty": reverse("deals:board"), "deal-new": reverse("deals:begin")})
    rm = bank.viewer("rm_e11")
    deal = acts.open_deal(viewer=rm, customer_id="e11-1", title="Cash pooling")
    acts.open_deal(viewer=rm, customer_id="e11-2", title="Payroll of the group and all its subsidiaries")
    acts.add_need(viewer=rm, deal=deal, text="one view of all accounts", confirmed_by="CFO")
    acts.advance(viewer=rm, deal=deal, stage=Stage.ASSESS)
    for product, (price, _, _) in PACKAGE.items():
        acts.put_product(viewer=rm, deal=deal, product=product, price=price, promised_minor=100_000_00)
    pages = {"deals": reverse("deals:board"), "deal": reverse("deals:deal", args=(deal.pk,))}
    fit(browser, live_server, "rm_e11", pages)


def test_w7_the_churn_of_a_half_year(
    browser: Browser, live_server: LiveServer, bank: Bank, days_later: Days, tmp_path: Path
) -> None:
    """3.06 % with numerator and denominator; the rest is printed; each share opens the customers that make it up."""
    suffer(tmp_path)
    head = Desk(browser, live_server, "head")
    page = head.open(reverse("cockpit:cockpit"))
    page.click("a:has-text('Churn of the half-year')")
    expect(page.locator("h1")).to_contain_text(HALF)  # the latest that is over
    for figure, text in {"rate": "3.06%", "loss": "CNY 3,060,000.00", "base": "CNY 100,000,000.00"}.items():
        expect(page.locator(f"[data-figure={figure}]")).to_have_text(text)
    shares = {"reason": ["40.00%", "32.00%", "8.50%", "19.50%"], "industry": ["26.53%", "14.82%", "13.57%", "45.08%"]}
    for kind, wanted in shares.items():
        place = 2 if kind == "reason" else 1
        for row, share in enumerate(wanted):
            expect(page.locator(f"[data-{kind}]").nth(row).locator("td").nth(place)).to_have_text(share)
        expect(page.locator(f"[data-{kind}='-'] th")).to_contain_text("Other")
    expect(page.locator("main")).to_contain_text("Policy telecom_4plus1, version 2025.1")

    page.locator("[data-industry=property] a").click()
    expect(page.locator("[data-figure=total]")).to_have_text("CNY 415,242.00")
    expect(page.locator("tbody tr th").first).to_contain_text("e21-")
    page.locator("tbody a").first.click()
    expect(page.locator("h1")).to_contain_text("e21-")
    page.go_back()
    page.click("a:has-text('Back to the rate')")
    page.locator("[data-reason='-'] a").click()
    expect(page.locator("[data-figure=total]")).to_have_text("CNY 596,700.00")

    leader = Desk(browser, live_server, "leader")
    page = leader.open(f"{reverse('churn:customers')}?half={HALF}&industry=property")
    expect(page.locator(".empty")).to_be_visible()  # the address is the same, the scope is his


def test_churn_pages_are_fit(
    browser: Browser, live_server: LiveServer, bank: Bank, days_later: Days, tmp_path: Path
) -> None:
    """The rate, its lines, and the page before there is anything, on phone and desk, in both languages."""
    fit(browser, live_server, "head", {"churn-empty": reverse("churn:churn")})
    suffer(tmp_path)
    lines = f"{reverse('churn:customers')}?half={HALF}&reason=-"
    fit(browser, live_server, "head", {"churn": reverse("churn:churn"), "churn-lines": lines})
