"""What a compiled policy consists of: relations to create one after the other."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One relation to create from a SELECT, after those before it; a view is named only."""

    relation: str
    sql: str
    is_view: bool = False
