-- The first level: a pool between the units in which its RMs stand.

-- relation: pool_unit_purse
SELECT period, pool, giver, amount
FROM pool_brought
;

-- relation: pool_unit_taker
SELECT
  p.period, p.pool, p.giver, p.unit_id AS taker,
  CAST(
    CASE WHEN r.weigh = 'formula' THEN p.unit_weight WHEN r.weigh = 'equal' THEN 1 WHEN w.weight > 0 THEN w.weight ELSE 0 END
  AS $WIDE) AS weight,
  CAST(0 AS $BIGINT) AS low, CAST(NULL AS $BIGINT) AS high
FROM (
  SELECT period, pool, giver, unit_id, SUM(unit_weight) AS unit_weight
  FROM pool_person
  GROUP BY period, pool, giver, unit_id
) AS p
JOIN pool_rule AS r ON r.pool = p.pool
LEFT JOIN pool_unit_weight AS w ON w.pool = p.pool AND w.period = p.period AND w.unit_id = p.unit_id
;
