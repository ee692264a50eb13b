"""Who are our customers, which tier is each in under which scheme on which date, who sits at a tier line?

Reads ``customers``, ``measures``, ``fx_rates``. Writes ``segment``: dated tiers, several schemes side by side.
A tier is decided by measures of the customer (annual sales, spend, credit grade), never by our own
balances, so it does not move when they do. Rows: E2-30, E2-48..51, E3-52..63, E4-40, E4-47, E4-51,
E4-54, E4-64, E4-65.
"""

from kejing.stages.decide.segment.review import run
from kejing.stages.decide.segment.settings import SegmentSettings

__all__ = ["SegmentSettings", "run"]
