"""Days of a head of sales in Chromium, upon an office that is really served: W3, W4 and W10 with their numbers."""

from __future__ import annotations

import io
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.office.bank import PASSWORD
from tests.office.browser.fitness import DESK, WIDTHS, check_page
from tests.office.test_folder import contents, python

pytestmark = [
    pytest.mark.browser,
    # a database in memory lives on in the threads of the server, and is closed when they are collected
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

BOOKS = ("books_coverage", "books_booking", "books_openitem", "books_plan", "books_tierexception")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small bank with an RM of 312 customers, as a folder that nobody works in."""
    folder = tmp_path_factory.mktemp("prepared") / "office"
    python("-m", "tests.office.browser.large_book", folder)
    return folder


@pytest.fixture
def office(prepared: Path, tmp_path: Path) -> Path:
    """A copy of the prepared office."""
    return shutil.copytree(prepared, tmp_path / "office")


@pytest.fixture
def address(office: Path) -> Iterator[str]:
    """The office answers at this address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "kejing",
        "serve",
        str(office),
        "--no-browser",
        "--port",
        str(port),
        "--workers",
        "1",
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(port: int) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        door = HTTPConnection("127.0.0.1", port)
        try:
            door.request("GET", "/health/")
            if door.getresponse().status == HTTPStatus.OK:
                return
        except OSError:
            time.sleep(0.3)
        finally:
            door.close()
    pytest.fail(f"nothing answers at port {port}")


@contextmanager
def at_work(browser: Browser, address: str, name: str, *, locale: str = "en") -> Iterator[Page]:
    """Somebody's browser, signed in."""
    window = browser.new_context(viewport=DESK, base_url=address, accept_downloads=True)
    window.add_cookies([{"name": "django_language", "value": locale, "url": address}])
    page = window.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if "Content Security" in message.text else None)
    page.goto("/accounts/login/")
    page.fill("input[name=login]", name)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "login" not in url)
    yield page
    window.close()
    assert faults == []


