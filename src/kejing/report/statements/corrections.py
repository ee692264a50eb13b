"""What the ledger says about a period: whether it is closed, and which postings changed what was said before."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq

from kejing.measure.money import minor_digits
from kejing.report.statements.statement import Correction, Standing
from kejing.warehouse.ledger import Entry, Ledger

PAY_POSTINGS = "postings/pay_posting.parquet"


def standing_of(ledger: Path | None, period: str) -> Standing:
    """What the ledger says of ``period``; without a ledger it is open.

    A closed period is final once a longer one that covers it is closed too, or where nothing longer will settle it.

    Raises
    ------
    NotALedgerError, BrokenLedgerError
        The folder is no ledger, or not what its hashes say.
    """
    standing: dict[str, Standing] = {}
    covers: dict[str, list[str]] = {}
    for entry in _entries(ledger):
        if entry.kind == "reopen":
            standing[entry.period] = Standing.PROVISIONAL
        elif entry.kind == "close":
            waits = bool(entry.content.get("statement", {}).get("is_provisional"))
            standing[entry.period] = Standing.CLOSED if waits else Standing.FINAL
            covers[entry.period] = [str(name) for name in entry.content.get("covers", ())]
    own = standing.get(period, Standing.PROVISIONAL)
    settles = [name for name, inner in covers.items() if period in inner and standing[name] is not Standing.PROVISIONAL]
    return Standing.FINAL if own is Standing.CLOSED and settles else own


def corrections_of(ledger: Path | None, period: str, currency: str) -> list[Correction]:
    """Postings about pay that change an earlier statement: posted in ``period``, or posted later for it.

    The first posting of a line into its own period is no correction. Ordered by posting.

    Raises
    ------
    NotALedgerError, BrokenLedgerError
        The folder is no ledger, or not what its hashes say.
    """
    found = []
    for entry in _entries(ledger):
        path = entry.file(PAY_POSTINGS)
        if path is None:
            continue
        for row in pq.read_table(path).to_pylist():
            changes = bool(row["corrects"]) or row["posted_in"] != row["period"]
            if changes and period in {row["period"], row["posted_in"]}:
                said = {name: "" if row.get(name) is None else str(row[name]) for name in Correction.__slots__}
                found.append(Correction(**{**said, "amount": _amount(row["amount"], currency)}))  # type: ignore[arg-type]  # the one field that is no text is put in
    return sorted(found, key=lambda one: one.posting_id)


def _entries(ledger: Path | None) -> Iterator[Entry]:
    if ledger is not None:
        yield from Ledger.open(ledger).entries


def _amount(value: object, currency: str) -> Decimal:
    """An amount as the file has it: an exact decimal, or whole minor units."""
    return Decimal(value).scaleb(-minor_digits(currency)) if isinstance(value, int) else Decimal(str(value))
