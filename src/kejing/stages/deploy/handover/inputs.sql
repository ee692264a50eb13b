-- Who leads whom today and who is to, who comes and goes, who is away, whose customers change their unit.

-- First and last day of every RM: who has a last day leaves, who has a first one ahead joins.
-- relation: handover_rm
SELECT p.rm_id, p.first_day, p.end_day, r.line, r.grade, r.unit_id, r.fte, r.skills
FROM (
  SELECT rm_id, MIN(valid_from) AS first_day, MAX(valid_to) AS end_day FROM rms GROUP BY rm_id
) AS p
JOIN (
  SELECT
    rm_id, line, grade, unit_id, fte, skills,
    ROW_NUMBER() OVER (PARTITION BY rm_id ORDER BY valid_from) AS place
  FROM rms
  WHERE valid_to > $AS_OF
) AS r ON r.rm_id = p.rm_id AND r.place = 1
WHERE r.line IN ($LINES)
;

-- Customers with a lead begun after the run's day: their handover is arranged already.
-- relation: handover_arranged
SELECT customer_id
FROM coverage
WHERE role = 'lead' AND valid_from > $AS_OF
GROUP BY customer_id
;

-- Whoever has nobody in post, is to have somebody else, or would have somebody who leaves.
-- relation: handover_customer
SELECT
  a.customer_id, a.rm_id AS proposed_rm_id, a.reason, a.tier, a.unit_id, a.value, a.required_hours,
  d.decision_id, c.account_home_id, c.required_skill, c.opened_on,
  t.rm_id AS today_rm_id, COALESCE(t.leads, 0) AS leads, t.end_day AS lead_end,
  p.rm_id IS NOT NULL AS is_in_post, x.customer_id IS NOT NULL AS is_arranged
FROM assign AS a
JOIN customer_now AS c ON c.customer_id = a.customer_id
JOIN assign_decision AS d ON d.customer_id = a.customer_id
LEFT JOIN (
  SELECT n.customer_id, n.rm_id, n.leads, v.valid_to AS end_day
  FROM assign_today AS n
  JOIN coverage AS v
    ON v.customer_id = n.customer_id AND v.rm_id = n.rm_id AND v.role = 'lead'
    AND v.valid_from <= $AS_OF AND v.valid_to > $AS_OF
) AS t ON t.customer_id = a.customer_id
LEFT JOIN rm_now AS p ON p.rm_id = t.rm_id
LEFT JOIN handover_arranged AS x ON x.customer_id = a.customer_id
LEFT JOIN handover_rm AS g ON g.rm_id = a.rm_id AND g.end_day < $LOOK_UNTIL
WHERE p.rm_id IS NULL OR a.rm_id <> t.rm_id OR g.rm_id IS NOT NULL
ORDER BY a.customer_id
;

-- Rows that share pay credit and reach beyond the run's day, of customers who may change hands.
-- relation: handover_seat
SELECT v.customer_id, v.rm_id, v.role, v.share, v.valid_from, v.valid_to
FROM coverage AS v
JOIN handover_customer AS c ON c.customer_id = v.customer_id
JOIN role_weight AS w ON w.role = v.role
WHERE v.valid_to > $AS_OF AND v.valid_from < v.valid_to
;

-- The last lead who was in post, and the day from which nobody was.
-- relation: handover_last_lead
SELECT customer_id, rm_id, vacant_since
FROM (
  SELECT
    v.customer_id, v.rm_id, CASE WHEN p.end_day < v.valid_to THEN p.end_day ELSE v.valid_to END AS vacant_since,
    ROW_NUMBER() OVER (
      PARTITION BY v.customer_id
      ORDER BY CASE WHEN p.end_day < v.valid_to THEN p.end_day ELSE v.valid_to END DESC, v.rm_id
    ) AS place
  FROM coverage AS v
  JOIN handover_customer AS c ON c.customer_id = v.customer_id
  JOIN (SELECT rm_id, MAX(valid_to) AS end_day FROM rms GROUP BY rm_id) AS p ON p.rm_id = v.rm_id
  WHERE v.role = 'lead' AND v.valid_from <= $AS_OF
) AS ranked
WHERE place = 1
;

-- relation: handover_absence
SELECT a.rm_id, a.reason, a.valid_from, a.valid_to, a.cover_rm_id, COALESCE(l.customers, 0) AS customers
FROM rm_absences AS a
JOIN rm_now AS r ON r.rm_id = a.rm_id
LEFT JOIN (SELECT rm_id, COUNT(*) AS customers FROM assign_today GROUP BY rm_id) AS l ON l.rm_id = a.rm_id
WHERE a.valid_to > $AS_OF AND a.valid_from < $LOOK_UNTIL AND r.line IN ($LINES)
ORDER BY a.rm_id, a.valid_from
;

-- Customers whose managing unit changes within the days looked at, with the lead of that day.
-- relation: unit_move_customer
SELECT l.rm_id, b.unit_id AS from_unit_id, a.unit_id AS to_unit_id, a.valid_from AS moves_on, COUNT(*) AS customers
FROM customers AS a
JOIN customers AS b ON b.customer_id = a.customer_id AND b.valid_to = a.valid_from AND b.unit_id <> a.unit_id
JOIN population_kind AS k ON k.kind = a.kind
JOIN coverage AS l
  ON l.customer_id = a.customer_id AND l.role = 'lead' AND l.valid_from <= a.valid_from AND l.valid_to > a.valid_from
WHERE a.valid_from >= $LOOK_FROM AND a.valid_from < $LOOK_UNTIL
GROUP BY l.rm_id, b.unit_id, a.unit_id, a.valid_from
;

-- The nearest day on which the RM comes to the unit his customers move to; where he has been all along, none is asked.
-- relation: unit_move
SELECT
  m.rm_id, MIN(m.from_unit_id) AS from_unit_id, m.to_unit_id, m.moves_on, CAST(SUM(m.customers) AS $BIGINT) AS customers,
  MIN(r.valid_from) AS rm_moves_on,
  MIN($DAYS(r.valid_from, m.moves_on)) AS gap_days,
  CASE
    WHEN MIN(r.valid_from) IS NULL THEN 'stays'
    WHEN MIN(r.valid_from) = m.moves_on THEN 'follows'
    ELSE 'apart'
  END AS status
FROM unit_move_customer AS m
JOIN rms AS o ON o.rm_id = m.rm_id AND o.valid_from < m.moves_on AND o.valid_to >= m.moves_on
LEFT JOIN (
  SELECT n.rm_id, n.unit_id, n.valid_from
  FROM rms AS n
  JOIN rms AS p ON p.rm_id = n.rm_id AND p.valid_to = n.valid_from AND p.unit_id <> n.unit_id
) AS r
  ON r.rm_id = m.rm_id AND r.unit_id = m.to_unit_id AND r.valid_from >= $LOOK_FROM
WHERE o.unit_id = m.from_unit_id
GROUP BY m.rm_id, m.to_unit_id, m.moves_on
;
