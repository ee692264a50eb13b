"""Which customers does a change of facts touch, and what of an earlier run still stands for all the others?

Crediting shares nothing between customers, and what RMs share (peers, pools, goals) is drawn from sums by RM. So the
lines of an island of customers are reckoned anew; the sums by RM are the kept ones, less what the island gave before,
plus what it gives now; and everything above the lines runs in full on these sums. The SQL is that of the stages.

Reads the facts before and after, and the tables and sums of the earlier run. Writes no table of its own: it stands
between a stage and its engine. Rows: E1-36; pay handbook 1 (unit of work = island), 2.5 (history + deltas = fresh run).
"""

from kejing.stages.islands.closure import Change, Closure, changes_of, tables_read
from kejing.stages.islands.engine import IslandEngine
from kejing.stages.islands.kept import KeptRun, keep_sums
from kejing.stages.islands.shards import ShardedEngine
from kejing.stages.islands.whole import EverythingTouchedError

__all__ = [
    "Change",
    "Closure",
    "EverythingTouchedError",
    "IslandEngine",
    "KeptRun",
    "ShardedEngine",
    "changes_of",
    "keep_sums",
    "tables_read",
]
