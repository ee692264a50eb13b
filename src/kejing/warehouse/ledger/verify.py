"""Is the ledger what was written? Every file that was edited, removed, reordered or added is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kejing.measure.findings import Finding, Place, Severity
from kejing.warehouse.ledger.chain import (
    ENTRIES,
    ENTRY,
    ENTRY_NAME,
    HEAD,
    OWN_NAMES,
    UNFINISHED,
    BrokenLedgerError,
    Head,
    entry_folders,
    is_unfinished,
    read_head,
)
from kejing.warehouse.ledger.durable import file_hash

_STAGE = "ledger"


def verify_ledger(folder: Path, *, head: str | None = None) -> list[Finding]:
    """Everything in which a ledger differs from what its hashes say.

    Parameters
    ----------
    folder
        The ledger.
    head
        Hash of an entry that somebody noted elsewhere (each close prints it): it must be in the chain. Without one
        nobody can tell a ledger from one that was shortened and given a new head.

    Returns
    -------
    list of Finding
        In the order of the chain, each with entry and file; empty when all is as written. What a stopped writer left
        is a warning: it does not count and the next writer takes it away.
    """
    try:
        last = read_head(folder)
    except BrokenLedgerError:
        return [_finding("ledger.head_wrong", "", HEAD)]
    found = [*_strays(folder, last), *_chain(folder, last)]
    if head is not None and head not in _hashes(folder, last):
        found.append(_finding("ledger.head_unknown", "", HEAD, sha256=head))
    return found


def _hashes(folder: Path, last: Head) -> set[str]:
    folders = entry_folders(folder)
    texts = (folders[number] / ENTRY for number in range(1, last.number + 1) if number in folders)
    return {file_hash(path) for path in texts if path.is_file()}


def _strays(folder: Path, last: Head) -> Iterator[Finding]:
    """Names beside the entries, entries beyond the head, and two folders of one number."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name not in OWN_NAMES:
            yield _finding("ledger.file_added", "", path.name)
    known = entry_folders(folder)
    for path in sorted((folder / ENTRIES).iterdir()) if (folder / ENTRIES).is_dir() else ():
        named = ENTRY_NAME.fullmatch(path.name)
        if path.name.startswith(UNFINISHED):
            yield _finding("ledger.entry_unfinished", path.name, "", severity=Severity.WARNING)
        elif named is None:
            yield _finding("ledger.file_added", "", f"{ENTRIES}/{path.name}")
        elif known.get(int(named[1])) != path:
            yield _finding("ledger.entry_added", path.name, "")
        elif int(named[1]) == last.number + 1 and is_unfinished(path, last):
            yield _finding("ledger.entry_unfinished", path.name, "", severity=Severity.WARNING)
        elif not 1 <= int(named[1]) <= last.number:
            yield _finding("ledger.entry_added", path.name, "")


def _chain(folder: Path, last: Head) -> Iterator[Finding]:
    """Entries against their successors' word and their files against their own."""
    folders = entry_folders(folder)
    edited = _edited(folders, last)
    for number in range(1, last.number + 1):
        path = folders.get(number)
        if path is None:
            yield _finding("ledger.entry_missing", f"{number:06d}", "")
            continue
        content = _read(path)
        if content is None:
            yield _finding(
                "ledger.file_missing" if not (path / ENTRY).exists() else "ledger.file_edited", path.name, ENTRY
            )
            continue
        if content.get("name") != path.name:
            yield _finding("ledger.entry_moved", path.name, "", original=content.get("name", "?"))
        elif number in edited:
            yield _finding("ledger.file_edited", path.name, ENTRY)
        yield from _files(path, content.get("files", {}))


def _edited(folders: dict[int, Path], last: Head) -> set[int]:
    """Numbers of entries whose text is not the one that was chained, from the head backward.

    An entry is held to the word of its successor. Where that one was itself edited its word proves nothing against
    the entry before it, which is then taken up again from its own word.
    """
    edited: set[int] = set()
    word, is_trusted = last.sha256, True
    for number in range(last.number, 0, -1):
        content = _read(folders[number]) if number in folders else None
        if content is None or content.get("number") != number:
            word, is_trusted = "", False
            continue
        if file_hash(folders[number] / ENTRY) == word:
            is_trusted = True
        elif is_trusted:
            edited.add(number)
            is_trusted = False
        word = str(content.get("previous"))
    return edited


def _files(path: Path, named: dict[str, str]) -> Iterator[Finding]:
    there = {file.relative_to(path).as_posix() for file in path.rglob("*") if not file.is_dir()} - {ENTRY}
    for name in sorted(there | set(named)):
        if name not in there:
            yield _finding("ledger.file_missing", path.name, name)
        elif name not in named:
            yield _finding("ledger.file_added", path.name, name)
        elif file_hash(path / name) != named[name]:
            yield _finding("ledger.file_edited", path.name, name)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads((path / ENTRY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) and isinstance(content.get("files"), dict) else None


def _finding(code: str, entry: str, file: str, *, severity: Severity = Severity.ERROR, **facts: object) -> Finding:
    place = Place(file="/".join(part for part in (entry, file) if part))
    texts = {name: str(fact) for name, fact in facts.items()}
    return Finding(code=code, severity=severity, place=place, stage=_STAGE, facts={"entry": entry, **texts})
