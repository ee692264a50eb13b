"""Which pay is disputed, who must answer by when, and how much money rests on it?

Reads ``disputes``, ``pay`` and ``pay_total``, and where a ledger is at hand ``ledger_correction``. Writes ``dispute``:
state on the day of the run, days late, the pay that rests on the disputed line, or on the RM's period where no line is
named, and what was booked for it; ``dispute_posting``: the postings that it was booked with. Rows: E5-64; feature 46 of
the pay handbook.
"""

from kejing.stages.earn.dispute.docket import LEDGER_CORRECTION, run
from kejing.stages.earn.dispute.settings import DisputeSettings

__all__ = ["LEDGER_CORRECTION", "DisputeSettings", "run"]
