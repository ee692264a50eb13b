"""Who would be promoted, watched, demoted or asked to leave, and who is praised?

Reads ``score``, ``rm_period``, ``rms``, the policy's rules of grades and boards, facts ``appeals``, and where a ledger
is at hand ``score_history``. Writes ``grade_review``, a proposal for every closed period of the run, and ``praise``.
Nobody's grade changes by it: that is a dated row in ``rms``. Rows: E1-09, E2-41, E2-45, E2-62, E2-65; features 62, 65.
"""

from kejing.stages.earn.grade.review import run
from kejing.stages.earn.grade.settings import GradeReviewSettings

__all__ = ["GradeReviewSettings", "run"]
