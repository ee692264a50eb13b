"""Tables on disk: deterministic Parquet, decimals at this edge, folders that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kejing.measure.errors import KejingError


class NotOurFolderError(KejingError):
    """The output folder holds something that is not a run; it is left alone."""

    code = "store.not_our_folder"


def as_decimal(column: pa.ChunkedArray | pa.Array, digits: int) -> pa.Array:
    """Scaled integers as exact decimals of ``digits`` places, without any arithmetic on the values.

    Examples
    --------
    >>> as_decimal(pa.array([14025818, -5, None], pa.int64()), 2).to_pylist()
    [Decimal('140258.18'), Decimal('-0.05'), None]
    """
    flat = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    filled = pc.fill_null(flat.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    words = np.empty((len(filled), 2), dtype="<i8")
    words[:, 0] = filled
    words[:, 1] = filled >> 63
    values = pa.py_buffer(words.tobytes())
    mask = pc.is_valid(flat).to_numpy(zero_copy_only=False)
    validity = None if mask.all() else pa.py_buffer(np.packbits(mask, bitorder="little").tobytes())
    return pa.Array.from_buffers(pa.decimal128(18, digits), len(filled), [validity, values])


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write ``table`` so that equal tables give equal bytes, and sync it to disk."""
    pq.write_table(
        table,
        path,
        compression="zstd",
        compression_level=3,
        row_group_size=262_144,
        store_decimal_as_integer=True,
        version="2.6",
    )
    with path.open("rb") as handle:
        os.fsync(handle.fileno())


def replace_folder(building: Path, target: Path, *, mark: str) -> None:
    """Put the finished folder ``building`` in the place of ``target``.

    A crash leaves either the old folder, the new one, or the old one under ``<target>.before``, which
    `recover_folder` puts back. ``mark`` is the file by which a folder is known to be ours.

    Raises
    ------
    NotOurFolderError
        ``target`` exists, is not empty and lacks ``mark``.
    """
    check_folder(target, mark=mark)
    _sync_files(building)
    before = target.with_name(target.name + ".before")
    if before.exists():
        shutil.rmtree(before)
    if target.exists():
        target.rename(before)
    building.rename(target)
    _sync_folder(target.parent)
    shutil.rmtree(before, ignore_errors=True)


def check_folder(target: Path, *, mark: str) -> None:
    """Refuse ``target`` if it holds something that is not ours.

    Raises
    ------
    NotOurFolderError
        ``target`` is a file, or a folder with content but without ``mark``.
    """
    if target.exists() and (not target.is_dir() or (any(target.iterdir()) and not (target / mark).exists())):
        raise NotOurFolderError(folder=target.name)


def recover_folder(target: Path) -> None:
    """Bring back the old folder if a crash struck between the two renames of `replace_folder`."""
    before = target.with_name(target.name + ".before")
    if before.exists() and not target.exists():
        before.rename(target)


def _sync_files(folder: Path) -> None:
    """Have the disk hold every file of ``folder``, and the folders that name them."""
    for inside, _, files in os.walk(folder):
        for name in files:
            with (Path(inside) / name).open("rb") as handle:
                os.fsync(handle.fileno())
        _sync_folder(Path(inside))


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
