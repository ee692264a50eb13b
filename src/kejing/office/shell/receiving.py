"""Files from a browser: kept under names of ours, and only if they are what they say and no larger than they may be."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from django.core.files.uploadedfile import UploadedFile

from kejing.measure.errors import KejingError

TABLES = frozenset({".csv", ".xlsx", ".parquet"})
MAPPINGS = frozenset({".yaml", ".yml"})
LARGEST = 200 * 1024 * 1024
"""Of one upload [bytes]."""
LARGEST_UNPACKED = 2 * 1024 * 1024 * 1024
"""Of everything in an archive [bytes]."""
_TIMES = 200
"""How much larger than packed the content of an archive may be."""
_MOST_FILES = 2_000


class NotAFileForUsError(KejingError):
    """The file is of a kind that cannot be imported."""

    code = "office.file_kind"


class TooLargeError(KejingError):
    """The file, or what is packed in it, is larger than an upload may be."""

    code = "office.file_too_large"


class UnsafeArchiveError(KejingError):
    """A name in the archive leads out of it."""

    code = "office.file_unsafe"


def receive(uploads: Sequence[UploadedFile[bytes]], folder: Path) -> list[Path]:
    """Keep uploads in ``folder``, archives unpacked.

    Raises
    ------
    NotAFileForUsError, TooLargeError, UnsafeArchiveError
        One of them is refused; nothing of any is kept.
    """
    folder.mkdir(parents=True)
    try:
        return [path for upload in uploads for path in _received(upload, folder)]
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def unpack(archive: Path, folder: Path, allowed: frozenset[str]) -> list[Path]:
    """Files of an archive whose ending is ``allowed``, under their own paths.

    Raises
    ------
    NotAFileForUsError, TooLargeError, UnsafeArchiveError
        The archive is no archive, a bomb, or leads out of ``folder``.
    """
    found = []
    with _opened(archive) as packed:
        for entry in packed.infolist():
            place = PurePosixPath(entry.filename.replace("\\", "/"))
            if place.is_absolute() or ".." in place.parts or ":" in entry.filename:
                raise UnsafeArchiveError(file=archive.name, name=entry.filename)
            if entry.is_dir() or place.suffix.lower() not in allowed:
                continue
            target = folder / place
            target.parent.mkdir(parents=True, exist_ok=True)
            with packed.open(entry) as source, target.open("wb") as out:
                shutil.copyfileobj(source, out)
            found.append(target)
    return found


def mapping_among(paths: Sequence[Path]) -> Path | None:
    """The mapping file among those that were brought, if there is one."""
    return next((path for path in paths if path.suffix.lower() in MAPPINGS), None)


def _received(upload: UploadedFile[bytes], folder: Path) -> Iterator[Path]:
    name = PurePosixPath((upload.name or "").replace("\\", "/")).name
    ending = PurePosixPath(name).suffix.lower()
    if ending not in TABLES | MAPPINGS | {".zip"} or name.startswith("."):
        raise NotAFileForUsError(file=name, kinds=", ".join(sorted(TABLES | MAPPINGS | {".zip"})))
    if (upload.size or 0) > LARGEST:
        raise TooLargeError(file=name, largest=LARGEST // 1024 // 1024)
    target = folder / name
    with target.open("wb") as out:
        for chunk in upload.chunks():
            out.write(chunk)
    if ending == ".zip":
        yield from unpack(target, folder, TABLES | MAPPINGS)
        target.unlink()
        return
    if ending == ".xlsx":
        _opened(target).close()  # a workbook is an archive too
    yield target


def _opened(archive: Path) -> zipfile.ZipFile:
    """An archive that is none of those that grow without end."""
    try:
        packed = zipfile.ZipFile(archive)
    except zipfile.BadZipFile as cause:
        raise NotAFileForUsError(file=archive.name, kinds=", ".join(sorted(TABLES))) from cause
    entries = packed.infolist()
    size = sum(entry.file_size for entry in entries)
    if len(entries) > _MOST_FILES or size > LARGEST_UNPACKED or size > _TIMES * max(archive.stat().st_size, 1 << 16):
        packed.close()
        raise TooLargeError(file=archive.name, largest=LARGEST_UNPACKED // 1024 // 1024)
    return packed
