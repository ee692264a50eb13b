"""Kejing (客經) runs a relationship-manager sales force: tiers, headcount, books, targets, credit, pay.

The verbs of the command line, as functions::

    import kejing

    kejing.import_facts(["files/"], mapping="mapping.yaml", into="facts/")
    kejing.run("facts/", policy="bank_corporate", as_of="2025-12-31", out="out/")
    kejing.explain("out/", "pay", rm_id="R001", component="increment_pay")
"""

from kejing.verbs import (
    certify,
    check,
    close,
    compare,
    contract,
    contract_check,
    correct,
    demo,
    explain,
    import_facts,
    open_ledger,
    payroll,
    policy_check,
    policy_diff,
    policy_render,
    policy_test,
    reopen,
    report,
    run,
    statement,
    verify_ledger,
)
from kejing.version import __version__

__all__ = [
    "__version__",
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
