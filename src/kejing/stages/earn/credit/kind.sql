-- Kinds of lines as numbers: what is kept of a line is its customer, kind and span, of a part its seat. Small relations
-- say the rest.

-- Kinds of increments have numbers below zero, so that they meet none of the ledger's.
-- relation: increment_kind
SELECT
  -ROW_NUMBER() OVER (ORDER BY measure, task_measure, period, product, business_type, day) AS kind,
  measure, task_measure, period, product, business_type, day
FROM (
  SELECT measure, task_measure, period, product, business_type, day
  FROM increment_line
  GROUP BY measure, task_measure, period, product, business_type, day
) AS seen
;

-- A slot is what totals are kept by: lines of one measure, period and type of business.
-- relation: line_slot
SELECT
  ROW_NUMBER() OVER (ORDER BY measure, task_measure, period, business_type) AS slot,
  measure, task_measure, period, business_type
FROM (
  SELECT measure, task_measure, period, business_type
  FROM (
    SELECT 'income' AS measure, task_measure, period, business_type FROM income_kind
    UNION ALL
    SELECT measure, task_measure, period, business_type FROM increment_kind
  ) AS kinds
  GROUP BY measure, task_measure, period, business_type
) AS seen
;

-- relation: line_kind
SELECT k.kind, s.slot, k.measure, k.task_measure, k.period, k.product, k.business_type, k.day
FROM (
  SELECT kind, 'income' AS measure, task_measure, period, product, business_type, day FROM income_kind
  UNION ALL
  SELECT kind, measure, task_measure, period, product, business_type, day FROM increment_kind
) AS k
JOIN line_slot AS s
  ON s.measure = k.measure AND s.task_measure = k.task_measure AND s.period = k.period
  AND s.business_type = k.business_type
;

-- view: increment_numbered
SELECT l.line_id, l.customer, l.day AS booked_on, l.line_unit_id AS given_unit_id, k.kind, l.amount
FROM increment_line AS l
JOIN increment_kind AS k
  ON k.measure = l.measure AND k.task_measure = l.task_measure AND k.period = l.period
  AND k.product = l.product AND k.business_type = l.business_type AND k.day = l.day
;
