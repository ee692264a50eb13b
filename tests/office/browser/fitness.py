"""What every page has to be: no wider than the screen, and without a serious finding of axe."""

from __future__ import annotations

import os

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

PHONE, DESK = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=900)
WIDTHS = {"zh-hans": (DESK, PHONE), "en": (PHONE, DESK)}
"""Language to widths, the last of which axe looks at: each page in both languages and at both widths, not their
product, because a language changes the words and a width the layout."""


def check_page(page: Page, title: str, language: str) -> None:
    """An opened page: at no width does it scroll sideways; axe has no serious or critical finding."""
    page.wait_for_load_state("networkidle")
    for size in WIDTHS[language]:
        page.set_viewport_size(size)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], (title, size)
        if pictures := os.environ.get("KEJING_PICTURES"):
            page.screenshot(path=f"{pictures}/{title}-{language}-{size['width']}.png", full_page=True)
    found = Axe().run(page).response["violations"]
    grave = [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in {"serious", "critical"}]
    assert grave == [], title
