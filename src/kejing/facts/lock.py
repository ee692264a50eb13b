"""One import at a time into one facts folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kejing.measure.errors import KejingError
from kejing.warehouse.lock import HeldError, holding

LOCK = "import.lock"
"""Names the process that imported into the folder last."""


class FactsBusyError(KejingError):
    """Another import into the folder is running."""

    code = "facts.busy"


@contextmanager
def sole_import(into: Path) -> Iterator[None]:
    """Keep every other import out of ``into`` while the block runs; a folder that stays empty is not left behind.

    Raises
    ------
    FactsBusyError
        Another import is at work; nothing was read yet.
    """
    is_new = not into.exists()
    into.mkdir(parents=True, exist_ok=True)
    try:
        with holding(into / LOCK):
            yield
    except HeldError as cause:
        raise FactsBusyError(folder=into.name, process=cause.holder) from cause
    finally:
        if is_new and [entry.name for entry in into.iterdir()] == [LOCK]:
            (into / LOCK).unlink()
            into.rmdir()
