"""Backup and restore of an office: one file, made while people work, proved when it is put back.

The database is copied through its own online means, so the copy is one moment; everything else in the folder is
written once and never changed, so it is at least as new as that moment. Needs no Django, so that a broken office can
be restored.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from kejing.measure.errors import KejingError
from kejing.office import dump
from kejing.office.configuration import FILE, REMEMBERED, NotAnOfficeError, database_settings, read_configuration
from kejing.office.dump import Contents

_DATABASE = "office.sqlite3"
_DUMP = "office.pgdump"
_MANIFEST = "backup.json"
_LEFT_OUT = (REMEMBERED, _DATABASE, *(f"{_DATABASE}-{beside}" for beside in ("wal", "shm", "journal")))
_CHUNK = 1 << 20


class NotABackupError(KejingError):
    """The file is no backup, or not as it was written."""

    code = "office.not_a_backup"


class FolderInUseError(KejingError):
    """There is something in the folder already; a restore never writes over it."""

    code = "office.folder_in_use"


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds: rows by table [counts], files, and where the chain stands."""

    rows: dict[str, int]
    files: int
    events: int
    seal: str


def back_up(folder: Path, file: Path, *, database: str = "") -> BackupReport:
    """Write the office in ``folder`` into ``file``, a zip, while it runs.

    Parameters
    ----------
    database
        Address of the database, where it is not the one of ``office.yaml``.

    Raises
    ------
    NotAnOfficeError
        There is no office in the folder.
    NoToolError
        The office is on PostgreSQL and its tools are not there.
    """
    if not (folder / FILE).is_file():
        raise NotAnOfficeError(file=FILE, detail=folder.name)
    settings = database_settings(database or read_configuration(folder).database, folder)
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = _unfinished(file)
    with (
        tempfile.TemporaryDirectory(prefix="kejing-backup-") as scratch,
        zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as packed,
    ):
        copy, report = _copied(settings, Path(scratch))
        hashes = {copy.name: _pack(packed, copy, copy.name)}
        for path in _files(folder, file):
            name = path.relative_to(folder).as_posix()
            hashes[name] = _pack(packed, path, name)
        report = BackupReport(report.rows, len(hashes), report.events, report.seal)
        packed.writestr(_MANIFEST, json.dumps({**asdict(report), "hashes": hashes}, indent=1))
    unfinished.replace(file)
    return report


def restore(file: Path, folder: Path, *, database: str = "") -> BackupReport:
    """Put a backup back into an empty or new ``folder``, checking every file and every count.

    Parameters
    ----------
    database
        Address of an empty database, where it is not to be the one of the ``office.yaml`` in the backup.

    Raises
    ------
    FolderInUseError, DatabaseInUseError
        Something lies in the folder, or in the database.
    NotABackupError
        The file is no backup, or a part of it is not as it was written; nothing is left in the folder.
    """
    if folder.exists() and any(folder.iterdir()):
        raise FolderInUseError(folder=folder.name)
    building = folder.with_name(f"{folder.name}.restoring")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True, mode=0o700)
    try:
        report = _unpacked(file, building)
        if (building / _DUMP).is_file():
            _load(building, report, file, database)
        elif _counted(building / _DATABASE) != _said(report):
            raise NotABackupError(file=file.name, detail=_DATABASE)
        if folder.exists():
            folder.rmdir()
        building.replace(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return report


def _load(building: Path, report: BackupReport, file: Path, database: str) -> None:
    """Put the dump into its database; it is counted before, so that a bad one touches nothing, and after."""
    copy = building / _DUMP
    if dump.contents_of(copy) != _said(report):
        raise NotABackupError(file=file.name, detail=_DUMP)
    settings = database_settings(database or read_configuration(building).database, building)
    if dump.load(copy, settings) != _said(report):
        raise NotABackupError(file=file.name, detail=str(settings["NAME"]))
    copy.unlink()


def _said(report: BackupReport) -> Contents:
    return Contents(report.rows, report.events, report.seal)


def _copied(settings: dict[str, object], scratch: Path) -> tuple[Path, BackupReport]:
    if "postgresql" in str(settings["ENGINE"]):
        copy = scratch / _DUMP
        found = dump.dump(settings, copy)
        return copy, BackupReport(found.rows, 0, found.events, found.seal)
    copy = scratch / _DATABASE
    with closing(sqlite3.connect(str(settings["NAME"]))) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
    found = _counted(copy)
    return copy, BackupReport(found.rows, 0, found.events, found.seal)


def _counted(database: Path) -> Contents:
    """Rows of every table, and the head of the chain."""
    with closing(sqlite3.connect(database)) as source:
        tables = source.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        rows = {name: source.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0] for (name,) in tables}
        head = source.execute("SELECT number, seal FROM acts_chainhead").fetchone() or (0, "")
    return Contents(rows, int(head[0]), str(head[1]))


def _files(folder: Path, file: Path) -> Iterator[Path]:
    """Files of the office but the database itself, what is being built, and the backup."""
    unfinished = _unfinished(file)
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        is_being_built = any(".building-" in part or part.startswith(".new-") for part in parts)
        is_backup = path.resolve() in {file.resolve(), unfinished.resolve()}
        if path.is_file() and not is_being_built and not is_backup and parts[0] not in _LEFT_OUT:
            yield path


def _unfinished(file: Path) -> Path:
    return file.with_name(f"{file.name}.part")


def _pack(packed: zipfile.ZipFile, path: Path, name: str) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as source, packed.open(name, "w", force_zip64=True) as target:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            target.write(chunk)
    return digest.hexdigest()


def _unpacked(file: Path, folder: Path) -> BackupReport:
    try:
        with zipfile.ZipFile(file) as packed:
            said = json.loads(packed.read(_MANIFEST))
            hashes: dict[str, str] = said.pop("hashes")
            for name, expected in hashes.items():
                place = PurePosixPath(name)
                if place.is_absolute() or ".." in place.parts:
                    raise NotABackupError(file=file.name, detail=name)
                _unpack(packed, name, folder / place, expected, file)
            return BackupReport(**said)
    except (zipfile.BadZipFile, KeyError, OSError, TypeError, ValueError) as cause:
        raise NotABackupError(file=file.name, detail=" ".join(str(cause).split())) from cause


def _unpack(packed: zipfile.ZipFile, name: str, target: Path, expected: str, file: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with packed.open(name) as source, target.open("wb") as out:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            out.write(chunk)
    target.chmod(0o600)
    if digest.hexdigest() != expected:
        raise NotABackupError(file=file.name, detail=name)
