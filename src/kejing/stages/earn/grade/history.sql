-- Scores of earlier fiscal years: what was posted, corrections included.
-- score_posted: period, rm_id, unit_id, measure, figure, amount. score_closed: rows as they were closed, one flag a
-- figure that had a value: a figure of zero leaves no posting and yet is no missing one.

-- relation: score_net
SELECT period, rm_id, unit_id, measure, figure, CAST(SUM(amount) AS $BIGINT) AS amount
FROM score_posted
GROUP BY period, rm_id, unit_id, measure, figure
HAVING SUM(amount) <> 0
;

-- relation: score_side
SELECT
  period, rm_id, unit_id, measure, 1 AS is_net, 0 AS was_posted,
  CASE WHEN figure = 'actual' THEN amount END AS actual,
  CASE WHEN figure = 'target' THEN amount END AS target,
  CASE WHEN figure = 'completion' THEN amount END AS completion,
  CASE WHEN figure = 'points' THEN amount END AS points,
  CASE WHEN figure = 'rank' THEN amount END AS rank
FROM score_net
UNION ALL
SELECT
  period, rm_id, unit_id, measure, 0 AS is_net, was_posted,
  CASE WHEN has_actual = 1 THEN 0 END AS actual,
  CASE WHEN has_target = 1 THEN 0 END AS target,
  CASE WHEN has_completion = 1 THEN 0 END AS completion,
  CASE WHEN has_points = 1 THEN 0 END AS points,
  CAST(NULL AS $BIGINT) AS rank
FROM score_closed
;

-- A row that was posted and of which nothing is left was corrected away.
-- relation: score_history
SELECT
  period, rm_id, MAX(unit_id) AS unit_id, measure,
  CAST(SUM(actual) AS $BIGINT) AS actual, CAST(SUM(target) AS $BIGINT) AS target,
  CAST(SUM(completion) AS $BIGINT) AS completion, CAST(SUM(points) AS $BIGINT) AS points,
  CAST(SUM(rank) AS $BIGINT) AS rank
FROM score_side
GROUP BY period, rm_id, measure
HAVING MAX(is_net) = 1 OR MAX(was_posted) = 0
;
