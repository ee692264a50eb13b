-- What pay formulas see of a line: the customer's industry and type on the line's own day.
-- Codes are settled once for a customer and once for a kind of line; the lines themselves only pick them up.

-- relation: customer_industry
SELECT k.customer_id, k.valid_from, k.valid_to, COALESCE(i.code, $INDUSTRY_OTHERWISE) AS industry
FROM customer_scope AS k
LEFT JOIN code_industry AS i ON i.code = k.industry
;

-- relation: customer_tier
SELECT customer_id, valid_from, valid_to, tier
FROM segment
WHERE scheme = $SCHEME
;

-- Periods have numbers here, so that a part finds its seat of the period by numbers alone.
-- relation: paid_period
SELECT period, ROW_NUMBER() OVER (ORDER BY period) AS place
FROM period
;

-- relation: paid_kind
SELECT
  k.kind, k.period, p.place, k.task_measure AS measure, k.day AS booked_on, k.product,
  COALESCE(b.code, $BUSINESS_OTHERWISE) AS business_type
FROM line_kind AS k
JOIN paid_period AS p ON p.period = k.period
JOIN task_measure AS m ON m.measure = k.task_measure
LEFT JOIN code_business AS b ON b.code = k.business_type
;

-- relation: paid_seat
SELECT s.seat, s.rm_id
FROM seat AS s
JOIN (SELECT rm_id FROM rm_period GROUP BY rm_id) AS r ON r.rm_id = s.rm_id
;

-- Periods in which the RM of a seat was not in post: few, so that looking them up costs next to nothing.
-- relation: seat_unpaid
SELECT s.seat, p.place
FROM paid_seat AS s
JOIN paid_period AS p ON 1 = 1
LEFT JOIN rm_period AS r ON r.rm_id = s.rm_id AND r.period = p.period
WHERE r.rm_id IS NULL
;

-- view: line_input
SELECT
  k.period, r.rm_id, k.measure, p.line_id, k.booked_on, p.customer_id, k.product,
  COALESCE(i.industry, $INDUSTRY_OTHERWISE) AS industry,
  COALESCE(t.tier, 'unclassified') AS customer_tier,
  k.business_type, p.amount
FROM credit_part AS p
JOIN paid_kind AS k ON k.kind = p.kind
JOIN paid_seat AS r ON r.seat = p.seat
LEFT JOIN seat_unpaid AS u ON u.seat = p.seat AND u.place = k.place
LEFT JOIN customer_industry AS i
  ON i.customer_id = p.customer_id AND i.valid_from <= k.booked_on AND i.valid_to > k.booked_on
LEFT JOIN customer_tier AS t
  ON t.customer_id = p.customer_id AND t.valid_from <= k.booked_on AND t.valid_to > k.booked_on
WHERE u.seat IS NULL
;
