"""What must hold of every ``instalment``, ``held``, ``malus`` and ``settlement`` table."""

from kejing.stages.law import Law

LAWS = (
    Law(
        "instalments sum to what is deferred",
        """
        SELECT d.period, d.rm_id
        FROM settle_due AS d
        LEFT JOIN (SELECT period, rm_id, SUM(amount) AS amount FROM instalment_due GROUP BY period, rm_id) AS i
          ON i.period = d.period AND i.rm_id = d.rm_id
        WHERE d.deferred <> COALESCE(i.amount, 0)
        """,
    ),
    Law(
        "every liability stands in the table once",
        "SELECT rm_id, period, number FROM instalment GROUP BY rm_id, period, number HAVING COUNT(*) > 1",
    ),
    Law(
        "nothing is cancelled beyond its instalment",
        "SELECT rm_id, period, number FROM instalment WHERE cancelled < 0 OR cancelled > amount",
    ),
    Law(
        "no cent is taken twice",
        """
        SELECT rm_id, period, number
        FROM malus
        GROUP BY rm_id, period, number
        HAVING SUM(amount) > MIN(basis) OR MIN(amount) <= 0
        """,
    ),
    Law(
        "a line is held once, and no more of it than is payable",
        """
        SELECT h.period, h.rm_id, h.component, h.measure, h.line_id
        FROM held AS h
        LEFT JOIN pay AS y
          ON y.period = h.period AND y.rm_id = h.rm_id AND y.component = h.component AND y.measure = h.measure
          AND y.line_id = h.line_id
        GROUP BY h.period, h.rm_id, h.component, h.measure, h.line_id
        HAVING COUNT(*) > 1 OR MIN(h.amount) <= 0
          OR MAX(CASE WHEN h.is_carried THEN 0 ELSE h.amount END) > COALESCE(MAX(y.amount), 0)
        """,
    ),
    Law(
        "what earlier years withheld is paid once or withheld still",
        """
        SELECT rm_id, period, component, measure, line_id
        FROM (
          SELECT l.rm_id, l.period, l.component, l.measure, l.line_id, l.amount
          FROM ledger_held AS l
          LEFT JOIN period AS p ON p.period = l.period
          WHERE p.period IS NULL
          UNION ALL
          SELECT rm_id, period, component, measure, line_id, -amount AS amount FROM held WHERE is_carried
        ) AS both_sides
        GROUP BY rm_id, period, component, measure, line_id
        HAVING SUM(amount) <> 0
        """,
    ),
    Law(
        "what is released is what was withheld",
        """
        SELECT rm_id
        FROM (
          SELECT rm_id, released AS amount FROM settlement
          UNION ALL
          SELECT rm_id, -amount AS amount FROM held WHERE released_in IS NOT NULL
        ) AS both_sides
        GROUP BY rm_id
        HAVING SUM(amount) <> 0
        """,
    ),
    Law(
        "payable is gross less deferred, held and recovered, with what is released and vests",
        """
        SELECT period, rm_id FROM settlement
        WHERE payable <> gross - deferred - held + released + vested - recovered
        """,
    ),
    Law(
        "what is paid out and what is owed are never negative",
        "SELECT period, rm_id FROM settlement WHERE paid_out < 0 OR receivable < 0",
    ),
    Law(
        "what was payable is paid out or owed",
        """
        SELECT s.rm_id
        FROM (SELECT rm_id, SUM(payable) AS payable, SUM(paid_out) AS paid_out FROM settlement GROUP BY rm_id) AS s
        JOIN (
          SELECT o.rm_id, o.receivable
          FROM settlement_owed AS o
          JOIN (SELECT rm_id, MAX(period_start) AS last_start FROM settlement_owed GROUP BY rm_id) AS m
            ON m.rm_id = o.rm_id AND m.last_start = o.period_start
        ) AS e ON e.rm_id = s.rm_id
        LEFT JOIN ledger_balance AS l ON l.rm_id = s.rm_id
        WHERE s.payable <> s.paid_out - e.receivable + COALESCE(l.amount, 0)
        """,
    ),
    Law(
        "expenses are repaid once and beside pay",
        """
        SELECT rm_id
        FROM (
          SELECT rm_id, reimbursed AS amount FROM settlement
          UNION ALL
          SELECT rm_id, -amount AS amount FROM fund_repaid
        ) AS both_sides
        GROUP BY rm_id
        HAVING SUM(amount) <> 0
        """,
    ),
    Law(
        "every RM with pay has a settlement",
        """
        SELECT t.period, t.rm_id
        FROM pay_total AS t
        LEFT JOIN settlement AS s ON s.period = t.period AND s.rm_id = t.rm_id
        WHERE s.rm_id IS NULL OR s.gross <> t.gross
        """,
    ),
)
