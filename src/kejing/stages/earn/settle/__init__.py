"""What is owed later, withheld, cancelled or taken back, and what is payable now?

Reads ``pay``, ``pay_total``, ``rm_period``, facts ``holds`` and ``incidents``, the policy's tables of posts, deferral,
malus and regulation, and where a ledger is at hand ``ledger_instalment``, ``ledger_held``, ``ledger_paid`` and
``ledger_balance``.
Writes ``instalment`` (one liability a row), ``held``, ``malus`` and ``settlement``. Rows: E2-54, E2-61..63; features
35-38 and 57.
"""

from kejing.stages.earn.settle.settings import SettleSettings
from kejing.stages.earn.settle.statement import run

__all__ = ["SettleSettings", "run"]
