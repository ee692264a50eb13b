"""What must hold of every ``segment`` table."""

from kejing.stages.law import Law

LAWS = (
    Law(
        "one tier per customer, scheme and instant",
        """
        SELECT a.scheme, a.customer_id, a.valid_from
        FROM segment AS a
        JOIN segment AS b
          ON b.scheme = a.scheme AND b.customer_id = a.customer_id
         AND b.valid_from > a.valid_from AND b.valid_from < a.valid_to
        """,
    ),
    Law("an interval has days", "SELECT scheme, customer_id, valid_from FROM segment WHERE valid_from >= valid_to"),
    Law(
        "a customer without a measure is unclassified",
        "SELECT scheme, customer_id FROM segment WHERE reason = 'missing' AND tier <> 'unclassified'",
    ),
)
