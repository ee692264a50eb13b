"""What must hold of ``value`` and ``profit``."""

from kejing.stages.law import Law

_INCOME = """
    SELECT period, SUM(income) AS difference
    FROM (
      SELECT period, income FROM account_input
      UNION ALL
      SELECT period, -amount AS income FROM credit WHERE view = 'ledger' AND measure = 'income'
    ) AS both_sides
    GROUP BY period HAVING SUM(income) <> 0
"""

LAWS = (
    Law("income of the accounts is the ledger's", _INCOME),
    Law(
        "every level sums to the total",
        """
        SELECT l.period, l.level, l.profit, t.profit AS total
        FROM (SELECT period, level, SUM(profit) AS profit, SUM(eva) AS eva, SUM(capital) AS capital
              FROM profit GROUP BY period, level) AS l
        JOIN (SELECT period, profit, eva, capital FROM profit WHERE level = 'total') AS t ON t.period = l.period
        WHERE l.profit <> t.profit OR l.eva <> t.eva OR l.capital <> t.capital
        """,
    ),
    Law(
        "the total is the sum of the accounts",
        """
        SELECT t.period, t.profit, v.profit AS accounts
        FROM (SELECT period, profit FROM profit WHERE level = 'total') AS t
        JOIN (SELECT period, SUM(profit) AS profit FROM value GROUP BY period) AS v ON v.period = t.period
        WHERE v.profit <> t.profit
        """,
    ),
    Law(
        "one row per period, customer and product",
        "SELECT period, customer_id, product FROM value GROUP BY period, customer_id, product HAVING COUNT(*) > 1",
    ),
)
