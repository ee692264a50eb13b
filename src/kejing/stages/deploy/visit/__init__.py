"""Whom to visit and call on which day, is it done, and can the standard be met at all?

Reads ``customer_now``, ``segment``, ``coverage`` or ``assign``, ``rm_now`` or ``roster``, ``rm_absences``,
``contacts``, ``losses``, ``measures`` and the policy table of service standards. Writes ``visit``, every contact that
is due with what became of it, ``visit_summary`` by RM, and ``visit_lever`` where time falls short.
Rows: E2-29, E4-41, E4-42, E4-48, E4-52, E4-53, E4-55, E4-56, E4-58.
"""

from kejing.stages.deploy.visit.run import run
from kejing.stages.deploy.visit.settings import VisitSettings

__all__ = ["VisitSettings", "run"]
