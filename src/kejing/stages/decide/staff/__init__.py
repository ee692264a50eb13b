"""How many RMs and product officers does the service standard need, by place and tier, and where is the gap?

Reads ``customer_now``, ``segment``, ``unit_tree``, ``rm_now``, ``rm_absences``, ``losses``, ``measures`` and the
tables `service_line`, `service_standard`, `rm_span`, `officer_ratio` of the policy; with an outlook also
`staff_growth`, `staff_leaving`, `staff_move`, `staff_project`, `staff_lever`, `rm_ramp`. Writes ``staff`` with the
methods side by side and their P90, ``staff_gap`` (what is not filled, what the standard is too low by),
``staff_lever`` (sensitivity), ``staff_path`` (hires by month), ``staff_benefit`` (revenue that more RMs keep, and their
cost), ``attention`` (service per value across tier lines),
and ``roster`` where the policy asks for made-up RMs.
Rows: E2-71, E3-56, E3-57, E3-59, E3-61, E3-62, E3-64, E4-57..59, E4-74..84, E4-92, E4-93.
"""

from kejing.stages.decide.staff.headcount import run
from kejing.stages.decide.staff.settings import StaffSettings

WRITES = ("staff", "staff_gap", "staff_lever", "staff_path", "staff_benefit", "attention", "roster")
"""Tables of the stage, those that the policy does not ask for included."""

__all__ = ["WRITES", "StaffSettings", "run"]
