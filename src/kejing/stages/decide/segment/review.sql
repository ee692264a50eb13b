-- One review of one scheme on one day: the measure, rolled up, converted, and the band it falls in.

-- Measurements that a review on $DAY may look at: ended by then, not older than the window.
-- relation: review_measure
SELECT
  m.customer_id, m.value, m.value_text, m.unit, m.period_start, m.period_end,
  CASE WHEN f.num IS NULL THEN NULL
       WHEN f.num = f.den THEN m.value
       WHEN m.value < 0 THEN -CAST($WIDE_DIV(2 * CAST(-m.value AS $WIDE) * f.num + f.den, 2 * f.den) AS $BIGINT)
       ELSE CAST($WIDE_DIV(2 * CAST(m.value AS $WIDE) * f.num + f.den, 2 * f.den) AS $BIGINT)
  END AS amount
FROM measures AS m
JOIN (SELECT customer_id FROM customer_scope GROUP BY customer_id) AS c ON c.customer_id = m.customer_id
LEFT JOIN review_rate AS f ON f.unit = m.unit
WHERE m.measure = $MEASURE AND m.period_end <= $DAY AND m.period_end > $WINDOW_START
;

-- relation: review_latest
SELECT customer_id, amount, value_text, period_start, period_end
FROM (
  SELECT
    review_measure.*,
    ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY period_end DESC, period_start DESC) AS place
  FROM review_measure
) AS placed
WHERE place = 1
;

-- relation: review_mean
SELECT
  customer_id,
  CASE WHEN SUM(amount) < 0
    THEN -CAST($WIDE_DIV(2 * CAST(-SUM(amount) AS $WIDE) + COUNT(amount), 2 * COUNT(amount)) AS $BIGINT)
    ELSE CAST($WIDE_DIV(2 * CAST(SUM(amount) AS $WIDE) + COUNT(amount), 2 * COUNT(amount)) AS $BIGINT)
  END AS amount,
  CAST(NULL AS $TEXT) AS value_text,
  MIN(period_start) AS period_start, MAX(period_end) AS period_end
FROM review_measure
WHERE amount IS NOT NULL
GROUP BY customer_id
;

-- relation: review_own
SELECT c.customer_id, c.group_id, v.amount, v.value_text, v.period_start, v.period_end
FROM (
  SELECT customer_id, MAX(group_id) AS group_id
  FROM customer_scope
  WHERE valid_from <= $DAY AND valid_to > $DAY
  GROUP BY customer_id
) AS c
LEFT JOIN $TAKEN AS v ON v.customer_id = c.customer_id
;

-- A group is judged by its head's consolidated figure where the head has one, else by the sum of its members.
-- relation: review_group
SELECT
  g.group_id,
  COALESCE(h.amount, g.amount) AS amount,
  COALESCE(h.period_start, g.period_start) AS period_start,
  COALESCE(h.period_end, g.period_end) AS period_end
FROM (
  SELECT group_id, CAST(SUM(amount) AS $BIGINT) AS amount, MIN(period_start) AS period_start, MAX(period_end) AS period_end
  FROM review_own
  WHERE group_id IS NOT NULL
  GROUP BY group_id
) AS g
LEFT JOIN review_own AS h ON h.customer_id = g.group_id
;

-- relation: review_value
SELECT
  o.customer_id,
  CASE WHEN $ROLL_UP = 1 AND g.group_id IS NOT NULL THEN g.amount ELSE o.amount END AS amount,
  o.value_text,
  CASE WHEN $ROLL_UP = 1 AND g.group_id IS NOT NULL THEN g.period_start ELSE o.period_start END AS measured_from,
  CASE WHEN $ROLL_UP = 1 AND g.group_id IS NOT NULL THEN g.period_end ELSE o.period_end END AS measured_to,
  CASE WHEN $ROLL_UP = 1 AND g.group_id IS NOT NULL THEN g.group_id ELSE o.customer_id END AS decided_by
FROM review_own AS o
LEFT JOIN review_group AS g ON g.group_id = o.group_id
;

-- relation: review_banded
SELECT customer_id, amount, value_text, measured_from, measured_to, decided_by, tier, rule_id, low, high
FROM (
  SELECT
    v.*, b.tier, b.rule_id, b.low, b.high,
    ROW_NUMBER() OVER (PARTITION BY v.customer_id ORDER BY b.position) AS place
  FROM review_value AS v
  JOIN review_band AS b ON 1 = 1
  WHERE (b.is_word = 0 AND v.amount IS NOT NULL
        AND (b.low IS NULL OR v.amount > b.low OR (b.low_closed = 1 AND v.amount = b.low))
        AND (b.high IS NULL OR v.amount < b.high OR (b.high_closed = 1 AND v.amount = b.high)))
    OR (b.is_word = 1 AND v.value_text = b.word)
    OR (b.is_word = 2 AND (v.amount IS NOT NULL OR v.value_text IS NOT NULL))
) AS matched
WHERE place = 1
;

-- Distance to the nearest tier line, relative to that line.
-- relation: review_distance
SELECT v.customer_id, CAST(MIN($WIDE_DIV(CAST(ABS(v.amount - e.edge) AS $WIDE) * 1000000, e.edge)) AS $BIGINT) AS distance
FROM review_value AS v
JOIN review_edge AS e ON e.edge > 0
WHERE v.amount IS NOT NULL
GROUP BY v.customer_id
;

-- Whether the value lies beyond the line of the tier that the customer is in by no more than the buffer.
-- relation: review_near
SELECT
  p.customer_id,
  MAX(CASE
    WHEN v.amount <= b.low AND CAST(b.low - v.amount AS $WIDE) * 1000000 <= CAST(b.low AS $WIDE) * $HOLD_MICRO THEN 1
    WHEN v.amount >= b.high AND CAST(v.amount - b.high AS $WIDE) * 1000000 <= CAST(b.high AS $WIDE) * $HOLD_MICRO THEN 1
    ELSE 0
  END) AS is_near
FROM segment_open AS p
JOIN review_value AS v ON v.customer_id = p.customer_id
JOIN review_band AS b ON b.tier = p.tier AND b.is_word = 0
WHERE v.amount IS NOT NULL
GROUP BY p.customer_id
;

-- A tier is held while the value is beyond its line by no more than the buffer; who skips a tier is not held.
-- relation: review_now
SELECT
  v.customer_id,
  CASE
    WHEN b.tier IS NULL THEN 'unclassified'
    WHEN p.tier IS NOT NULL AND p.tier <> 'unclassified' AND p.tier <> b.tier AND h.is_near = 1 THEN p.tier
    ELSE b.tier
  END AS tier,
  CASE
    WHEN v.amount IS NULL AND v.value_text IS NULL THEN 'missing'
    WHEN b.tier IS NULL THEN 'no_rule'
    WHEN p.tier IS NOT NULL AND p.tier <> 'unclassified' AND p.tier <> b.tier AND h.is_near = 1 THEN 'held'
    ELSE b.rule_id
  END AS reason,
  v.amount, v.value_text, v.measured_from, v.measured_to, v.decided_by, d.distance
FROM review_value AS v
LEFT JOIN review_banded AS b ON b.customer_id = v.customer_id
LEFT JOIN review_distance AS d ON d.customer_id = v.customer_id
LEFT JOIN segment_open AS p ON p.customer_id = v.customer_id
LEFT JOIN review_near AS h ON h.customer_id = v.customer_id
;
