"""How many RMs and product officers does the service standard need, by place and tier, and where is the gap?

Reads ``customer_now``, ``segment``, ``unit_tree``, ``rm_now``, ``rm_absences``, ``losses``, ``measures`` and the
tables `service_line`, `service_standard`, `rm_span`, `officer_ratio` of the policy. Writes ``staff`` with the
methods side by side, and ``roster`` where the policy asks for made-up RMs.
Rows: E2-71, E3-56, E3-57, E3-59, E3-61, E3-62, E3-64, E4-74..77, E4-80..83, E4-92.
"""

from kejing.stages.decide.staff.headcount import run
from kejing.stages.decide.staff.settings import StaffSettings

__all__ = ["StaffSettings", "run"]
