"""Which manual adjustments may be paid: made by one person, approved by another, both by the day of the run?

Reads ``adjustments`` and ``rm_period``. Writes ``adjustment_share`` for pay, one line per adjustment, in the shape
of ``pool_share``; what is refused is a finding and is not paid. Rows: E2-61, E5-64; feature 43 of the pay handbook.
"""

from kejing.stages.earn.adjustment.approve import run
from kejing.stages.earn.adjustment.settings import AdjustmentSettings

__all__ = ["AdjustmentSettings", "run"]
