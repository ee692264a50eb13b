"""Who produced what, who shares the credit, does it tie to the ledger?

Reads ``income``, ``balances``, ``products``, ``team`` and the population. Writes ``credit``: the ledger view
sums to the ledger to the cent with an unassigned line; the shadow view stands beside it with its
elimination. Rows: E1-25, E3-85, E3-86, E5-25..27, E5-56..59.
"""

from kejing.stages.earn.credit.settings import CreditSettings
from kejing.stages.earn.credit.share import run

__all__ = ["CreditSettings", "run"]
