"""One import at a time into one facts folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kejing.measure.errors import KejingError
from kejing.warehouse.unfinished import is_running

LOCK = "import.lock"
"""Names the process that imports into the folder, while it does."""

_held: set[Path] = set()


class FactsBusyError(KejingError):
    """Another import into the folder is running."""

    code = "facts.busy"


@contextmanager
def sole_import(into: Path) -> Iterator[None]:
    """Keep every other import out of ``into`` while the block runs.

    A lock whose process is gone, or that this process wrote in an earlier life of its number, counts for nothing.

    Raises
    ------
    FactsBusyError
        Another import is at work; nothing was read yet.
    """
    is_new = not into.exists()
    into.mkdir(parents=True, exist_ok=True)
    lock = (into / LOCK).resolve()
    while not _taken(lock):
        _clear_stale(lock)
    _held.add(lock)
    try:
        yield
    finally:
        _held.discard(lock)
        lock.unlink(missing_ok=True)
        if is_new and not any(into.iterdir()):
            into.rmdir()


def _taken(lock: Path) -> bool:
    """Put the lock there, whole from its first instant, unless one is there."""
    waiting = lock.with_name(f"{LOCK}.{os.getpid()}-{os.urandom(4).hex()}")
    waiting.write_text(f"{os.getpid()}\n", encoding="ascii")
    try:
        os.link(waiting, lock)
    except FileExistsError:
        return False
    finally:
        waiting.unlink()
    return True


def _clear_stale(lock: Path) -> None:
    """Take away a lock that nobody holds.

    It is moved aside first: of several that find it stale one moves it, and who moved a fresh one puts it back.
    """
    text = _text(lock)
    if text is None:
        return
    process = int(text) if text.isdigit() else 0
    if lock in _held or (process and process != os.getpid() and is_running(process)):
        raise FactsBusyError(folder=lock.parent.name, process=process or "-", lock=LOCK)
    aside = lock.with_name(f"{LOCK}.stale-{os.getpid()}")
    try:
        lock.rename(aside)
    except FileNotFoundError:
        return
    if _text(aside) != text:
        os.link(aside, lock)
    aside.unlink()


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
