-- Customers of a tier, what they are worth by the scheme's figure, and what is let off for them.
-- A month or a year of the figure, as the scheme measures it; figures that are missing do not count.

-- relation: attention_tier
SELECT
  s.tier,
  COUNT(*) AS customers,
  SUM(s.value) AS value,
  SUM(CASE WHEN d.discount IS NULL THEN 0 ELSE 1 END) AS discounted,
  SUM(COALESCE(d.discount, 0)) AS discount
FROM (
  SELECT g.customer_id, g.tier, g.value
  FROM segment AS g
  JOIN customer_now AS c ON c.customer_id = g.customer_id
  WHERE g.scheme = $SCHEME AND g.valid_from <= $AS_OF AND g.valid_to > $AS_OF AND g.value > 0
) AS s
LEFT JOIN (
  SELECT customer_id, value AS discount
  FROM (
    SELECT
      m.customer_id, m.value,
      ROW_NUMBER() OVER (PARTITION BY m.customer_id ORDER BY m.period_end DESC, m.period_start DESC) AS place
    FROM measures AS m
    WHERE m.measure = $DISCOUNT AND m.period_end <= $NEXT_DAY
  ) AS ranked
  WHERE place = 1
) AS d ON d.customer_id = s.customer_id
GROUP BY s.tier
;
