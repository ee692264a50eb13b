"""``quarantine.xlsx``: rejected rows as they stood, what is wrong, what to do; corrected, it is imported again."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from kejing.facts.import_report import QuarantineSheet
from kejing.facts.read.marker import MARKER_SHEET, marker_rows
from kejing.text.catalogue import PLACE_NAMES, sentence
from kejing.text.labels import Lang

OWN_HEADERS = (
    "kejing:file",
    "kejing:sheet",
    "kejing:row",
    "kejing:column",
    "kejing:value",
    "kejing:reason",
    "kejing:remedy",
)
"""Columns after the original ones; an import passes over them."""

_ROWS_PER_SHEET = 1_000_000
_NAME_LENGTH = 31
_CELL_LENGTH = 32_767
_BAD_IN_NAME = re.compile(r"[\[\]:*?/\\']")
_WIDTH = 14
_WIDE = 60
_CREATED = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - no moment: the same rejected rows are the same file
_NO_FLAG = {
    "strings_to_numbers": False,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "constant_memory": True,
}


def write_quarantine(sheets: Sequence[QuarantineSheet], path: Path, *, lang: Lang = "zh") -> None:
    """Write rejected rows as a workbook, one sheet a source; without any the file is taken away.

    Parameters
    ----------
    sheets
        What `kejing.facts.import_facts` returned as ``quarantine``.
    path
        The workbook, replaced as a whole.
    lang
        Language of reasons and remedies.

    Notes
    -----
    All cells are text, so that identifiers keep their zeros. The original headers stand in row 1: the
    corrected workbook is imported with the same mapping. Rows beyond the limit of a sheet go on the next.
    """
    if not sheets:
        path.unlink(missing_ok=True)
        return
    waiting = path.with_name(f"{path.name}.new")
    sources: dict[str, str] = {}
    with xlsxwriter.Workbook(str(waiting), _NO_FLAG) as book:
        book.set_properties({"created": _CREATED})
        marked = book.add_format({"bg_color": "#FFE5CC", "num_format": "@"})
        plain = book.add_format({"num_format": "@"})
        own = book.add_format({"italic": True, "font_color": "#666666"})
        for sheet in sheets:
            rows = list(_rows(sheet, lang))
            for start in range(0, len(rows), _ROWS_PER_SHEET):
                name = _name(sheet, set(sources))
                sources[name] = sheet.source
                page = book.add_worksheet(name)
                _write_page(page, sheet, rows[start : start + _ROWS_PER_SHEET], formats=(plain, marked, own))
        marker = book.add_worksheet(MARKER_SHEET)
        for index, cells in enumerate(marker_rows(sources)):
            marker.write_row(index, 0, cells)
        marker.hide()
    waiting.replace(path)


def _rows(sheet: QuarantineSheet, lang: Lang) -> Iterator[tuple[list[str], set[str]]]:
    """Cells of each row with our columns after them, and the headers of the defective ones."""
    by_row = {row: list(marks) for row, marks in groupby(sheet.marks.to_pylist(), key=lambda mark: mark["row"])}
    width = len(sheet.headers)
    original = [index for index, header in enumerate(sheet.headers) if header not in OWN_HEADERS]
    for record in sheet.cells.to_pylist():
        marks = by_row.get(record["row"], [])
        told = [sentence(mark["code"], _facts(sheet, mark), lang) for mark in marks]
        cells = [record[f"c{index}"] for index in range(width)]
        home = _home(sheet, cells) or [sheet.file, sheet.sheet, str(record["row"])]
        own = [
            *home,
            "\n".join(dict.fromkeys(mark["column"] for mark in marks)),
            "\n".join(dict.fromkeys(mark["value"] for mark in marks)),
            "\n".join(dict.fromkeys(message.reason for message in told)),
            "\n".join(dict.fromkeys(message.remedy for message in told)),
        ]
        yield [cells[index] for index in original] + own, {mark["column"] for mark in marks}


def _home(sheet: QuarantineSheet, cells: Sequence[str]) -> list[str] | None:
    """Where a row that is back in quarantine stood first."""
    headers = list(sheet.headers)
    if not all(header in headers for header in OWN_HEADERS[:3]):
        return None
    return [cells[headers.index(header)] for header in OWN_HEADERS[:3]]


def _facts(sheet: QuarantineSheet, mark: dict[str, Any]) -> dict[str, str]:
    place = dict(
        zip(PLACE_NAMES, (sheet.file, sheet.sheet, str(mark["row"]), mark["column"], mark["value"]), strict=True)
    )
    # A finding said once for many rows has their number; of one row it is one.
    return {"count": "1", **place, **dict(zip(mark["facts"][::2], mark["facts"][1::2], strict=True))}


def _write_page(
    page: Worksheet,
    sheet: QuarantineSheet,
    rows: Sequence[tuple[list[str], set[str]]],
    *,
    formats: tuple[Any, Any, Any],
) -> None:
    plain, marked, own = formats
    headers = [header for header in sheet.headers if header not in OWN_HEADERS]
    page.freeze_panes(1, 0)
    page.set_column(0, max(len(headers) - 1, 0), _WIDTH, plain)
    page.set_column(len(headers), len(headers) + len(OWN_HEADERS) - 1, _WIDTH, own)
    page.set_column(len(headers) + len(OWN_HEADERS) - 2, len(headers) + len(OWN_HEADERS) - 1, _WIDE, own)
    for column, header in enumerate([*headers, *OWN_HEADERS]):
        page.write_string(0, column, header)
    for index, (cells, defective) in enumerate(rows, start=1):
        for column, cell in enumerate(cells):
            is_ours = column >= len(headers)
            shape = own if is_ours else marked if headers[column] in defective else plain
            page.write_string(index, column, cell[:_CELL_LENGTH], shape)


def _name(sheet: QuarantineSheet, taken: set[str]) -> str:
    """A sheet name that a workbook takes and none has yet."""
    stem = " ".join(part for part in (sheet.file.rsplit(".", 1)[0], sheet.sheet) if part)
    base = _BAD_IN_NAME.sub("_", stem)[:_NAME_LENGTH].strip() or "source"
    name, number = base, 1
    lowered = {other.lower() for other in taken} | {MARKER_SHEET}
    while name.lower() in lowered:
        number += 1
        name = f"{base[: _NAME_LENGTH - len(str(number)) - 1]} {number}"
    return name
