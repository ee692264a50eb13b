-- Increments of balances as lines: (daily average of the month - frozen base) weighted by the month's days,
-- then cut at the days on which the team changes.
-- F1 and F8 of the algorithm page: B = sum of daily balances / days; transferred stock is not growth.

-- relation: balance_home
SELECT
  b.customer_id, b.product, q.measure, q.business_type, b.month,
  CASE
    WHEN f.rate_num = f.rate_den THEN b.average_balance
    WHEN b.average_balance < 0
      THEN -CAST($WIDE_DIV(2 * (-b.average_balance) * f.rate_num + f.rate_den, 2 * f.rate_den) AS $BIGINT)
    ELSE CAST($WIDE_DIV(2 * b.average_balance * f.rate_num + f.rate_den, 2 * f.rate_den) AS $BIGINT)
  END AS amount
FROM balances AS b
JOIN products AS q ON q.product = b.product
JOIN balance_measure AS m ON m.measure = q.measure
JOIN month_used AS u ON u.month = b.month
JOIN fx AS f ON f.currency = b.currency AND f.valid_from <= u.last_day AND f.valid_to > u.last_day
;

-- relation: balance_base
SELECT h.customer_id, h.product, h.measure, h.business_type, h.amount
FROM balance_home AS h
JOIN month_used AS u ON u.month = h.month
WHERE u.is_base = 1
;

-- A month counts once any balance of it has been brought; a customer without a row in it then has no balance.
-- relation: month_loaded
SELECT u.month, u.month_end, u.days, u.period, u.period_days_loaded
FROM month_used AS u
JOIN (SELECT month FROM balance_home GROUP BY month) AS h ON h.month = u.month
WHERE u.is_base = 0
;

-- relation: account
SELECT customer_id, product, measure, business_type
FROM balance_home
GROUP BY customer_id, product, measure, business_type
;

-- relation: month_line
SELECT
  a.customer_id, a.product, a.measure, a.business_type, m.month, m.month_end, m.days, m.period,
  m.period_days_loaded, COALESCE(h.amount, 0) - COALESCE(b.amount, 0) AS growth
FROM account AS a
JOIN month_loaded AS m ON 1 = 1
JOIN customer_month AS c ON c.customer_id = a.customer_id AND c.month = m.month
LEFT JOIN balance_home AS h
  ON h.customer_id = a.customer_id AND h.product = a.product AND h.month = m.month
LEFT JOIN balance_base AS b ON b.customer_id = a.customer_id AND b.product = a.product
;

-- The running total of the period is rounded and a month is the step it takes: the months of an account sum to
-- its daily average increment of the period, rounded once.
-- relation: month_running
SELECT
  a.customer_id, a.product, a.measure, a.business_type, a.month, a.month_end, a.days, a.period, a.period_days_loaded,
  SUM(CAST(b.growth AS $WIDE) * b.days) AS cent_days,
  SUM(CASE WHEN b.month < a.month THEN CAST(b.growth AS $WIDE) * b.days ELSE 0 END) AS cent_days_before
FROM month_line AS a
JOIN month_line AS b
  ON b.customer_id = a.customer_id AND b.product = a.product AND b.period = a.period AND b.month <= a.month
GROUP BY
  a.customer_id, a.product, a.measure, a.business_type, a.month, a.month_end, a.days, a.period, a.period_days_loaded
;

-- relation: month_step
SELECT
  customer_id, product, measure, business_type, month, month_end, days, period,
  CASE WHEN cent_days < 0 THEN -1 ELSE 1 END
    * $WIDE_DIV(2 * ABS(cent_days) + period_days_loaded, 2 * period_days_loaded)
  - CASE WHEN cent_days_before < 0 THEN -1 ELSE 1 END
    * $WIDE_DIV(2 * ABS(cent_days_before) + period_days_loaded, 2 * period_days_loaded) AS amount
FROM month_running
;

-- relation: month_amount
SELECT customer_id, product, measure, business_type, month, month_end, days, period, CAST(amount AS $BIGINT) AS amount
FROM month_step
WHERE amount <> 0
;

-- Pieces: the spans of one team inside the month, and what no team covers as its own piece.
-- relation: month_covered
SELECT
  l.customer_id, l.product, l.month, s.valid_from,
  CASE WHEN s.valid_from > l.month THEN s.valid_from ELSE l.month END AS day,
  $DAYS(
    CASE WHEN s.valid_to < l.month_end THEN s.valid_to ELSE l.month_end END,
    CASE WHEN s.valid_from > l.month THEN s.valid_from ELSE l.month END
  ) AS days
FROM month_amount AS l
JOIN customer_number AS n ON n.customer_id = l.customer_id
JOIN team_span AS s
  ON s.customer = n.customer AND s.valid_from < l.month_end AND s.valid_to > l.month
;

-- relation: month_piece
SELECT customer_id, product, month, valid_from, day, days FROM month_covered
UNION ALL
SELECT
  l.customer_id, l.product, l.month, CAST(NULL AS DATE) AS valid_from, l.month AS day,
  l.days - COALESCE(c.days, 0) AS days
FROM month_amount AS l
LEFT JOIN (
  SELECT customer_id, product, month, SUM(days) AS days FROM month_covered GROUP BY customer_id, product, month
) AS c ON c.customer_id = l.customer_id AND c.product = l.product AND c.month = l.month
WHERE l.days > COALESCE(c.days, 0)
;

-- relation: piece_part
SELECT
  l.measure, l.period, l.customer_id, l.product, l.business_type, l.month, p.valid_from, p.day, p.days,
  l.amount,
  $WIDE_DIV(CAST(ABS(l.amount) AS $WIDE) * p.days, l.days) AS floor_part,
  (CAST(ABS(l.amount) AS $WIDE) * p.days) % l.days AS remainder
FROM month_amount AS l
JOIN month_piece AS p ON p.customer_id = l.customer_id AND p.product = l.product AND p.month = l.month
;

-- relation: piece_ranked
SELECT
  piece_part.*,
  ROW_NUMBER() OVER (
    PARTITION BY customer_id, product, month
    ORDER BY remainder DESC, day, COALESCE(valid_from, CAST('0001-01-01' AS DATE))
  ) AS place,
  ABS(amount) - SUM(floor_part) OVER (PARTITION BY customer_id, product, month) AS cents_left
FROM piece_part
;

-- relation: increment_line
SELECT
  'bal:' || p.customer_id || ':' || p.product || ':' || CAST(p.day AS $TEXT)
  || CASE WHEN p.valid_from IS NULL THEN ':0' ELSE '' END AS line_id,
  p.measure, p.measure AS task_measure, p.period, p.customer_id, c.customer, p.product, p.business_type, p.day,
  c.unit_id AS line_unit_id,
  CAST(
    CASE WHEN p.amount < 0 THEN -1 ELSE 1 END
    * (p.floor_part + CASE WHEN p.place <= p.cents_left THEN 1 ELSE 0 END)
  AS $BIGINT) AS amount
FROM piece_ranked AS p
JOIN customer_month AS c ON c.customer_id = p.customer_id AND c.month = p.month
;
