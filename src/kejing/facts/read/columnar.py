"""Parquet: already columns; only their text is taken, so that one rule converts all sources."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from kejing.facts.convert.sql import identifier, literal
from kejing.facts.read.sheet import ReadOptions, Sheet, UnreadableSourceError
from kejing.warehouse.engine import DuckEngine


def stage_columnar(engine: DuckEngine, path: Path, options: ReadOptions, *, relation: str, folder: Path) -> Sheet:  # noqa: ARG001
    """Read a Parquet file. Row 2 is its first row, as if a header stood above it.

    A double becomes its shortest decimal text: 0.1 stays 0.1, and a sum that carries binary dirt
    (0.30000000000000004) shows it and is found by the checks.

    Raises
    ------
    UnreadableSourceError
        The file is no Parquet file.
    """
    try:
        meta = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as cause:
        raise UnreadableSourceError("facts.file_malformed", detail=str(cause).splitlines()[0]) from cause
    names = tuple(meta.schema_arrow.names)
    columns = ", ".join(f"CAST({identifier(name)} AS VARCHAR) AS c{index}" for index, name in enumerate(names))
    engine.create_view(
        relation,
        f"SELECT file_row_number + 2 AS row, {columns} FROM read_parquet({literal(str(path))}, file_row_number = true)",
    )
    return Sheet(file=path.name, sheet="", relation=relation, headers=names, header_row=1, rows=meta.metadata.num_rows)
