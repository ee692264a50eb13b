"""The worked table of the page on grades says what the stage proposes."""

from __future__ import annotations

from fractions import Fraction

from tests.stages.earn.grade.scene import MICRO, reviewed, scored, verdicts
from tests.stages.earn.settle.test_settle_page import page_rows


def test_worked_table_of_the_page() -> None:
    """Every row: points by quarter, deposits of the fourth, verdict and proposed grade."""
    rows = page_rows("grade.md", "Worked table")
    scores = [
        scored(f"2025-Q{quarter}", row["RM"], float(row[f"Q{quarter}"]))
        for row in rows
        for quarter in (1, 2, 3, 4)
        if row[f"Q{quarter}"] != "–"
    ]
    scores += [
        scored(
            "2025-Q4", row["RM"], None, measure="deposit_increment", completion=int(Fraction(row["deposits"]) * MICRO)
        )
        for row in rows
    ]
    rms = [{"rm_id": row["RM"], "grade": row["grade"]} for row in rows]
    with reviewed(scores, rms=rms) as context:
        found = verdicts(context)
    for row in rows:
        proposed = "" if row["proposed"] == "–" else row["proposed"]
        assert found["2025-Q4", row["RM"]] == (row["verdict"], proposed), row["RM"]
