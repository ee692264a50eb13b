"""CSV and its relatives, streamed to a staged Parquet of text columns with their row numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from kejing.facts.read.encoding import find_encoding, open_bytes
from kejing.facts.read.sheet import RaggedRow, ReadOptions, Sheet, UnreadableSourceError
from kejing.warehouse.engine import DuckEngine

_DELIMITERS = ",\t;|"
_BLOCK_BYTES = 1 << 24


@dataclass(slots=True)
class _Staged:
    """What came out of one pass over a file."""

    rows: int = 0
    ragged: list[RaggedRow] = field(default_factory=list)


def stage_delimited(engine: DuckEngine, path: Path, options: ReadOptions, *, relation: str, folder: Path) -> Sheet:
    """Read a text file with a header row.

    Raises
    ------
    UnreadableSourceError
        The encoding does not fit, there is no header, or a quotation mark is never closed.
    """
    encoding = find_encoding(path, options.encoding)
    headers, delimiter, lines = _read_header(path, encoding, options)
    staged_file = folder / f"{relation}.parquet"
    staged = _stream(
        path, staged_file, encoding=encoding, delimiter=delimiter, width=len(headers), skip=(options, lines)
    )
    engine.attach_parquet(relation, staged_file)
    return Sheet(
        file=path.name,
        sheet="",
        relation=relation,
        headers=headers,
        header_row=options.header_row,
        rows=staged.rows,
        encoding=encoding,
        ragged=tuple(staged.ragged),
    )


def _read_header(path: Path, encoding: str, options: ReadOptions) -> tuple[tuple[str, ...], str, int]:
    """Header cells, delimiter, and the number of physical lines up to the end of the header."""
    with io.TextIOWrapper(open_bytes(path), encoding=encoding, newline="") as text:
        first = "".join(text.readline() for _ in range(options.header_row))
        delimiter = options.delimiter or _most_frequent(first.splitlines()[-1] if first.strip() else "")
        text.seek(0)
        reader = csv.reader(text, delimiter=delimiter)
        cells: list[str] = []
        for _ in range(options.header_row):
            cells = next(reader, [])
        lines = reader.line_num
    if not any(cell.strip() for cell in cells):
        raise UnreadableSourceError("facts.file_empty")
    return tuple(cell.strip() for cell in cells), delimiter, lines


def _most_frequent(line: str) -> str:
    outside_quotes = "".join(line.split('"')[::2])
    return max(_DELIMITERS, key=outside_quotes.count)


def _stream(
    path: Path, target: Path, *, encoding: str, delimiter: str, width: int, skip: tuple[ReadOptions, int]
) -> _Staged:
    options, lines = skip
    staged = _Staged()
    invalid: list[int] = []

    def keep_ragged(found: pa_csv.InvalidRow) -> str:
        index = found.number - lines  # the reader counts the physical lines it skipped
        invalid.append(index)
        if found.text.strip():
            cells = next(csv.reader([found.text], delimiter=delimiter), [])
            staged.ragged.append(RaggedRow(options.header_row + index, tuple(cells)))
        return "skip"

    names = [f"c{index}" for index in range(width)]
    schema = pa.schema([("row", pa.int64()), *((name, pa.string()) for name in names)])
    with pq.ParquetWriter(target, schema, compression="lz4") as writer, open_bytes(path) as stream:
        try:
            batches = _batches(
                stream, names, encoding=encoding, delimiter=delimiter, lines=lines, on_invalid=keep_ragged
            )
            for batch in _with_rows(batches, invalid, header_row=options.header_row):
                staged.rows += batch.num_rows
                writer.write_batch(batch)
        except pa.ArrowInvalid as cause:
            raise UnreadableSourceError("facts.file_malformed", detail=str(cause).splitlines()[0]) from cause
    return staged


def _batches(
    stream: object, names: list[str], *, encoding: str, delimiter: str, lines: int, on_invalid: object
) -> Iterable[pa.RecordBatch]:
    plain = {"utf-8-sig": "utf8", "utf-8": "utf8"}
    try:
        reader: Iterable[pa.RecordBatch] = pa_csv.open_csv(
            stream,
            # One thread: only then does the reader know the number of an invalid row.
            read_options=pa_csv.ReadOptions(
                use_threads=False,
                block_size=_BLOCK_BYTES,
                skip_rows=lines,
                column_names=names,
                encoding=plain.get(encoding, encoding),
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=on_invalid,
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as cause:
        if "Empty CSV file" in str(cause):
            return []
        raise
    return reader


def _with_rows(batches: Iterable[pa.RecordBatch], invalid: list[int], *, header_row: int) -> Iterator[pa.RecordBatch]:
    """Put the spreadsheet row before each batch and leave out rows with nothing in them."""
    first = 1
    for batch in batches:
        indices = _valid_indices(first, batch.num_rows, invalid)
        if batch.num_rows:
            first = int(indices[-1]) + 1
        rows = pa.array(indices + header_row, type=pa.int64())
        numbered = pa.RecordBatch.from_arrays([rows, *batch.columns], names=["row", *batch.schema.names])
        filled = _has_content(batch)
        yield numbered if filled is None else numbered.filter(filled)


def _valid_indices(first: int, count: int, invalid: list[int]) -> np.ndarray:
    """The next ``count`` record numbers from ``first`` on that are not ``invalid``."""
    bad = np.array([index for index in invalid if index >= first], dtype=np.int64)
    extra = 0
    while (grown := int((bad < first + count + extra).sum())) != extra:
        extra = grown
    return np.setdiff1d(np.arange(first, first + count + extra, dtype=np.int64), bad, assume_unique=True)


def _has_content(batch: pa.RecordBatch) -> pa.Array | None:
    """Which rows have a cell that is not empty; None when all have, found out as early as possible."""
    filled = None
    for column in batch.columns:
        here = pc.greater(pc.binary_length(column), 0)
        filled = here if filled is None else pc.or_(filled, here)
        if pc.all(filled).as_py() in {True, None}:
            return None
    return filled
