"""What must hold of every ``fund`` table."""

from kejing.stages.law import Law

LAWS = (
    Law(
        "one row per fund and place",
        "SELECT fund_id, place FROM fund GROUP BY fund_id, place HAVING COUNT(*) > 1",
    ),
    Law("a fund is never overspent", "SELECT fund_id, place FROM fund WHERE balance < 0"),
    Law(
        "the balance falls by what is paid, claim by claim",
        """
        SELECT a.fund_id, a.place
        FROM fund AS a
        LEFT JOIN fund AS b ON b.fund_id = a.fund_id AND b.place = a.place - 1
        WHERE a.place > 0
          AND (b.balance IS NULL OR a.balance <> b.balance - CASE WHEN a.state = 'paid' THEN a.amount ELSE 0 END)
        """,
    ),
    Law(
        "payments sum to no more than the grant",
        """
        SELECT g.fund_id
        FROM fund AS g
        JOIN (SELECT fund_id, SUM(amount) AS amount FROM fund WHERE state = 'paid' GROUP BY fund_id) AS p
          ON p.fund_id = g.fund_id
        WHERE g.place = 0 AND p.amount > g.amount
        """,
    ),
    Law(
        "nobody approves what he applied for or benefits from",
        "SELECT fund_id, claim_id FROM fund WHERE state = 'paid' AND (approver = applicant OR approver = rm_id)",
    ),
    Law(
        "a payment is approved on a day of the fund",
        """
        SELECT f.fund_id, f.claim_id
        FROM fund AS f
        JOIN fund_granted AS g ON g.fund_id = f.fund_id
        WHERE f.state = 'paid' AND (f.day < g.period_start OR f.day >= g.period_end)
        """,
    ),
    Law(
        "what becomes pay or is repaid is a paid claim, once",
        """
        SELECT claim_id
        FROM (
          SELECT d.claim_id, d.amount, f.amount AS paid
          FROM fund_due AS d
          LEFT JOIN fund AS f ON f.claim_id = d.claim_id AND f.fund_id = d.fund_id AND f.state = 'paid'
        ) AS used
        GROUP BY claim_id
        HAVING COUNT(*) > 1 OR MAX(amount) <> COALESCE(MAX(paid), 0)
        """,
    ),
    Law(
        "a claim is refused as overspent only where the balance did not hold it",
        "SELECT fund_id, claim_id FROM fund WHERE reason = 'overspent' AND amount <= balance",
    ),
)
