-- Manual adjustments and why some are not paid. The first reason that holds is the one that is told.

-- People of other lines are left to the policy of their line.
-- relation: adjustment_line
SELECT r.rm_id, SUM(CASE WHEN l.line IS NULL THEN 0 ELSE 1 END) AS own_posts
FROM rms AS r
LEFT JOIN population_line AS l ON l.line = r.line
GROUP BY r.rm_id
;

-- relation: adjustment_seen
SELECT
  a.adjustment_id, a.rm_id, a.period, a.amount, a.made_by, a.made_on, a.approved_by, a.approved_on,
  a.source_file, a.source_sheet, a.source_row,
  CASE
    WHEN a.currency <> $CURRENCY THEN 'other_currency'
    WHEN r.rm_id IS NULL THEN 'not_in_post'
    WHEN a.made_on >= $NEXT_DAY THEN 'not_yet'
    WHEN a.approved_by IS NULL OR a.approved_on IS NULL THEN 'not_approved'
    WHEN a.approved_by = a.made_by THEN 'self_approved'
    WHEN a.approved_by = a.rm_id THEN 'beneficiary_approved'
    WHEN a.approved_on >= $NEXT_DAY THEN 'not_yet'
    WHEN a.approved_on < a.made_on THEN 'approved_early'
    ELSE ''
  END AS refusal
FROM adjustments AS a
JOIN period AS d ON d.period = a.period
LEFT JOIN rm_period AS r ON r.period = a.period AND r.rm_id = a.rm_id
LEFT JOIN adjustment_line AS l ON l.rm_id = a.rm_id
WHERE COALESCE(l.own_posts, 1) > 0
;

-- relation: adjustment_share
SELECT
  period, rm_id, $COMPONENT AS component, 'adj:' || adjustment_id AS line_id, amount,
  $COMPONENT || ': ' || adjustment_id || '@' || CAST(approved_on AS $TEXT) AS clause
FROM adjustment_seen
WHERE refusal = '' AND amount <> 0
;
