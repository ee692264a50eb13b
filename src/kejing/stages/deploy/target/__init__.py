"""What is each RM's goal, derived from the book, summing to the unit's goal?

Reads ``goals``, ``balances``, ``income``, ``measures``, ``team`` or ``assign``, ``rm_period`` or ``roster``.
Writes ``target``. Rows: E1-23, E1-27..29, E1-35, E4-71. The retail policy leaves the stock step out and the
run says so; a policy that has the step refuses to run without stock.
"""

from kejing.stages.deploy.target.settings import TargetSettings
from kejing.stages.deploy.target.spread import run

__all__ = ["TargetSettings", "run"]
