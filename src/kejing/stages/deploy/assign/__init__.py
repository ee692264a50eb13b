"""Who covers whom, is the split fair, what moves, what did it cost in continuity, how far from the best possible?

Reads ``customer_now``, ``segment``, ``rm_now`` or ``roster``, ``coverage``, ``pins``, ``income``, ``measures``,
``staff_standard`` and the tables `rm_eligibility` and `pool_cost` of the policy. Writes ``assign``,
``assign_summary`` and the folder ``certificate``. Rows: E1-23, E1-24, E2-43, E2-46, E2-71, E5-18.
"""

from kejing.stages.deploy.assign.books import run
from kejing.stages.deploy.assign.certify import CertificateReport, certify
from kejing.stages.deploy.assign.settings import AssignSettings

__all__ = ["WRITES", "AssignSettings", "CertificateReport", "certify", "run"]

WRITES = ("assign", "assign_summary", "assign_curve", "assign_price")
