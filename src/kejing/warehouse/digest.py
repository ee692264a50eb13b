"""One canonical byte form of a table, and its hash: integers, text, days and flags in row order."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_ROWS = 65_536
"""Rows hashed at a time; the figure is part of the byte form."""


def table_digest(table: pa.Table) -> str:
    """SHA-256 over names, types and rows of ``table``, whatever its chunks.

    The caller brings the rows in key order: two engines that agree on every row agree on the hash.
    """
    digest = hashlib.sha256()
    for field in table.schema:
        digest.update(f"{field.name}:{field.type};".encode())
    for start in range(0, table.num_rows, _ROWS):
        part = table.slice(start, _ROWS)
        for column in part.columns:
            for piece in _bytes_of(column.combine_chunks()):
                digest.update(piece)
    return digest.hexdigest()


def _bytes_of(column: pa.Array) -> list[bytes]:
    valid = pc.is_valid(column).to_numpy(zero_copy_only=False)
    pieces = [valid.tobytes()]
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        filled = pc.fill_null(column, "")
        pieces.append(pc.binary_length(filled).to_numpy(zero_copy_only=False).astype("<i4").tobytes())
        pieces.append("".join(filled.to_pylist()).encode())
        return pieces
    if pa.types.is_decimal(column.type):
        words = np.frombuffer(column.buffers()[1], dtype="<i8").reshape(-1, 2)
        words = words[column.offset : column.offset + len(column)]
        pieces.append(np.where(valid[:, None], words, 0).tobytes())
        return pieces
    if pa.types.is_floating(column.type):
        pieces.append(pc.fill_null(column, 0.0).to_numpy(zero_copy_only=False).astype("<f8").tobytes())
        return pieces
    if pa.types.is_date32(column.type):
        column = column.cast(pa.int32())
    elif pa.types.is_timestamp(column.type) or pa.types.is_boolean(column.type):
        column = column.cast(pa.int64())
    pieces.append(pc.fill_null(column.cast(pa.int64()), 0).to_numpy(zero_copy_only=False).astype("<i8").tobytes())
    return pieces
