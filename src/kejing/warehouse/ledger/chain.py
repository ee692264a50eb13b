"""Entries, the chain they form, and the one way to add to it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kejing.measure.errors import KejingError
from kejing.warehouse.ledger.durable import file_hash, replace_text, sync, sync_tree, text_hash
from kejing.warehouse.ledger.lock import LOCK, writing

HEAD = "head.json"
ENTRIES = "entries"
ENTRY = "entry.json"
FORMAT = 1
OWN_NAMES = frozenset({HEAD, f"{HEAD}.new", ENTRIES, LOCK})
UNFINISHED = ".new-"
ENTRY_NAME = re.compile(r"(\d{6})-([a-z]+(?:-[a-z]+)*)-(.+)")


class NotALedgerError(KejingError):
    """The folder holds something that is no ledger; it is left alone."""

    code = "ledger.not_a_ledger"


class BrokenLedgerError(KejingError):
    """The chain or a file of it is not what its hashes say; nothing is built upon it."""

    code = "ledger.broken"


class LedgerMovedError(KejingError):
    """Somebody else added an entry in the meantime; nothing of this one was written."""

    code = "ledger.moved"


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry by number and hash; number 0 and no hash where there is none."""

    number: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its folder, the hash of its ``entry.json`` and what that says."""

    folder: Path
    sha256: str
    content: Mapping[str, Any]

    @property
    def number(self) -> int:
        """Place in the chain, from 1."""
        return int(self.content["number"])

    @property
    def name(self) -> str:
        """Name of the folder."""
        return str(self.content["name"])

    @property
    def kind(self) -> str:
        """What was done: close, correct, reopen-request, reopen."""
        return str(self.content["kind"])

    @property
    def period(self) -> str:
        """The period that the entry is for."""
        return str(self.content["period"])

    @property
    def files(self) -> Mapping[str, str]:
        """Hash by path of every file of the entry but ``entry.json``."""
        return dict(self.content["files"])

    def file(self, name: str) -> Path | None:
        """The file ``name`` after comparing it with its hash; None where the entry has no such file.

        Raises
        ------
        BrokenLedgerError
            The file is gone or was edited.
        """
        if name not in self.files:
            return None
        path = self.folder / name
        if not path.is_file() or file_hash(path) != self.files[name]:
            raise BrokenLedgerError(entry=self.name, file=name)
        return path


@dataclass(frozen=True, slots=True)
class Ledger:
    """A ledger as its head names it. Reading never writes; what lies beyond the head does not count.

    Attributes
    ----------
    entries
        In the order of the chain, each one's hash held against its successor's word or the head's.
    """

    folder: Path
    head: Head
    entries: tuple[Entry, ...]

    @classmethod
    def empty(cls) -> Ledger:
        """A ledger without entries that lies nowhere."""
        return cls(Path(), Head(), ())

    @classmethod
    def open(cls, folder: Path) -> Ledger:
        """The ledger in ``folder``; one without entries where the folder is missing or empty.

        Raises
        ------
        NotALedgerError
            The folder holds something else.
        BrokenLedgerError
            An entry is missing or its text is not the one that was chained.
        """
        check_ledger(folder)
        head = read_head(folder)
        found: list[Entry] = []
        folders = entry_folders(folder)
        for number in range(1, head.number + 1):
            path = folders.get(number)
            if path is None:
                raise BrokenLedgerError(entry=f"{number:06d}", file=ENTRY)
            entry = _read_entry(path)
            if entry.content.get("previous") != (found[-1].sha256 if found else ""):
                raise BrokenLedgerError(entry=found[-1].name if found else path.name, file=ENTRY)
            found.append(entry)
        if (found[-1].sha256 if found else "") != head.sha256:
            raise BrokenLedgerError(entry=found[-1].name, file=ENTRY)
        return cls(folder, head, tuple(found))

    def append(self, content: Mapping[str, Any], fill: Callable[[Path], None]) -> Entry:
        """Add one entry after the head as it was when this ledger was opened.

        Parameters
        ----------
        content
            What ``entry.json`` says, ``kind`` and ``period`` among it; number, name, hashes and format are added.
        fill
            Writes the entry's files into the folder given.

        Raises
        ------
        LedgerLockedError
            Another process is writing.
        LedgerMovedError
            Another entry was added since.

        Notes
        -----
        Build aside, sync, rename, replace the head: the head is the instant at which the entry counts. A process that
        stops before leaves a folder that nobody reads and the next writer takes away.
        """
        (self.folder / ENTRIES).mkdir(parents=True, exist_ok=True)
        with writing(self.folder):
            if read_head(self.folder) != self.head:
                raise LedgerMovedError(folder=self.folder.name)
            if not (self.folder / HEAD).exists():
                write_head(self.folder, Head())
            _recover(self.folder, self.head)
            number = self.head.number + 1
            name = f"{number:06d}-{content['kind']}-{content['period']}"
            building = self.folder / ENTRIES / f"{UNFINISHED}{os.getpid()}"
            building.mkdir()
            try:
                fill(building)
                text = _entry_text({**content, "number": number, "name": name}, self.head, building)
                (building / ENTRY).write_text(text, encoding="utf-8")
                sync_tree(building)
                target = self.folder / ENTRIES / name
                building.rename(target)
                sync(target.parent)
            finally:
                shutil.rmtree(building, ignore_errors=True)
            entry = Entry(target, text_hash(text), json.loads(text))
            write_head(self.folder, Head(number, entry.sha256))
        return entry


def check_ledger(folder: Path) -> None:
    """Refuse a folder that holds something that is no ledger.

    Raises
    ------
    NotALedgerError
        ``folder`` is a file, or holds names that no ledger has.
    """
    if folder.is_file() or (folder.is_dir() and any(path.name not in OWN_NAMES for path in folder.iterdir())):
        raise NotALedgerError(folder=folder.name)


def read_head(folder: Path) -> Head:
    """The head that counts now.

    Raises
    ------
    BrokenLedgerError
        ``head.json`` cannot be read, or is gone while entries stand.
    """
    path = folder / HEAD
    if not path.is_file():
        if entry_folders(folder):  # a head stands before the first entry does
            raise BrokenLedgerError(entry="-", file=HEAD)
        return Head()
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return Head(int(said["number"]), str(said["sha256"]))
    except (ValueError, KeyError, TypeError) as cause:
        raise BrokenLedgerError(entry="-", file=HEAD) from cause


def write_head(folder: Path, head: Head) -> None:
    """Make ``head`` the one that counts, in one instant."""
    said = {"format": FORMAT, "number": head.number, "sha256": head.sha256}
    replace_text(folder / HEAD, json.dumps(said) + "\n")


def entry_folders(folder: Path) -> dict[int, Path]:
    """Folders of entries by number, of two with one number the first by name."""
    found: dict[int, Path] = {}
    entries = folder / ENTRIES
    for path in sorted(entries.iterdir()) if entries.is_dir() else ():
        named = ENTRY_NAME.fullmatch(path.name)
        if named is not None and path.is_dir():
            found.setdefault(int(named[1]), path)
    return found


def _read_entry(path: Path) -> Entry:
    """The entry in a folder, its hash taken from the bytes that stand there."""
    try:
        raw = (path / ENTRY).read_bytes()
        content = json.loads(raw)
        is_right = content["name"] == path.name and isinstance(content["files"], dict)
    except (OSError, ValueError, KeyError, TypeError) as cause:
        raise BrokenLedgerError(entry=path.name, file=ENTRY) from cause
    if not is_right:
        raise BrokenLedgerError(entry=path.name, file=ENTRY)
    return Entry(path, hashlib.sha256(raw).hexdigest(), dict(content))


def _entry_text(content: Mapping[str, Any], head: Head, building: Path) -> str:
    """The text of ``entry.json``: what was given, the predecessor, the hash of every file."""
    paths = sorted(path for path in building.rglob("*") if path.is_file())
    files = {path.relative_to(building).as_posix(): file_hash(path) for path in paths}
    whole = {**content, "format": FORMAT, "previous": head.sha256, "files": files}
    return json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _recover(folder: Path, head: Head) -> None:
    """Take away what a writer left that stopped before its head: drafts, and one renamed folder after the head.

    Anything else that does not belong here is evidence, not rubbish: it stays, and `verify_ledger` names it.
    """
    for left in (folder / ENTRIES).glob(f"{UNFINISHED}*"):
        shutil.rmtree(left)
    after = entry_folders(folder).get(head.number + 1)
    if after is not None and is_unfinished(after, head):
        shutil.rmtree(after)


def is_unfinished(path: Path, head: Head) -> bool:
    """Whether a folder is the entry that would have followed ``head``, had its writer not stopped."""
    try:
        content = json.loads((path / ENTRY).read_text(encoding="utf-8"))
        return bool(content["previous"] == head.sha256 and content["name"] == path.name)
    except (OSError, ValueError, KeyError, TypeError):
        return False
