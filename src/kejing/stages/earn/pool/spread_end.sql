-- Largest remainder among those whom no bound holds, ties to the smaller id; a share between whole bounds stays there.

-- relation: spread_part
SELECT
  period, pool, giver, taker, bound,
  CAST(
    CASE WHEN fixed IS NULL THEN part + CASE WHEN place <= left_over - parts THEN 1 ELSE 0 END ELSE fixed END
  AS $BIGINT) AS amount
FROM (
  SELECT
    quota.*,
    ROW_NUMBER() OVER (PARTITION BY period, pool, giver ORDER BY is_fixed, remainder DESC, taker) AS place,
    SUM(part) OVER (PARTITION BY period, pool, giver) AS parts
  FROM (
    SELECT
      n.period, n.pool, n.giver, n.taker, n.bound, n.fixed, l.left_over,
      CASE WHEN n.fixed IS NULL THEN 0 ELSE 1 END AS is_fixed,
      CASE WHEN n.fixed IS NULL THEN $WIDE_DIV(l.left_over * n.weight, l.whole) ELSE 0 END AS part,
      CASE WHEN n.fixed IS NULL THEN (l.left_over * n.weight) % l.whole ELSE 0 END AS remainder
    FROM spread_now AS n
    JOIN spread_left AS l ON l.period = n.period AND l.pool = n.pool AND l.giver = n.giver
  ) AS quota
) AS placed
;
