"""The ledger on disk: immutable entries in a chain of hashes, each appended whole or not at all.

``LEDGER/entries/000007-close-2025-Q1/`` holds one entry: ``entry.json`` and the files that it names with their
hashes. Each entry names the hash of its predecessor; ``head.json`` names the last one and is replaced in one instant.
"""

from kejing.warehouse.ledger.chain import (
    BrokenLedgerError,
    Entry,
    Head,
    Ledger,
    LedgerMovedError,
    NotALedgerError,
)
from kejing.warehouse.ledger.lock import LedgerLockedError
from kejing.warehouse.ledger.verify import verify_ledger

__all__ = [
    "BrokenLedgerError",
    "Entry",
    "Head",
    "Ledger",
    "LedgerLockedError",
    "LedgerMovedError",
    "NotALedgerError",
    "verify_ledger",
]
