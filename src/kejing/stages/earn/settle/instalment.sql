-- Deferred pay of each RM and period, and its instalments: largest remainder on the weights, ties to the earlier one.

-- Performance pay is the sum of the components that the policy names.
-- relation: settle_performance
SELECT y.period, y.rm_id, SUM(y.amount) AS amount
FROM pay AS y
JOIN performance_component AS c ON c.component = y.component
GROUP BY y.period, y.rm_id
;

-- A share of performance pay is rounded once, half up; a loss defers nothing.
-- relation: settle_due
SELECT
  t.period, t.rm_id, t.unit_id, t.gross, r.post, r.rule_id, r.clause, COALESCE(f.amount, 0) AS performance,
  CAST($DEFERRED AS $BIGINT) AS deferred
FROM pay_total AS t
JOIN settle_rule AS r ON r.period = t.period AND r.rm_id = t.rm_id
LEFT JOIN settle_performance AS f ON f.period = t.period AND f.rm_id = t.rm_id
;

-- relation: instalment_part
SELECT
  d.period, d.rm_id, d.unit_id, p.number, p.vests_on, d.clause, d.deferred,
  $WIDE_DIV(CAST(d.deferred AS $WIDE) * p.weight, p.whole) AS part,
  (CAST(d.deferred AS $WIDE) * p.weight) % p.whole AS remainder
FROM settle_due AS d
JOIN settle_part AS p ON p.period = d.period AND p.rule_id = d.rule_id
WHERE d.deferred > 0
;

-- relation: instalment_due
SELECT
  p.period, p.rm_id, p.unit_id, p.number, p.vests_on, p.clause,
  CAST(p.part + CASE WHEN p.place <= l.left_over THEN 1 ELSE 0 END AS $BIGINT) AS amount
FROM (
  SELECT
    instalment_part.*, ROW_NUMBER() OVER (PARTITION BY period, rm_id ORDER BY remainder DESC, number) AS place
  FROM instalment_part
) AS p
JOIN (
  SELECT period, rm_id, MIN(deferred) - SUM(part) AS left_over FROM instalment_part GROUP BY period, rm_id
) AS l ON l.period = p.period AND l.rm_id = p.rm_id
;

-- The unit of an RM who may have left: where he or she last was by the run's day.
-- relation: rm_last_unit
SELECT r.rm_id, r.unit_id
FROM (
  SELECT rm_id, unit_id, ROW_NUMBER() OVER (PARTITION BY rm_id ORDER BY valid_from DESC) AS place
  FROM rms WHERE valid_from <= $AS_OF
) AS r
WHERE r.place = 1
;

-- Every liability: what this run defers, and what the ledger carries from earlier fiscal years.
-- relation: liability
SELECT
  d.period, d.rm_id, d.unit_id, d.number, d.vests_on, d.amount, CAST(0 AS $BIGINT) AS cancelled, d.clause,
  CAST(0 AS $BIGINT) AS carried
FROM instalment_due AS d
UNION ALL
SELECT
  l.period, l.rm_id, COALESCE(u.unit_id, '') AS unit_id, l.number, l.vests_on, l.amount, l.cancelled,
  'ledger' AS clause, CAST(1 AS $BIGINT) AS carried
FROM ledger_instalment AS l
LEFT JOIN period AS p ON p.period = l.period
LEFT JOIN rm_last_unit AS u ON u.rm_id = l.rm_id
WHERE p.period IS NULL
;
