"""What must hold of every set of postings before it enters the ledger."""

from kejing.stages.law import Law

_KEY = "book, rm_id, unit_id, measure, component, line_id, customer_id, role, ref, figure"
_SAME_LINE = " AND ".join(f"p.{name} = n.{name}" for name in _KEY.split(", "))

LAWS = (
    Law(
        "history and postings together are the fresh run",
        f"""
        SELECT {_KEY}
        FROM (
          SELECT {_KEY}, amount AS fresh_amount, 0 AS posted_amount FROM fresh
          UNION ALL
          SELECT {_KEY}, 0 AS fresh_amount, amount AS posted_amount FROM posted
          UNION ALL
          SELECT {_KEY}, 0 AS fresh_amount, amount AS posted_amount FROM posting
        ) AS sides
        GROUP BY {_KEY}
        HAVING SUM(fresh_amount) <> SUM(posted_amount)
        """,
    ),
    Law("no posting is zero", "SELECT posting_id FROM posting WHERE amount = 0"),
    Law(
        "one posting per line",
        f"SELECT {_KEY} FROM posting GROUP BY {_KEY} HAVING COUNT(*) > 1",
    ),
    Law(
        "a posting names the last posting of its own line",
        f"""
        SELECT n.posting_id, n.corrects
        FROM posting AS n
        LEFT JOIN posted AS p ON p.posting_id = n.corrects AND {_SAME_LINE}
        WHERE n.corrects <> '' AND p.posting_id IS NULL
        """,
    ),
    Law(
        "no line is posted a second time without a link",
        f"""
        SELECT n.posting_id, p.posting_id AS earlier
        FROM posting AS n
        JOIN posted AS p ON {_SAME_LINE}
        WHERE n.corrects = '' OR p.posting_id > n.corrects
        """,
    ),
    Law(
        "postings tie to the control totals of the run",
        """
        SELECT c.book, c.figure, c.amount
        FROM fresh_control AS c
        LEFT JOIN post_total AS t ON t.book = c.book AND t.figure = c.figure
        WHERE COALESCE(t.posted_amount, 0) + COALESCE(t.posting_amount, 0) <> c.amount
        """,
    ),
)
