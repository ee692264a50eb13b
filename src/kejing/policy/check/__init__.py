"""The checker: refuses gaps, overlaps, unknown names, wrong units, circles and failing cases."""

from kejing.policy.check.check import check, check_folder

__all__ = ["check", "check_folder"]
