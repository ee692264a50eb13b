"""Workbooks (XLSX, XLS, ODS): every cell as exact text, with what the workbook says it holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import python_calamine

from kejing.facts.read.sheet import Cell, ReadOptions, Sheet, UnreadableSourceError
from kejing.warehouse.engine import DuckEngine

type _Value = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta

_BATCH_ROWS = 50_000
_EXCEL_DIGITS = 15
"""Significant digits a spreadsheet shows; what stands behind them is dirt of binary fractions."""


def workbook_sheets(path: Path) -> list[str]:
    """Names of the sheets, hidden ones among them.

    Raises
    ------
    UnreadableSourceError
        The file is no workbook.
    """
    return list(_open(path).sheet_names)


def stage_workbook(engine: DuckEngine, path: Path, options: ReadOptions, *, relation: str, folder: Path) -> Sheet:
    """Read one sheet with a header row.

    Raises
    ------
    UnreadableSourceError
        The file is no workbook, the sheet is missing or has no header.
    """
    book = _open(path)
    name = options.sheet or next(iter(book.sheet_names), "")
    if name not in book.sheet_names:
        raise UnreadableSourceError("facts.sheet_missing", sheet=name, sheets=", ".join(book.sheet_names))
    rows = _numbered_rows(book.get_sheet_by_name(name))
    headers = _header(rows, options.header_row)
    staged_file = folder / f"{relation}.parquet"
    count = _write(rows, staged_file, width=len(headers))
    engine.attach_parquet(relation, staged_file)
    return Sheet(
        file=path.name,
        sheet=name,
        relation=relation,
        headers=headers,
        header_row=options.header_row,
        rows=count,
        has_cells=True,
    )


def cell_text(value: _Value) -> tuple[str, Cell]:
    """A cell as exact text and what it holds.

    Examples
    --------
    >>> cell_text(1234.5), cell_text(45838.0), cell_text(dt.date(2025, 6, 30))
    (('1234.5', <Cell.NUMBER: 2>), ('45838', <Cell.NUMBER: 2>), ('2025-06-30', <Cell.DATE: 3>))
    """
    match value:
        case bool():
            return ("true" if value else "false"), Cell.TEXT
        case str():
            return value, Cell.TEXT if value.strip() else Cell.EMPTY
        case int() | float():
            return number_text(value), Cell.NUMBER
        case dt.datetime() if value.time() == dt.time():
            return value.date().isoformat(), Cell.DATE
        case dt.datetime():
            return value.isoformat(sep=" ", timespec="seconds"), Cell.DATE
        case dt.date():
            return value.isoformat(), Cell.DATE
        case _:
            return str(value), Cell.TEXT


def number_text(value: float) -> str:
    """Shortest decimal text of a number, at most the fifteen digits a spreadsheet shows.

    Examples
    --------
    >>> number_text(0.1 + 0.2), number_text(7.0), number_text(1e-7)
    ('0.3', '7', '0.0000001')
    """
    exact = Decimal(repr(value))
    if len(exact.as_tuple().digits) > _EXCEL_DIGITS:
        exact = Decimal(f"{value:.{_EXCEL_DIGITS}g}")
    text = f"{exact:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _open(path: Path) -> python_calamine.CalamineWorkbook:
    try:
        return python_calamine.CalamineWorkbook.from_path(path)
    except (python_calamine.CalamineError, OSError) as cause:
        raise UnreadableSourceError("facts.file_malformed", detail=str(cause)) from cause


def _numbered_rows(sheet: python_calamine.CalamineSheet) -> Iterator[tuple[int, list[_Value]]]:
    """Rows with the number a spreadsheet shows, the first cell being column A."""
    if sheet.start is None:
        return
    top, left = sheet.start
    for offset, values in enumerate(sheet.iter_rows()):
        yield top + offset + 1, [""] * left + list(values)


def _header(rows: Iterator[tuple[int, list[_Value]]], header_row: int) -> tuple[str, ...]:
    for number, values in rows:
        if number == header_row:
            headers = [cell_text(value)[0].strip() for value in values]
            while headers and not headers[-1]:
                headers.pop()
            if headers:
                return tuple(headers)
        if number >= header_row:
            break
    raise UnreadableSourceError("facts.file_empty")


def _write(rows: Iterator[tuple[int, list[_Value]]], target: Path, *, width: int) -> int:
    texts = [(f"c{index}", pa.string()) for index in range(width)]
    cells = [(f"k{index}", pa.uint8()) for index in range(width)]
    schema = pa.schema([("row", pa.int64()), *texts, *cells])
    count = 0
    with pq.ParquetWriter(target, schema, compression="lz4") as writer:
        numbers: list[int] = []
        columns: list[list[tuple[str, Cell]]] = [[] for _ in range(width)]
        for number, values in rows:
            pairs = [cell_text(value) for value in values[:width]]
            pairs += [("", Cell.EMPTY)] * (width - len(pairs))
            if all(cell is Cell.EMPTY for _, cell in pairs):
                continue
            numbers.append(number)
            for column, pair in zip(columns, pairs, strict=True):
                column.append(pair)
            if len(numbers) == _BATCH_ROWS:
                count += _flush(writer, schema, numbers, columns)
        count += _flush(writer, schema, numbers, columns)
    return count


def _flush(
    writer: pq.ParquetWriter, schema: pa.Schema, numbers: list[int], columns: list[list[tuple[str, Cell]]]
) -> int:
    arrays = [pa.array(numbers, pa.int64())]
    arrays += [pa.array([text for text, _ in column], pa.string()) for column in columns]
    arrays += [pa.array([int(cell) for _, cell in column], pa.uint8()) for column in columns]
    count = len(numbers)
    if count:
        writer.write_table(pa.table(arrays, schema=schema))
    numbers.clear()
    for column in columns:
        column.clear()
    return count
