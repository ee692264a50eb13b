from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from kejing.report import write_html, write_index

pytestmark = pytest.mark.browser

PHONE = 390
DESK = 1400


@pytest.fixture(scope="module")
def reports(out: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the report in both languages."""
    folder = tmp_path_factory.mktemp("reports")
    write_html(out, lang="zh", target=folder / "report.html", alternate="report.en.html")
    write_html(out, lang="en", target=folder / "report.en.html", alternate="report.html")
    return folder


@contextmanager
def opened(
    browser: Browser, path: Path, *, width: int = DESK, scheme: Literal["light", "dark"] = "light"
) -> Iterator[tuple[Page, list[str]]]:
    """The page at ``path`` as a reader has it, with what the console and the network said."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "request", lambda request: said.append(request.url) if not request.url.startswith(("file:", "data:")) else None
    )
    page.goto(path.as_uri())
    yield page, said
    page.close()


@pytest.mark.parametrize("name", ["report.html", "report.en.html"])
@pytest.mark.parametrize(("width", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_the_report_opens_from_disk(
    browser: Browser, reports: Path, name: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    """From a file, without a network: every chart is drawn, the console is silent, nothing sticks out sideways."""
    with opened(browser, reports / name, width=width, scheme=scheme) as (page, said):
        sizes = page.eval_on_selector_all(
            "[data-chart] svg", "all => all.map(one => [one.clientWidth, one.clientHeight, one.childElementCount])"
        )
        assert len(sizes) == page.locator("[data-chart]").count() > 15
        assert all(size > 0 for shape in sizes for size in shape)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert said == []


@pytest.mark.parametrize("width", [PHONE, 768, 1024, DESK])
def test_key_figures_keep_apart(browser: Browser, reports: Path, width: int) -> None:
    """At every width the long English amounts of the head stay inside their own box."""
    with opened(browser, reports / "report.en.html", width=width) as (page, _):
        widths = page.eval_on_selector_all(".figures dd", "all => all.map(one => [one.scrollWidth, one.clientWidth])")
        assert len(widths) == 7
        assert [pair for pair in widths if pair[0] > pair[1]] == []


def test_the_report_can_be_read_with_the_keyboard(browser: Browser, reports: Path) -> None:
    """The first stop is the link to the content; the figures of a chart open with the Enter key."""
    with opened(browser, reports / "report.html") as (page, said):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"
        page.locator("#figure-pay-units summary").focus()
        page.keyboard.press("Enter")
        assert page.locator("#figure-pay-units details table").is_visible()
        assert said == []


def test_one_book_can_be_picked_on_the_map(browser: Browser, reports: Path) -> None:
    """The list beside the map shows one RM's book alone."""
    with opened(browser, reports / "report.en.html") as (page, said):
        threads = page.locator("#figure-books-map svg path")
        every = threads.count()
        page.select_option("#figure-books-map select", "3")
        page.wait_for_function(f"document.querySelectorAll('#figure-books-map svg path').length < {every}")
        assert said == []


def test_hovering_says_the_exact_figure(browser: Browser, reports: Path) -> None:
    """The tooltip has the amount to the cent, though the axis is in millions."""
    with opened(browser, reports / "report.en.html") as (page, said):
        chart = page.locator("[data-chart='pay-units']")
        chart.scroll_into_view_if_needed()
        chart.hover(position={"x": 200, "y": 60})
        tip = page.locator(".tip").first
        tip.wait_for(state="visible")
        assert page.locator("[data-chart='pay-units'] .tip").inner_text().count("CNY ") == 4
        assert said == []


def test_print_is_light_and_fits(browser: Browser, reports: Path, tmp_path: Path) -> None:
    """Printing a dark page draws the charts in light colours at the width of the paper, then turns back."""
    with opened(browser, reports / "report.html", scheme="dark") as (page, said):
        page.evaluate(
            "addEventListener('beforeprint', () => { window.seen = [getComputedStyle(document.documentElement)"
            ".getPropertyValue('--paper').trim(), document.querySelector('[data-chart] svg').clientWidth]; })"
        )
        page.pdf(path=tmp_path / "report.pdf", format="A4")
        assert page.evaluate("window.seen") == ["#ffffff", 695]
        assert page.evaluate("document.documentElement.className") == ""
        assert said == []


def test_the_index_opens_from_disk(browser: Browser, out: Path, retail: Path, tmp_path: Path) -> None:
    """The list of runs fits a phone and is silent."""
    path = write_index(tmp_path, [out, retail], ["zh", "en"])[0]
    with opened(browser, path, width=PHONE) as (page, said):
        assert page.locator("section").count() == 2
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
        assert said == []
