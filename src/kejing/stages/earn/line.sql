-- What pay formulas see of a line: the customer's industry and type on the line's own day.
-- Codes are settled once for a customer and once for a kind of line; the lines themselves only pick up numbers.
-- A class is a combination of industry, type of customer and type of business: the sum of one number for each, zero
-- for what is none of the policy's codes.

-- relation: customer_industry
SELECT k.customer, k.valid_from, k.valid_to, COALESCE(i.code, $INDUSTRY_OTHERWISE) AS industry
FROM customer_scope AS k
LEFT JOIN code_industry AS i ON i.code = k.industry
WHERE k.valid_from < $NEXT_DAY AND k.valid_to > $YEAR_START
;

-- relation: customer_tier
SELECT n.customer, s.valid_from, s.valid_to, s.tier
FROM segment AS s
JOIN customer_number AS n ON n.customer_id = s.customer_id
WHERE s.scheme = $SCHEME AND s.valid_from < $NEXT_DAY AND s.valid_to > $YEAR_START
;

-- relation: class_tier
SELECT tier, ROW_NUMBER() OVER (ORDER BY tier) * $INDUSTRIES * $BUSINESSES AS class
FROM (SELECT tier FROM customer_tier WHERE tier <> 'unclassified' GROUP BY tier) AS seen
UNION ALL
SELECT 'unclassified' AS tier, CAST(0 AS $BIGINT) AS class
;

-- relation: class_industry
SELECT code AS industry, ROW_NUMBER() OVER (ORDER BY code) * $BUSINESSES AS class
FROM code_industry
WHERE code <> $INDUSTRY_OTHERWISE
UNION ALL
SELECT $INDUSTRY_OTHERWISE AS industry, CAST(0 AS $BIGINT) AS class
;

-- relation: class_business
SELECT code AS business_type, ROW_NUMBER() OVER (ORDER BY code) AS class
FROM code_business
WHERE code <> $BUSINESS_OTHERWISE
UNION ALL
SELECT $BUSINESS_OTHERWISE AS business_type, CAST(0 AS $BIGINT) AS class
;

-- relation: line_class
SELECT i.class + t.class + b.class AS class, i.industry, t.tier AS customer_tier, b.business_type
FROM class_industry AS i
JOIN class_tier AS t ON 1 = 1
JOIN class_business AS b ON 1 = 1
;

-- Customers who change industry or type within the days of the run: few, so that their days cost next to nothing.
-- relation: customer_moving
SELECT customer
FROM (
  SELECT customer FROM customer_industry WHERE valid_from > $YEAR_START OR valid_to < $NEXT_DAY
  UNION ALL
  SELECT customer FROM customer_tier WHERE valid_from > $YEAR_START OR valid_to < $NEXT_DAY
) AS changes
GROUP BY customer
;

-- relation: moving_industry
SELECT i.customer, i.valid_from, i.valid_to, i.industry, n.class
FROM customer_industry AS i
JOIN customer_moving AS m ON m.customer = i.customer
JOIN class_industry AS n ON n.industry = i.industry
;

-- relation: moving_tier
SELECT t.customer, t.valid_from, t.valid_to, t.tier, n.class
FROM customer_tier AS t
JOIN customer_moving AS m ON m.customer = t.customer
JOIN class_tier AS n ON n.tier = t.tier
;

-- All the others, with the industry and type that they have on every day of the run.
-- relation: settled_customer
SELECT c.customer, c.customer_id, i.industry, t.tier AS customer_tier, i.class + t.class AS class
FROM (
  SELECT
    n.customer, n.customer_id, COALESCE(i.industry, $INDUSTRY_OTHERWISE) AS industry,
    COALESCE(t.tier, 'unclassified') AS tier
  FROM customer_number AS n
  LEFT JOIN customer_moving AS m ON m.customer = n.customer
  LEFT JOIN customer_industry AS i ON i.customer = n.customer
  LEFT JOIN customer_tier AS t ON t.customer = n.customer
  WHERE m.customer IS NULL
) AS c
JOIN class_industry AS i ON i.industry = c.industry
JOIN class_tier AS t ON t.tier = c.tier
;

-- Periods have numbers here, so that a part finds its seat of the period by numbers alone.
-- relation: paid_period
SELECT period, ROW_NUMBER() OVER (ORDER BY period) - 1 AS place
FROM period
;

