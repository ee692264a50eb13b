"""One function per command: what the command line, Python and the office all call.

The verbs hold no rule of their own: they open what is needed, call one room and put the result on disk.
"""

from kejing.verbs.bring import import_facts
from kejing.verbs.certifying import certify
from kejing.verbs.checking import check
from kejing.verbs.demonstrate import demo
from kejing.verbs.explaining import explain
from kejing.verbs.policies import policy_check, policy_diff, policy_test
from kejing.verbs.reporting import report
from kejing.verbs.running import run

__all__ = [
    "certify",
    "check",
    "demo",
    "explain",
    "import_facts",
    "policy_check",
    "policy_diff",
    "policy_test",
    "report",
    "run",
]
