"""What is a customer worth to the bank, and what did each RM and unit earn it?

Reads ``balances``, ``credit``, ``segment``, ``team`` and the policy's formulas over account (customer, product,
period): margin after the transfer price, expected loss, cost, tax, capital. Writes ``value`` and ``profit``, whose
levels reconcile with one another and whose income is the ledger's; what nobody covers is shown as unassigned.
Rows: E1-25, E3-86, E5-26; feature 67 of the pay handbook (F2).
"""

from kejing.stages.earn.value.reckoning import VALUE_TRACES, run
from kejing.stages.earn.value.settings import ValueSettings

__all__ = ["VALUE_TRACES", "ValueSettings", "run"]
