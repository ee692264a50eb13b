"""What must hold of every ``target`` table."""

from kejing.stages.law import Law

LAWS = (
    Law(
        "one target per period, measure and RM",
        "SELECT period, measure, rm_id FROM target GROUP BY period, measure, rm_id HAVING COUNT(*) > 1",
    ),
    Law(
        "targets sum to the goal",
        """
        SELECT t.period, t.measure, t.goal_unit_id
        FROM (
          SELECT period, measure, goal_unit_id, SUM(increment_target) AS amount
          FROM target GROUP BY period, measure, goal_unit_id
        ) AS t
        JOIN target_period AS p ON p.period = t.period
        JOIN goals AS g
          ON g.unit_id = t.goal_unit_id AND g.measure = t.measure
         AND g.period_start = p.period_start AND g.period_end = p.period_end
        WHERE g.amount <> t.amount
        """,
    ),
    Law(
        "the target is stock plus increment",
        "SELECT period, measure, rm_id FROM target WHERE total_target <> stock + increment_target",
    ),
    Law(
        "before guard rails a higher contribution never asks a larger increment of an equal weight",
        """
        SELECT a.period, a.measure, a.rm_id
        FROM target AS a
        JOIN target AS b
          ON b.period = a.period AND b.measure = a.measure AND b.goal_unit_id = a.goal_unit_id AND b.weight = a.weight
        WHERE a.method = 'linear_complement'
          AND a.contribution > b.contribution AND a.increment_target > b.increment_target
          AND a.increment_target > 0 AND NOT a.is_capped AND NOT b.is_capped
        """,
    ),
)
