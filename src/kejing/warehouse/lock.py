"""One process at a time: a lock file that the system lets go of when its holder ends, however it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class HeldError(Exception):
    """Another process holds the lock; ``holder`` is the number that it wrote, or ``?``."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


@contextmanager
def holding(path: Path) -> Iterator[None]:
    """Hold the lock file ``path`` while the block runs.

    The lock is the system's hold on the file, not the file: a file left by a process that was killed is held by
    nobody, so it is stale and is taken over. It names the process that held it last, for people.

    Raises
    ------
    HeldError
        Another process holds it.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not _take(handle):
            raise HeldError(os.read(handle, 32).decode(errors="replace").strip() or "?")
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)  # lets go of the lock too


def _take(handle: int) -> bool:
    """Whether the lock was free and is ours now."""
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415  # there alone

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl  # noqa: PLC0415  # there alone

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
