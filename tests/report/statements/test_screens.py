"""Papers on a desk, on a phone and on paper: nothing sticks out, everything can be read and reached."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser

import kejing as product
from kejing.report.contracts import ContractSource, write_contracts
from tests.report.test_browser import DESK, PHONE, opened
from tests.verbs.conftest import SmallRun

pytestmark = pytest.mark.browser

PAGES = ["rm-B.zh", "rm-A.en", "unit-HQ.zh", "index.en", "contract.zh", "contracts.en", "policy.en"]

CONTRAST = """() => {
  const linear = part => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  const channel = value => linear(value / 255);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const colour = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const ground = node => {
    for (let at = node; at; at = at.parentElement) {
      const found = colour(getComputedStyle(at).backgroundColor);
      if (found.length === 3 || found[3] > 0) { return found; }
    }
    return [255, 255, 255];
  };
  document.querySelectorAll('details').forEach(one => { one.open = true; });
  const bad = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || node.closest('script,style,.skip,[aria-hidden]')) { continue; }
    const [first, second] = [light(colour(getComputedStyle(node).color)), light(ground(node))];
    const ratio = (Math.max(first, second) + 0.05) / (Math.min(first, second) + 0.05);
    if (ratio < 4.5) { bad.push([node.className, walker.currentNode.data.trim().slice(0, 20), ratio]); }
  }
  return bad;
}"""
"""Texts whose contrast with what lies behind them is below 4.5, the AA line for small text."""


@pytest.fixture(scope="module")
def screens(bank_run: SmallRun, papers: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with one page of each kind."""
    folder = tmp_path_factory.mktemp("screens")
    for path in papers.glob("*.html"):
        (folder / path.name).write_bytes(path.read_bytes())
    with ContractSource(bank_run.out, "2025", facts=bank_run.facts) as source:
        written = write_contracts(source, folder / "contracts", langs=("zh", "en"))
    first = next(file for file in written if file.lang == "zh")
    (folder / "contract.zh.html").write_bytes(first.content)
    (folder / "contracts.en.html").write_bytes((folder / "contracts" / "index.en.html").read_bytes())
    product.policy_render("bank_corporate", into=folder / "policy.en.html", lang="en")
    return folder


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("width", "scheme"), [(DESK, "light"), (1280, "dark"), (PHONE, "light")])
def test_a_paper_fits_and_can_be_read(
    browser: Browser, screens: Path, name: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    """From disk, with everything unfolded: silent, nothing sticks out sideways, every text has AA contrast."""
    with opened(browser, screens / f"{name}.html", width=width, scheme=scheme) as (page, said):
        assert page.evaluate(CONTRAST) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert said == []


def test_a_statement_is_walked_with_the_keyboard(browser: Browser, screens: Path) -> None:
    """The first stop leads to the content; a customer opens with Enter; a link unfolds what it leads to."""
    with opened(browser, screens / "rm-B.zh.html") as (page, said):
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"
        customer = page.locator("details.customer").first
        customer.locator("summary").focus()
        page.keyboard.press("Enter")
        assert customer.locator("td.id").first.is_visible()
        clause = customer.locator("td.clause a").first
        target = str(clause.get_attribute("href"))[1:]
        assert not page.locator(f"[id='{target}']").is_visible()
        clause.focus()
        page.keyboard.press("Enter")
        page.locator(f"[id='{target}']").wait_for(state="visible")
        assert said == []


def test_a_phone_shows_lines_as_cards(browser: Browser, screens: Path) -> None:
    """On a narrow screen each cell of a line says what it is, and its header is gone."""
    with opened(browser, screens / "rm-B.en.html", width=PHONE) as (page, _):
        page.locator("details.customer summary").first.click()
        labels = page.eval_on_selector_all(
            "details.customer[open] tr:first-child td",
            "all => all.map(one => getComputedStyle(one, '::before').content)",
        )
        assert labels[:3] == ['"line"', '"coverage and share"', '"credited"']
        assert all(len(label) > 2 for label in labels)


def test_print_shows_what_is_open(browser: Browser, screens: Path, tmp_path: Path) -> None:
    """A statement prints in light colours; what is folded stays folded, what is open is printed."""
    with opened(browser, screens / "rm-B.zh.html", scheme="dark") as (page, said):
        page.pdf(path=tmp_path / "short.pdf", format="A4")
        page.locator("[data-open=all]").click()
        page.pdf(path=tmp_path / "long.pdf", format="A4")
        pages = [(tmp_path / name).read_bytes().count(b"/Type /Page\n") for name in ("short.pdf", "long.pdf")]
        assert 0 < pages[0] < pages[1]
        assert said == []
