"""One sheet of one file as the engine sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from kejing.measure.errors import KejingError


class UnreadableSourceError(KejingError):
    """A file cannot be read at all; the import turns it into a finding and goes on with the others.

    ``reason_code`` is the code of that finding.
    """

    code = "facts.source_unreadable"

    def __init__(self, reason_code: str, **facts: object) -> None:
        self.reason_code = reason_code
        super().__init__(reason_code=reason_code, **facts)


class Cell(IntEnum):
    """What a workbook says a cell holds; text files say nothing."""

    EMPTY = 0
    TEXT = 1
    NUMBER = 2
    DATE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """How to read one source.

    ``header_row`` counts as a spreadsheet does, from 1. ``encoding`` and ``delimiter`` are found out
    when they are None.
    """

    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header_row: int = 1


@dataclass(frozen=True, slots=True)
class RaggedRow:
    """A line of a text file with more or fewer cells than the header."""

    row: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A staged sheet: relation ``relation`` with columns ``row``, ``c0`` … ``cN`` (text, as found).

    A workbook also has ``k0`` … ``kN``, the `Cell` of each. ``rows`` counts rows with any content,
    ragged ones not among them.
    """

    file: str
    sheet: str
    relation: str
    headers: tuple[str, ...]
    header_row: int
    rows: int
    has_cells: bool = False
    encoding: str = ""
    ragged: tuple[RaggedRow, ...] = field(default=())

    @property
    def rows_read(self) -> int:
        """Rows with any content, ragged ones among them."""
        return self.rows + len(self.ragged)
