"""What must hold of every ``adjustment_share``."""

from kejing.stages.law import Law

LAWS = (
    Law(
        "no adjustment is paid that one person made and approved",
        """
        SELECT s.line_id
        FROM adjustment_share AS s
        JOIN adjustments AS a ON 'adj:' || a.adjustment_id = s.line_id
        WHERE a.approved_by IS NULL OR a.approved_by = a.made_by OR a.approved_by = a.rm_id
        """,
    ),
    Law(
        "an adjustment is paid once, and as it was made",
        """
        SELECT s.line_id
        FROM adjustment_share AS s
        LEFT JOIN adjustments AS a
          ON 'adj:' || a.adjustment_id = s.line_id AND a.rm_id = s.rm_id AND a.period = s.period AND a.amount = s.amount
        GROUP BY s.line_id
        HAVING COUNT(a.adjustment_id) <> 1
        """,
    ),
)
