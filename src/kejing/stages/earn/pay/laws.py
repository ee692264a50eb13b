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
        "gross is the sum of the components, and so of the pay lines",
        """
        SELECT t.period, t.rm_id
        FROM pay_total AS t
        LEFT JOIN (SELECT period, rm_id, SUM(amount) AS amount FROM pay_due GROUP BY period, rm_id) AS p
          ON p.period = t.period AND p.rm_id = t.rm_id
        WHERE t.gross <> COALESCE(p.amount, 0)
        """,
    ),
    Law("gross is paid now or deferred", "SELECT period, rm_id FROM pay_total WHERE gross <> paid_now + deferred"),
    Law(
        "every credited part is the house's, or a line of pay once, or stands beside",
        """
        SELECT slot
        FROM (
          SELECT p.slot, t.parts, t.amount
          FROM credit_total AS t
          JOIN slot_paid AS p ON p.credit_slot = t.slot
          WHERE t.is_house = 0
          UNION ALL
          SELECT slot, -parts AS parts, -amount AS amount FROM credit_beside
          UNION ALL
          SELECT slot, -all_rows AS parts, -sum_line__amount AS amount FROM line_sums_1
        ) AS both_sides
        GROUP BY slot
        HAVING SUM(parts) <> 0 OR SUM(amount) <> 0
        """,
    ),
    Law(
        "one row per component and task, and where it is split per line",
        """
        SELECT period, component, rm_id, measure, line_id
        FROM pay_by_task
        GROUP BY period, component, rm_id, measure, line_id
        HAVING COUNT(*) > 1
        """,
    ),
    Law(
        "statement rows sum to what is due",
        """
        SELECT period, rm_id
        FROM (
          SELECT period, rm_id, paid FROM statement
          UNION ALL
          SELECT period, rm_id, -amount AS paid FROM pay_due
        ) AS both_sides
        GROUP BY period, rm_id
        HAVING SUM(paid) <> 0
        """,
    ),
)
