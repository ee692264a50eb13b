"""What must hold of every table of the stage that is always there."""

from kejing.stages.law import Law

LAWS = (
    Law(
        "the heads of all tiers are the sum of the tiers",
        """
        SELECT w.unit_id, w.line, w.method, w.required_heads, t.heads
        FROM staff AS w
        JOIN (
          SELECT unit_id, line, method, SUM(required_heads) AS heads
          FROM staff WHERE tier <> '' GROUP BY unit_id, line, method
        ) AS t ON t.unit_id = w.unit_id AND t.line = w.line AND t.method = w.method
        WHERE w.tier = '' AND w.required_heads <> t.heads
        """,
    ),
    Law(
        "required heads lie within their range",
        """
        SELECT unit_id, line, tier, method FROM staff
        WHERE required_heads < required_heads_lo OR required_heads > required_heads_hi OR required_heads_lo < 0
        """,
    ),
    Law(
        "the gap is required heads less people available",
        """
        SELECT unit_id, line, tier, method FROM staff
        WHERE gap <> CAST(required_heads AS $BIGINT) * 1000000 - available_heads
           OR (gap IS NULL) <> (available_heads IS NULL)
        """,
    ),
    Law(
        "people available are counted once per place, line and method",
        "SELECT unit_id, line, tier, method FROM staff WHERE tier <> '' AND available_heads IS NOT NULL",
    ),
    Law(
        "the P90 of a line by workload is the sum of its tiers",
        """
        SELECT w.unit_id, w.line, w.required_heads_p90, t.heads
        FROM staff AS w
        JOIN (
          SELECT unit_id, line, SUM(required_heads_p90) AS heads
          FROM staff WHERE tier <> '' AND method = 'workload' GROUP BY unit_id, line
        ) AS t ON t.unit_id = w.unit_id AND t.line = w.line
        WHERE w.tier = '' AND w.method = 'workload' AND w.required_heads_p90 <> t.heads
        """,
    ),
    Law(
        "a gap is what is not filled and what the standard is too low by",
        """
        SELECT unit_id, line, standard FROM staff_gap
        WHERE not_filled + standard_too_low <> gap OR not_filled < 0 OR standard_too_low < 0
        """,
    ),
    Law(
        "one row per place, line, tier and method",
        """
        SELECT unit_id, line, tier, method, copies
        FROM (
          SELECT unit_id, line, tier, method, COUNT(*) AS copies FROM staff GROUP BY unit_id, line, tier, method
        ) AS counted
        WHERE copies > 1
        """,
    ),
)
