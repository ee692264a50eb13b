"""How many seats does the hotline (10000 号) need in each interval, so that calls are answered in time?

Reads the fact table ``calls`` and ``rm_now``. Writes ``hotline`` (calls to be expected and seats by interval),
``hotline_day`` (a day's seats and hours, and the service simulated), ``hotline_centre`` (heads beside those in post)
and ``hotline_check`` (how far the forecast was off beside the simplest ones).
Rows: E4-01, E4-06, E4-50, E4-84.
"""

from kejing.stages.decide.hotline.plan import WRITES, run
from kejing.stages.decide.hotline.settings import HotlineSettings

__all__ = ["WRITES", "HotlineSettings", "run"]
