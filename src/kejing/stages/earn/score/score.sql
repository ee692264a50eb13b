-- The scorecard: one row per RM and measure, one for all measures together, ranks among peers.

-- relation: score_total
SELECT r.period, r.rm_id, r.unit_id, r.service_days, $PEER AS peer, $TOTAL AS points
FROM rm_sheet AS r
;

-- relation: score_ranked
SELECT a.period, a.rm_id, a.peer, a.points, CAST(COUNT(b.rm_id) + 1 AS $BIGINT) AS rank
FROM score_total AS a
LEFT JOIN score_total AS b
  ON b.period = a.period AND b.peer = a.peer AND b.points > a.points AND b.service_days >= $RANK_DAYS
WHERE a.service_days >= $RANK_DAYS
GROUP BY a.period, a.rm_id, a.peer, a.points
;

-- relation: score
SELECT
  t.period, t.rm_id, r.unit_id, t.measure, t.actual, t.increment_target AS target,
  $COMPLETION AS completion, $POINTS AS points, CAST(NULL AS $BIGINT) AS rank
FROM task_sheet AS t
JOIN rm_sheet AS r ON r.period = t.period AND r.rm_id = t.rm_id
UNION ALL
SELECT
  s.period, s.rm_id, s.unit_id, '' AS measure, CAST(NULL AS $BIGINT) AS actual, CAST(NULL AS $BIGINT) AS target,
  CAST(NULL AS $BIGINT) AS completion, s.points, k.rank
FROM score_total AS s
LEFT JOIN score_ranked AS k ON k.period = s.period AND k.rm_id = s.rm_id
;
