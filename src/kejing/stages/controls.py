"""Control totals: rows and money at each gate of the flow, so that a reader can tick them off against the ledger."""

from __future__ import annotations

from kejing.stages.context import StageContext

_NO_MONEY = "CAST(NULL AS $BIGINT)"

_GATES = (
    (
        "income",
        "facts",
        "facts_in_period",
        (
            "SELECT p.period, 1 AS one, 0 AS amount FROM income AS i"
            " JOIN period AS p ON i.booked_on >= p.period_start AND i.booked_on < p.period_end"
        ),
        False,
    ),
    ("ledger_line", "credit", "ledger", "SELECT period, 1 AS one, amount FROM ledger_line", True),
    (
        "income_unconverted",
        "credit",
        "without_rate",
        "SELECT period, 1 AS one, 0 AS amount FROM income_unconverted",
        False,
    ),
    (
        "credit_ledger",
        "credit",
        "credited",
        "SELECT period, 1 AS one, amount FROM credit_ledger WHERE measure = 'income' AND rm_id <> ''",
        True,
    ),
    (
        "credit_ledger",
        "credit",
        "unassigned",
        "SELECT period, 1 AS one, amount FROM credit_ledger WHERE measure = 'income' AND rm_id = ''",
        True,
    ),
    (
        "credit_shadow",
        "credit",
        "shadow",
        "SELECT period, 1 AS one, amount FROM credit_shadow WHERE measure = 'income'",
        True,
    ),
    (
        "credit_elimination",
        "credit",
        "elimination",
        "SELECT period, 1 AS one, amount FROM credit_elimination WHERE measure = 'income'",
        True,
    ),
    ("target", "target", "increment_targets", "SELECT period, 1 AS one, increment_target AS amount FROM target", True),
    ("pay_total", "pay", "gross", "SELECT period, 1 AS one, gross AS amount FROM pay_total", True),
    ("pay_total", "pay", "deferred", "SELECT period, 1 AS one, deferred AS amount FROM pay_total", True),
)
"""(relation it needs, stage, name, rows of the gate, whether it has money)."""

_GOALS = """
    SELECT 'target' AS stage, 'goal.' || g.measure AS name, p.period, COUNT(*) AS rows,
      CAST(SUM(g.amount) AS $BIGINT) AS amount
    FROM goals AS g
    JOIN target_period AS p ON p.period_start = g.period_start AND p.period_end = g.period_end
    JOIN (SELECT period, measure, goal_unit_id FROM target GROUP BY period, measure, goal_unit_id) AS t
      ON t.period = p.period AND t.measure = g.measure AND t.goal_unit_id = g.unit_id
    GROUP BY g.measure, p.period
"""
"""Goals that were spread, from the goals themselves: what the targets must sum to."""


def count_controls(context: StageContext) -> None:
    """Create relation ``control``: one row per gate and period."""
    there = context.engine.relations()
    parts = [
        f"SELECT '{stage}' AS stage, '{name}' AS name, period, COUNT(one) AS rows,"
        f" {'CAST(SUM(amount) AS $BIGINT)' if has_money else _NO_MONEY} AS amount FROM ({rows}) AS gate GROUP BY period"
        for relation, stage, name, rows, has_money in _GATES
        if relation in there
    ]
    if {"target", "goals", "target_period"} <= there:
        parts.append(_GOALS)
    context.engine.create("control", " UNION ALL ".join(parts))
