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
        "only what is late has days late",
        """
        SELECT dispute_id
        FROM dispute
        WHERE days_late < 0 OR (state = 'open' AND days_late > 0) OR (state = 'overdue' AND days_late = 0)
        """,
    ),
)
