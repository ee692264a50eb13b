-- The ledger of the population: income lines of the fiscal year up to the run's day, in the policy's currency.
-- What lines of one kind share (product, type, currency and day give period, measure and rate) is looked up once
-- for the kind, not once for the line: a book has millions of lines and some thousand kinds.

-- relation: income_kind
SELECT
  ROW_NUMBER() OVER (ORDER BY b.product, b.given_type, b.currency, b.day) AS kind,
  b.product, b.given_type, b.currency, b.day, p.period,
  CASE WHEN b.given_type = '' THEN COALESCE(q.business_type, '') ELSE b.given_type END AS business_type,
  COALESCE(q.measure, '') AS task_measure,
  f.rate_num, f.rate_den
FROM (
  SELECT product, given_type, currency, day
  FROM (
    SELECT product, COALESCE(business_type, '') AS given_type, currency, booked_on AS day
    FROM income
    WHERE booked_on < $NEXT_DAY
  ) AS booked
  GROUP BY product, given_type, currency, day
) AS b
JOIN period AS p ON b.day >= p.period_start AND b.day < p.period_end
LEFT JOIN products AS q ON q.product = b.product
LEFT JOIN fx AS f ON f.currency = b.currency AND f.valid_from <= b.day AND f.valid_to > b.day
;

-- view: income_seen
SELECT
  i.line_id, i.customer_id, i.amount, i.disputed, k.kind, k.product, k.currency, k.day, k.period,
  k.business_type, k.task_measure, k.rate_num, k.rate_den,
  COALESCE(i.responsible_unit_id, i.booking_unit_id, c.unit_id) AS line_unit_id
FROM income AS i
JOIN income_kind AS k
  ON k.product = i.product AND k.given_type = COALESCE(i.business_type, '')
  AND k.currency = i.currency AND k.day = i.booked_on
JOIN customer_scope AS c
  ON c.customer_id = i.customer_id AND c.valid_from <= i.booked_on AND c.valid_to > i.booked_on
;

-- view: income_line
SELECT
  line_id, customer_id, product, day AS booked_on, amount, currency, disputed,
  business_type, task_measure, line_unit_id, period
FROM income_seen
;

-- Lines of nobody in the population: counted, never credited.
-- view: income_outside
SELECT i.line_id
FROM income AS i
JOIN income_kind AS k
  ON k.product = i.product AND k.given_type = COALESCE(i.business_type, '')
  AND k.currency = i.currency AND k.day = i.booked_on
LEFT JOIN customer_scope AS c
  ON c.customer_id = i.customer_id AND c.valid_from <= i.booked_on AND c.valid_to > i.booked_on
WHERE c.customer_id IS NULL
;

-- Lines with no rate in force cannot be added to the ledger; the control totals and a finding count them.
-- relation: income_unconverted
SELECT line_id, period, currency, amount
FROM income_seen
WHERE rate_num IS NULL
;

-- view: ledger_line
SELECT
  line_id, 'income' AS measure, task_measure, period, customer_id, product, business_type, day, line_unit_id, kind,
  CASE
    WHEN rate_num = rate_den THEN amount
    WHEN amount < 0 THEN -CAST((2 * (-amount) * rate_num + rate_den) $DIV (2 * rate_den) AS $BIGINT)
    ELSE CAST((2 * amount * rate_num + rate_den) $DIV (2 * rate_den) AS $BIGINT)
  END AS amount
FROM income_seen
WHERE rate_num IS NOT NULL
;
