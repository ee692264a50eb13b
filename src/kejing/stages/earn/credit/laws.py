"""What must hold of every ``credit`` table."""

from kejing.stages.law import Law

LAWS = (
    Law(
        "credit and the unassigned line sum to the ledger, line by line, in each view",
        """
        SELECT v.view, l.line_id, l.amount
        FROM line AS l
        JOIN (SELECT view FROM credit GROUP BY view) AS v ON 1 = 1
        LEFT JOIN (
          SELECT view, measure, line_id, SUM(amount) AS amount FROM credit GROUP BY view, measure, line_id
        ) AS c
          ON c.view = v.view AND c.line_id = l.line_id AND c.measure = l.measure
        WHERE c.amount IS NULL OR c.amount <> l.amount
        """,
    ),
    Law(
        "no credit without a line",
        """
        SELECT c.line_id
        FROM credit AS c
        LEFT JOIN line AS l ON l.line_id = c.line_id AND l.measure = c.measure
        WHERE l.line_id IS NULL
        """,
    ),
    Law(
        "one credit row per view, measure, line and RM",
        "SELECT view, measure, line_id, rm_id FROM credit GROUP BY view, measure, line_id, rm_id HAVING COUNT(*) > 1",
    ),
)
