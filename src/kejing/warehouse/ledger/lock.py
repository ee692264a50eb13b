"""One writer to a ledger at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kejing.measure.errors import KejingError
from kejing.warehouse.lock import HeldError, holding

LOCK = "lock"


class LedgerLockedError(KejingError):
    """Another process is writing to the ledger."""

    code = "ledger.locked"


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the ledger's lock while the block runs.

    Raises
    ------
    LedgerLockedError
        Another process holds it.
    """
    try:
        with holding(folder / LOCK):
            yield
    except HeldError as cause:
        raise LedgerLockedError(folder=folder.name, process=cause.holder) from cause
