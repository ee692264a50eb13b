-- The lines of one period as the formulas saw them, with the share they were credited by and the coverage behind it.
SELECT
  l.rm_id, l.measure, l.line_id, l.booked_on, l.customer_id, l.product, l.amount,
  c.role, c.share,
  v.valid_from AS covered_from, v.valid_to AS covered_to,
  v.source_file AS coverage_file, v.source_sheet AS coverage_sheet, v.source_row AS coverage_row,
  COALESCE(i.source_file, b.source_file) AS source_file,
  COALESCE(i.source_sheet, b.source_sheet) AS source_sheet,
  COALESCE(i.source_row, b.source_row) AS source_row
FROM line_input AS l
LEFT JOIN credit AS c
  ON c.view = 'ledger' AND c.period = l.period AND c.rm_id = l.rm_id AND c.line_id = l.line_id
  AND c.measure = CASE WHEN l.line_id LIKE 'bal:%' THEN l.measure ELSE 'income' END
LEFT JOIN coverage AS v
  ON v.customer_id = l.customer_id AND v.rm_id = l.rm_id AND v.role = c.role
  AND v.valid_from <= l.booked_on AND v.valid_to > l.booked_on
LEFT JOIN income AS i ON i.line_id = l.line_id
LEFT JOIN balances AS b
  ON l.line_id LIKE 'bal:%' AND b.customer_id = l.customer_id AND b.product = l.product
  AND b.month = l.booked_on - CAST(EXTRACT(DAY FROM l.booked_on) - 1 AS INTEGER)
WHERE l.period = $$period
