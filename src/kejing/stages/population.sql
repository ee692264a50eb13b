-- The policy's customers and RMs, dated. Intervals are half-open; an open end is 9999-12-31.

-- relation: unit_now
SELECT u.unit_id, u.name, u.level, u.parent_id, u.lat, u.lon
FROM units AS u
WHERE u.valid_from <= $AS_OF AND u.valid_to > $AS_OF
;

-- relation: customer_now
SELECT c.*
FROM customers AS c
JOIN population_kind AS k ON k.kind = c.kind
WHERE c.valid_from <= $AS_OF AND c.valid_to > $AS_OF
  AND (c.closed_on IS NULL OR c.closed_on > $AS_OF)
;

-- Customers of the population have numbers, so that what is kept of millions of lines holds no text of theirs.
-- relation: customer_number
SELECT customer_id, ROW_NUMBER() OVER (ORDER BY customer_id) AS customer
FROM (
  SELECT c.customer_id
  FROM customers AS c
  JOIN population_kind AS k ON k.kind = c.kind
  GROUP BY c.customer_id
) AS known
;

-- All dated rows of the population's customers: what a line of an earlier day is judged by.
-- relation: customer_scope
SELECT n.customer, c.customer_id, c.kind, c.group_id, c.industry, c.unit_id, c.valid_from, c.valid_to
FROM customers AS c
JOIN population_kind AS k ON k.kind = c.kind
JOIN customer_number AS n ON n.customer_id = c.customer_id
;

-- relation: rm_now
SELECT r.*
FROM rms AS r
WHERE r.valid_from <= $AS_OF AND r.valid_to > $AS_OF
;

-- relation: rm_overlap
SELECT
  p.period, p.period_start, p.period_end, p.period_days, r.rm_id, r.unit_id, r.line, r.grade, r.fte,
  r.base_pay, r.target_bonus,
  CASE WHEN r.valid_from > p.period_start THEN r.valid_from ELSE p.period_start END AS day_from,
  CASE WHEN r.valid_to < p.period_end THEN r.valid_to ELSE p.period_end END AS day_to
FROM rms AS r
JOIN population_line AS l ON l.line = r.line
JOIN period AS p ON r.valid_from < p.period_end AND r.valid_to > p.period_start
;

-- relation: rm_service
SELECT period, rm_id, SUM($DAYS(day_to, day_from)) AS days
FROM rm_overlap
GROUP BY period, rm_id
;

-- relation: rm_away
SELECT
  o.period, o.rm_id,
  SUM(
    $DAYS(
      CASE WHEN a.valid_to < o.day_to THEN a.valid_to ELSE o.day_to END,
      CASE WHEN a.valid_from > o.day_from THEN a.valid_from ELSE o.day_from END
    )
  ) AS days
FROM rm_overlap AS o
JOIN rm_absences AS a ON a.rm_id = o.rm_id AND a.valid_from < o.day_to AND a.valid_to > o.day_from
GROUP BY o.period, o.rm_id
;

-- relation: rm_period
SELECT
  o.period, o.period_start, o.period_end, o.period_days, o.rm_id, o.unit_id, o.line, o.grade, o.fte,
  COALESCE(o.base_pay, 0) AS base_pay,
  COALESCE(o.target_bonus, 0) AS target_bonus,
  CAST(s.days AS $BIGINT) AS in_force_days,
  CAST(s.days - COALESCE(a.days, 0) AS $BIGINT) AS service_days
FROM (
  SELECT rm_overlap.*, ROW_NUMBER() OVER (PARTITION BY period, rm_id ORDER BY day_from DESC) AS place
  FROM rm_overlap
) AS o
JOIN rm_service AS s ON s.period = o.period AND s.rm_id = o.rm_id
LEFT JOIN rm_away AS a ON a.period = o.period AND a.rm_id = o.rm_id
WHERE o.place = 1
;

-- Rates into the policy's currency: a quoted rate as it stands, or turned round; 10^8 is the scale of a rate.
-- relation: fx
SELECT
  d.currency, CAST('0001-01-01' AS DATE) AS valid_from, CAST('9999-12-31' AS DATE) AS valid_to,
  CAST(1 AS $WIDE) AS rate_num, CAST(1 AS $WIDE) AS rate_den
FROM currency_digits AS d
WHERE d.currency = $CURRENCY
UNION ALL
SELECT
  f.currency, f.valid_from, f.valid_to,
  CAST(f.rate AS $WIDE) * d.up AS rate_num, CAST(100000000 AS $WIDE) * d.down AS rate_den
FROM fx_rates AS f
JOIN currency_digits AS d ON d.currency = f.currency
WHERE f.quote_currency = $CURRENCY AND f.currency <> $CURRENCY AND f.rate > 0
;
