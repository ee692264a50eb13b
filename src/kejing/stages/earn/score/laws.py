"""What must hold of every ``score`` table."""

from kejing.stages.law import Law

LAWS = (
    Law(
        "one score per period, RM and measure",
        "SELECT period, rm_id, measure FROM score GROUP BY period, rm_id, measure HAVING COUNT(*) > 1",
    ),
    Law(
        "actuals are what was credited",
        """
        SELECT s.period, s.rm_id, s.measure
        FROM score AS s
        LEFT JOIN task_actual AS a ON a.period = s.period AND a.rm_id = s.rm_id AND a.measure = s.measure
        WHERE s.measure <> '' AND s.actual <> COALESCE(a.actual, 0)
        """,
    ),
    Law(
        "a better score never ranks behind",
        """
        SELECT a.period, a.rm_id, b.rm_id AS other_rm_id
        FROM score_ranked AS a
        JOIN score_ranked AS b ON b.period = a.period AND b.peer = a.peer
        WHERE a.points > b.points AND a.rank > b.rank
        """,
    ),
)
