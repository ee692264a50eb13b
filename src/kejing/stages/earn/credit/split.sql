-- Every line is split among the team of its day; the parts sum to the line to the cent. split_lines.py says the same of
-- arrays. Largest remainder on the absolute amount: whole parts first, the cents left to the largest remainders,
-- ties to the smaller seq (stable RM id); then the sign returns.

-- A line without a team is the house account's: a LEFT JOIN that misses says so with COALESCE. The house has seat 0.
-- relation: credit_line
SELECT
  l.line_id, l.customer, l.given_unit_id, l.kind, l.amount,
  COALESCE(t.seat, 0) AS seat, COALESCE(t.span, 0) AS span
FROM ledger_line AS l
LEFT JOIN team_span AS t
  ON t.customer = l.customer AND t.valid_from <= l.booked_on AND t.valid_to > l.booked_on
UNION ALL
SELECT
  l.line_id, l.customer, l.given_unit_id, l.kind, l.amount,
  COALESCE(t.seat, 0) AS seat, COALESCE(t.span, 0) AS span
FROM increment_numbered AS l
LEFT JOIN team_span AS t
  ON t.customer = l.customer AND t.valid_from <= l.booked_on AND t.valid_to > l.booked_on
;

-- Members with the weights of the whole team on each row, so that a split needs no window (largest remainder stays
-- row-local up to four members).
-- relation: seat_weight
SELECT p.span, p.seat, p.seq, p.weight, p.whole, p.members, w.w1, w.w2, w.w3, w.w4
FROM team_seat AS p
JOIN (
  SELECT
    span,
    CAST(SUM(CASE WHEN seq = 1 THEN weight ELSE 0 END) AS $BIGINT) AS w1,
    CAST(SUM(CASE WHEN seq = 2 THEN weight ELSE 0 END) AS $BIGINT) AS w2,
    CAST(SUM(CASE WHEN seq = 3 THEN weight ELSE 0 END) AS $BIGINT) AS w3,
    CAST(SUM(CASE WHEN seq = 4 THEN weight ELSE 0 END) AS $BIGINT) AS w4
  FROM team_seat
  GROUP BY span
) AS w ON w.span = p.span
WHERE p.members <= 4
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
JOIN seat_weight AS t ON t.span = l.span
WHERE l.span > 0
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
