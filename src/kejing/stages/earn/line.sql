-- What pay formulas see of a line: the customer's industry and type on the line's own day.

-- relation: line_input
SELECT
  c.period, c.rm_id, c.task_measure AS measure, c.line_id, c.day AS booked_on, c.customer_id, c.product,
  COALESCE(i.code, $INDUSTRY_OTHERWISE) AS industry,
  COALESCE(s.tier, 'unclassified') AS customer_tier,
  COALESCE(b.code, $BUSINESS_OTHERWISE) AS business_type,
  c.amount
FROM credit_ledger AS c
JOIN rm_period AS r ON r.period = c.period AND r.rm_id = c.rm_id
JOIN task_measure AS m ON m.measure = c.task_measure
LEFT JOIN customer_scope AS k ON k.customer_id = c.customer_id AND k.valid_from <= c.day AND k.valid_to > c.day
LEFT JOIN code_industry AS i ON i.code = k.industry
LEFT JOIN code_business AS b ON b.code = c.business_type
LEFT JOIN segment AS s
  ON s.scheme = $SCHEME AND s.customer_id = c.customer_id AND s.valid_from <= c.day AND s.valid_to > c.day
;
