-- A task: one RM, one measure, one period, with its target and what was credited: the first sums over the lines.

-- relation: task_actual
SELECT k.period, r.rm_id, k.measure, CAST(SUM(t.amount) AS $BIGINT) AS actual
FROM (
  SELECT t.rm, n.task, SUM(t.sum_line__amount) AS amount
  FROM line_sums_1 AS t
  JOIN slot_task AS n ON n.slot = t.slot
  GROUP BY t.rm, n.task
) AS t
JOIN (SELECT task, MIN(period) AS period, MIN(measure) AS measure FROM slot_task GROUP BY task) AS k ON k.task = t.task
JOIN team_rm AS r ON r.rm = t.rm
GROUP BY k.period, r.rm_id, k.measure
;

-- relation: rm_input
SELECT
  r.period, r.rm_id, p.period_last_day, r.unit_id, r.line, r.grade, r.fte, r.base_pay, r.target_bonus,
  a.average_base_pay, a.average_target_bonus, f.first_day, f.months_in_post,
  CAST(f.first_year_days AS $BIGINT) AS first_year_days, r.service_days, r.in_force_days, r.period_days, CAST($YEAR_DAYS AS $BIGINT) AS year_days,
  COALESCE(v.profit, 0) AS profit, COALESCE(v.eva, 0) AS eva, COALESCE(v.capital, 0) AS capital
FROM rm_period AS r
JOIN period_day AS p ON p.period = r.period
JOIN rm_average AS a ON a.period = r.period AND a.rm_id = r.rm_id
JOIN rm_first_year AS f ON f.period = r.period AND f.rm_id = r.rm_id
LEFT JOIN rm_value AS v ON v.period = r.period AND v.rm_id = r.rm_id
;

-- relation: task_input
SELECT
  r.period, r.rm_id, m.measure, r.period_last_day,
  CAST(COALESCE(t.stock, 0) AS $BIGINT) AS stock,
  t.contribution,
  CAST(COALESCE(t.increment_target, 0) AS $BIGINT) AS increment_target,
  CAST(COALESCE(t.total_target, 0) AS $BIGINT) AS total_target,
  CAST(COALESCE(a.actual, 0) AS $BIGINT) AS actual
FROM rm_input AS r
JOIN task_measure AS m ON 1 = 1
LEFT JOIN target AS t ON t.period = r.period AND t.rm_id = r.rm_id AND t.measure = m.measure
LEFT JOIN task_actual AS a ON a.period = r.period AND a.rm_id = r.rm_id AND a.measure = m.measure
;
