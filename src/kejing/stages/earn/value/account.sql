-- Accounts of a period: one customer, one product, with the daily average of its balances and its booked income.
-- F1: the daily average of a period is the sum of (monthly average x days) over the days of the months brought.

-- relation: value_month
SELECT
  b.customer_id, b.product, p.period, m.days,
  CASE
    WHEN f.rate_num = f.rate_den THEN b.average_balance
    WHEN b.average_balance < 0
      THEN -CAST($WIDE_DIV(2 * (-b.average_balance) * f.rate_num + f.rate_den, 2 * f.rate_den) AS $BIGINT)
    ELSE CAST($WIDE_DIV(2 * b.average_balance * f.rate_num + f.rate_den, 2 * f.rate_den) AS $BIGINT)
  END AS amount
FROM balances AS b
JOIN value_calendar AS m ON m.month = b.month
JOIN period AS p ON p.period = m.period
JOIN fx AS f ON f.currency = b.currency AND f.valid_from <= m.last_day AND f.valid_to > m.last_day
;

-- A month counts once any balance of it has been brought; a customer without a row in it then has no balance.
-- relation: value_days
SELECT m.period, SUM(m.days) AS days
FROM value_calendar AS m
JOIN (SELECT month FROM balances GROUP BY month) AS b ON b.month = m.month
GROUP BY m.period
;

-- relation: value_balance
SELECT
  s.period, s.customer_id, s.product,
  CAST(
    CASE WHEN s.cent_days < 0 THEN -1 ELSE 1 END
    * $WIDE_DIV(2 * ABS(s.cent_days) + d.days, 2 * d.days)
  AS $BIGINT) AS average_balance
FROM (
  SELECT period, customer_id, product, SUM(CAST(amount AS $WIDE) * days) AS cent_days
  FROM value_month
  GROUP BY period, customer_id, product
) AS s
JOIN value_days AS d ON d.period = s.period
;

-- relation: value_income
SELECT period, customer_id, product, CAST(SUM(amount) AS $BIGINT) AS income
FROM credit
WHERE view = 'ledger' AND measure = 'income'
GROUP BY period, customer_id, product
;

-- relation: value_account
SELECT period, customer_id, product
FROM (
  SELECT period, customer_id, product FROM value_balance
  UNION ALL
  SELECT period, customer_id, product FROM value_income
) AS seen
GROUP BY period, customer_id, product
;

-- What a customer is on the last day of the period; one that closed before is judged by its last row.
-- relation: value_customer
SELECT period, customer_id, unit_id, industry
FROM (
  SELECT
    a.period, a.customer_id, c.unit_id, c.industry,
    ROW_NUMBER() OVER (PARTITION BY a.period, a.customer_id ORDER BY c.valid_from DESC) AS place
  FROM (SELECT period, customer_id FROM value_account GROUP BY period, customer_id) AS a
  JOIN period AS p ON p.period = a.period
  JOIN customer_scope AS c ON c.customer_id = a.customer_id AND c.valid_from < p.period_end
) AS ranked
WHERE place = 1
;

-- relation: account_input
SELECT
  a.period, a.customer_id, a.product, d.period_last_day, COALESCE(c.unit_id, '') AS unit_id,
  COALESCE(q.business_type, '') AS business_type,
  COALESCE(q.measure, '') AS product_measure,
  COALESCE(i.code, $INDUSTRY_OTHERWISE) AS industry,
  COALESCE(t.tier, 'unclassified') AS customer_tier,
  COALESCE(k.tier, 'unclassified') AS credit_class,
  CAST(COALESCE(b.average_balance, 0) AS $BIGINT) AS average_balance,
  CAST(COALESCE(n.income, 0) AS $BIGINT) AS income,
  CAST(COALESCE(v.days, 0) AS $BIGINT) AS balance_days,
  CAST($YEAR_DAYS AS $BIGINT) AS year_days
FROM value_account AS a
JOIN value_customer AS c ON c.period = a.period AND c.customer_id = a.customer_id
JOIN value_last_day AS d ON d.period = a.period
LEFT JOIN products AS q ON q.product = a.product
LEFT JOIN value_balance AS b ON b.period = a.period AND b.customer_id = a.customer_id AND b.product = a.product
LEFT JOIN value_income AS n ON n.period = a.period AND n.customer_id = a.customer_id AND n.product = a.product
LEFT JOIN value_days AS v ON v.period = a.period
LEFT JOIN value_industry AS i ON i.code = c.industry
LEFT JOIN segment AS t
  ON t.customer_id = a.customer_id AND t.scheme = $TIER_SCHEME
  AND t.valid_from <= d.period_last_day AND t.valid_to > d.period_last_day
LEFT JOIN segment AS k
  ON k.customer_id = a.customer_id AND k.scheme = $CLASS_SCHEME
  AND k.valid_from <= d.period_last_day AND k.valid_to > d.period_last_day
;

-- relation: value_total
SELECT period, COUNT(*) AS accounts, CAST(SUM(income) AS $BIGINT) AS income
FROM account_input
GROUP BY period
;
