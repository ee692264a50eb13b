-- Lines and parts of lines by seat, as questions are asked of them.

-- view: credit_part
SELECT
  line_id, customer, given_unit_id, kind, seat, CAST(0 AS $BIGINT) AS is_shared, CAST(1000000 AS $BIGINT) AS share,
  amount AS line_amount, amount
FROM credit_line
WHERE span = 0
UNION ALL
SELECT
  line_id, customer, given_unit_id, kind, seat, CAST(1 AS $BIGINT) AS is_shared, share, line_amount, amount
FROM credit_shared
;

-- What most questions need of the parts, added up once: how many and how much of each slot are the house's and not.
-- relation: credit_total
SELECT k.slot, p.is_house, CAST(SUM(p.parts) AS $BIGINT) AS parts, CAST(SUM(p.amount) AS $BIGINT) AS amount
FROM (
  SELECT kind, is_house, COUNT(*) AS parts, $SUM(amount) AS amount
  FROM (SELECT kind, amount, CASE WHEN seat <= $ROLES THEN 1 ELSE 0 END AS is_house FROM credit_part) AS sided
  GROUP BY kind, is_house
) AS p
JOIN line_kind AS k ON k.kind = p.kind
GROUP BY k.slot, p.is_house
;

-- relation: line_total
SELECT kind, COUNT(*) AS lines, CAST(SUM(amount) AS $BIGINT) AS amount
FROM credit_line
GROUP BY kind
;

-- The unit of a line is the one the line names, else the customer's on the line's day.
-- view: credit_ledger
SELECT
  p.line_id, k.measure, k.task_measure, k.period, n.customer_id, k.product, k.business_type, k.day,
  s.rm_id, CASE WHEN s.rm = 0 THEN COALESCE(p.given_unit_id, c.unit_id) ELSE s.unit_id END AS unit_id, s.role,
  p.share, p.amount, p.is_shared, p.line_amount, COALESCE(p.given_unit_id, c.unit_id) AS line_unit_id
FROM credit_part AS p
JOIN line_kind AS k ON k.kind = p.kind
JOIN seat AS s ON s.seat = p.seat
JOIN customer_number AS n ON n.customer = p.customer
LEFT JOIN customer_scope AS c ON c.customer = p.customer AND c.valid_from <= k.day AND c.valid_to > k.day
;
