"""What must hold of every ``assign`` and ``assign_summary`` table."""

from kejing.stages.law import Law

LAWS = (
    Law(
        "one lead per customer and instant",
        """
        SELECT customer_id, leads
        FROM (SELECT customer_id, COUNT(*) AS leads FROM assign WHERE role = 'lead' GROUP BY customer_id) AS counted
        WHERE leads <> 1
        """,
    ),
    Law(
        "no customer is lost",
        """
        SELECT c.customer_id FROM customer_now AS c
        LEFT JOIN assign AS a ON a.customer_id = c.customer_id
        WHERE a.customer_id IS NULL
        """,
    ),
    Law(
        "only eligible RMs lead, pins aside",
        """
        SELECT a.customer_id, a.rm_id
        FROM assign AS a
        JOIN assign_decision AS d ON d.customer_id = a.customer_id
        LEFT JOIN assign_allowed AS e ON e.lead_tier = d.lead_tier AND e.rm_id = a.rm_id
        WHERE a.rm_id <> '' AND d.is_pinned = FALSE AND e.rm_id IS NULL
        """,
    ),
    Law(
        "a customer no line serves has no RM",
        """
        SELECT a.customer_id, a.rm_id FROM assign AS a
        LEFT JOIN assign_decision AS d ON d.customer_id = a.customer_id
        WHERE d.customer_id IS NULL AND a.rm_id <> ''
        """,
    ),
    Law(
        "customers decided together have one RM",
        """
        SELECT decision_id, low_rm, high_rm
        FROM (
          SELECT d.decision_id, MIN(a.rm_id) AS low_rm, MAX(a.rm_id) AS high_rm
          FROM assign_decision AS d JOIN assign AS a ON a.customer_id = d.customer_id
          GROUP BY d.decision_id
        ) AS family
        WHERE low_rm <> high_rm
        """,
    ),
    Law(
        "nobody is asked for more than capacity",
        "SELECT rm_id, resource, used, high FROM assign_load WHERE is_hard = TRUE AND used > high",
    ),
    Law(
        "the bound is not above the cost of the plan",
        "SELECT part, objective, lower_bound FROM assign_summary WHERE lower_bound > objective",
    ),
    Law(
        "the parts add up to the whole",
        """
        SELECT w.customers, p.customers AS of_parts
        FROM assign_summary AS w
        JOIN (
          SELECT plan, SUM(customers) AS customers, SUM(objective) AS objective
          FROM assign_summary WHERE part <> '' GROUP BY plan
        ) AS p ON p.plan = w.plan
        WHERE w.part = '' AND (p.customers > w.customers OR p.objective > w.objective)
        """,
    ),
)
