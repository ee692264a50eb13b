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

-- A day on which a team changes: a member begins or ends, or an RM changes post or leaves. A post held from the
-- first day to the last changes no team and is left out before the join.
-- relation: change_day
SELECT customer_id, day
FROM (
  SELECT customer_id, valid_from AS day FROM share_row
  UNION ALL
  SELECT customer_id, valid_to AS day FROM share_row
  UNION ALL
  SELECT s.customer_id, r.valid_from AS day
  FROM share_row AS s
  JOIN (SELECT rm_id, valid_from FROM rms WHERE valid_from > CAST('0001-01-01' AS DATE)) AS r
    ON r.rm_id = s.rm_id AND r.valid_from > s.valid_from AND r.valid_from < s.valid_to
  UNION ALL
  SELECT s.customer_id, r.valid_to AS day
  FROM share_row AS s
  JOIN (SELECT rm_id, valid_to FROM rms WHERE valid_to < CAST('9999-12-31' AS DATE)) AS r
    ON r.rm_id = s.rm_id AND r.valid_to > s.valid_from AND r.valid_to < s.valid_to
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

-- A seat is what members of many teams share: who, in which unit, in which role. Seat 0 is the house account.
-- relation: seat
SELECT ROW_NUMBER() OVER (ORDER BY m.rm_id, m.unit_id, m.position) AS seat, m.rm_id, m.unit_id, m.position, d.role
FROM (SELECT rm_id, unit_id, position FROM team_member GROUP BY rm_id, unit_id, position) AS m
JOIN role_weight AS d ON d.position = m.position
UNION ALL
SELECT CAST(0 AS $BIGINT) AS seat, '' AS rm_id, '' AS unit_id, CAST(0 AS $BIGINT) AS position, 'unassigned' AS role
;

-- relation: team_numbered
SELECT
  m.customer_id, m.valid_from, m.valid_to, m.rm_id, m.unit_id, s.role, s.seat,
  CAST(m.weight AS $BIGINT) AS weight,
  ROW_NUMBER() OVER (PARTITION BY m.customer_id, m.valid_from ORDER BY m.rm_id, m.unit_id) AS seq
FROM team_member AS m
JOIN seat AS s ON s.rm_id = m.rm_id AND s.unit_id = m.unit_id AND s.position = m.position
;

-- relation: team
SELECT
  customer_id, valid_from, valid_to, rm_id, unit_id, role, seat, weight, seq,
  CAST(SUM(weight) OVER (PARTITION BY customer_id, valid_from) AS $BIGINT) AS whole,
  COUNT(*) OVER (PARTITION BY customer_id, valid_from) AS members,
  CAST(SUM(CASE WHEN seq = 1 THEN weight ELSE 0 END) OVER (PARTITION BY customer_id, valid_from) AS $BIGINT) AS w1,
  CAST(SUM(CASE WHEN seq = 2 THEN weight ELSE 0 END) OVER (PARTITION BY customer_id, valid_from) AS $BIGINT) AS w2,
  CAST(SUM(CASE WHEN seq = 3 THEN weight ELSE 0 END) OVER (PARTITION BY customer_id, valid_from) AS $BIGINT) AS w3,
  CAST(SUM(CASE WHEN seq = 4 THEN weight ELSE 0 END) OVER (PARTITION BY customer_id, valid_from) AS $BIGINT) AS w4
FROM team_numbered
;
