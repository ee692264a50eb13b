"""What must hold of every ``credit`` table.

A line that one member has is credited as it is, so that totals of each kind of line show whether one is missing or
counted twice. Where several share a line, the parts are held against it line by line.
"""

from kejing.stages.law import Law

LAWS = (
    Law(
        "credit and the unassigned line sum to the ledger, kind by kind, and no line is missing or counted twice",
        """
        SELECT kind, lines, parts, amount
        FROM (
          SELECT kind, SUM(lines) AS lines, SUM(parts) AS parts, SUM(amount) AS amount
          FROM (
            SELECT kind, COUNT(*) AS lines, 0 AS parts, SUM(amount) AS amount FROM ledger_line GROUP BY kind
            UNION ALL
            SELECT kind, COUNT(*) AS lines, 0 AS parts, SUM(amount) AS amount FROM increment_numbered GROUP BY kind
            UNION ALL
            SELECT l.kind, -COUNT(*) AS lines, SUM(COALESCE(t.members, 1)) AS parts, 0 AS amount
            FROM credit_line AS l
            LEFT JOIN (SELECT span, MIN(members) AS members FROM team_seat GROUP BY span) AS t ON t.span = l.span
            GROUP BY l.kind
            UNION ALL
            SELECT kind, 0 AS lines, -COUNT(*) AS parts, -SUM(amount) AS amount FROM credit_part GROUP BY kind
          ) AS both_sides
          GROUP BY kind
        ) AS held
        WHERE lines <> 0 OR parts <> 0 OR amount <> 0
        """,
    ),
    Law(
        "the ledger has no more lines of a kind than the facts",
        """
        SELECT k.kind, k.product, k.day
        FROM income_kind AS k
        JOIN line_total AS t ON t.kind = k.kind
        LEFT JOIN (
          SELECT product, given_type, currency, booked_on, COUNT(*) AS lines
          FROM (
            SELECT product, COALESCE(business_type, '') AS given_type, currency, booked_on FROM income
          ) AS booked
          GROUP BY product, given_type, currency, booked_on
        ) AS i
          ON i.product = k.product AND i.given_type = k.given_type AND i.currency = k.currency AND i.booked_on = k.day
        WHERE i.lines IS NULL OR t.lines > i.lines
        """,
    ),
    Law(
        "a shared line has one part for each member of its team, and they sum to it",
        """
        SELECT l.line_id, l.kind, l.amount
        FROM credit_line AS l
        JOIN (SELECT span, MIN(members) AS members FROM team_seat GROUP BY span) AS t ON t.span = l.span
        LEFT JOIN (
          SELECT kind, line_id, COUNT(*) AS parts, SUM(amount) AS amount FROM credit_shared GROUP BY kind, line_id
        ) AS c
          ON c.kind = l.kind AND c.line_id = l.line_id
        WHERE c.parts IS NULL OR c.parts <> t.members OR c.amount <> l.amount
        """,
    ),
    Law(
        "no RM has two seats in a team",
        """
        SELECT t.span, s.rm, s.rm_id
        FROM team_seat AS t
        JOIN seat AS s ON s.seat = t.seat
        GROUP BY t.span, s.rm, s.rm_id
        HAVING COUNT(*) > 1
        """,
    ),
    Law(
        "the shadow view with its elimination sums to each shared line",
        """
        SELECT l.line_id, k.measure, l.amount
        FROM credit_line AS l
        JOIN line_kind AS k ON k.kind = l.kind
        JOIN (
          SELECT measure, line_id, SUM(amount) AS amount FROM credit WHERE view = 'shadow' GROUP BY measure, line_id
        ) AS c
          ON c.measure = k.measure AND c.line_id = l.line_id
        WHERE c.amount <> l.amount
        """,
    ),
    Law(
        "both views sum to the same, measure by measure and period by period",
        """
        SELECT measure, period
        FROM (
          SELECT view, measure, period, SUM(amount) AS amount FROM credit GROUP BY view, measure, period
        ) AS views
        GROUP BY measure, period
        HAVING MIN(amount) <> MAX(amount)
        """,
    ),
    Law(
        "no line twice",
        """
        SELECT k.measure, l.line_id
        FROM credit_line AS l
        JOIN line_kind AS k ON k.kind = l.kind
        GROUP BY k.measure, l.line_id
        HAVING COUNT(*) > 1
        """,
    ),
)
