-- The second level: the part of a unit to its persons, less what the policy keeps back. Where the pool only limits,
-- everybody has what is due if all of it fits; else what is due is the most that a share can be.

-- relation: pool_unit
SELECT period, pool, giver, taker, amount
FROM spread_part
;

-- relation: pool_unit_stop
SELECT period, pool, giver, amount, lows, highs, stop
FROM spread_state
;

-- relation: pool_part
SELECT
  u.period, u.pool, u.giver AS brought_to, u.taker AS giver, u.amount, r.mode, d.dues, d.dues_weighed,
  CAST(u.amount - $WIDE_DIV(CAST(u.amount AS $WIDE) * t.keep_micro, 1000000) AS $BIGINT) AS handed,
  CASE WHEN r.mode = 'limit' AND d.dues <= u.amount THEN 1 ELSE 0 END AS is_within
FROM pool_unit AS u
JOIN pool_rule AS r ON r.pool = u.pool
JOIN pool_term AS t ON t.pool = u.pool AND t.period = u.period
JOIN (
  SELECT
    period, pool, unit_id, CAST(SUM(due) AS $BIGINT) AS dues,
    CAST(SUM(CASE WHEN weight > 0 THEN due ELSE 0 END) AS $BIGINT) AS dues_weighed
  FROM pool_person
  GROUP BY period, pool, unit_id
) AS d ON d.period = u.period AND d.pool = u.pool AND d.unit_id = u.taker
;

-- relation: pool_rm_purse
SELECT
  period, pool, giver,
  CASE
    WHEN mode = 'give' THEN handed
    WHEN is_within = 1 THEN dues
    WHEN dues_weighed < handed THEN dues_weighed
    ELSE handed
  END AS amount
FROM pool_part
;

-- relation: pool_rm_taker
SELECT
  p.period, p.pool, p.unit_id AS giver, p.rm_id AS taker, p.weight,
  CASE WHEN u.mode = 'give' THEN COALESCE(p.floor_amount, 0) WHEN u.is_within = 1 THEN p.due ELSE 0 END AS low,
  CASE WHEN u.mode = 'give' THEN p.cap_amount ELSE p.due END AS high
FROM pool_person AS p
JOIN pool_part AS u ON u.period = p.period AND u.pool = p.pool AND u.giver = p.unit_id
;
