-- Purses and those who take from them, before anybody is held by a bound. A weight of zero takes its floor and no more.

-- relation: spread_state
SELECT
  p.period, p.pool, p.giver, p.amount, p.lows, p.highs,
  CASE
    WHEN p.takers = 0 THEN 'without_takers'
    WHEN p.crossed > 0 THEN 'floor_above_cap'
    WHEN p.lows > p.amount THEN 'floors_exceed'
    WHEN p.unbound = 0 AND p.highs < p.amount AND p.whole = 0 THEN 'no_weight'
    WHEN p.unbound = 0 AND p.highs < p.amount THEN 'caps_below'
    ELSE ''
  END AS stop
FROM (
  SELECT
    p.period, p.pool, p.giver, p.amount,
    COUNT(t.taker) AS takers,
    COALESCE(SUM(t.low), 0) AS lows,
    COALESCE(SUM(CASE WHEN t.weight = 0 THEN t.low ELSE t.high END), 0) AS highs,
    COALESCE(SUM(CASE WHEN t.weight > 0 AND t.high IS NULL THEN 1 ELSE 0 END), 0) AS unbound,
    COALESCE(SUM(CASE WHEN t.high < t.low THEN 1 ELSE 0 END), 0) AS crossed,
    COALESCE(SUM(t.weight), 0) AS whole
  FROM spread_purse AS p
  LEFT JOIN spread_taker AS t ON t.period = p.period AND t.pool = p.pool AND t.giver = p.giver
  GROUP BY p.period, p.pool, p.giver, p.amount
) AS p
;

-- relation: spread_now
SELECT
  t.period, t.pool, t.giver, t.taker, t.weight, t.low, t.high,
  CASE WHEN t.weight = 0 OR t.high = t.low THEN t.low ELSE CAST(NULL AS $BIGINT) END AS fixed,
  CASE
    WHEN t.weight = 0 AND t.low > 0 THEN 'floor'
    WHEN t.weight > 0 AND t.high = t.low THEN 'cap'
    ELSE ''
  END AS bound
FROM spread_taker AS t
JOIN spread_state AS s ON s.period = t.period AND s.pool = t.pool AND s.giver = t.giver
WHERE s.stop = ''
;
