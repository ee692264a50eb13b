-- The shadow view beside the ledger view: each member is credited by role, more than once in total if the
-- policy says so, and the elimination row brings every line back to the ledger. Pay never reads it.

-- relation: credit_shadow
SELECT
  c.line_id, c.measure, c.task_measure, c.period, c.customer_id, c.product, c.business_type, c.day,
  c.rm_id, c.unit_id, c.role,
  CASE WHEN c.members = 1 THEN 1000000 ELSE d.shadow_micro END AS share,
  CASE
    WHEN c.members = 1 THEN l.amount
    WHEN l.amount < 0 THEN -CAST((2 * CAST(-l.amount AS $WIDE) * d.shadow_micro + 1000000) $DIV 2000000 AS $BIGINT)
    ELSE CAST((2 * CAST(l.amount AS $WIDE) * d.shadow_micro + 1000000) $DIV 2000000 AS $BIGINT)
  END AS amount
FROM credit_ledger AS c
JOIN line AS l ON l.line_id = c.line_id AND l.measure = c.measure
LEFT JOIN role_weight AS d ON d.role = c.role
;

-- relation: credit_elimination
SELECT
  l.line_id, l.measure, l.task_measure, l.period, l.customer_id, l.product, l.business_type, l.day,
  '~elimination' AS rm_id, l.line_unit_id AS unit_id, 'elimination' AS role,
  CAST(0 AS $BIGINT) AS share,
  CAST(l.amount - s.amount AS $BIGINT) AS amount
FROM line AS l
JOIN (
  SELECT line_id, measure, SUM(amount) AS amount FROM credit_shadow GROUP BY line_id, measure
) AS s ON s.line_id = l.line_id AND s.measure = l.measure
WHERE l.amount <> s.amount
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
