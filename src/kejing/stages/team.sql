-- Teams through time: coverage cut into spans in which nothing changes, with the weights of the whole team
-- on each member's row, so that a split needs no window (largest remainder stays row-local up to four members).

-- relation: share_row
SELECT
  c.customer_id, c.rm_id, d.position,
  COALESCE(c.share, d.weight) AS weight,
  c.valid_from, c.valid_to
FROM coverage AS c
JOIN role_weight AS d ON d.role = c.role
WHERE c.valid_from < c.valid_to AND COALESCE(c.share, d.weight) > 0
;

-- A day on which a team changes: a member begins or ends, or an RM changes post or leaves.
-- relation: change_day
SELECT customer_id, day
FROM (
  SELECT customer_id, valid_from AS day FROM share_row
  UNION ALL
  SELECT customer_id, valid_to AS day FROM share_row
  UNION ALL
  SELECT s.customer_id, r.valid_from AS day
  FROM share_row AS s
  JOIN rms AS r ON r.rm_id = s.rm_id AND r.valid_from > s.valid_from AND r.valid_from < s.valid_to
  UNION ALL
  SELECT s.customer_id, r.valid_to AS day
  FROM share_row AS s
  JOIN rms AS r ON r.rm_id = s.rm_id AND r.valid_to > s.valid_from AND r.valid_to < s.valid_to
) AS days
GROUP BY customer_id, day
;

-- relation: change_numbered
SELECT customer_id, day, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY day) AS place
FROM change_day
;

-- relation: span
SELECT a.customer_id, a.day AS valid_from, b.day AS valid_to
FROM change_numbered AS a
JOIN change_numbered AS b ON b.customer_id = a.customer_id AND b.place = a.place + 1
;

-- An RM who is not in post on those days keeps the weight on the house account: nobody else inherits it silently.
-- relation: team_member
SELECT customer_id, valid_from, valid_to, rm_id, unit_id, MIN(position) AS position, SUM(weight) AS weight
FROM (
  SELECT
    p.customer_id, p.valid_from, p.valid_to, s.position, s.weight,
    COALESCE(r.rm_id, '') AS rm_id, COALESCE(r.unit_id, '') AS unit_id
  FROM span AS p
  JOIN share_row AS s
    ON s.customer_id = p.customer_id AND s.valid_from <= p.valid_from AND s.valid_to >= p.valid_to
  LEFT JOIN rms AS r
    ON r.rm_id = s.rm_id AND r.valid_from <= p.valid_from AND r.valid_to >= p.valid_to
) AS present
GROUP BY customer_id, valid_from, valid_to, rm_id, unit_id
;

-- relation: team_numbered
SELECT
  m.customer_id, m.valid_from, m.valid_to, m.rm_id, m.unit_id, d.role,
  CAST(m.weight AS $BIGINT) AS weight,
  ROW_NUMBER() OVER (PARTITION BY m.customer_id, m.valid_from ORDER BY m.rm_id, m.unit_id) AS seq
FROM team_member AS m
JOIN role_weight AS d ON d.position = m.position
;

-- relation: team_whole
SELECT
  customer_id, valid_from,
  CAST(SUM(weight) AS $BIGINT) AS whole,
  COUNT(*) AS members,
  CAST(SUM(CASE WHEN seq = 1 THEN weight ELSE 0 END) AS $BIGINT) AS w1,
  CAST(SUM(CASE WHEN seq = 2 THEN weight ELSE 0 END) AS $BIGINT) AS w2,
  CAST(SUM(CASE WHEN seq = 3 THEN weight ELSE 0 END) AS $BIGINT) AS w3,
  CAST(SUM(CASE WHEN seq = 4 THEN weight ELSE 0 END) AS $BIGINT) AS w4
FROM team_numbered
GROUP BY customer_id, valid_from
;

-- relation: team
SELECT
  n.customer_id, n.valid_from, n.valid_to, n.rm_id, n.unit_id, n.role, n.weight, n.seq,
  w.whole, w.members, w.w1, w.w2, w.w3, w.w4
FROM team_numbered AS n
JOIN team_whole AS w ON w.customer_id = n.customer_id AND w.valid_from = n.valid_from
ORDER BY n.customer_id, n.valid_from, n.seq
;
