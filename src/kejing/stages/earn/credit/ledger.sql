-- The ledger of the population: income lines of the fiscal year up to the run's day, in the policy's currency.

-- relation: income_line
SELECT
  i.line_id, i.customer_id, i.product, i.booked_on, i.amount, i.currency, i.disputed,
  COALESCE(i.business_type, q.business_type, '') AS business_type,
  COALESCE(m.measure, '') AS task_measure,
  COALESCE(i.responsible_unit_id, i.booking_unit_id, c.unit_id) AS line_unit_id,
  p.period
FROM income AS i
JOIN period AS p ON i.booked_on >= p.period_start AND i.booked_on < p.period_end
JOIN customer_scope AS c
  ON c.customer_id = i.customer_id AND c.valid_from <= i.booked_on AND c.valid_to > i.booked_on
LEFT JOIN products AS q ON q.product = i.product
LEFT JOIN income_measure AS m ON m.measure = q.measure
WHERE i.booked_on < $NEXT_DAY
;

-- Lines with no rate in force cannot be added to the ledger; the control totals and a finding count them.
-- relation: income_unconverted
SELECT i.line_id, i.period, i.currency, i.amount
FROM income_line AS i
LEFT JOIN fx AS f ON f.currency = i.currency AND f.valid_from <= i.booked_on AND f.valid_to > i.booked_on
WHERE f.currency IS NULL
;

-- relation: ledger_line
SELECT
  i.line_id, 'income' AS measure, i.task_measure, i.period, i.customer_id, i.product, i.business_type,
  i.booked_on AS day, i.line_unit_id,
  CASE
    WHEN f.rate_num = f.rate_den THEN i.amount
    WHEN i.amount < 0 THEN -CAST((2 * (-i.amount) * f.rate_num + f.rate_den) $DIV (2 * f.rate_den) AS $BIGINT)
    ELSE CAST((2 * i.amount * f.rate_num + f.rate_den) $DIV (2 * f.rate_den) AS $BIGINT)
  END AS amount
FROM income_line AS i
JOIN fx AS f ON f.currency = i.currency AND f.valid_from <= i.booked_on AND f.valid_to > i.booked_on
;
