-- Every line is split among the team of its day; the parts sum to the line to the cent.
-- Largest remainder on the absolute amount: whole parts first, the cents left to the largest remainders,
-- ties to the smaller seq (stable RM id); then the sign returns.
-- What is kept holds numbers: of a line its customer, kind and span, of a part its seat. Small relations say the rest.

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
SELECT l.line_id, l.customer_id, l.customer, l.day AS booked_on, l.line_unit_id AS given_unit_id, k.kind, l.amount
FROM increment_line AS l
JOIN increment_kind AS k
  ON k.measure = l.measure AND k.task_measure = l.task_measure AND k.period = l.period
  AND k.product = l.product AND k.business_type = l.business_type AND k.day = l.day
;

-- A line without a team is the house account's: a LEFT JOIN that misses says so with COALESCE. The house has seat 0.
-- relation: credit_line
SELECT
  l.line_id, l.customer, l.given_unit_id, l.kind, l.amount,
  COALESCE(t.seat, 0) AS seat, COALESCE(t.span, 0) AS span
FROM ledger_line AS l
LEFT JOIN team_span AS t
  ON t.customer_id = l.customer_id AND t.valid_from <= l.booked_on AND t.valid_to > l.booked_on
UNION ALL
SELECT
  l.line_id, l.customer, l.given_unit_id, l.kind, l.amount,
  COALESCE(t.seat, 0) AS seat, COALESCE(t.span, 0) AS span
FROM increment_numbered AS l
LEFT JOIN team_span AS t
  ON t.customer_id = l.customer_id AND t.valid_from <= l.booked_on AND t.valid_to > l.booked_on
;

-- Teams of up to four: each row ranks its own remainder against the weights it carries.
-- view: share_few
SELECT
  l.line_id, l.customer, l.given_unit_id, l.kind, l.amount, t.seat, t.seq, t.weight, t.whole,
  $DIV(ABS(l.amount) * t.weight, t.whole) AS part,
  (ABS(l.amount) * t.weight) % t.whole AS r,
  (ABS(l.amount) * t.w1) % t.whole AS r1,
  (ABS(l.amount) * t.w2) % t.whole AS r2,
  (ABS(l.amount) * t.w3) % t.whole AS r3,
  (ABS(l.amount) * t.w4) % t.whole AS r4
FROM credit_line AS l
JOIN team_seat AS t ON t.span = l.span
WHERE l.span > 0 AND t.members <= 4
;

-- Larger teams take the window: the same cents. Where no team is large, nothing is read for them.
-- view: share_many
SELECT
  ranked.*,
  ROW_NUMBER() OVER (PARTITION BY kind, line_id ORDER BY r DESC, seq) AS place,
  SUM(part) OVER (PARTITION BY kind, line_id) AS parts
FROM (
  SELECT
    l.line_id, l.customer, l.given_unit_id, l.kind, l.amount, t.seat, t.seq, t.weight, t.whole,
    $DIV(ABS(l.amount) * t.weight, t.whole) AS part,
    (ABS(l.amount) * t.weight) % t.whole AS r
  FROM credit_line AS l
  JOIN team_seat AS t ON t.span = l.span
  WHERE l.span > 0 AND t.members > 4
) AS ranked
;

-- relation: credit_shared
SELECT
  line_id, customer, given_unit_id, kind, seat, $DIV(weight * 1000000, whole) AS share, amount AS line_amount,
  CASE WHEN amount < 0 THEN -1 ELSE 1 END * (
    part + CASE
      WHEN
        CASE WHEN r1 > r OR (r1 = r AND seq > 1) THEN 1 ELSE 0 END
        + CASE WHEN r2 > r OR (r2 = r AND seq > 2) THEN 1 ELSE 0 END
        + CASE WHEN r3 > r OR (r3 = r AND seq > 3) THEN 1 ELSE 0 END
        + CASE WHEN r4 > r OR (r4 = r AND seq > 4) THEN 1 ELSE 0 END
        < $DIV(r1 + r2 + r3 + r4, whole)
        THEN 1 ELSE 0
    END
  ) AS amount
FROM share_few
UNION ALL
SELECT
  line_id, customer, given_unit_id, kind, seat, $DIV(weight * 1000000, whole) AS share, amount AS line_amount,
  CAST(
    CASE WHEN amount < 0 THEN -1 ELSE 1 END
    * (part + CASE WHEN place <= ABS(amount) - parts THEN 1 ELSE 0 END)
  AS $BIGINT) AS amount
FROM share_many
;

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
SELECT k.slot, p.is_house, COUNT(*) AS parts, CAST(SUM(p.amount) AS $BIGINT) AS amount
FROM (
  SELECT kind, amount, CASE WHEN seat <= $ROLES THEN 1 ELSE 0 END AS is_house FROM credit_part
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
