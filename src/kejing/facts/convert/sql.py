"""Words and names put safely into SQL text."""

from __future__ import annotations

from collections.abc import Iterable


def literal(text: str) -> str:
    """``text`` as an SQL string; ``$`` is doubled because it begins a token of the dialect.

    Examples
    --------
    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''").replace("$", "$$") + "'"


def identifier(name: str) -> str:
    """``name`` as a quoted SQL name.

    Examples
    --------
    >>> identifier("客户")
    '"客户"'
    """
    return '"' + name.replace('"', '""').replace("$", "$$") + '"'


def literals(texts: Iterable[str]) -> str:
    """A comma-separated list of SQL strings."""
    return ", ".join(literal(text) for text in texts)
