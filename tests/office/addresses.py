"""Every address of the office, with something in each of its places, read from the addresses themselves."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter

PLACES: dict[str, object] = {
    "customer_id": "e11-1",
    "rm_id": "e11",
    "policy": "bank_corporate",
    "period": "2025-Q3",
    "year": "2025",
    "line_id": "L-1",
    "run_id": "0123456789abcdef",
    "table": "pay",
    "name": "plans",
    "provider_id": "bank",
}
"""What stands in a place of text; in a place of a number stands 1."""
_QUERIES = {"request.GET", "request.POST", "query", "asked", "form", "told"}


@dataclass(frozen=True)
class Address:
    """One address."""

    name: str
    view: Callable[..., Any]
    places: tuple[tuple[str, bool], ...]  # name, and whether a number stands there

    def url(self, **others: object) -> str:
        """The address, with ``others`` in the places that they name."""
        values = {name: others.get(name, 1 if is_number else PLACES.get(name, "x")) for name, is_number in self.places}
        return reverse(self.name, kwargs=values)

    @property
    def room(self) -> str:
        """The room that answers here; empty for a package of others."""
        parts = inspect.unwrap(self.view).__module__.split(".")
        return parts[2] if parts[:2] == ["kejing", "office"] else ""


@cache
def addresses() -> tuple[Address, ...]:
    """All of them."""
    return tuple(_found(get_resolver()))


def _found(resolver: URLResolver, space: str = "", places: tuple[tuple[str, bool], ...] = ()) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        numbers = {name for name, kind in pattern.pattern.converters.items() if isinstance(kind, IntConverter)}
        own = (*places, *((name, name in numbers) for name in pattern.pattern.regex.groupindex))
        match pattern:
            case URLPattern():
                yield Address(f"{space}{pattern.name}", pattern.callback, own)
            case URLResolver():
                yield from _found(pattern, f"{pattern.namespace}:" if pattern.namespace else space, own)


@cache
def asked_for(room: str) -> tuple[str, ...]:
    """Names that the code of a room reads out of queries and forms."""
    import kejing.office  # noqa: PLC0415 - only where it lies

    folder = Path(kejing.office.__path__[0]) / room
    found = {"as_of", "page"}
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=whom, attr="get" | "getlist"), args=[ast.Constant(value=str(name)), *_]
                ):
                    found |= {name} if ast.unparse(whom) in _QUERIES else set()
                case ast.Subscript(value=whom, slice=ast.Constant(value=str(name))):
                    found |= {name} if ast.unparse(whom) in _QUERIES else set()
    return tuple(sorted(found))
