-- A task's amount handed down to its lines: largest remainder on the weights, ties to the smaller line id.
-- A task without weights keeps the amount on one row of its own, so that nothing is lost.

-- relation: split_part
SELECT
  t.period, t.rm_id, t.measure, l.line_id, l.customer_id, l.rm, l.slot, l.amount AS basis, t.amount,
  $WIDE_DIV(CAST(ABS(t.amount) AS $WIDE) * l.weight, w.whole) AS part,
  (CAST(ABS(t.amount) AS $WIDE) * l.weight) % w.whole AS remainder
FROM split_task AS t
JOIN (
  SELECT period, rm_id, measure, SUM(CAST(weight AS $WIDE)) AS whole
  FROM split_line WHERE weight > 0 GROUP BY period, rm_id, measure
) AS w ON w.period = t.period AND w.rm_id = t.rm_id AND w.measure = t.measure
JOIN split_line AS l
  ON l.period = t.period AND l.rm_id = t.rm_id AND l.measure = t.measure AND l.weight > 0
;

-- relation: split_left
SELECT period, rm_id, measure, ABS(MIN(amount)) - SUM(part) AS left_over
FROM split_part
GROUP BY period, rm_id, measure
;

-- relation: split_paid
SELECT
  p.period, p.rm_id, p.measure, p.line_id, p.customer_id, p.rm, p.slot, p.basis,
  CAST(
    CASE WHEN p.amount < 0 THEN -1 ELSE 1 END * (p.part + CASE WHEN p.place <= l.left_over THEN 1 ELSE 0 END)
  AS $BIGINT) AS amount
FROM (
  SELECT
    split_part.*,
    ROW_NUMBER() OVER (PARTITION BY period, rm_id, measure ORDER BY remainder DESC, line_id) AS place
  FROM split_part
) AS p
JOIN split_left AS l ON l.period = p.period AND l.rm_id = p.rm_id AND l.measure = p.measure
UNION ALL
SELECT
  t.period, t.rm_id, t.measure, '' AS line_id, CAST(NULL AS $TEXT) AS customer_id,
  CAST(0 AS $BIGINT) AS rm, CAST(0 AS $BIGINT) AS slot, CAST(NULL AS $BIGINT) AS basis, t.amount
FROM split_task AS t
LEFT JOIN split_left AS l ON l.period = t.period AND l.rm_id = t.rm_id AND l.measure = t.measure
WHERE l.period IS NULL
;
