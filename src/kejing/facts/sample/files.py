"""Writers of the sample's files: same rows, same bytes, in the formats that institutions really send."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import xlsxwriter

type Cell = str | int | float | dt.date | None

FIXED_CREATION = dt.datetime(2000, 1, 1)  # noqa: DTZ001  # XlsxWriter wants a naive time; any fixed one keeps the bytes the same
HEADER_ROWS = 1


@dataclass
class FileLog:
    """Rows written by file and sheet."""

    rows: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, file: str, count: int, *, sheet: str = "") -> int:
        """Count rows; returns the spreadsheet row of the first of them (the header is row 1)."""
        before = self.rows.get((file, sheet), 0)
        self.rows[file, sheet] = before + count
        return before + HEADER_ROWS + 1


class CsvFile:
    """A delimited file that grows by tables of the same columns."""

    def __init__(self, folder: Path, name: str, columns: Sequence[str], log: FileLog, *, encoding: str) -> None:
        self.name = name
        self._log = log
        self._encoding = encoding
        self._stream = (folder / name).open("wb")
        self._stream.write((",".join(columns) + "\r\n").encode(encoding))
        # The mark of utf-8-sig belongs at the beginning only.
        self._later_encoding = "utf-8" if encoding == "utf-8-sig" else encoding

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    def append(self, table: pa.Table) -> int:
        """Write the rows of ``table``; returns the spreadsheet row of the first."""
        buffer = io.BytesIO()
        options = pa_csv.WriteOptions(include_header=False, quoting_style="none", eol="\r\n")
        pa_csv.write_csv(table, buffer, options)
        text = buffer.getvalue()
        self._stream.write(
            text if self._later_encoding == "utf-8" else text.decode("utf-8").encode(self._later_encoding)
        )
        return self._log.add(self.name, table.num_rows)


def write_csv(folder: Path, name: str, table: pa.Table, log: FileLog, *, encoding: str = "utf-8") -> None:
    """Write a whole delimited file."""
    with CsvFile(folder, name, table.column_names, log, encoding=encoding) as file:
        file.append(table)


class ParquetFile:
    """A Parquet file that grows by tables of the same schema."""

    def __init__(self, folder: Path, name: str, schema: pa.Schema, log: FileLog) -> None:
        self.name = name
        self._log = log
        self._writer = pq.ParquetWriter(folder / name, schema, compression="zstd")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    def append(self, table: pa.Table) -> None:
        """Write the rows of ``table``."""
        self._writer.write_table(table)
        self._log.add(self.name, table.num_rows)


def write_workbook(folder: Path, name: str, sheets: Mapping[str, Mapping[str, Sequence[Cell]]], log: FileLog) -> None:
    """Write sheets of columns; dates become real dates, text stays text, ``None`` and '' stay empty."""
    workbook = xlsxwriter.Workbook(str(folder / name), {"constant_memory": True})
    workbook.set_properties({"created": FIXED_CREATION})
    day = workbook.add_format({"num_format": "yyyy-mm-dd"})
    heading = workbook.add_format({"bold": True})
    for title, columns in sheets.items():
        sheet = workbook.add_worksheet(title)
        sheet.freeze_panes(HEADER_ROWS, 0)
        sheet.set_column(0, len(columns) - 1, 14)
        for place, header in enumerate(columns):
            sheet.write_string(0, place, header, heading)
        count = 0
        for count, row in enumerate(zip(*columns.values(), strict=True), start=1):
            for place, cell in enumerate(row):
                if isinstance(cell, str):
                    if cell:
                        sheet.write_string(count, place, cell)
                elif isinstance(cell, dt.date):
                    sheet.write_datetime(count, place, cell, day)
                elif cell is not None:
                    sheet.write_number(count, place, cell)
        log.add(name, count, sheet=title)
    workbook.close()
