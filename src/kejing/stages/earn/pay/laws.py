"""What must hold of every ``pay`` and ``pay_total`` table."""

from kejing.stages.law import Law

LAWS = (
    Law(
        "pay lines sum to the component",
        """
        SELECT d.period, d.rm_id, d.component
        FROM (
          SELECT period, rm_id, component, SUM(amount) AS amount FROM pay_due GROUP BY period, rm_id, component
        ) AS d
        LEFT JOIN (
          SELECT period, rm_id, component, SUM(amount) AS amount FROM pay GROUP BY period, rm_id, component
        ) AS p
          ON p.period = d.period AND p.rm_id = d.rm_id AND p.component = d.component
        WHERE d.amount <> COALESCE(p.amount, 0)
        """,
    ),
    Law(
        "gross is the sum of the pay lines",
        """
        SELECT t.period, t.rm_id
        FROM pay_total AS t
        LEFT JOIN (SELECT period, rm_id, SUM(amount) AS amount FROM pay GROUP BY period, rm_id) AS p
          ON p.period = t.period AND p.rm_id = t.rm_id
        WHERE t.gross <> COALESCE(p.amount, 0)
        """,
    ),
    Law("gross is paid now or deferred", "SELECT period, rm_id FROM pay_total WHERE gross <> paid_now + deferred"),
    Law(
        "one row per component and line",
        """
        SELECT period, component, rm_id, measure, line_id
        FROM pay
        GROUP BY period, component, rm_id, measure, line_id
        HAVING COUNT(*) > 1
        """,
    ),
)
