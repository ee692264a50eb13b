"""The hidden sheet by which a quarantine workbook is known when it comes back corrected."""

from __future__ import annotations

from pathlib import Path

import python_calamine

from kejing.facts.read.sheet import UnreadableSourceError

MARKER_SHEET = "kejing"
MARKER_TITLE = "kejing:quarantine"


def marker_rows(sources: dict[str, str]) -> list[list[str]]:
    """Cells of the marker sheet: a title, then sheet and source, one a row."""
    return [[MARKER_TITLE, "1"], *([sheet, source] for sheet, source in sources.items())]


def marked_sheets(path: Path) -> dict[str, str]:
    """Sheets and the sources they stand for; empty when ``path`` is no quarantine workbook.

    Raises
    ------
    UnreadableSourceError
        The file is no workbook.
    """
    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
    except (python_calamine.CalamineError, OSError) as cause:
        raise UnreadableSourceError("facts.file_malformed", detail=str(cause)) from cause
    if MARKER_SHEET not in book.sheet_names:
        return {}
    rows = book.get_sheet_by_name(MARKER_SHEET).to_python()
    if not rows or str(rows[0][0]) != MARKER_TITLE:
        return {}
    return {str(row[0]): str(row[1]) for row in rows[1:] if str(row[0]) in book.sheet_names}
