"""What is paid, from which lines and rules, deferred how much?

Reads ``credit``, ``score``'s tasks, ``segment`` and the policy's formulas and rate cards. Writes ``pay``, one row
per component and line with the clause it rests on, and ``pay_total``. One rounding per line; amounts handed
down to lines by largest remainder. Rows: E1-21, E1-30..36, E2-54.
"""

from kejing.stages.earn.pay.settings import PaySettings
from kejing.stages.earn.pay.statement import run

__all__ = ["PaySettings", "run"]
