"""Whose money is leaving faster than it ever does?

Reads the fact tables ``daily_balances`` and ``products`` and the policy section ``outflow``. What it finds is told to
people; no figure of pay reads it. Rows: E2-04, E3-19, E3-37.
"""

from kejing.stages.guard.outflow.find import Outflow, find_outflows
from kejing.stages.guard.outflow.rules import OutflowRule, Rung, ladder_of, outflow_rules
from kejing.stages.guard.outflow.settings import OutflowSettings

__all__ = ["Outflow", "OutflowRule", "OutflowSettings", "Rung", "find_outflows", "ladder_of", "outflow_rules"]
