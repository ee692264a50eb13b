-- What books are made of: customers with tier, value, place and today's RM; RMs with place; pins.

-- The lead in force today; where several are, the largest share, then the earliest, then the smallest id counts.
-- relation: assign_today
SELECT ranked.customer_id, ranked.rm_id, counted.leads
FROM (
  SELECT
    v.customer_id, v.rm_id,
    ROW_NUMBER() OVER (PARTITION BY v.customer_id ORDER BY COALESCE(v.share, 0) DESC, v.valid_from, v.rm_id) AS place
  FROM coverage AS v
  WHERE v.role = 'lead' AND v.valid_from <= $AS_OF AND v.valid_to > $AS_OF
) AS ranked
JOIN (
  SELECT customer_id, COUNT(*) AS leads
  FROM coverage
  WHERE role = 'lead' AND valid_from <= $AS_OF AND valid_to > $AS_OF
  GROUP BY customer_id
) AS counted ON counted.customer_id = ranked.customer_id
WHERE ranked.place = 1
;

-- Whole units of a currency into minor units of the policy's: the rates of `fx` are between minor units.
-- relation: assign_rate
SELECT f.currency, f.rate_num, f.rate_den, CAST(d.up AS $WIDE) AS up, CAST(d.down AS $WIDE) AS down
FROM fx AS f
JOIN currency_digits AS d ON d.currency = f.currency
WHERE f.valid_from <= $AS_OF AND f.valid_to > $AS_OF
;

-- relation: assign_value_segment
SELECT g.customer_id, $WIDE_DIV(CAST(g.value AS $WIDE) * $MINOR * r.rate_num * r.down, 1000000 * r.rate_den * r.up) AS value
FROM segment AS g
JOIN assign_rate AS r ON r.currency = g.value_unit
WHERE g.scheme = $SCHEME AND g.valid_from <= $AS_OF AND g.valid_to > $AS_OF AND g.value >= 0
;

-- relation: assign_value_income
SELECT i.customer_id, SUM(CASE WHEN i.amount < 0 THEN -1 ELSE 1 END * ($WIDE_DIV(CAST(ABS(i.amount) AS $WIDE) * f.rate_num, f.rate_den))) AS value
FROM income AS i
JOIN fx AS f ON f.currency = i.currency AND f.valid_from <= i.booked_on AND f.valid_to > i.booked_on
WHERE i.booked_on > $VALUE_START AND i.booked_on <= $AS_OF
GROUP BY i.customer_id
;

-- relation: assign_value_measure
SELECT m.customer_id, $WIDE_DIV(CAST(m.value AS $WIDE) * f.rate_num, f.rate_den) AS value
FROM (
  SELECT
    customer_id, value, unit,
    ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY period_end DESC, period_start DESC) AS place
  FROM measures
  WHERE measure = $MEASURE AND period_end <= $NEXT_DAY AND value >= 0
) AS m
JOIN fx AS f ON f.currency = m.unit AND f.valid_from <= $AS_OF AND f.valid_to > $AS_OF
WHERE m.place = 1
;

-- relation: assign_customer
SELECT
  c.customer_id, c.name, c.group_id, c.unit_id, c.required_skill,
  COALESCE(g.tier, 'unclassified') AS tier,
  CAST(CASE WHEN v.value > 0 THEN v.value ELSE 0 END AS $BIGINT) AS value,
  COALESCE(c.lat, u.lat) AS lat, COALESCE(c.lon, u.lon) AS lon,
  v.customer_id IS NOT NULL AS has_value,
  t.rm_id AS today_rm_id, COALESCE(t.leads, 0) AS leads
FROM customer_now AS c
LEFT JOIN (
  SELECT customer_id, tier FROM segment
  WHERE scheme = $SCHEME AND valid_from <= $AS_OF AND valid_to > $AS_OF
) AS g ON g.customer_id = c.customer_id
LEFT JOIN assign_value_$VALUE_SOURCE AS v ON v.customer_id = c.customer_id
LEFT JOIN unit_now AS u ON u.unit_id = c.unit_id
LEFT JOIN assign_today AS t ON t.customer_id = c.customer_id
ORDER BY c.customer_id
;

-- relation: assign_pin
SELECT p.customer_id, p.rm_id, p.rule
FROM pins AS p
JOIN customer_now AS c ON c.customer_id = p.customer_id
WHERE p.valid_from <= $AS_OF AND p.valid_to > $AS_OF
ORDER BY p.customer_id, p.rm_id
;
