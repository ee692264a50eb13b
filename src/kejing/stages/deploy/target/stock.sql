-- The stock of each RM: what the customers of the book held before the period, by the shares of the book.

-- relation: stock_book
SELECT t.customer_id, t.rm_id, p.period, t.weight, t.whole
FROM book_team AS t
JOIN target_period AS p ON t.valid_from <= p.book_day AND t.valid_to > p.book_day
WHERE t.rm_id <> ''
;

-- relation: stock_customer
SELECT measure, customer_id, CAST(SUM(amount) AS $BIGINT) AS amount
FROM (
  SELECT q.measure, b.customer_id,
    CASE WHEN b.average_balance < 0
      THEN -CAST($WIDE_DIV(2 * CAST(-b.average_balance AS $WIDE) * f.rate_num + f.rate_den, 2 * f.rate_den) AS $BIGINT)
      ELSE CAST($WIDE_DIV(2 * CAST(b.average_balance AS $WIDE) * f.rate_num + f.rate_den, 2 * f.rate_den) AS $BIGINT)
    END AS amount
  FROM balances AS b
  JOIN products AS q ON q.product = b.product
  JOIN target_measure AS m ON m.measure = q.measure AND m.stock = 'balances'
  JOIN fx AS f ON f.currency = b.currency AND f.valid_from <= $BASE_LAST_DAY AND f.valid_to > $BASE_LAST_DAY
  WHERE b.month = $BASE_MONTH
  UNION ALL
  SELECT q.measure, i.customer_id,
    CASE WHEN i.amount < 0
      THEN -CAST($WIDE_DIV(2 * CAST(-i.amount AS $WIDE) * f.rate_num + f.rate_den, 2 * f.rate_den) AS $BIGINT)
      ELSE CAST($WIDE_DIV(2 * CAST(i.amount AS $WIDE) * f.rate_num + f.rate_den, 2 * f.rate_den) AS $BIGINT)
    END AS amount
  FROM income AS i
  JOIN products AS q ON q.product = i.product
  JOIN target_measure AS m ON m.measure = q.measure AND m.stock = 'income'
  JOIN fx AS f ON f.currency = i.currency AND f.valid_from <= i.booked_on AND f.valid_to > i.booked_on
  WHERE i.booked_on >= $BASE_YEAR_START AND i.booked_on < $BASE_YEAR_END
  UNION ALL
  SELECT t.measure, m.customer_id, m.value AS amount
  FROM measures AS m
  JOIN target_measure AS t ON t.of = m.measure AND t.stock = 'measure'
  WHERE m.unit = $CURRENCY AND m.period_end <= $BASE_YEAR_END AND m.period_start >= $BASE_YEAR_START
) AS held
GROUP BY measure, customer_id
;

-- A negative stock (an overdrawn account) counts as none: it cannot make a contribution negative.
-- relation: stock_rm
SELECT b.period, s.measure, b.rm_id,
  CAST(SUM($WIDE_DIV(CAST(CASE WHEN s.amount < 0 THEN 0 ELSE s.amount END AS $WIDE) * b.weight, b.whole)) AS $BIGINT) AS stock
FROM stock_customer AS s
JOIN stock_book AS b ON b.customer_id = s.customer_id
GROUP BY b.period, s.measure, b.rm_id
;
