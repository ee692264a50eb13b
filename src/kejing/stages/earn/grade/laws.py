"""What must hold of every ``grade_review`` and ``praise`` table."""

from kejing.stages.law import Law

LAWS = (
    Law(
        "one proposal per RM in post and closed period",
        """
        SELECT r.period, r.rm_id
        FROM rm_period AS r
        JOIN grade_period AS p ON p.period = r.period
        LEFT JOIN grade_review AS g ON g.period = r.period AND g.rm_id = r.rm_id
        GROUP BY r.period, r.rm_id
        HAVING COUNT(g.rm_id) <> 1
        """,
    ),
    Law(
        "only a verdict that changes a grade has a day, and a new grade",
        """
        SELECT period, rm_id FROM grade_review
        WHERE (effective_on IS NOT NULL AND verdict NOT IN ('promote', 'demote', 'exit'))
           OR (verdict IN ('keep', 'watch', 'not_reviewed') AND proposed_grade <> grade)
           OR (verdict IN ('promote', 'demote') AND proposed_grade = grade)
        """,
    ),
    Law(
        "nothing takes effect before its period is over",
        """
        SELECT g.period, g.rm_id
        FROM grade_review AS g
        JOIN period AS p ON p.period = g.period
        WHERE g.effective_on < p.period_end
        """,
    ),
    Law(
        "a verdict other than to keep names its rule",
        """
        SELECT period, rm_id FROM grade_review
        WHERE verdict IN ('promote', 'watch', 'demote', 'exit') AND rule_id = ''
        """,
    ),
    Law(
        "nobody left off a board beats somebody on it",
        """
        SELECT k.period, k.board, k.rm_id, e.rm_id AS other_rm_id
        FROM praise_bar AS b
        JOIN praise_entry AS e ON e.board = b.board AND e.period = b.period AND e.peers = b.peers
        JOIN praise AS k ON k.board = b.board AND k.period = b.period AND k.peers = b.peers AND k.value = b.least
        LEFT JOIN praise AS o ON o.board = e.board AND o.period = e.period AND o.peers = e.peers AND o.rm_id = e.rm_id
        WHERE o.rm_id IS NULL AND e.value >= b.least
        """,
    ),
)
