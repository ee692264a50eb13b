-- Funds of the fiscal year and the claims on them, in the order in which they bind: by the day of approval, then by id.
-- What nobody has decided yet stands behind, by the day it was asked.

-- A fund of a unit whose RMs are all of other lines is left to their policy.
-- relation: fund_seen
SELECT f.fund_id, f.kind, f.unit_id, f.period_start, f.period_end, f.amount, f.currency
FROM funds AS f
JOIN fund_kind AS k ON k.kind = f.kind
LEFT JOIN (
  SELECT t.ancestor_id AS unit_id, SUM(CASE WHEN l.line IS NULL THEN 0 ELSE 1 END) AS own_rms
  FROM rms AS r
  JOIN unit_tree AS t ON t.unit_id = r.unit_id
  LEFT JOIN population_line AS l ON l.line = r.line
  GROUP BY t.ancestor_id
) AS s ON s.unit_id = f.unit_id
WHERE f.period_end > $YEAR_START AND f.period_start < $NEXT_DAY AND COALESCE(s.own_rms, 1) > 0
;

-- relation: fund_granted
SELECT fund_id, kind, unit_id, period_start, period_end, amount AS granted
FROM fund_seen
WHERE currency = $CURRENCY AND amount >= 0
;

-- relation: claim_judged
SELECT
  c.fund_id, c.claim_id, c.rm_id, c.amount, c.applicant, c.approver, c.source_file, c.source_sheet, c.source_row,
  CASE WHEN c.approver IS NOT NULL AND c.approved_on < $NEXT_DAY THEN 0 ELSE 1 END AS is_open,
  CASE WHEN c.approver IS NOT NULL AND c.approved_on < $NEXT_DAY THEN c.approved_on ELSE c.applied_on END AS day,
  CASE
    WHEN c.approver IS NULL OR c.approved_on IS NULL OR c.approved_on >= $NEXT_DAY THEN ''
    WHEN c.currency <> $CURRENCY THEN 'other_currency'
    WHEN c.amount <= 0 THEN 'not_positive'
    WHEN c.approver = c.applicant THEN 'self_approved'
    WHEN c.approver = c.rm_id THEN 'beneficiary_approved'
    WHEN c.approved_on < c.applied_on THEN 'approved_early'
    WHEN c.approved_on < f.period_start OR c.approved_on >= f.period_end THEN 'outside_period'
    ELSE ''
  END AS refusal
FROM fund_claims AS c
JOIN fund_granted AS f ON f.fund_id = c.fund_id
WHERE c.applied_on < $NEXT_DAY
;

-- relation: claim_placed
SELECT
  claim_judged.*,
  ROW_NUMBER() OVER (PARTITION BY fund_id ORDER BY is_open, day, claim_id) AS place
FROM claim_judged
;
