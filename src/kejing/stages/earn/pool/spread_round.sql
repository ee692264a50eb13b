-- One round: everybody not yet held takes a share by weight of what is left. Who would get less than the floor or more
-- than the cap is held there, floors first where together they lack more than the caps release, caps first otherwise:
-- so that nobody is held who would be free in the end.

-- relation: spread_left
SELECT
  n.period, n.pool, n.giver,
  CAST(s.amount - SUM(COALESCE(n.fixed, 0)) AS $WIDE) AS left_over,
  SUM(CASE WHEN n.fixed IS NULL THEN n.weight ELSE 0 END) AS whole
FROM spread_now AS n
JOIN spread_state AS s ON s.period = n.period AND s.pool = n.pool AND s.giver = n.giver
GROUP BY n.period, n.pool, n.giver, s.amount
;

-- relation: spread_tried
SELECT
  n.period, n.pool, n.giver, n.taker, n.weight, n.low, n.high, n.fixed, n.bound,
  CASE
    WHEN n.fixed IS NULL AND l.whole * n.low > l.left_over * n.weight THEN l.whole * n.low - l.left_over * n.weight
    ELSE 0
  END AS lacking,
  CASE
    WHEN n.fixed IS NULL AND l.whole * n.high < l.left_over * n.weight THEN l.left_over * n.weight - l.whole * n.high
    ELSE 0
  END AS exceeding
FROM spread_now AS n
JOIN spread_left AS l ON l.period = n.period AND l.pool = n.pool AND l.giver = n.giver
;

-- relation: spread_sway
SELECT period, pool, giver, SUM(lacking) AS lacking, SUM(exceeding) AS exceeding
FROM spread_tried
GROUP BY period, pool, giver
;

-- relation: spread_next
SELECT
  t.period, t.pool, t.giver, t.taker, t.weight, t.low, t.high,
  CASE
    WHEN t.exceeding > 0 AND w.exceeding >= w.lacking THEN t.high
    WHEN t.lacking > 0 AND w.lacking >= w.exceeding THEN t.low
    ELSE t.fixed
  END AS fixed,
  CASE
    WHEN t.exceeding > 0 AND w.exceeding >= w.lacking THEN 'cap'
    WHEN t.lacking > 0 AND w.lacking >= w.exceeding THEN 'floor'
    ELSE t.bound
  END AS bound
FROM spread_tried AS t
JOIN spread_sway AS w ON w.period = t.period AND w.pool = t.pool AND w.giver = t.giver
;
