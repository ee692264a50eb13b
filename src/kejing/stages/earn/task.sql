-- A task: one RM, one measure, one period, with its target and what was credited.

-- relation: task_actual
SELECT period, rm_id, task_measure AS measure, SUM(amount) AS actual
FROM credit_ledger
WHERE rm_id <> '' AND task_measure <> ''
GROUP BY period, rm_id, task_measure
;

-- relation: rm_input
SELECT
  r.period, r.rm_id, p.period_last_day, r.unit_id, r.line, r.grade, r.fte, r.base_pay, r.target_bonus,
  r.service_days, r.in_force_days, r.period_days, CAST($YEAR_DAYS AS $BIGINT) AS year_days
FROM rm_period AS r
JOIN period_day AS p ON p.period = r.period
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
