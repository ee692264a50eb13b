-- Customers whose balance crossed the line below its own norm within the window.
-- $DAY the day looked at; $WINDOW the last day before the window; $NORM the last day before the norm's first one.
-- The norm has the days ($NORM, $WINDOW], the window ($WINDOW, $DAY].

-- relation: outflow_balance
SELECT b.customer_id, b.currency, b.day, $SUM(b.balance) AS balance
FROM daily_balances AS b
JOIN products AS p ON p.product = b.product
WHERE p.business_type = $BUSINESS_TYPE AND b.day > $NORM AND b.day <= $DAY
GROUP BY b.customer_id, b.currency, b.day

-- relation: outflow_norm
SELECT customer_id, currency, $SUM(balance) AS total, COUNT(*) AS days
FROM outflow_balance
WHERE day <= $WINDOW
GROUP BY customer_id, currency

-- relation: outflow_edge
SELECT customer_id, currency, part, day, balance
FROM (
  SELECT customer_id, currency, part, day, balance,
    ROW_NUMBER() OVER (PARTITION BY customer_id, currency, part ORDER BY day DESC) AS place
  FROM (
    SELECT customer_id, currency, day, balance, CASE WHEN day <= $WINDOW THEN 'before' ELSE 'now' END AS part
    FROM outflow_balance
  ) AS dated
) AS placed
WHERE place = 1

-- relation: outflow
SELECT n.customer_id, n.currency, n.total, n.days, b.day AS before_day, b.balance AS before_balance,
  e.day AS now_day, e.balance AS now_balance
FROM outflow_norm AS n
JOIN outflow_edge AS b ON b.customer_id = n.customer_id AND b.currency = n.currency AND b.part = 'before'
JOIN outflow_edge AS e ON e.customer_id = n.customer_id AND e.currency = n.currency AND e.part = 'now'
WHERE n.total > 0
  AND CAST(e.balance AS $WIDE) * n.days * $WHOLE <= CAST(n.total AS $WIDE) * $KEPT
  AND CAST(b.balance AS $WIDE) * n.days * $WHOLE > CAST(n.total AS $WIDE) * $KEPT
