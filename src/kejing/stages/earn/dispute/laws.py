"""What must hold of every ``dispute`` table."""

from kejing.stages.law import Law

LAWS = (
    Law("one row per dispute", "SELECT dispute_id FROM dispute GROUP BY dispute_id HAVING COUNT(*) > 1"),
    Law(
        "no dispute is lost or made up",
        """
        SELECT s.dispute_id
        FROM dispute_seen AS s
        LEFT JOIN dispute AS d ON d.dispute_id = s.dispute_id
        WHERE d.dispute_id IS NULL
        """,
    ),
    Law(
        "a decided dispute has a day, an undecided one has none",
        """
        SELECT dispute_id
        FROM dispute
        WHERE (state IN ('open', 'overdue') AND decided_on IS NOT NULL)
          OR (state NOT IN ('open', 'overdue') AND decided_on IS NULL)
        """,
    ),
    Law(
        "a posting stands for one dispute, which was granted",
        """
        SELECT p.posting_id
        FROM dispute_posting AS p
        LEFT JOIN dispute AS d ON d.dispute_id = p.dispute_id
        GROUP BY p.posting_id
        HAVING COUNT(*) > 1 OR SUM(CASE WHEN d.state IN ('granted', 'partly') THEN 1 ELSE 0 END) <> 1
        """,
    ),
    Law(
        "what was booked is the sum of the postings",
        """
        SELECT dispute_id
        FROM (
          SELECT dispute_id, COALESCE(booked, 0) AS amount FROM dispute
          UNION ALL
          SELECT p.dispute_id, -p.amount AS amount
          FROM dispute_posting AS p JOIN dispute AS d ON d.dispute_id = p.dispute_id AND d.rm_id = p.rm_id
        ) AS both_sides
        GROUP BY dispute_id
        HAVING SUM(amount) <> 0
        """,
    ),
    Law(
        "only what is late has days late",
        """
        SELECT dispute_id
        FROM dispute
        WHERE days_late < 0 OR (state = 'open' AND days_late > 0) OR (state = 'overdue' AND days_late = 0)
        """,
    ),
)
