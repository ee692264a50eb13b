"""Snapshots: immutable, named by their content, replaced in one instant."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kejing.facts.content import PROVENANCE, ContentHash
from kejing.facts.schema import FACT_TABLES, FactTable, Kind
from kejing.measure.errors import KejingError
from kejing.measure.findings import FINDINGS_SCHEMA, Finding, findings_table
from kejing.warehouse.unfinished import sweep

CURRENT = "current.json"
_ROW_GROUP = 1 << 17
_ID_LENGTH = 32
_UNFINISHED = ".new-"


class NoFactsError(KejingError):
    """The folder holds no snapshot yet."""

    code = "facts.no_snapshot"


class BrokenSnapshotError(KejingError):
    """A file of the snapshot is missing or does not hold what the manifest says."""

    code = "facts.snapshot_broken"


class SnapshotMovedError(KejingError):
    """Another import committed in the meantime; nothing of this one was."""

    code = "facts.snapshot_moved"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One committed snapshot: its folder and what its manifest says."""

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def snapshot_id(self) -> str:
        """Hash of the content."""
        return str(self.manifest["id"])

    @property
    def tables(self) -> Mapping[str, Mapping[str, Any]]:
        """Rows, content hash, control totals by table name."""
        return cast("Mapping[str, Mapping[str, Any]]", self.manifest["tables"])

    def path(self, table: str) -> Path | None:
        """The Parquet file of ``table``, all versions of all rows; None when the table has none."""
        return self.folder / f"{table}.parquet" if table in self.tables else None

    def verify(self) -> None:
        """Read every table again and compare its content with the manifest.

        Raises
        ------
        BrokenSnapshotError
            A table does not hold what the manifest says.
        """
        for name, entry in self.tables.items():
            schema = FACT_TABLES[name].arrow_schema
            content = ContentHash([column for column in schema.names if column not in PROVENANCE])
            with pq.ParquetFile(self.folder / f"{name}.parquet") as file:
                for batch in file.iter_batches():
                    content.add(pa.Table.from_batches([batch]).cast(schema))
            if (content.rows, content.hexdigest()) != (entry["rows"], entry["sha256"]):
                raise BrokenSnapshotError(snapshot=self.snapshot_id, file=f"{name}.parquet")

    def findings(self) -> pa.Table:
        """Findings of the imports so far that still stand."""
        path = self.folder / "findings.parquet"
        return pq.read_table(path) if path.is_file() else FINDINGS_SCHEMA.empty_table()


def current_snapshot(into: Path) -> Snapshot | None:
    """The last committed snapshot of a facts folder, or None.

    Raises
    ------
    BrokenSnapshotError
        The folder names a snapshot that is not there.
    """
    pointer = into / CURRENT
    if not pointer.is_file():
        return None
    name = json.loads(pointer.read_text(encoding="utf-8"))["snapshot"]
    return open_snapshot(into, name)


def open_snapshot(into: Path, snapshot_id: str | None = None) -> Snapshot:
    """Snapshot ``snapshot_id`` of a facts folder, the current one by default.

    Raises
    ------
    NoFactsError
        Nothing was imported yet.
    BrokenSnapshotError
        The snapshot, or a file of it, is not there.
    """
    if snapshot_id is None:
        found = current_snapshot(into)
        if found is None:
            raise NoFactsError(folder=into.name)
        return found
    folder = into / "snapshots" / snapshot_id
    manifest = folder / "manifest.json"
    if not manifest.is_file():
        raise BrokenSnapshotError(snapshot=snapshot_id, file="manifest.json")
    snapshot = Snapshot(folder, json.loads(manifest.read_text(encoding="utf-8")))
    for name in snapshot.tables:
        if not (folder / f"{name}.parquet").is_file():
            raise BrokenSnapshotError(snapshot=snapshot_id, file=f"{name}.parquet")
    return snapshot


def point_to(into: Path, snapshot_id: str | None) -> None:
    """Make an earlier snapshot the current one again, in one instant; None: none is.

    Raises
    ------
    BrokenSnapshotError
        The snapshot is not there.
    """
    if snapshot_id is None:
        (into / CURRENT).unlink(missing_ok=True)
        return
    open_snapshot(into, snapshot_id)
    _swap(into, snapshot_id)


def _swap(into: Path, snapshot_id: str) -> None:
    waiting = into / f"{CURRENT}.new"
    _write_text(waiting, json.dumps({"snapshot": snapshot_id}))
    _sync(waiting)
    waiting.replace(into / CURRENT)
    _sync(into)


