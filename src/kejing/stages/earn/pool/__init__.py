"""What does a bonus pool give to each unit, and inside the unit to each person?

Reads ``pools``, ``rms``, the unit tree and the policy's formulas over rm. Writes ``pool``, and ``pool_share`` for
pay: one amount per period, RM and component. A pool is given out, or only limits what is due. Every pool is
distributed to the minor unit; what no person takes is shown as kept back. Rows: E3-86, E5-56, E5-60, E5-64, E5-73.
"""

from kejing.stages.earn.pool.distribute import run
from kejing.stages.earn.pool.settings import PoolSettings

__all__ = ["PoolSettings", "run"]
