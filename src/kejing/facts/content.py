"""The content of a fact table: its hash and its control totals, the same for any order of the rows brought."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

PROVENANCE = frozenset({"source_file", "source_sheet", "source_row"})
"""Where a row came from. It is stored, but is no part of the content: the same rows in another order of
lines, or from another file, are the same facts."""


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


@dataclass(slots=True)
class ContentHash:
    """SHA-256 over columns, fed in slices; where a slice ends makes no difference."""

    names: Sequence[str]
    rows: int = 0
    _of: dict[str, tuple[_Hash, _Hash]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._of = {name: (hashlib.sha256(), hashlib.sha256()) for name in self.names}

    def add(self, table: pa.Table) -> None:
        """Take in the next rows, in storage order."""
        self.rows += table.num_rows
        for name, (shape, data) in self._of.items():
            for array in table[name].chunks:
                shape.update(_shape(array))
                data.update(_values(array))

    def hexdigest(self) -> str:
        """The hash of all columns, their names and the number of rows."""
        whole = hashlib.sha256(str(self.rows).encode())
        for name, (shape, data) in self._of.items():
            whole.update(f"{name}\0{shape.hexdigest()}\0{data.hexdigest()}\0".encode())
        return whole.hexdigest()


def _shape(array: pa.Array) -> bytes:
    """Length of each text, or 1; -1 for null."""
    if pa.types.is_string(array.type):
        lengths = pc.binary_length(array)
    else:
        lengths = pc.cast(pc.is_valid(array), pa.int32())
        lengths = pc.if_else(pc.is_valid(array), lengths, pa.scalar(None, pa.int32()))
    return np.asarray(pc.fill_null(lengths, -1).to_numpy(zero_copy_only=False), dtype="<i4").tobytes()


def _values(array: pa.Array) -> bytes:
    """The values one after the other; nothing for a null text, 0 for any other null."""
    kind = array.type
    if pa.types.is_string(kind):
        whole = pc.fill_null(array, "")
        _, offsets, data = whole.buffers()
        ends = np.frombuffer(offsets, dtype=np.int32)[whole.offset : whole.offset + len(whole) + 1]
        return bytes(memoryview(data)[ends[0] : ends[-1]]) if data is not None and len(whole) else b""
    if pa.types.is_boolean(kind):
        plain, width = pc.fill_null(array, fill_value=False), "u1"
    elif pa.types.is_floating(kind):
        plain, width = pc.fill_null(array, 0.0), "<f8"
    elif pa.types.is_date32(kind):
        plain, width = pc.fill_null(array.view(pa.int32()), 0), "<i4"
    else:
        plain, width = pc.fill_null(array.view(pa.int64()), 0), "<i8"
    return np.asarray(plain.to_numpy(zero_copy_only=False), dtype=width).tobytes()
