-- Which pools were brought, whose they are, and which units their RMs stand in.

-- Units with RMs in or below them in each period: of this policy's lines, and of lines that another policy pays.
-- relation: pool_staffed
SELECT
  d.period, t.ancestor_id AS unit_id,
  SUM(CASE WHEN l.line IS NULL THEN 0 ELSE 1 END) AS own_rms,
  SUM(CASE WHEN l.line IS NULL THEN 1 ELSE 0 END) AS other_rms
FROM rms AS r
JOIN period AS d ON r.valid_from < d.period_end AND r.valid_to > d.period_start
JOIN unit_tree AS t ON t.unit_id = r.unit_id
LEFT JOIN population_line AS l ON l.line = r.line
GROUP BY d.period, t.ancestor_id
;

-- A pool whose RMs are all of other lines is left to their policy.
-- relation: pool_brought
SELECT
  p.pool, d.period, p.unit_id AS giver, CAST(SUM(p.amount) AS $BIGINT) AS amount,
  MAX(COALESCE(s.other_rms, 0)) AS other_rms
FROM pools AS p
JOIN pool_rule AS r ON r.pool = p.pool
JOIN period AS d ON d.period_start = p.period_start AND d.period_end = p.period_end
LEFT JOIN pool_staffed AS s ON s.period = d.period AND s.unit_id = p.unit_id
WHERE p.currency = $CURRENCY AND p.amount >= 0 AND (COALESCE(s.own_rms, 0) > 0 OR COALESCE(s.other_rms, 0) = 0)
GROUP BY p.pool, d.period, p.unit_id
;

-- A unit belongs to the pool of its nearest ancestor that has one.
-- relation: pool_near
SELECT pool, period, giver, unit_id, steps
FROM (
  SELECT
    b.pool, b.period, b.giver, t.unit_id, t.steps,
    ROW_NUMBER() OVER (PARTITION BY b.pool, b.period, t.unit_id ORDER BY t.steps) AS place
  FROM pool_brought AS b
  JOIN unit_tree AS t ON t.ancestor_id = b.giver
) AS owner
WHERE place = 1
;

-- relation: pool_ancestor
SELECT unit_id, ancestor_id, steps, level
FROM (
  SELECT
    t.unit_id, t.ancestor_id, t.steps, u.level,
    ROW_NUMBER() OVER (PARTITION BY t.unit_id, u.level ORDER BY t.steps) AS place
  FROM unit_tree AS t
  JOIN unit_now AS u ON u.unit_id = t.ancestor_id
) AS ancestor
WHERE place = 1
;

-- The unit that takes for the RMs of a unit: itself, its ancestor of the level asked for, or the giver where there is
-- no first level. The taker never stands above the giver.
-- relation: pool_site
SELECT
  n.pool, n.period, n.giver, n.unit_id,
  CASE
    WHEN r.first_level = 'none' THEN n.giver
    WHEN r.first_level = 'own' THEN n.unit_id
    WHEN a.ancestor_id IS NOT NULL THEN a.ancestor_id
    WHEN g.level > r.site_level THEN n.giver
    ELSE n.unit_id
  END AS taker
FROM pool_near AS n
JOIN pool_rule AS r ON r.pool = n.pool
JOIN unit_now AS g ON g.unit_id = n.giver
LEFT JOIN pool_ancestor AS a ON a.unit_id = n.unit_id AND a.level = r.site_level AND a.steps <= n.steps
;

-- The first day of an RM in the population, inside each period.
-- relation: pool_entry
SELECT
  d.period, d.period_start, d.period_days, r.rm_id,
  MIN(CASE WHEN r.valid_from > d.period_start THEN r.valid_from ELSE d.period_start END) AS first_day
FROM rms AS r
JOIN population_line AS l ON l.line = r.line
JOIN period AS d ON r.valid_from < d.period_end AND r.valid_to > d.period_start
GROUP BY d.period, d.period_start, d.period_days, r.rm_id
;

-- Late is who joined after the cut-off; a pool without one has nobody late.
-- relation: pool_joiner
SELECT
  t.pool, e.period, e.rm_id,
  CASE WHEN $DAYS(e.first_day, e.period_start) * 1000000 > t.cut_micro * e.period_days THEN 1 ELSE 0 END AS is_late
FROM pool_entry AS e
JOIN pool_term AS t ON t.period = e.period
;
