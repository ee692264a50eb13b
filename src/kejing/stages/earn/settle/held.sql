-- Pay withheld: a line is paid on the first pay day, from its own period on, on which no hold lies on it.
-- The pay day of a period is its last day.

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

-- relation: hold_net
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

-- relation: hold_release
SELECT
  l.period, l.rm_id, l.component, l.measure, l.line_id, MIN(q.period_start) AS paid_start
FROM hold_block AS l
JOIN period AS q ON q.period_start > l.pay_start
LEFT JOIN hold_block AS k
  ON k.period = l.period AND k.rm_id = l.rm_id AND k.component = l.component AND k.measure = l.measure
  AND k.line_id = l.line_id AND k.pay_start = q.period_start
WHERE l.pay_period = l.period AND k.period IS NULL
GROUP BY l.period, l.rm_id, l.component, l.measure, l.line_id
;

-- relation: held
SELECT
  b.period, b.rm_id, b.component, b.measure, b.line_id, b.hold_id, l.amount, h.until_event, h.release_on,
  q.period AS released_in
FROM hold_block AS b
JOIN hold_net AS l
  ON l.period = b.period AND l.rm_id = b.rm_id AND l.component = b.component AND l.measure = b.measure
  AND l.line_id = b.line_id
JOIN hold_now AS h ON h.hold_id = b.hold_id
LEFT JOIN hold_release AS r
  ON r.period = b.period AND r.rm_id = b.rm_id AND r.component = b.component AND r.measure = b.measure
  AND r.line_id = b.line_id
LEFT JOIN period AS q ON q.period_start = r.paid_start
WHERE b.pay_period = b.period
;
