"""What was lost in a half-year, of what base: amounts of confirmed loss, never a share without its denominator.

Reads the fact tables ``losses`` and ``income`` and the policy section ``churn``. Rows: E4-64, E4-65, E4-86..91, E4-97.
"""

from kejing.stages.guard.churn.check import check_churn
from kejing.stages.guard.churn.ledger import REST, Ledger, LossLine, Slice, read_ledger
from kejing.stages.guard.churn.settings import ChurnSettings

__all__ = ["REST", "ChurnSettings", "Ledger", "LossLine", "Slice", "check_churn", "read_ledger"]
