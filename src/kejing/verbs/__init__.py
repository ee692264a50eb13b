"""One function per command: what the command line, Python and the office all call.

The verbs hold no rule of their own: they open what is needed, call one room and put the result on disk.
"""

from kejing.verbs.bring import import_facts
from kejing.verbs.certifying import certify
from kejing.verbs.checking import check
from kejing.verbs.closing import close
from kejing.verbs.comparing import compare
from kejing.verbs.contracting import contract, contract_check, policy_render
from kejing.verbs.correcting import correct
from kejing.verbs.demonstrate import demo
from kejing.verbs.explaining import explain
from kejing.verbs.ledgers import open_ledger, verify_ledger
from kejing.verbs.payroll import payroll
from kejing.verbs.policies import policy_check, policy_diff, policy_test
from kejing.verbs.reopening import reopen
from kejing.verbs.reporting import report
from kejing.verbs.running import run
from kejing.verbs.stating import statement

__all__ = [
    "certify",
    "check",
    "close",
    "compare",
    "contract",
    "contract_check",
    "correct",
    "demo",
    "explain",
    "import_facts",
    "open_ledger",
    "payroll",
    "policy_check",
    "policy_diff",
    "policy_render",
    "policy_test",
    "reopen",
    "report",
    "run",
    "statement",
    "verify_ledger",
]
