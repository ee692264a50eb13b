"""What a ledger has posted of pay for a period after its first close: the money that came of disputes is in it."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

from kejing.stages.earn.dispute import LEDGER_CORRECTION
from kejing.stages.earn.post import BOOKS
from kejing.verbs.ledger_periods import periods_of
from kejing.verbs.posting import POSTINGS
from kejing.warehouse.ledger import Ledger


def booked_corrections(ledger: Ledger) -> pa.Table:
    """Relation ``ledger_correction``, of every period, whichever period carries the posting.

    Raises
    ------
    BrokenLedgerError
        A file of the ledger is not the one that was posted.
    """
    first_closes = {name: period.closes[0].number for name, period in periods_of(ledger).items()}
    parts = [LEDGER_CORRECTION.empty_table()]
    for entry in ledger.entries:
        if entry.period in first_closes and entry.number > first_closes[entry.period]:
            path = entry.file(f"{POSTINGS}/{BOOKS['pay'].name}.parquet")
            if path is not None:
                parts.append(pq.read_table(path, columns=LEDGER_CORRECTION.names).cast(LEDGER_CORRECTION))
    return pa.concat_tables(parts)
