-- Both levels as one table, what nobody takes as its own row, and the amounts that pay reads.

-- relation: pool_rm
SELECT
  p.period, p.pool, p.unit_id AS giver, p.rm_id AS taker, p.weight_micro, p.floor_amount, p.cap_amount, p.due, p.is_late,
  s.amount,
  CASE
    WHEN s.bound = 'floor' AND p.floor_amount IS NOT NULL THEN 'floor'
    WHEN s.bound = 'cap' AND p.cap_amount IS NOT NULL THEN 'cap'
    WHEN p.is_late = 1 THEN 'late'
    ELSE ''
  END AS bound
FROM pool_person AS p
JOIN spread_part AS s ON s.period = p.period AND s.pool = p.pool AND s.giver = p.unit_id AND s.taker = p.rm_id
;

-- relation: pool_kept
SELECT u.period, u.pool, u.giver, CAST(u.amount - COALESCE(g.amount, 0) AS $BIGINT) AS amount
FROM pool_part AS u
LEFT JOIN (SELECT period, pool, giver, SUM(amount) AS amount FROM pool_rm GROUP BY period, pool, giver) AS g
  ON g.period = u.period AND g.pool = u.pool AND g.giver = u.giver
;

-- relation: pool
SELECT
  u.period, u.pool, 'unit' AS level, u.giver, u.taker,
  CAST($WIDE_DIV(2 * t.weight * r.unit_up + r.unit_down, 2 * r.unit_down) AS $BIGINT) AS weight,
  CAST(NULL AS $BIGINT) AS floor, CAST(NULL AS $BIGINT) AS cap, u.amount, '' AS bound
FROM pool_unit AS u
JOIN pool_unit_taker AS t ON t.period = u.period AND t.pool = u.pool AND t.giver = u.giver AND t.taker = u.taker
JOIN pool_rule AS r ON r.pool = u.pool
UNION ALL
SELECT
  period, pool, 'unit' AS level, giver, '' AS taker, CAST(NULL AS $BIGINT) AS weight,
  CAST(NULL AS $BIGINT) AS floor, CAST(NULL AS $BIGINT) AS cap, amount, '' AS bound
FROM pool_unit_stop
WHERE stop <> ''
UNION ALL
SELECT
  period, pool, 'rm' AS level, giver, taker, weight_micro AS weight, floor_amount AS floor, cap_amount AS cap,
  amount, bound
FROM pool_rm
UNION ALL
SELECT
  period, pool, 'rm' AS level, giver, '' AS taker, CAST(NULL AS $BIGINT) AS weight,
  CAST(NULL AS $BIGINT) AS floor, CAST(NULL AS $BIGINT) AS cap, amount, '' AS bound
FROM pool_kept
WHERE amount <> 0
;

-- What pay adds: the part itself, or what the limit takes off.
-- relation: pool_share
SELECT
  m.period, m.taker AS rm_id, r.component, '' AS line_id,
  CAST(CASE WHEN r.mode = 'limit' THEN m.amount - m.due ELSE m.amount END AS $BIGINT) AS amount,
  t.clause
FROM pool_rm AS m
JOIN pool_rule AS r ON r.pool = m.pool
JOIN pool_term AS t ON t.pool = m.pool AND t.period = m.period
WHERE m.amount <> CASE WHEN r.mode = 'limit' THEN m.due ELSE 0 END
;
