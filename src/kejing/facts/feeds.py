"""Feeds: one sheet through one block of the mapping into one fact table."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from pathlib import Path

from kejing.facts.mapping import Block, ColumnRule
from kejing.facts.read import Sheet
from kejing.facts.schema import FactTable


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetOrigin:
    """A staged sheet with what it stands for. ``source`` is the mapping's name of it, or the table's."""

    sheet: Sheet
    source: str
    path: Path
    is_quarantine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Rows of one sheet on their way into one fact table.

    ``number`` orders feeds by file, sheet and block, never by the order files were given in.
    ``index_of`` finds a source column by the header the rules name. A ``refused`` feed has a defect of
    its header: all its rows go to quarantine for that one reason, ``(code, row, header)``.
    """

    number: int
    table: FactTable
    origin: SheetOrigin
    rules: AnyMapping[str, ColumnRule]
    index_of: AnyMapping[str, int]
    block: Block
    refused: tuple[str, str] | None = None
    known_at: str | None = None
    facts: AnyMapping[str, str] = field(default_factory=dict)

    @property
    def sheet(self) -> Sheet:
        """The staged sheet."""
        return self.origin.sheet

    def source_column(self, name: str) -> int | None:
        """Place in the sheet of the header that feeds column ``name``; None for constants and the like."""
        rule = self.rules.get(name)
        if rule is None:
            return None
        if rule.column is not None:
            return self.index_of.get(rule.column)
        parts = [part.column for part in rule.concat or () if part.column is not None]
        return self.index_of.get(parts[0]) if len(parts) == 1 else None

    def header(self, name: str) -> str:
        """The header a person sees over column ``name``, else the column's own name."""
        index = self.source_column(name)
        return name if index is None else self.sheet.headers[index]
