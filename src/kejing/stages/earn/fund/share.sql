-- What paid claims are to the RMs who benefit: pay under a component, or an expense repaid apart from pay.

-- The post that an RM held on the day of the payment, or last before it: its line says whose policy the payment is.
-- relation: fund_post
SELECT fund_id, claim_id, is_own
FROM (
  SELECT
    f.fund_id, f.claim_id, CASE WHEN l.line IS NULL THEN 0 ELSE 1 END AS is_own,
    ROW_NUMBER() OVER (PARTITION BY f.fund_id, f.claim_id ORDER BY r.valid_from DESC) AS place
  FROM fund AS f
  JOIN rms AS r ON r.rm_id = f.rm_id AND r.valid_from <= f.day
  LEFT JOIN population_line AS l ON l.line = r.line
  WHERE f.state = 'paid'
) AS post
WHERE place = 1
;

-- relation: fund_due
SELECT
  p.period, f.rm_id, f.fund_id, f.claim_id, f.amount, f.day, k.component, k.is_repaid,
  CASE WHEN r.rm_id IS NULL THEN 0 ELSE 1 END AS is_in_post
FROM fund AS f
JOIN fund_use AS k ON k.kind = f.kind
JOIN period AS p ON f.day >= p.period_start AND f.day < p.period_end
LEFT JOIN fund_post AS o ON o.fund_id = f.fund_id AND o.claim_id = f.claim_id
LEFT JOIN rm_period AS r ON r.period = p.period AND r.rm_id = f.rm_id
WHERE f.state = 'paid' AND COALESCE(o.is_own, 1) = 1
;

-- Pay needs a statement to stand on: who was not in post in the period has none.
-- relation: fund_share
SELECT
  period, rm_id, component, 'fund:' || claim_id AS line_id, amount,
  component || ': ' || fund_id || '@' || CAST(day AS $TEXT) AS clause
FROM fund_due
WHERE is_repaid = 0 AND is_in_post = 1
;

-- relation: fund_repaid
SELECT period, rm_id, CAST(SUM(amount) AS $BIGINT) AS amount
FROM fund_due
WHERE is_repaid = 1 AND rm_id IS NOT NULL
GROUP BY period, rm_id
;
