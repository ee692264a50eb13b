"""Control totals: rows and money at each gate of the flow, so that a reader can tick them off against the ledger."""

from __future__ import annotations

from kejing.stages.context import StageContext


def _sums(relation: str, money: str, where: str = "") -> str:
    return (
        f"SELECT period, COUNT(*) AS rows, CAST(SUM({money}) AS $BIGINT) AS amount"
        f" FROM {relation} {where} GROUP BY period"
    )


_CREDITED = (
    "SELECT k.period, CAST(SUM(t.parts) AS $BIGINT) AS rows, CAST(SUM(t.amount) AS $BIGINT) AS amount"
    " FROM credit_total AS t JOIN line_slot AS k ON k.slot = t.slot WHERE k.measure = 'income' AND t.is_house = {house}"
    " GROUP BY k.period"
)
_GATES = (
    (
        "income",
        "facts",
        "facts_in_period",
        (
            "SELECT p.period, CAST(SUM(i.lines) AS $BIGINT) AS rows, CAST(NULL AS $BIGINT) AS amount"
            " FROM (SELECT booked_on, COUNT(*) AS lines FROM income GROUP BY booked_on) AS i"
            " JOIN period AS p ON i.booked_on >= p.period_start AND i.booked_on < p.period_end GROUP BY p.period"
        ),
    ),
    (
        "line_total",
        "credit",
        "ledger",
        (
            "SELECT k.period, CAST(SUM(t.lines) AS $BIGINT) AS rows, CAST(SUM(t.amount) AS $BIGINT) AS amount"
            " FROM line_total AS t JOIN income_kind AS k ON k.kind = t.kind GROUP BY k.period"
        ),
    ),
    (
        "income_unconverted",
        "credit",
        "without_rate",
        "SELECT period, COUNT(*) AS rows, CAST(NULL AS $BIGINT) AS amount FROM income_unconverted GROUP BY period",
    ),
    ("credit_total", "credit", "credited", _CREDITED.format(house=0)),
    ("credit_total", "credit", "unassigned", _CREDITED.format(house=1)),
    ("credit_shadow", "credit", "shadow", _sums("credit_shadow", "amount", "WHERE measure = 'income'")),
    ("credit_elimination", "credit", "elimination", _sums("credit_elimination", "amount", "WHERE measure = 'income'")),
    ("value_total", "value", "income", "SELECT period, accounts AS rows, income AS amount FROM value_total"),
    ("target", "target", "increment_targets", _sums("target", "increment_target")),
    ("pay_total", "pay", "gross", _sums("pay_total", "gross")),
    ("pay_total", "pay", "deferred", _sums("pay_total", "deferred")),
)
"""(relation it needs, stage, name, rows and money of the gate by period)."""

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
        f"SELECT '{stage}' AS stage, '{name}' AS name, period, rows, amount FROM ({gate}) AS gate"
        for relation, stage, name, gate in _GATES
        if relation in there
    ]
    if {"target", "goals", "target_period"} <= there:
        parts.append(_GOALS)
    context.engine.create("control", " UNION ALL ".join(parts))
