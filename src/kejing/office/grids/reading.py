"""A workbook that comes back: looked at from outside first, then read, then compared cell by cell."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence

import python_calamine
from opencc import OpenCC

from kejing.office.grids.errors import (
    ActiveContentError,
    BadCellError,
    FileTooLargeError,
    NotOurFileError,
    RowMovedOnError,
)
from kejing.office.grids.sheets import Difference, GridRow, Sheet, UnreadableCellError
from kejing.office.grids.writing import FIRST_CELL, MARK
from kejing.office.people.viewer import Viewer
from kejing.office.shell.words import all_words

MOST_BYTES = 10 * 1024 * 1024
_MOST_UNPACKED = 200 * 1024 * 1024
_MOST_PARTS = 200
_ACTIVE = ("vbaproject", "externallinks/", "embeddings/", "activex/", "connections.xml")
_FORMULA = (b"<f>", b"<f ", b"<f/")
_STARTS = ("=", "+", "@", "\t", "\r")
_CHUNK = 1024 * 1024


def check_file(content: bytes) -> None:
    """Refuse what is too large, unpacks to too much, or holds anything that runs.

    Raises
    ------
    FileTooLargeError, NotOurFileError, ActiveContentError
        Nothing of it was read.
    """
    if len(content) > MOST_BYTES:
        raise FileTooLargeError(most=MOST_BYTES // _CHUNK)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            _check_parts(packed)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
        raise NotOurFileError(sheet="") from None


def _check_parts(packed: zipfile.ZipFile) -> None:
    parts = packed.infolist()
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_UNPACKED:
        raise FileTooLargeError(most=_MOST_UNPACKED // _CHUNK)
    for part in parts:
        name = part.filename.lower()
        if any(word in name for word in _ACTIVE):
            raise ActiveContentError(part=part.filename)
        if name.startswith("xl/worksheets/") and any(_has_formula(chunk) for chunk in _chunks(packed, part)):
            raise ActiveContentError(part=part.filename)


def _chunks(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """Pieces of a part, each with the end of the one before; never more than the file says there is."""
    last, unpacked = b"", 0
    with packed.open(part) as opened:
        while chunk := opened.read(_CHUNK):
            unpacked += len(chunk)
            if unpacked > _MOST_UNPACKED:
                raise FileTooLargeError(most=_MOST_UNPACKED // _CHUNK)
            yield last + chunk
            last = chunk[-4:]


def _has_formula(chunk: bytes) -> bool:
    return any(mark in chunk for mark in _FORMULA)


def read_file(sheet: Sheet, content: bytes) -> list[GridRow]:
    """Rows of a workbook that this page gave out.

    Raises
    ------
    NotOurFileError
        It is no such workbook.
    """
    try:
        book = python_calamine.load_workbook(io.BytesIO(content))
        table = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, IndexError):
        raise NotOurFileError(sheet=sheet.name) from None
    if not table or [_text(cell) for cell in table[0][:FIRST_CELL]] != [MARK, sheet.name]:
        raise NotOurFileError(sheet=sheet.name)
    names = [_column(_text(heading), sheet) for heading in table[0][FIRST_CELL:]]
    if not set(sheet.edited) <= set(names):
        raise NotOurFileError(sheet=sheet.name)
    return list(_rows(table[1:], names))


def _rows(table: Sequence[Sequence[object]], names: Sequence[str]) -> Iterator[GridRow]:
    for cells in table:
        key, version = _text(cells[0]), _text(cells[1])
        if key:
            texts = dict(zip(names, map(_text, cells[FIRST_CELL:]), strict=False))
            yield GridRow(key, int(version) if version.isdecimal() else -1, texts)


def _column(heading: str, sheet: Sheet) -> str:
    """The column of a heading in any language; "" for one that somebody added."""
    words = all_words()
    simplified = OpenCC("t2s").convert(heading)
    for column in sheet.columns:
        texts = words[f"grids.kind.{column.name}"]
        if heading == texts["en"] or simplified == texts["zh"] or heading == column.name:
            return column.name
    return ""


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip().replace("\r\n", "\n")


def differences(viewer: Viewer, sheet: Sheet, upload: Sequence[GridRow]) -> list[Difference]:
    """Cells that people edited, read as their columns take them.

    Raises
    ------
    BadCellError
        A cell holds what its column cannot take.
    RowMovedOnError
        A row was saved since the download, or is not there for the viewer.
    """
    standing: Mapping[str, GridRow] = {row.key: row for row in sheet.rows(viewer)}
    found: list[Difference] = []
    for row in upload:
        now = standing.get(row.key)
        for column in sheet.edited:
            text = row.cells.get(column)
            if text is None or (now is not None and text == now.cells[column]):
                continue
            if now is None or row.version != now.version:
                raise RowMovedOnError(key=row.key)
            kept = _kept(viewer, sheet, column, text)
            if kept != now.cells[column]:
                found.append(Difference(row.key, row.version, column, now.cells[column], kept))
    return found


def _kept(viewer: Viewer, sheet: Sheet, column: str, text: str) -> str:
    if text.startswith(_STARTS):
        raise BadCellError(column=column, value=text[:80])
    try:
        return sheet.read(viewer, column, text)
    except UnreadableCellError:
        raise BadCellError(column=column, value=text[:80]) from None
