-- Disputes as they stand on the day of the run, with the money that rests on them before and after.

-- The pay of everybody who is paid from the line: who disputes it need not be one of them.
-- relation: disputed_line
SELECT d.line_id, CAST(SUM(p.amount) AS $BIGINT) AS amount
FROM (SELECT line_id FROM dispute_seen WHERE line_id <> '' GROUP BY line_id) AS d
JOIN pay AS p ON p.line_id = d.line_id
GROUP BY d.line_id
;

-- Pay that rests on each dispute today; of a period that is none of the run's nothing is known.
-- relation: dispute_today
SELECT
  d.dispute_id,
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

-- relation: dispute
SELECT
  d.dispute_id, d.rm_id, d.period, d.line_id, d.claim, d.owner, d.filed_on, d.due_on, d.decided_on,
  CASE WHEN d.outcome <> '' THEN d.outcome WHEN d.due_on < $AS_OF THEN 'overdue' ELSE 'open' END AS state,
  CASE
    WHEN d.due_on < COALESCE(d.decided_on, $AS_OF) THEN $DAYS(COALESCE(d.decided_on, $AS_OF), d.due_on)
    ELSE 0
  END AS days_late,
  t.amount, t.amount - COALESCE(b.of_all, 0) AS expected,
  CASE
    WHEN d.outcome = '' OR $HAS_LEDGER = 0 THEN CAST(NULL AS $BIGINT) ELSE COALESCE(b.of_rm, 0)
  END AS booked
FROM dispute_seen AS d
JOIN dispute_today AS t ON t.dispute_id = d.dispute_id
LEFT JOIN dispute_booked AS b ON b.dispute_id = d.dispute_id
;
