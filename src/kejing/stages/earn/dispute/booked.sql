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

-- Corrections in the ledger that came of a dispute: of its line, or of its RM's period where it names no line, posted on
-- what was known from its day on. A posting belongs to one dispute: of those that were granted, wholly or in part, to
-- the one that names the line, else the one filed last.

-- relation: dispute_reach
SELECT
  c.posting_id, c.entry, c.period, c.posted_in, c.known_on, c.rm_id, c.component, c.measure, c.line_id, c.amount,
  d.dispute_id, d.filed_on, CAST(1 AS $BIGINT) AS names_line
FROM ledger_correction AS c
JOIN dispute_seen AS d ON d.period = c.period AND d.line_id = c.line_id AND d.filed_on <= c.known_on
WHERE d.line_id <> '' AND d.outcome IN ('granted', 'partly')
UNION ALL
SELECT
  c.posting_id, c.entry, c.period, c.posted_in, c.known_on, c.rm_id, c.component, c.measure, c.line_id, c.amount,
  d.dispute_id, d.filed_on, CAST(0 AS $BIGINT) AS names_line
FROM ledger_correction AS c
JOIN dispute_seen AS d ON d.period = c.period AND d.rm_id = c.rm_id AND d.filed_on <= c.known_on
WHERE d.line_id = '' AND d.outcome IN ('granted', 'partly')
;

-- relation: dispute_posting
SELECT
  dispute_id, posting_id, entry, period, posted_in, known_on, rm_id, component, measure, line_id, amount
FROM (
  SELECT
    dispute_reach.*,
    ROW_NUMBER() OVER (PARTITION BY posting_id ORDER BY names_line DESC, filed_on DESC, dispute_id) AS place
  FROM dispute_reach
) AS reach
WHERE place = 1
;

-- What was booked for whoever disputes, and for everybody who is paid from the line.
-- relation: dispute_booked
SELECT
  d.dispute_id, CAST(SUM(p.amount) AS $BIGINT) AS of_all,
  CAST(SUM(CASE WHEN p.rm_id = d.rm_id THEN p.amount ELSE 0 END) AS $BIGINT) AS of_rm
FROM dispute_seen AS d
JOIN dispute_posting AS p ON p.dispute_id = d.dispute_id
GROUP BY d.dispute_id
;
