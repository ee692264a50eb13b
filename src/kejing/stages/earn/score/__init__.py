"""How does each RM score; who ranks where?

Reads ``target``, ``credit``, ``rm_period`` and the policy's formulas over task and rm. Writes ``score``:
one row per RM and measure, and one with measure '' for all together. Rows: E1-08, E1-30, E2-52, E2-65.
"""

from kejing.stages.earn.score.scorecard import run
from kejing.stages.earn.score.settings import ScoreSettings

__all__ = ["ScoreSettings", "run"]