@dataclass(slots=True)
class SnapshotDraft:
    """A snapshot being written; nothing of it is seen before `commit`."""

    into: Path
    parent: Snapshot | None
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    _folder: Path | None = None

    @property
    def folder(self) -> Path:
        """Where the draft is written: beside the snapshots, under a name that none has."""
        if self._folder is None:
            snapshots = self.into / "snapshots"
            snapshots.mkdir(parents=True, exist_ok=True)
            sweep(snapshots, _UNFINISHED)
            self._folder = _new_folder(snapshots)
        return self._folder

    def write(self, table: FactTable, slices: Iterator[pa.Table], *, single_version: bool) -> None:
        """Write all rows of ``table``, given in storage order."""
        schema = table.arrow_schema
        content = ContentHash([name for name in schema.names if name not in PROVENANCE])
        totals: dict[str, dict[str, int]] = {}
        with pq.ParquetWriter(self.folder / f"{table.name}.parquet", schema, compression="zstd") as writer:
            for part in slices:
                writer.write_table(part, row_group_size=_ROW_GROUP)
                content.add(part)
                _add_totals(totals, table, part)
        entry = {
            "rows": content.rows,
            "sha256": content.hexdigest(),
            "totals": _sorted(totals),
            "single_version": single_version,
        }
        self.tables[table.name] = entry

    def keep(self, name: str) -> None:
        """Take the file of ``name`` over from the parent, unchanged."""
        assert self.parent is not None
        source = self.parent.folder / f"{name}.parquet"
        target = self.folder / source.name
        try:
            os.link(source, target)
        except OSError:
            shutil.copyfile(source, target)
        self.tables[name] = dict(self.parent.tables[name])

    def content_id(self) -> str:
        """The id: rows and content of all tables, hashed."""
        whole = json.dumps({name: [entry["rows"], entry["sha256"]] for name, entry in sorted(self.tables.items())})
        return _sha256(whole.encode())[:_ID_LENGTH]

    def discard(self) -> None:
        """Take the draft away."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def commit(
        self, imports: Sequence[Mapping[str, Any]], findings: pa.Table, *, at_step: Callable[[str], None] | None = None
    ) -> Snapshot:
        """Make the draft the current snapshot: write, sync, rename, then swap the pointer.

        A machine that stops at any instant leaves the last committed snapshot; what was begun is
        swept up by the next import.

        Raises
        ------
        SnapshotMovedError
            Another import committed first.
        """
        step = at_step or (lambda _: None)
        snapshot_id = self.content_id()
        parent_id = self.parent.snapshot_id if self.parent else None
        manifest = {
            "id": snapshot_id,
            "parent": parent_id,
            "tables": dict(sorted(self.tables.items())),
            "imports": [*(self.parent.manifest["imports"] if self.parent else []), *imports],
        }
        pq.write_table(findings, self.folder / "findings.parquet", compression="zstd")
        _write_text(self.folder / "manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1))
        for path in sorted(self.folder.iterdir()):
            _sync(path)
        _sync(self.folder)
        step("written")
        now = current_snapshot(self.into)
        if (now.snapshot_id if now else None) != parent_id:
            raise SnapshotMovedError(expected=parent_id or "-", found=now.snapshot_id if now else "-")
        target = self.into / "snapshots" / snapshot_id
        if target.exists():  # left by an import that stopped before the swap
            shutil.rmtree(target)
        self.folder.rename(target)
        _sync(target.parent)
        step("renamed")
        _swap(self.into, snapshot_id)
        step("swapped")
        self._folder = None
        return open_snapshot(self.into, snapshot_id)


def _new_folder(snapshots: Path) -> Path:
    """A folder that tells which process writes it."""
    for number in count():
        folder = snapshots / f"{_UNFINISHED}{os.getpid()}-{number}"
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise AssertionError


def standing_findings(
    parent: Snapshot | None, new: Sequence[Finding], *, files: set[str], lifted: set[tuple[str, str, int]]
) -> pa.Table:
    """Findings after an import: those of files brought again are replaced, those of corrected rows lifted."""
    table = findings_table(new)
    if parent is None:
        return table
    kept = [
        row
        for row in parent.findings().to_pylist()
        if row["file"] not in files and (row["file"], row["sheet"], row["row"]) not in lifted
    ]
    return pa.concat_tables([pa.Table.from_pylist(kept, schema=FINDINGS_SCHEMA), table])


def _add_totals(totals: dict[str, dict[str, int]], table: FactTable, part: pa.Table) -> None:
    """Add up the money of ``part`` per currency; rows that take a row away do not count."""
    alive = part.filter(pc.invert(part["voided"]))
    for column in table.columns:
        if column.kind is Kind.MONEY and column.currency is not None:
            sums = (
                alive.select([column.name, column.currency]).group_by(column.currency).aggregate([(column.name, "sum")])
            )
            for row in sums.to_pylist():
                if row[f"{column.name}_sum"] is not None:
                    by_currency = totals.setdefault(column.name, {})
                    currency = str(row[column.currency])
                    by_currency[currency] = by_currency.get(currency, 0) + row[f"{column.name}_sum"]


def _sorted(totals: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    return {name: dict(sorted(sums.items())) for name, sums in sorted(totals.items())}


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _write_text(path: Path, text: str) -> None:
    path.write_text(text + "\n", encoding="utf-8")


def _sync(path: Path) -> None:
    """Have the disk hold what was written."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
