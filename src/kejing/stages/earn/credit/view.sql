-- The shadow view beside the ledger view: each member is credited by role, more than once in total if the
-- policy says so, and the elimination row brings every line back to the ledger. Pay never reads it.

-- view: credit_shadow
SELECT
  c.line_id, c.measure, c.task_measure, c.period, c.customer_id, c.product, c.business_type, c.day,
  c.rm_id, c.unit_id, c.role, c.is_shared, c.line_amount, c.line_unit_id,
  CASE WHEN c.is_shared = 0 THEN 1000000 ELSE d.shadow_micro END AS share,
  CASE
    WHEN c.is_shared = 0 THEN c.line_amount
    WHEN c.line_amount < 0 THEN -CAST($WIDE_DIV(2 * CAST(-c.line_amount AS $WIDE) * d.shadow_micro + 1000000, 2000000) AS $BIGINT)
    ELSE CAST($WIDE_DIV(2 * CAST(c.line_amount AS $WIDE) * d.shadow_micro + 1000000, 2000000) AS $BIGINT)
  END AS amount
FROM credit_ledger AS c
LEFT JOIN role_weight AS d ON d.role = c.role
;

-- A line with one member is credited once as it is; only the others can need an elimination.
-- relation: credit_elimination
SELECT
  line_id, measure, task_measure, period, customer_id, product, business_type, day,
  '~elimination' AS rm_id, line_unit_id AS unit_id, 'elimination' AS role,
  CAST(0 AS $BIGINT) AS share,
  CAST(line_amount - credited AS $BIGINT) AS amount
FROM (
  SELECT
    line_id, measure, task_measure, period, customer_id, product, business_type, day, line_unit_id, line_amount,
    SUM(amount) AS credited
  FROM credit_shadow
  WHERE is_shared = 1
  GROUP BY line_id, measure, task_measure, period, customer_id, product, business_type, day, line_unit_id, line_amount
) AS several
WHERE line_amount <> credited
;

-- view: credit
SELECT line_id, measure, task_measure, period, rm_id, unit_id, customer_id, 'ledger' AS view, role, share, amount, product, business_type, day
FROM credit_ledger
UNION ALL
SELECT line_id, measure, task_measure, period, rm_id, unit_id, customer_id, 'shadow' AS view, role, share, amount, product, business_type, day
FROM credit_shadow
UNION ALL
SELECT line_id, measure, task_measure, period, rm_id, unit_id, customer_id, 'shadow' AS view, role, share, amount, product, business_type, day
FROM credit_elimination
;