def books(office: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the books, byte for byte."""
    return {table: sorted(rows, key=str) for table, rows in contents(office).items() if table in BOOKS}


def step(page: Page, number: int, name: str) -> None:
    """Press one of the buttons of a change set."""
    page.goto(f"/changes/{number}/")
    page.click(f"button[value={name}]")
    page.wait_for_load_state()


def lead(page: Page, customer: str, day: str) -> str:
    """Who leads a customer on a day, as the list of customers says."""
    page.goto(f"/cockpit/customers/?q={customer}&as_of={day}")
    expect(page.locator("tbody tr")).to_have_count(1)
    return page.locator("tbody tr td").nth(4).inner_text()


def test_w4_an_rm_resigns(browser: Browser, office: Path, address: str) -> None:
    """312 customers go to three RMs from 1 December; killed in the middle nothing moves; undone all is as before."""
    before = books(office)
    with at_work(browser, address, "performance") as maker, at_work(browser, address, "head") as checker:
        maker.goto("/changes/leaver/?rm=k01&day=2025-12-01")
        expect(maker.locator("input[name=receiver]:checked")).to_have_count(3)
        expect(maker.locator("tbody tr")).to_have_count(312)
        maker.fill("#reason", "resigned")
        maker.get_by_role("button", name="Draft the change set").click()
        for kind, count in {"coverage": 312, "booking": 64, "open_item": 27}.items():
            expect(maker.locator(f"[data-kind={kind}]")).to_have_text(str(count))
        expect(maker.locator("[data-rm=k01] [data-cell=customers]")).to_have_text("312 → 0")
        for receiver in ("k02", "k03", "k04"):
            expect(maker.locator(f"[data-rm={receiver}] [data-cell=customers]")).to_have_text("0 → 104")
            expect(maker.locator(f"[data-rm={receiver}] [data-cell=hours]")).to_contain_text("1,040.0 h")
        expect(maker.locator("[data-rm=k01] [data-cell=bookings]")).to_have_text("64 → 0")
        expect(maker.locator("[data-rm=k01] [data-cell=open_items]")).to_have_text("27 → 0")
        expect(maker.locator("[data-check].good")).to_have_count(8)
        expect(maker.locator(".map svg")).to_have_count(2)
        step(maker, 1, "submit")
        expect(maker.locator("button[value=approve]")).to_have_count(0)  # nobody checks his own work
        step(checker, 1, "approve")
        assert books(office) == before, "approved is not published"

        killed = python("-m", "tests.office.killed_publish", office, check=False)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert books(office) == before

        step(checker, 1, "publish")
        expect(checker.locator("[data-state=published]")).to_be_visible()
        assert lead(checker, "k01-001", "2025-11-30") == "k01"
        assert lead(checker, "k01-001", "2025-12-01") in {"k02", "k03", "k04"}
        assert _count(office, "books_booking", "rm_id = 'k01'") == 0
        assert _count(office, "books_openitem", "rm_id = 'k01'") == 0
        held = "valid_from <= '2025-12-01' AND valid_to > '2025-12-01' AND customer_id LIKE 'k01-%'"
        assert _count(office, "books_coverage", f"role = 'backup' AND rm_id = 'e21' AND {held}") == 312
        assert _count(office, "books_coverage", f"role = 'lead' AND share = 6000 AND {held}") == 40, "splits kept"

        maker.goto("/changes/1/")
        maker.locator("summary", has_text="Draft the opposite").click()
        maker.fill("#invert-reason", "he stays")
        maker.click("button[value=invert]")
        step(maker, 2, "submit")
        step(checker, 2, "approve")
        step(checker, 2, "publish")
        assert books(office) == before, "byte for byte"


def _count(office: Path, table: str, where: str) -> int:
    connection = sqlite3.connect(office / "office.sqlite3")
    (found,) = connection.execute(f"SELECT COUNT(*) FROM {table} WHERE {where}").fetchone()
    connection.close()
    return int(found)


def test_w3_at_the_tier_line(browser: Browser, office: Path, address: str) -> None:
    """3,050 below and 2,950 above the line are both on the watch; tiers stay until an exception with an end."""
    with at_work(browser, address, "head") as head, at_work(browser, address, "performance") as checker:
        expect(head.locator("[data-figure=on_watch]")).to_have_text("2")
        head.click("a:has-text('Customers near a tier line')")
        expect(head.locator("tbody tr")).to_have_count(2)
        expect(head.locator("tbody tr").nth(0)).to_contain_text("ordinary")
        expect(head.locator("tbody tr").nth(1)).to_contain_text("large")
        head.locator("tbody tr").nth(0).get_by_role("link", name="Exception").click()
        head.select_option("#tier", "annual/large")
        head.fill("#reason", "grows into it")
        head.click("button.main")
        assert "/exception/" in head.url, "without an end there is no exception"
        head.fill("#until", "2026-06-01")
        head.click("button.main")
        step(head, 1, "submit")
        step(checker, 1, "approve")
        step(checker, 1, "publish")
        head.goto("/cockpit/customers/?list=excepted")
        expect(head.locator("tbody tr")).to_have_count(1)
        expect(head.locator("tbody tr")).to_contain_text("ordinary")  # the rule's tier is not rewritten
        head.goto("/cockpit/customers/?list=excepted&as_of=2026-06-01")
        expect(head.locator("tbody tr")).to_have_count(0)


def test_w10_leave_language_clash_and_the_round_trip(browser: Browser, office: Path, address: str) -> None:
    """Standing in is marked, the second saver sees a merge, filters survive, three edited cells are three events."""
    with at_work(browser, address, "rm_e11") as rm, at_work(browser, address, "rm_e12") as stand_in:
        rm.goto("/changes/standing-in/")
        rm.select_option("#taker", "rm_e12")
        rm.fill("#first", "2025-11-20")
        rm.fill("#last", "2025-11-24")
        rm.fill("#reason", "leave")
        rm.click("button.main")
        rm.goto("/changes/plans/e11-1/")
        stand_in.goto("/changes/standing-in/")
        stand_in.click("button:has-text('Begin to stand in')")
        stand_in.goto("/changes/plans/e11-1/")
        expect(stand_in.locator(".banner")).to_contain_text("standing in")
        stand_in.fill("#goal", "more deposits")
        stand_in.fill("#needs", "cash pooling")
        stand_in.click("button.main")
        rm.fill("#goal", "two new products")
        rm.fill("#visits", "2")
        rm.click("button.main")
        expect(rm.locator("[data-clash=goal]")).to_contain_text("more deposits")
        expect(rm.locator("[data-merged=visits_per_quarter]")).to_be_visible()
        rm.get_by_label("Mine").check()
        rm.click("button:has-text('Save the merge')")
        expect(rm.locator("#goal")).to_have_value("two new products")
        expect(rm.locator("#needs")).to_have_value("cash pooling")
        expect(rm.locator("#visits")).to_have_value("2")
        stand_in.goto("/changes/standing-in/")
        expect(stand_in.locator("li", has_text="e11-1")).to_contain_text("on behalf of rm e11")

        rm.goto("/changes/plans/?q=e11-3&as_of=2025-11-21")
        rm.click("button[value=zh-hans]")
        assert "q=e11-3" in rm.url
        assert "as_of=2025-11-21" in rm.url
        expect(rm.locator("tbody tr")).to_have_count(1)
        expect(rm.locator("h1")).to_have_text("经营计划")

        rm.goto("/grids/")
        with rm.expect_download() as coming:
            rm.locator("a[href^='/grids/plans/']").click()
        book = openpyxl.load_workbook(io.BytesIO(Path(coming.value.path()).read_bytes()))
        for cell, value in {"F3": "改后的目标", "H3": 4, "F5": "再改一处"}.items():
            book.worksheets[0][cell] = value
        kept = io.BytesIO()
        book.save(kept)
        events = _count(office, "acts_event", "1 = 1")
        rm.click("button[value=en]")  # labels in either language
        rm.set_input_files(
            "#file-plans", {"name": "p.xlsx", "mimeType": "application/vnd.ms-excel", "buffer": kept.getvalue()}
        )
        rm.locator("form[action*='plans'] button.main").click()
        expect(rm.locator("[data-cell]")).to_have_count(3)
        rm.click("button:has-text('Save 3 changes')")
        expect(rm.locator(".messages")).to_contain_text("3 changes saved")
        assert _count(office, "acts_event", "1 = 1") == events + 3


PAGES = {
    "head": (
        "/cockpit/",
        "/cockpit/rms/",
        "/cockpit/customers/?list=on_watch",
        "/cockpit/headcount/",
        "/cockpit/inversions/",
        "/changes/",
        "/changes/leaver/?rm=e11",
        "/changes/solver/",
        "/changes/exception/?customer=e12-1",
        "/changes/plans/",
        "/changes/plans/e11-1/",
        "/changes/standing-in/",
        "/grids/",
    )
}


@pytest.mark.parametrize("locale", WIDTHS)
def test_pages_can_be_used_by_everybody(browser: Browser, address: str, locale: str) -> None:
    """No serious finding of axe, nothing sticks out sideways, and each page opens on a phone and on a desk."""
    with at_work(browser, address, "head", locale=locale) as page:
        for path in PAGES["head"]:
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 200, path
            check_page(page, path.strip("/").replace("/", "-"), locale)


def test_the_cockpit_is_used_with_the_keyboard(browser: Browser, address: str) -> None:
    """Search with a slash, the change sets with g and a, a new one with n and l."""
    with at_work(browser, address, "head") as page:
        page.goto("/cockpit/")
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.type") == "search"
        page.keyboard.type("k01-007")
        page.keyboard.press("Enter")
        expect(page.locator("tbody tr")).to_have_count(1)
        page.keyboard.press("g")
        page.keyboard.press("a")
        page.wait_for_url("**/changes/**")
        page.keyboard.press("n")
        page.keyboard.press("l")
        page.wait_for_url("**/changes/leaver/**")
