-- The grant and its claims, each with the balance after it.

-- relation: fund
SELECT
  f.fund_id, CAST(0 AS $BIGINT) AS place, CAST(NULL AS $TEXT) AS claim_id, f.unit_id, f.kind,
  CAST(NULL AS $TEXT) AS rm_id, CAST(NULL AS $TEXT) AS applicant, CAST(NULL AS $TEXT) AS approver,
  f.period_start AS day, f.granted AS amount, f.granted AS balance, 'grant' AS state, '' AS reason
FROM fund_granted AS f
UNION ALL
SELECT
  c.fund_id, c.place, c.claim_id, f.unit_id, f.kind, c.rm_id, c.applicant, c.approver, c.day, c.amount, p.balance,
  CASE WHEN c.is_open = 1 THEN 'open' WHEN p.is_paid = 1 THEN 'paid' ELSE 'refused' END AS state,
  CASE WHEN c.is_open = 1 OR p.is_paid = 1 THEN '' WHEN c.refusal = '' THEN 'overspent' ELSE c.refusal END AS reason
FROM claim_placed AS c
JOIN fund_granted AS f ON f.fund_id = c.fund_id
JOIN claim_paid AS p ON p.fund_id = c.fund_id AND p.place = c.place
;
