"""What must hold of every ``pool`` table."""

from kejing.stages.law import Law

LAWS = (
    Law(
        "one row per period, pool, level, giver and taker",
        """
        SELECT period, pool, level, giver, taker
        FROM pool
        GROUP BY period, pool, level, giver, taker
        HAVING COUNT(*) > 1
        """,
    ),
    Law(
        "a pool is distributed to the minor unit",
        """
        SELECT b.period, b.pool, b.giver, b.amount, g.amount AS given
        FROM pool_brought AS b
        LEFT JOIN (
          SELECT period, pool, giver, SUM(amount) AS amount FROM pool WHERE level = 'unit' GROUP BY period, pool, giver
        ) AS g ON g.period = b.period AND g.pool = b.pool AND g.giver = b.giver
        WHERE b.amount <> COALESCE(g.amount, 0)
        """,
    ),
    Law(
        "the part of a unit is what its persons get and what it keeps",
        """
        SELECT u.period, u.pool, u.taker, u.amount, p.amount AS given
        FROM pool AS u
        LEFT JOIN (
          SELECT period, pool, giver, SUM(amount) AS amount FROM pool WHERE level = 'rm' GROUP BY period, pool, giver
        ) AS p ON p.period = u.period AND p.pool = u.pool AND p.giver = u.taker
        WHERE u.level = 'unit' AND u.taker <> '' AND u.amount <> COALESCE(p.amount, 0)
        """,
    ),
    Law(
        "nobody is below the floor, above the cap or below zero",
        """
        SELECT period, pool, giver, taker
        FROM pool
        WHERE amount < 0 OR amount < floor OR amount > cap
        """,
    ),
    Law(
        "a greater weight never gets less, where no bound holds",
        """
        SELECT a.period, a.pool, a.taker, b.taker AS other
        FROM pool AS a
        JOIN pool AS b ON b.period = a.period AND b.pool = a.pool AND b.level = a.level AND b.giver = a.giver
        JOIN pool_rule AS r ON r.pool = a.pool AND r.mode = 'give'
        WHERE a.weight > b.weight AND a.amount < b.amount
          AND a.bound IN ('', 'late') AND b.bound IN ('', 'late')
        """,
    ),
    Law(
        "a limit never gives more than what is due",
        """
        SELECT m.period, m.pool, m.taker
        FROM pool_rm AS m
        JOIN pool_rule AS r ON r.pool = m.pool
        WHERE r.mode = 'limit' AND m.amount > m.due
        """,
    ),
    Law(
        "pay is handed one amount per period, RM and component",
        """
        SELECT period, rm_id, component
        FROM pool_share
        GROUP BY period, rm_id, component
        HAVING COUNT(*) > 1
        """,
    ),
)
