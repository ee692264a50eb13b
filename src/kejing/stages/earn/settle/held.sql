-- Pay withheld: a line is paid on the first pay day, from its own period on, on which no hold lies on it.
-- The pay day of a period is its last day. What earlier fiscal years withheld waits for its first pay day of this one.

-- relation: hold_now
SELECT
  h.hold_id, h.rm_id, h.component, h.line_id, h.until_event, h.release_on, h.held_from,
  CASE
    WHEN h.released_on IS NOT NULL AND h.released_on <= $AS_OF THEN h.released_on
    WHEN $PLANNED = 1 AND h.release_on IS NOT NULL THEN h.release_on
    ELSE CAST('9999-12-31' AS DATE)
  END AS ends_on
FROM holds AS h
WHERE h.held_from <= $AS_OF
;

-- Pay days on which a hold lies.
-- relation: hold_day
SELECT
  p.period AS pay_period, p.period_start AS pay_start, h.hold_id, h.rm_id, h.component, h.line_id, h.until_event,
  h.release_on
FROM hold_now AS h
JOIN period AS p ON h.held_from < p.period_end AND h.ends_on >= p.period_end
;

-- Lines of RMs with a hold; a deduction is never withheld, because that would pay it out.
-- relation: hold_line
SELECT
  y.period, p.period_start, y.rm_id, y.component, y.measure, y.line_id, y.amount,
  CASE WHEN c.component IS NULL THEN 0 ELSE 1 END AS is_performance,
  CASE WHEN c.component IS NULL THEN 0 ELSE y.amount END AS weight
FROM pay AS y
JOIN (SELECT rm_id FROM hold_now GROUP BY rm_id) AS h ON h.rm_id = y.rm_id
JOIN period AS p ON p.period = y.period
LEFT JOIN performance_component AS c ON c.component = y.component
WHERE y.amount > 0
;

-- What of each line is deferred anyhow: the deferred amount handed down to the lines of performance pay.
-- relation: hold_share
SELECT
  l.period, l.rm_id, l.component, l.measure, l.line_id,
  $WIDE_DIV(CAST(w.total AS $WIDE) * l.weight, w.whole) AS part,
  (CAST(w.total AS $WIDE) * l.weight) % w.whole AS remainder
FROM hold_line AS l
JOIN (
  SELECT
    s.period, s.rm_id, s.whole, CASE WHEN d.deferred > s.whole THEN s.whole ELSE d.deferred END AS total
  FROM (
    SELECT period, rm_id, SUM(CAST(weight AS $WIDE)) AS whole FROM hold_line GROUP BY period, rm_id
  ) AS s
  JOIN settle_due AS d ON d.period = s.period AND d.rm_id = s.rm_id
  WHERE s.whole > 0
) AS w ON w.period = l.period AND w.rm_id = l.rm_id
WHERE l.weight > 0
;

-- relation: hold_left
SELECT s.period, s.rm_id, CASE WHEN d.deferred > w.whole THEN w.whole ELSE d.deferred END - SUM(s.part) AS left_over
FROM hold_share AS s
JOIN (
  SELECT period, rm_id, SUM(CAST(weight AS $WIDE)) AS whole FROM hold_line GROUP BY period, rm_id
) AS w ON w.period = s.period AND w.rm_id = s.rm_id
JOIN settle_due AS d ON d.period = s.period AND d.rm_id = s.rm_id
GROUP BY s.period, s.rm_id, d.deferred, w.whole
;

-- relation: hold_own
SELECT
  l.period, l.period_start, l.rm_id, l.component, l.measure, l.line_id, l.is_performance,
  CAST(
    l.amount - COALESCE(s.part + CASE WHEN s.place <= f.left_over THEN 1 ELSE 0 END, 0)
  AS $BIGINT) AS amount
FROM hold_line AS l
LEFT JOIN (
  SELECT
    hold_share.*,
    ROW_NUMBER() OVER (PARTITION BY period, rm_id ORDER BY remainder DESC, component, measure, line_id) AS place
  FROM hold_share
) AS s
  ON s.period = l.period AND s.rm_id = l.rm_id AND s.component = l.component AND s.measure = l.measure
  AND s.line_id = l.line_id
LEFT JOIN hold_left AS f ON f.period = l.period AND f.rm_id = l.rm_id
;

-- relation: hold_carried
SELECT
  c.period, CAST('0001-01-01' AS DATE) AS period_start, c.rm_id, c.component, c.measure, c.line_id,
  CASE WHEN n.component IS NULL THEN 0 ELSE 1 END AS is_performance, c.amount, c.hold_id
FROM ledger_held AS c
LEFT JOIN performance_component AS n ON n.component = c.component
LEFT JOIN period AS p ON p.period = c.period
WHERE p.period IS NULL
;

-- relation: hold_net
SELECT period, period_start, rm_id, component, measure, line_id, is_performance, amount FROM hold_own
UNION ALL
SELECT period, period_start, rm_id, component, measure, line_id, is_performance, amount FROM hold_carried
;

-- Pay days from a line's own on that are blocked, with the first hold that does it.
-- relation: hold_block
SELECT
  l.period, l.rm_id, l.component, l.measure, l.line_id, h.pay_period, h.pay_start, MIN(h.hold_id) AS hold_id
FROM hold_net AS l
JOIN hold_day AS h ON h.rm_id = l.rm_id AND h.pay_start >= l.period_start
WHERE l.amount > 0
  AND (
    h.component = l.component
    OR (h.component IS NULL AND (l.is_performance = 1 OR $REACH_ALL = 1 OR h.line_id IS NOT NULL))
  )
  AND (h.line_id IS NULL OR h.line_id = l.line_id)
GROUP BY l.period, l.rm_id, l.component, l.measure, l.line_id, h.pay_period, h.pay_start
;

-- What waits: lines that a hold meets on their own pay day, and what earlier years left.
-- relation: hold_wait
SELECT
  l.period, l.rm_id, l.component, l.measure, l.line_id, b.hold_id, l.amount, b.pay_start AS since,
  CAST(0 AS $BIGINT) AS carried
FROM hold_own AS l
JOIN hold_block AS b
  ON b.period = l.period AND b.rm_id = l.rm_id AND b.component = l.component AND b.measure = l.measure
  AND b.line_id = l.line_id AND b.pay_period = l.period
UNION ALL
SELECT
  period, rm_id, component, measure, line_id, hold_id, amount, period_start AS since, CAST(1 AS $BIGINT) AS carried
FROM hold_carried
;

-- relation: hold_release
SELECT w.period, w.rm_id, w.component, w.measure, w.line_id, MIN(q.period_start) AS paid_start
FROM hold_wait AS w
JOIN period AS q ON q.period_start > w.since
LEFT JOIN hold_block AS k
  ON k.period = w.period AND k.rm_id = w.rm_id AND k.component = w.component AND k.measure = w.measure
  AND k.line_id = w.line_id AND k.pay_start = q.period_start
WHERE k.period IS NULL
GROUP BY w.period, w.rm_id, w.component, w.measure, w.line_id
;

-- relation: held
SELECT
  w.period, w.rm_id, w.component, w.measure, w.line_id, w.hold_id, w.amount, h.until_event, h.release_on,
  q.period AS released_in, w.carried = 1 AS is_carried
FROM hold_wait AS w
LEFT JOIN hold_now AS h ON h.hold_id = w.hold_id
LEFT JOIN hold_release AS r
  ON r.period = w.period AND r.rm_id = w.rm_id AND r.component = w.component AND r.measure = w.measure
  AND r.line_id = w.line_id
LEFT JOIN period AS q ON q.period_start = r.paid_start
;
