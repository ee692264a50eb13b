-- Simulated profit by holder. A customer's figure is shared among those who covered it, by their weights and days
-- of the period; days that nobody covered are the unassigned part. Largest remainder, so that levels agree to the cent.

-- relation: profit_customer
SELECT
  period, customer_id, MIN(unit_id) AS unit_id,
  SUM(profit) AS profit, SUM(eva) AS eva, SUM(capital) AS capital
FROM value
GROUP BY period, customer_id
;

-- A day of a whole team weighs 10^6, shared in millionths: enough for a figure that nobody is paid by the cent on.
-- relation: profit_day
SELECT
  p.period, t.customer_id, t.rm_id,
  CAST(t.weight AS $WIDE) * $DAYS(
    CASE WHEN t.valid_to < p.period_end THEN t.valid_to ELSE p.period_end END,
    CASE WHEN t.valid_from > p.period_start THEN t.valid_from ELSE p.period_start END
  ) AS weighted_days,
  t.whole
FROM team AS t
JOIN period AS p ON t.valid_from < p.period_end AND t.valid_to > p.period_start
;

-- relation: profit_weight
SELECT period, customer_id, rm_id, CAST(SUM($WIDE_DIV(weighted_days * 1000000, whole)) AS $WIDE) AS weight
FROM profit_day
GROUP BY period, customer_id, rm_id
;

-- relation: profit_holder
SELECT c.period, c.customer_id, w.rm_id, w.weight
FROM profit_customer AS c
JOIN profit_weight AS w ON w.period = c.period AND w.customer_id = c.customer_id
WHERE w.weight > 0 AND w.rm_id <> ''
UNION ALL
SELECT c.period, c.customer_id, '' AS rm_id, CAST(p.period_days AS $WIDE) * 1000000 - COALESCE(w.weight, 0) AS weight
FROM profit_customer AS c
JOIN value_last_day AS p ON p.period = c.period
LEFT JOIN (
  SELECT period, customer_id, SUM(weight) AS weight FROM profit_weight WHERE rm_id <> '' GROUP BY period, customer_id
) AS w ON w.period = c.period AND w.customer_id = c.customer_id
WHERE CAST(p.period_days AS $WIDE) * 1000000 > COALESCE(w.weight, 0)
;

-- relation: profit_part
SELECT
  c.period, c.customer_id, h.rm_id, f.figure,
  CASE WHEN f.figure = 'profit' THEN c.profit WHEN f.figure = 'eva' THEN c.eva ELSE c.capital END AS amount,
  h.weight, w.whole
FROM profit_customer AS c
JOIN value_figure AS f ON 1 = 1
JOIN profit_holder AS h ON h.period = c.period AND h.customer_id = c.customer_id
JOIN (
  SELECT period, customer_id, SUM(weight) AS whole FROM profit_holder GROUP BY period, customer_id
) AS w ON w.period = c.period AND w.customer_id = c.customer_id
;

-- relation: profit_share
SELECT
  r.period, r.customer_id, r.rm_id, r.figure, r.weight, r.whole,
  CASE WHEN r.amount < 0 THEN -1 ELSE 1 END
  * (r.part + CASE WHEN r.place <= ABS(r.amount) - r.parts THEN 1 ELSE 0 END) AS amount
FROM (
  SELECT
    p.period, p.customer_id, p.rm_id, p.figure, p.amount, p.weight, p.whole,
    $WIDE_DIV(CAST(ABS(p.amount) AS $WIDE) * p.weight, p.whole) AS part,
    SUM($WIDE_DIV(CAST(ABS(p.amount) AS $WIDE) * p.weight, p.whole))
      OVER (PARTITION BY p.period, p.customer_id, p.figure) AS parts,
    ROW_NUMBER() OVER (
      PARTITION BY p.period, p.customer_id, p.figure
      ORDER BY (CAST(ABS(p.amount) AS $WIDE) * p.weight) % p.whole DESC, p.rm_id
    ) AS place
  FROM profit_part AS p
) AS r
;

-- What each holder has of each customer; rm_id '' is nobody.
-- relation: profit_holding
SELECT
  period, rm_id, customer_id, CAST(MIN(weight) AS $BIGINT) AS weight, CAST(MIN(whole) AS $BIGINT) AS whole,
  CAST(SUM(CASE WHEN figure = 'profit' THEN amount ELSE 0 END) AS $BIGINT) AS profit,
  CAST(SUM(CASE WHEN figure = 'eva' THEN amount ELSE 0 END) AS $BIGINT) AS eva,
  CAST(SUM(CASE WHEN figure = 'capital' THEN amount ELSE 0 END) AS $BIGINT) AS capital
FROM profit_share
GROUP BY period, rm_id, customer_id
;

-- relation: profit_level
SELECT period, 'customer' AS level, customer_id AS id, profit, eva, capital FROM profit_customer
UNION ALL
SELECT period, 'unit' AS level, unit_id AS id, SUM(profit) AS profit, SUM(eva) AS eva, SUM(capital) AS capital
FROM profit_customer
GROUP BY period, unit_id
UNION ALL
SELECT period, 'total' AS level, 'all' AS id, SUM(profit) AS profit, SUM(eva) AS eva, SUM(capital) AS capital
FROM profit_customer
GROUP BY period
UNION ALL
SELECT period, 'rm' AS level, rm_id AS id, SUM(profit) AS profit, SUM(eva) AS eva, SUM(capital) AS capital
FROM profit_holding
GROUP BY period, rm_id
;

-- RAROC is a rate a year: profit over capital, scaled from the days whose balances were brought; nothing where no
-- capital is held.
-- relation: profit
SELECT
  l.period, l.level, l.id, CAST(l.profit AS $BIGINT) AS profit, CAST(l.eva AS $BIGINT) AS eva,
  CAST(l.capital AS $BIGINT) AS capital,
  CASE WHEN l.capital > 0 THEN CAST(
    CASE WHEN l.profit < 0 THEN -1 ELSE 1 END
    * $WIDE_DIV(
      2 * CAST(ABS(l.profit) AS $WIDE) * 1000000 * $YEAR_DAYS + CAST(l.capital AS $WIDE) * d.days,
      2 * CAST(l.capital AS $WIDE) * d.days
    )
  AS $BIGINT) END AS raroc
FROM profit_level AS l
JOIN (
  SELECT p.period, COALESCE(v.days, p.period_days) AS days
  FROM value_last_day AS p
  LEFT JOIN value_days AS v ON v.period = p.period
) AS d ON d.period = l.period
;
