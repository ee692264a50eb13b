-- Disputes filed by the day of the run, as they stand on it. What is decided later is still open today; people of other
-- lines are left to the policy of their line.

-- relation: dispute_seen
SELECT
  d.dispute_id, d.rm_id, d.period, COALESCE(d.line_id, '') AS line_id, d.claim, d.owner, d.filed_on, d.due_on,
  CASE WHEN d.outcome IS NOT NULL AND d.decided_on < $NEXT_DAY THEN d.decided_on ELSE CAST(NULL AS DATE) END AS decided_on,
  CASE WHEN d.outcome IS NOT NULL AND d.decided_on < $NEXT_DAY THEN d.outcome ELSE '' END AS outcome,
  d.source_file, d.source_sheet, d.source_row
FROM disputes AS d
LEFT JOIN (
  SELECT r.rm_id, SUM(CASE WHEN l.line IS NULL THEN 0 ELSE 1 END) AS own_posts
  FROM rms AS r
  LEFT JOIN population_line AS l ON l.line = r.line
  GROUP BY r.rm_id
) AS p ON p.rm_id = d.rm_id
WHERE d.filed_on < $NEXT_DAY AND COALESCE(p.own_posts, 1) > 0
;

-- The pay of everybody who is paid from the line: who disputes it need not be one of them.
-- relation: disputed_line
SELECT d.line_id, CAST(SUM(p.amount) AS $BIGINT) AS amount
FROM (SELECT line_id FROM dispute_seen WHERE line_id <> '' GROUP BY line_id) AS d
JOIN pay AS p ON p.line_id = d.line_id
GROUP BY d.line_id
;

-- relation: dispute
SELECT
  d.dispute_id, d.rm_id, d.period, d.line_id, d.claim, d.owner, d.filed_on, d.due_on, d.decided_on,
  CASE WHEN d.outcome <> '' THEN d.outcome WHEN d.due_on < $AS_OF THEN 'overdue' ELSE 'open' END AS state,
  CASE
    WHEN d.due_on < COALESCE(d.decided_on, $AS_OF) THEN $DAYS(COALESCE(d.decided_on, $AS_OF), d.due_on)
    ELSE 0
  END AS days_late,
  CASE
    WHEN q.period IS NULL THEN CAST(NULL AS $BIGINT)
    WHEN d.line_id <> '' THEN COALESCE(l.amount, 0)
    ELSE COALESCE(t.gross, 0)
  END AS amount
FROM dispute_seen AS d
LEFT JOIN period AS q ON q.period = d.period
LEFT JOIN disputed_line AS l ON l.line_id = d.line_id
LEFT JOIN pay_total AS t ON t.period = d.period AND t.rm_id = d.rm_id
;