-- A slot of pay: as the slots of credit, with the policy's own types of business.
-- relation: paid_slot
SELECT ROW_NUMBER() OVER (ORDER BY period, measure, business_type) AS slot, period, measure, business_type
FROM (
SELECT period, measure, business_type
FROM (
  SELECT k.period, k.task_measure AS measure, COALESCE(b.code, $BUSINESS_OTHERWISE) AS business_type
  FROM line_slot AS k
  LEFT JOIN code_business AS b ON b.code = k.business_type
) AS every
GROUP BY period, measure, business_type
) AS seen
;

-- relation: slot_paid
SELECT k.slot AS credit_slot, s.slot
FROM line_slot AS k
LEFT JOIN code_business AS b ON b.code = k.business_type
JOIN paid_slot AS s
  ON s.period = k.period AND s.measure = k.task_measure AND s.business_type = COALESCE(b.code, $BUSINESS_OTHERWISE)
;

-- Slots of one period and measure belong to one task of each RM: the number of the first stands for all.
-- relation: slot_task
SELECT s.slot, s.period, s.measure, t.task
FROM paid_slot AS s
JOIN (SELECT period, measure, MIN(slot) AS task FROM paid_slot GROUP BY period, measure) AS t
  ON t.period = s.period AND t.measure = s.measure
;

-- relation: paid_kind
SELECT k.kind, s.slot, s.period, p.place, s.measure, k.day AS booked_on, k.product, s.business_type, n.class
FROM line_kind AS k
JOIN slot_paid AS c ON c.credit_slot = k.slot
JOIN paid_slot AS s ON s.slot = c.slot
JOIN paid_period AS p ON p.period = s.period
JOIN task_measure AS m ON m.measure = s.measure
JOIN class_business AS n ON n.business_type = s.business_type
;

-- A cell is a seat in a period in which its RM is in post: only those are paid.
-- relation: paid_cell
SELECT s.seat * $PERIODS + p.place AS cell, s.rm, s.rm_id
FROM seat AS s
JOIN rm_period AS r ON r.rm_id = s.rm_id
JOIN paid_period AS p ON p.period = r.period
;

-- view: line_settled
SELECT
  k.period, r.rm_id, k.measure, p.line_id, k.booked_on, c.customer_id, k.product, c.industry, c.customer_tier,
  k.business_type, p.amount, r.rm, k.slot, k.class + c.class AS class
FROM credit_part AS p
JOIN paid_kind AS k ON k.kind = p.kind
JOIN paid_cell AS r ON r.cell = p.seat * $PERIODS + k.place
JOIN settled_customer AS c ON c.customer = p.customer
;

-- view: line_moving
SELECT
  k.period, r.rm_id, k.measure, p.line_id, k.booked_on, c.customer_id, k.product,
  COALESCE(i.industry, $INDUSTRY_OTHERWISE) AS industry, COALESCE(t.tier, 'unclassified') AS customer_tier,
  k.business_type, p.amount, r.rm, k.slot, k.class + COALESCE(i.class, 0) + COALESCE(t.class, 0) AS class
FROM credit_part AS p
JOIN paid_kind AS k ON k.kind = p.kind
JOIN paid_cell AS r ON r.cell = p.seat * $PERIODS + k.place
JOIN customer_moving AS m ON m.customer = p.customer
JOIN customer_number AS c ON c.customer = p.customer
LEFT JOIN moving_industry AS i
  ON i.customer = p.customer AND i.valid_from <= k.booked_on AND i.valid_to > k.booked_on
LEFT JOIN moving_tier AS t
  ON t.customer = p.customer AND t.valid_from <= k.booked_on AND t.valid_to > k.booked_on
;

-- view: line_numbered
SELECT
  period, rm_id, measure, line_id, booked_on, customer_id, product, industry, customer_tier, business_type, amount,
  rm, slot, class
FROM line_settled
UNION ALL
SELECT
  period, rm_id, measure, line_id, booked_on, customer_id, product, industry, customer_tier, business_type, amount,
  rm, slot, class
FROM line_moving
;

-- view: line_input
SELECT
  period, rm_id, measure, line_id, booked_on, customer_id, product, industry, customer_tier, business_type, amount
FROM line_numbered
;

-- What RMs are credited beside: lines of measures that are nobody's task, and of periods in which they are not in post.
-- view: part_beside
SELECT s.rm, c.slot, p.amount
FROM credit_part AS p
JOIN line_kind AS k ON k.kind = p.kind
JOIN slot_paid AS c ON c.credit_slot = k.slot
JOIN seat AS s ON s.seat = p.seat
LEFT JOIN paid_kind AS n ON n.kind = p.kind
LEFT JOIN paid_cell AS r ON r.cell = p.seat * $PERIODS + n.place
WHERE s.rm <> 0 AND r.cell IS NULL
;
