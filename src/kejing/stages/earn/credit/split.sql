-- One statement splits every line among the team of its day; the parts sum to the line to the cent.
-- Largest remainder on the absolute amount: whole parts first, the cents left to the largest remainders,
-- ties to the smaller seq (stable RM id); then the sign returns.

-- view: line
SELECT line_id, measure, task_measure, period, customer_id, product, business_type, day, line_unit_id, amount
FROM ledger_line
UNION ALL
SELECT line_id, measure, task_measure, period, customer_id, product, business_type, day, line_unit_id, amount
FROM increment_line
;

-- A line without a team is the house account's: a LEFT JOIN that misses says so with COALESCE.
-- view: line_member
SELECT
  l.line_id, l.measure, l.task_measure, l.period, l.customer_id, l.product, l.business_type, l.day, l.amount,
  COALESCE(t.rm_id, '') AS rm_id,
  CASE WHEN COALESCE(t.rm_id, '') = '' THEN l.line_unit_id ELSE t.unit_id END AS unit_id,
  COALESCE(t.role, 'unassigned') AS role,
  COALESCE(t.seq, 1) AS seq, COALESCE(t.members, 1) AS members,
  COALESCE(t.weight, 1) AS weight, COALESCE(t.whole, 1) AS whole,
  (ABS(l.amount) * COALESCE(t.weight, 1)) $DIV COALESCE(t.whole, 1) AS part,
  (ABS(l.amount) * COALESCE(t.weight, 1)) % COALESCE(t.whole, 1) AS r,
  (ABS(l.amount) * t.w1) % t.whole AS r1,
  (ABS(l.amount) * t.w2) % t.whole AS r2,
  (ABS(l.amount) * t.w3) % t.whole AS r3,
  (ABS(l.amount) * t.w4) % t.whole AS r4
FROM line AS l
LEFT JOIN team AS t
  ON t.customer_id = l.customer_id AND t.valid_from <= l.day AND t.valid_to > l.day
;

-- Teams of up to four: each row ranks its own remainder against the weights it carries.
-- view: member_few
SELECT
  line_id, measure, task_measure, period, customer_id, product, business_type, day, rm_id, unit_id, role,
  (weight * 1000000) $DIV whole AS share,
  CASE
    WHEN members = 1 THEN amount
    ELSE CASE WHEN amount < 0 THEN -1 ELSE 1 END * (
      part + CASE
        WHEN
          CASE WHEN r1 > r OR (r1 = r AND seq > 1) THEN 1 ELSE 0 END
          + CASE WHEN r2 > r OR (r2 = r AND seq > 2) THEN 1 ELSE 0 END
          + CASE WHEN r3 > r OR (r3 = r AND seq > 3) THEN 1 ELSE 0 END
          + CASE WHEN r4 > r OR (r4 = r AND seq > 4) THEN 1 ELSE 0 END
          < (r1 + r2 + r3 + r4) $DIV whole
          THEN 1 ELSE 0
      END
    )
  END AS amount,
  members
FROM line_member
WHERE members <= 4
;

-- Larger teams take the window: the same cents.
-- view: member_many
SELECT
  line_id, measure, task_measure, period, customer_id, product, business_type, day, rm_id, unit_id, role,
  (weight * 1000000) $DIV whole AS share,
  CAST(
    CASE WHEN amount < 0 THEN -1 ELSE 1 END
    * (part + CASE WHEN place <= ABS(amount) - parts THEN 1 ELSE 0 END)
  AS $BIGINT) AS amount,
  members
FROM (
  SELECT
    line_member.*,
    ROW_NUMBER() OVER (PARTITION BY measure, line_id ORDER BY r DESC, seq) AS place,
    SUM(part) OVER (PARTITION BY measure, line_id) AS parts
  FROM line_member
  WHERE members > 4
) AS ranked
;

-- relation: credit_ledger
SELECT line_id, measure, task_measure, period, customer_id, product, business_type, day, rm_id, unit_id, role, share, amount, members
FROM member_few
UNION ALL
SELECT line_id, measure, task_measure, period, customer_id, product, business_type, day, rm_id, unit_id, role, share, amount, members
FROM member_many
;
