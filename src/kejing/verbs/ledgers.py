"""``kejing ledger``: what stands in a ledger, and whether it is what was written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from kejing.measure.errors import KejingError
from kejing.measure.findings import Finding
from kejing.verbs.ledger_periods import periods_of
from kejing.warehouse.ledger import Ledger
from kejing.warehouse.ledger import verify_ledger as verify_folder
from kejing.warehouse.ledger.chain import check_ledger


class NoLedgerError(KejingError):
    """There is no ledger at this place."""

    code = "ledger.none"


def open_ledger(ledger: str | Path) -> Ledger:
    """The ledger in a folder, its chain of entries held against their hashes.

    Raises
    ------
    NoLedgerError
        There is none.
    NotALedgerError
        The folder holds something else.
    BrokenLedgerError
        The chain is broken; `verify_ledger` says where.
    """
    if not Path(ledger).is_dir():
        raise NoLedgerError(folder=Path(ledger).name)
    return Ledger.open(Path(ledger))


def verify_ledger(
    ledger: str | Path, *, head: str | None = None, progress: Callable[[str, int, int], None] | None = None
) -> list[Finding]:
    """Everything in which a ledger differs from what its hashes say; empty when all is as written.

    Parameters
    ----------
    head
        Hash of an entry that was noted elsewhere and must be in the chain.

    Raises
    ------
    NoLedgerError
        There is none.
    NotALedgerError
        The folder holds no ledger.
    """
    folder = Path(ledger)
    if not folder.is_dir():
        raise NoLedgerError(folder=folder.name)
    if not (folder / "entries").is_dir():
        check_ledger(folder)
    if progress is not None:
        progress("verify", 0, 1)
    found = verify_folder(folder, head=head)
    if progress is not None:
        progress("verify", 1, 1)
    return found


def ledger_as_json(ledger: Ledger) -> dict[str, Any]:
    """Entries and periods for programs."""
    return {
        "head": {"number": ledger.head.number, "sha256": ledger.head.sha256},
        "entries": [{**entry.content, "sha256": entry.sha256} for entry in ledger.entries],
        "periods": [
            {
                "period": period.name,
                "closed": period.is_closed,
                "version": len(period.closes),
                "provisional": bool(period.last_close.content["statement"]["is_provisional"]),
                "reopening_asked_by": str(period.request.content["by"]) if period.request is not None else None,
            }
            for period in periods_of(ledger).values()
        ],
    }


def decimal_sum(total: Mapping[str, Any]) -> Decimal:
    """The sum of a figure in ``entry.json`` as an exact decimal.

    Examples
    --------
    >>> decimal_sum({"sum": -2035418, "digits": 2, "rows": 2})
    Decimal('-20354.18')
    """
    return Decimal(int(total["sum"])).scaleb(-int(total["digits"]))
