-- The ledger of the population: income lines of the fiscal year up to the run's day, in the policy's currency.
-- What lines of one kind share (product, type, currency and day give period, measure and rate) is looked up once
-- for the kind, not once for the line: a book has millions of lines and some thousand kinds. A kind is a sort, one of
-- the few combinations of product, type and currency, on a day; its number says both, so that a line finds it by
-- three texts and a subtraction.

-- relation: income_sort
SELECT ROW_NUMBER() OVER (ORDER BY product, given_type, currency) AS sort, product, given_type, currency
FROM (
  SELECT product, given_type, currency
  FROM (
    SELECT product, COALESCE(business_type, '') AS given_type, currency
    FROM income
    WHERE booked_on >= $FIRST_DAY AND booked_on < $NEXT_DAY
  ) AS booked
  GROUP BY product, given_type, currency
) AS seen
;

-- relation: income_kind
SELECT
  b.sort * $DAYS_SEEN + d.place AS kind, b.product, b.given_type, b.currency, d.day, d.period,
  CASE WHEN b.given_type = '' THEN COALESCE(q.business_type, '') ELSE b.given_type END AS business_type,
  COALESCE(q.measure, '') AS task_measure,
  f.rate_num, f.rate_den
FROM income_sort AS b
JOIN day_seen AS d ON 1 = 1
LEFT JOIN products AS q ON q.product = b.product
LEFT JOIN fx AS f ON f.currency = b.currency AND f.valid_from <= d.day AND f.valid_to > d.day
;

-- view: income_seen
SELECT
  i.line_id, c.customer, i.amount, i.disputed, k.kind, k.currency, i.booked_on, k.period,
  k.rate_num, k.rate_den, COALESCE(i.responsible_unit_id, i.booking_unit_id) AS given_unit_id
FROM income AS i
JOIN income_sort AS b
  ON b.product = i.product AND b.given_type = COALESCE(i.business_type, '') AND b.currency = i.currency
JOIN income_kind AS k ON k.kind = b.sort * $DAYS_SEEN + $DAYS(i.booked_on, $FIRST_DAY)
JOIN customer_scope AS c
  ON c.customer_id = i.customer_id AND c.valid_from <= i.booked_on AND c.valid_to > i.booked_on
WHERE i.booked_on >= $FIRST_DAY AND i.booked_on < $NEXT_DAY
;

-- Lines with no rate in force cannot be added to the ledger; the control totals and a finding count them.
-- Kinds without a rate are few or none, and where there is none no line is read for them.
-- relation: income_unconverted
SELECT s.line_id, s.period, s.currency, s.amount
FROM income_seen AS s
WHERE s.rate_num IS NULL
;

-- view: ledger_line
SELECT
  line_id, customer, booked_on, given_unit_id, kind,
  CASE
    WHEN rate_num = rate_den THEN amount
    WHEN amount < 0 THEN -CAST($WIDE_DIV(2 * (-amount) * rate_num + rate_den, 2 * rate_den) AS $BIGINT)
    ELSE CAST($WIDE_DIV(2 * amount * rate_num + rate_den, 2 * rate_den) AS $BIGINT)
  END AS amount
FROM income_seen
WHERE rate_num IS NOT NULL
;
