"""A statement page as a reader walks it: links, anchors, tables as text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from html.parser import HTMLParser

_VOID = {"meta", "link", "br", "img", "input", "hr"}


@dataclass
class Node:
    """One element with its attributes, children and text."""

    tag: str
    attributes: dict[str, str]
    children: list[Node | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text below, spaces folded."""
        parts = [child if isinstance(child, str) else child.text for child in self.children]
        return re.sub(r"\s+", " ", " ".join(parts)).strip()

    def all(self, tag: str = "", **attributes: str) -> list[Node]:
        """Elements below with a tag and attributes; ``class_`` is one of the classes."""
        found = []
        for child in self.children:
            if isinstance(child, str):
                continue
            if (not tag or child.tag == tag) and all(_has(child, name, value) for name, value in attributes.items()):
                found.append(child)
            found += child.all(tag, **attributes)
        return found


def _has(node: Node, name: str, value: str) -> bool:
    said = node.attributes.get(name.rstrip("_"), "")
    return value in said.split() if name == "class_" else said == value


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Node("root", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in _VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        assert self.open[-1].tag == tag, f"Expected </{self.open[-1].tag}>, got </{tag}>."
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read_page(text: str) -> Node:
    """The page as a tree; elements that are not closed in order fail."""
    reader = _Reader()
    reader.feed(text)
    assert len(reader.open) == 1, [node.tag for node in reader.open]
    return reader.root


def amount(text: str) -> Decimal:
    """The first amount in a text."""
    found = re.search(r"-?[\d,]+\.\d\d", text)
    assert found is not None, text
    return Decimal(found[0].replace(",", ""))


def anchors(page: Node) -> set[str]:
    """Every id of the page."""
    return {node.attributes["id"] for node in page.all() if "id" in node.attributes}


def inner_links(page: Node) -> set[str]:
    """Targets of links inside the page."""
    return {node.attributes["href"][1:] for node in page.all("a") if node.attributes.get("href", "").startswith("#")}
