-- What decides the part of each RM in one pool: weight, floor and cap, and what is due where the pool only limits.
-- The weight of a late joiner counts by service days where the policy says so: $PART_NUM of $PART_DEN.

-- relation: $SEEN
SELECT
  $POOL AS pool, s.period, f.giver, f.taker AS unit_id, s.rm_id, j.is_late,
  CAST(COALESCE($WEIGHT, 0) AS $WIDE) AS raw,
  CAST(COALESCE($UNIT_WEIGHT, 0) AS $WIDE) AS unit_raw,
  CASE WHEN j.is_late = 1 THEN $PART_NUM ELSE $PART_DEN END AS part_num,
  $PART_DEN AS part_den,
  CASE WHEN j.is_late = 1 AND $LEAVES_OUT = 1 THEN NULL ELSE $FLOOR END AS floor_asked,
  CASE WHEN j.is_late = 1 AND $LEAVES_OUT = 1 THEN NULL ELSE $CAP END AS cap_asked,
  COALESCE($DUE, 0) AS due_asked
FROM rm_sheet AS s
JOIN pool_site AS f ON f.pool = $POOL AND f.period = s.period AND f.unit_id = s.unit_id
JOIN pool_joiner AS j ON j.pool = $POOL AND j.period = s.period AND j.rm_id = s.rm_id
JOIN pool_term AS t ON t.pool = $POOL AND t.period = s.period
;

-- relation: $PERSON
SELECT
  pool, period, giver, unit_id, rm_id, is_late,
  CASE WHEN raw < 0 OR unit_raw < 0 THEN 1 ELSE 0 END AS is_negative,
  CASE WHEN raw > 0 THEN raw * part_num ELSE CAST(0 AS $WIDE) END AS weight,
  CASE WHEN unit_raw > 0 THEN unit_raw ELSE CAST(0 AS $WIDE) END AS unit_weight,
  CAST(
    CASE WHEN raw > 0 THEN $WIDE_DIV(2 * raw * part_num * $UP + part_den * $DOWN, 2 * part_den * $DOWN) ELSE 0 END
  AS $BIGINT) AS weight_micro,
  CAST(CASE WHEN floor_asked < 0 THEN 0 ELSE floor_asked END AS $BIGINT) AS floor_amount,
  CAST(CASE WHEN cap_asked < 0 THEN 0 ELSE cap_asked END AS $BIGINT) AS cap_amount,
  CAST(CASE WHEN due_asked < 0 THEN 0 ELSE due_asked END AS $BIGINT) AS due
FROM $SEEN
;
