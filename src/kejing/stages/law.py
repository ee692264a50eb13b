"""A law: what must hold of a stage's output. Run after every run, not only in tests."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Law:
    """``sql`` selects the rows that break the law, so no row means that it holds.

    The text is portable SQL with dialect tokens; its first columns should say which row it is.
    """

    name: str
    sql: str
