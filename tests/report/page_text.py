"""What a reader of a page gets: its data, its sections, its words."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

_DATA = re.compile(r'<script type="application/json" id="kejing-data">(.*?)</script>', re.DOTALL)


def embedded(page: str) -> dict[str, Any]:
    """The data element of a page."""
    found = _DATA.search(page)
    assert found is not None
    data: dict[str, Any] = json.loads(found.group(1))
    return data


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in {"script", "style"}
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.texts.append(data.strip())


def read(page: str) -> tuple[list[str], list[tuple[str, str, str]]]:
    """Visible texts, and every attribute as (tag, name, value)."""
    reader = _Reader()
    reader.feed(page)
    return reader.texts, reader.attributes
