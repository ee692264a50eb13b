"""Which pay is disputed, who must answer by when, and how much money rests on it?

Reads ``disputes``, ``pay`` and ``pay_total``. Writes ``dispute``: state on the day of the run, days late, and the pay
that rests today on the disputed line, or on the RM's period where no line is named. Rows: E5-64; feature 46 of the
pay handbook.
"""

from kejing.stages.earn.dispute.docket import run
from kejing.stages.earn.dispute.settings import DisputeSettings

__all__ = ["DisputeSettings", "run"]
