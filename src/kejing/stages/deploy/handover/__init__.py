"""When does each customer change hands, so that nobody is left alone and no RM is asked for too much at once?

Reads ``assign`` with ``assign_decision`` and ``assign_pin``, ``coverage``, ``customer_now``, ``customers``, ``rms``,
``rm_now``, ``rm_absences``, ``staff_time`` and the tables `handover_standard`, `rm_eligibility` and `rm_ramp` of the
policy. Writes ``handover`` (one row a customer that changes hands), ``handover_wave``, ``handover_coverage`` and the
same as ``handover/coverage.csv`` for `kejing import`, ``vacant_book``, ``leave_cover`` and ``unit_move``.
Rows: E1-23, E5-18, E5-19, E5-27.
"""

from kejing.stages.deploy.handover.run import run
from kejing.stages.deploy.handover.settings import HandoverSettings

WRITES = ("handover", "handover_wave", "handover_coverage", "vacant_book", "leave_cover", "unit_move")

__all__ = ["WRITES", "HandoverSettings", "run"]
