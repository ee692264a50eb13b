-- One statement splits every line among the team of its day; the parts sum to the line to the cent.
-- Largest remainder on the absolute amount: whole parts first, the cents left to the largest remainders,
-- ties to the smaller seq (stable RM id); then the sign returns.
-- Only numbers are kept for a part: its kind and its seat say the rest, and both are small relations.

-- view: line
SELECT line_id, measure, task_measure, period, customer_id, product, business_type, day, line_unit_id, amount
FROM ledger_line
UNION ALL
SELECT line_id, measure, task_measure, period, customer_id, product, business_type, day, line_unit_id, amount
FROM increment_line
;

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

-- relation: line_kind
SELECT kind, 'income' AS measure, task_measure, period, product, business_type, day FROM income_kind
UNION ALL
SELECT kind, measure, task_measure, period, product, business_type, day FROM increment_kind
;

-- view: line_numbered
SELECT line_id, customer_id, day, line_unit_id, amount, kind
FROM ledger_line
UNION ALL
SELECT l.line_id, l.customer_id, l.day, l.line_unit_id, l.amount, k.kind
FROM increment_line AS l
JOIN increment_kind AS k
  ON k.measure = l.measure AND k.task_measure = l.task_measure AND k.period = l.period
  AND k.product = l.product AND k.business_type = l.business_type AND k.day = l.day
;

-- A line without a team is the house account's: a LEFT JOIN that misses says so with COALESCE. The house has seat 0.
-- view: line_member
SELECT
  l.line_id, l.customer_id, l.line_unit_id, l.kind, l.amount,
  COALESCE(t.seat, 0) AS seat, COALESCE(t.seq, 1) AS seq, COALESCE(t.members, 1) AS members,
  COALESCE(t.weight, 1) AS weight, COALESCE(t.whole, 1) AS whole,
  (ABS(l.amount) * COALESCE(t.weight, 1)) $DIV COALESCE(t.whole, 1) AS part,
  (ABS(l.amount) * COALESCE(t.weight, 1)) % COALESCE(t.whole, 1) AS r,
  (ABS(l.amount) * t.w1) % t.whole AS r1,
  (ABS(l.amount) * t.w2) % t.whole AS r2,
  (ABS(l.amount) * t.w3) % t.whole AS r3,
  (ABS(l.amount) * t.w4) % t.whole AS r4
FROM line_numbered AS l
LEFT JOIN team AS t
  ON t.customer_id = l.customer_id AND t.valid_from <= l.day AND t.valid_to > l.day
;

-- Teams of up to four: each row ranks its own remainder against the weights it carries.
-- view: member_few
SELECT
  line_id, customer_id, line_unit_id, kind, seat, members, amount AS line_amount,
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
  END AS amount
FROM line_member
WHERE members <= 4
;

-- Larger teams take the window: the same cents. Where no team is large, nothing is read for them.
-- view: member_many
SELECT
  line_id, customer_id, line_unit_id, kind, seat, members, amount AS line_amount,
  (weight * 1000000) $DIV whole AS share,
  CAST(
    CASE WHEN amount < 0 THEN -1 ELSE 1 END
    * (part + CASE WHEN place <= ABS(amount) - parts THEN 1 ELSE 0 END)
  AS $BIGINT) AS amount
FROM (
  SELECT
    large.*,
    ROW_NUMBER() OVER (PARTITION BY kind, line_id ORDER BY r DESC, seq) AS place,
    SUM(part) OVER (PARTITION BY kind, line_id) AS parts
  FROM (
    SELECT
      l.line_id, l.customer_id, l.line_unit_id, l.kind, l.amount, t.seat, t.seq, t.members, t.weight, t.whole,
      (ABS(l.amount) * t.weight) $DIV t.whole AS part,
      (ABS(l.amount) * t.weight) % t.whole AS r
    FROM line_numbered AS l
    JOIN team AS t
      ON t.customer_id = l.customer_id AND t.valid_from <= l.day AND t.valid_to > l.day
    WHERE t.members > 4
  ) AS large
) AS ranked
;

-- relation: credit_part
SELECT line_id, customer_id, line_unit_id, kind, seat, members, share, line_amount, amount FROM member_few
UNION ALL
SELECT line_id, customer_id, line_unit_id, kind, seat, members, share, line_amount, amount FROM member_many
;

-- view: credit_ledger
SELECT
  p.line_id, k.measure, k.task_measure, k.period, p.customer_id, k.product, k.business_type, k.day,
  CASE WHEN p.seat = 0 THEN '' ELSE s.rm_id END AS rm_id,
  CASE WHEN s.rm_id = '' THEN p.line_unit_id ELSE s.unit_id END AS unit_id, s.role,
  p.share, p.amount, p.members, p.line_amount, p.line_unit_id
FROM credit_part AS p
JOIN line_kind AS k ON k.kind = p.kind
JOIN seat AS s ON s.seat = p.seat
;
