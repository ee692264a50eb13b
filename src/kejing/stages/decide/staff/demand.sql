-- Customers, RMs in post and churn by site. $SITE_LEVEL is -1 where the institution is one site, ''.

-- relation: staff_site
SELECT u.unit_id, CASE WHEN $SITE_LEVEL < 0 THEN '' ELSE COALESCE(s.site_id, u.unit_id) END AS site_id
FROM unit_now AS u
LEFT JOIN (
  SELECT t.unit_id, MIN(t.ancestor_id) AS site_id
  FROM unit_tree AS t
  JOIN unit_now AS a ON a.unit_id = t.ancestor_id
  WHERE a.level = $SITE_LEVEL
  GROUP BY t.unit_id
) AS s ON s.unit_id = u.unit_id
;

-- relation: staff_customer
SELECT
  c.customer_id, c.unit_id,
  CASE WHEN $SITE_LEVEL < 0 THEN '' ELSE COALESCE(s.site_id, c.unit_id) END AS site_id,
  COALESCE(g.tier, 'unclassified') AS tier
FROM customer_now AS c
LEFT JOIN staff_site AS s ON s.unit_id = c.unit_id
LEFT JOIN (
  SELECT customer_id, tier FROM segment
  WHERE scheme = $SCHEME AND valid_from <= $AS_OF AND valid_to > $AS_OF
) AS g ON g.customer_id = c.customer_id
;

-- relation: staff_demand
SELECT site_id, tier, COUNT(*) AS customers
FROM staff_customer
GROUP BY site_id, tier
;

-- An RM on long leave stays in the roll and is not counted as available.
-- relation: staff_supply
SELECT site_id, line, grade, SUM(fte) AS fte, SUM(away) AS away
FROM (
  SELECT
    CASE WHEN $SITE_LEVEL < 0 THEN '' ELSE COALESCE(s.site_id, r.unit_id) END AS site_id,
    r.line, r.grade,
    CASE WHEN a.rm_id IS NULL THEN r.fte ELSE 0 END AS fte,
    CASE WHEN a.rm_id IS NULL THEN 0 ELSE 1 END AS away
  FROM rm_now AS r
  LEFT JOIN staff_site AS s ON s.unit_id = r.unit_id
  LEFT JOIN (
    SELECT rm_id FROM rm_absences
    WHERE valid_from <= $AS_OF AND valid_to > $AS_OF AND valid_to - valid_from >= $LONG_LEAVE
    GROUP BY rm_id
  ) AS a ON a.rm_id = r.rm_id
) AS posted
GROUP BY site_id, line, grade
;

-- Amounts in the policy's currency only; what a site lost for sure, and what it could lose.
-- relation: staff_churn
SELECT
  c.site_id, c.tier,
  SUM(COALESCE(b.value, 0)) AS base,
  SUM(COALESCE(l.amount, 0)) AS lost
FROM staff_customer AS c
LEFT JOIN (
  SELECT customer_id, value
  FROM (
    SELECT m.customer_id, m.value, ROW_NUMBER() OVER (PARTITION BY m.customer_id ORDER BY m.period_end DESC, m.period_start DESC) AS place
    FROM measures AS m
    WHERE m.measure = $CHURN_MEASURE AND m.unit = $CURRENCY AND m.period_end <= $NEXT_DAY
  ) AS ranked
  WHERE place = 1
) AS b ON b.customer_id = c.customer_id
LEFT JOIN (
  SELECT customer_id, SUM(amount) AS amount
  FROM losses
  WHERE currency = $CURRENCY AND confirmed_on > $CHURN_START AND confirmed_on <= $AS_OF
  GROUP BY customer_id
) AS l ON l.customer_id = c.customer_id
GROUP BY c.site_id, c.tier
;
