"""A grid as a workbook: hidden keys and versions, headings in the reader's language, edited columns marked."""

from __future__ import annotations

import io

import xlsxwriter

from kejing.office.grids.sheets import GridRow, Sheet
from kejing.office.shell.words import say

MARK = "kejing-grid"
FIRST_CELL = 2  # before it: key and version, hidden


def workbook(sheet: Sheet, rows: list[GridRow]) -> bytes:
    """The file; every cell is text, so nothing in it is ever taken for a formula or a number in another format."""
    kept = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(kept, options)
    page = book.add_worksheet(say(f"grids.kind.sheet_{sheet.name}"))
    heading = book.add_format({"bold": True, "bottom": 1})
    edited = book.add_format({"bold": True, "bottom": 1, "bg_color": "#FDF5E3"})
    text = book.add_format({"num_format": "@"})
    page.write_row(0, 0, [MARK, sheet.name], heading)
    for place, column in enumerate(sheet.columns, start=FIRST_CELL):
        page.write_string(0, place, heading_of(column.name), edited if column.is_edited else heading)
        page.set_column(place, place, 22, text)
    for number, row in enumerate(rows, start=1):
        page.write_string(number, 0, row.key)
        page.write_string(number, 1, str(row.version))
        for place, column in enumerate(sheet.columns, start=FIRST_CELL):
            page.write_string(number, place, row.cells[column.name], text)
    page.set_column(0, FIRST_CELL - 1, None, None, {"hidden": True})
    page.freeze_panes(1, FIRST_CELL + 1)
    book.close()
    return kept.getvalue()


def heading_of(column: str) -> str:
    """What a column is called."""
    return say(f"grids.kind.{column}")
