"""Two plans of books as a workbook: what differs in all, and every customer who differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import xlsxwriter

from kejing.report.read_run import Row
from kejing.report.xlsx_cells import Formats, SheetColumn, Writer

COLUMNS = (
    *(("customer_id", "text", 16), ("tier", "text", 12), ("unit_id", "text", 14), ("value", "money", 18)),
    *(("rm_before", "text", 14), ("rm_after", "text", 14), ("reason", "text", 24)),
    *(("hours_before", "number", 12), ("hours_after", "number", 12), ("km_before", "number", 12)),
    *(("km_after", "number", 12), ("cost_before", "count", 12), ("cost_after", "count", 12)),
)
"""Code, kind and width of each column; the code is the name of its word, after ``compare.``."""
_DIGITS = 2


def write_compared(
    target: Path, totals: Sequence[tuple[str, object, object]], rows: Sequence[Row], words: Mapping[str, str]
) -> None:
    """Write ``totals`` (label, before, after) and ``rows`` to ``target``; ``words`` has labels by code."""
    target.parent.mkdir(parents=True, exist_ok=True)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(target), options) as book:
        formats = Formats(book, _DIGITS)
        summary = Writer(book.add_worksheet(words["summary"]), formats)
        summary.line(("", words["before"], words["after"]), formats.head)
        for label, before, after in totals:
            summary.line((label, before, after))
        summary.sheet.set_column(0, 0, 40)
        sheet = book.add_worksheet(words["customers"])
        writer = Writer(sheet, formats)
        say = {"reason": lambda code: words[f"reason.{code}"]}
        columns = [SheetColumn(code, words[code], kind, width, say=say.get(code)) for code, kind, width in COLUMNS]
        writer.line([column.label for column in columns], formats.head)
        writer.line([column.code for column in columns], formats.code)
        writer.table(columns, [rows])
        for at, column in enumerate(columns):
            sheet.set_column(at, at, column.width)
        sheet.freeze_panes(2, 1)
        sheet.autofilter(1, 0, 1 + len(rows), len(columns) - 1)
