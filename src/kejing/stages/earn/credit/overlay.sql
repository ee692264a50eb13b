-- Overlay credit: roles without a weight that count in the shadow view, such as the officer of a product beside the RM
-- of the customer. They take part in no line of the ledger, and the elimination takes them out again. These relations
-- stand in the place of those of view.sql where the policy has such roles.

-- relation: overlay_span
SELECT
  c.customer_id, c.rm_id, COALESCE(r.unit_id, '') AS unit_id, d.role, d.shadow_micro,
  CASE WHEN c.valid_from > r.valid_from THEN c.valid_from ELSE r.valid_from END AS valid_from,
  CASE WHEN c.valid_to < r.valid_to THEN c.valid_to ELSE r.valid_to END AS valid_to
FROM coverage AS c
JOIN role_weight AS d ON d.role = c.role
JOIN rms AS r ON r.rm_id = c.rm_id AND r.valid_from < c.valid_to AND r.valid_to > c.valid_from
WHERE c.valid_from < c.valid_to AND COALESCE(c.share, d.weight) = 0 AND d.shadow_micro > 0
;

-- Each line of a customer with overlay once, whoever shares it.
-- relation: overlay_line
SELECT
  l.line_id, l.measure, l.task_measure, l.period, l.customer_id, l.product, l.business_type, l.day, l.line_amount,
  l.line_unit_id
FROM credit_ledger AS l
JOIN (SELECT customer_id FROM overlay_span GROUP BY customer_id) AS o ON o.customer_id = l.customer_id
GROUP BY
  l.line_id, l.measure, l.task_measure, l.period, l.customer_id, l.product, l.business_type, l.day, l.line_amount,
  l.line_unit_id
;

-- relation: credit_overlay
SELECT
  l.line_id, l.measure, l.task_measure, l.period, l.customer_id, l.product, l.business_type, l.day,
  o.rm_id, o.unit_id, o.role, l.line_amount, l.line_unit_id, o.shadow_micro AS share,
  CASE WHEN l.line_amount < 0 THEN -1 ELSE 1 END
    * CAST($WIDE_DIV(2 * CAST(ABS(l.line_amount) AS $WIDE) * o.shadow_micro + 1000000, 2000000) AS $BIGINT) AS amount
FROM overlay_line AS l
JOIN overlay_span AS o ON o.customer_id = l.customer_id AND o.valid_from <= l.day AND o.valid_to > l.day
;

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
  FROM (
    SELECT line_id, measure, task_measure, period, customer_id, product, business_type, day, line_unit_id, line_amount, amount
    FROM credit_shadow
    UNION ALL
    SELECT line_id, measure, task_measure, period, customer_id, product, business_type, day, line_unit_id, line_amount, amount
    FROM credit_overlay
  ) AS every
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
FROM credit_overlay
UNION ALL
SELECT line_id, measure, task_measure, period, rm_id, unit_id, customer_id, 'shadow' AS view, role, share, amount, product, business_type, day
FROM credit_elimination
;
