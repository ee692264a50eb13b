-- Who can sit in a team: shares of customers, RMs and their posts, as numbers.

-- The roles in which RMs share customers.
-- relation: team_role
SELECT c.rm_id, d.position
FROM coverage AS c
JOIN role_weight AS d ON d.role = c.role
WHERE c.valid_from < c.valid_to AND COALESCE(c.share, d.weight) > 0
GROUP BY c.rm_id, d.position
;

-- RMs who are in any team have numbers; number 0 is the house account.
-- relation: team_rm
SELECT ROW_NUMBER() OVER (ORDER BY rm_id) AS rm, rm_id
FROM (SELECT rm_id FROM team_role GROUP BY rm_id) AS seen
UNION ALL
SELECT CAST(0 AS $BIGINT) AS rm, '' AS rm_id
;

-- The shares of the population's customers; from here on customers and RMs are their numbers.
-- view: share_row
SELECT
  n.customer, n.customer_id, m.rm, d.position,
  COALESCE(c.share, d.weight) AS weight,
  c.valid_from, c.valid_to
FROM coverage AS c
JOIN role_weight AS d ON d.role = c.role
JOIN customer_number AS n ON n.customer_id = c.customer_id
JOIN team_rm AS m ON m.rm_id = c.rm_id
WHERE c.valid_from < c.valid_to AND COALESCE(c.share, d.weight) > 0
;

-- A seat is what members of many teams share: who, in which unit, in which role. Seat 0 is the house account's,
-- seats 1 to $ROLES are those of roles whose RM is not in post, and the order of the others is that of RM and unit.
-- relation: seat
SELECT
  $ROLES + ROW_NUMBER() OVER (ORDER BY r.rm_id, r.unit_id, d.position) AS seat,
  m.rm, r.rm_id, r.unit_id, d.position, d.role
FROM team_role AS s
JOIN team_rm AS m ON m.rm_id = s.rm_id
JOIN (
  SELECT rm_id, unit_id FROM (SELECT rm_id, COALESCE(unit_id, '') AS unit_id FROM rms) AS posted GROUP BY rm_id, unit_id
) AS r ON r.rm_id = m.rm_id
JOIN role_weight AS d ON d.position = s.position
UNION ALL
SELECT position AS seat, CAST(0 AS $BIGINT) AS rm, '' AS rm_id, '' AS unit_id, position, role FROM role_weight
UNION ALL
SELECT
  CAST(0 AS $BIGINT) AS seat, CAST(0 AS $BIGINT) AS rm, '' AS rm_id, '' AS unit_id,
  CAST(0 AS $BIGINT) AS position, 'unassigned' AS role
;

-- A post is an RM in a unit, whatever the role: one member of a team. It has the number of its first seat.
-- relation: post_seat
SELECT s.rm, s.position, r.valid_from, r.valid_to, s.seat, p.post
FROM seat AS s
JOIN (SELECT rm_id, unit_id, MIN(seat) AS post FROM seat WHERE seat > $ROLES GROUP BY rm_id, unit_id) AS p
  ON p.rm_id = s.rm_id AND p.unit_id = s.unit_id
JOIN (SELECT rm_id, COALESCE(unit_id, '') AS unit_id, valid_from, valid_to FROM rms) AS r
  ON r.rm_id = s.rm_id AND r.unit_id = s.unit_id
WHERE s.seat > $ROLES
;
