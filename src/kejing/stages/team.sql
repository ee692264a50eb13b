-- Teams through time: spans in which nothing changes, and who sits in each with which weight.
-- Most teams change as a whole: their members begin and end on the same days, and those days are the span. Only where
-- intervals of a customer overlap otherwise, or an RM changes post inside one, is coverage cut at every day of change.

-- view: share_row
SELECT
  c.customer_id, c.rm_id, d.position,
  COALESCE(c.share, d.weight) AS weight,
  c.valid_from, c.valid_to
FROM coverage AS c
JOIN role_weight AS d ON d.role = c.role
WHERE c.valid_from < c.valid_to AND COALESCE(c.share, d.weight) > 0
;

-- RMs who are in any team have numbers; number 0 is the house account.
-- relation: team_rm
SELECT ROW_NUMBER() OVER (ORDER BY rm_id) AS rm, rm_id
FROM (SELECT rm_id FROM share_row GROUP BY rm_id) AS seen
UNION ALL
SELECT CAST(0 AS $BIGINT) AS rm, '' AS rm_id
;

-- A seat is what members of many teams share: who, in which unit, in which role. Seat 0 is the house account's,
-- seats 1 to $ROLES are those of roles whose RM is not in post, and the order of the others is that of RM and unit.
-- relation: seat
SELECT
  $ROLES + ROW_NUMBER() OVER (ORDER BY r.rm_id, r.unit_id, d.position) AS seat,
  m.rm, r.rm_id, r.unit_id, d.position, d.role
FROM (
  SELECT n.rm, s.rm_id, s.position
  FROM (SELECT rm_id, position FROM share_row GROUP BY rm_id, position) AS s
  JOIN team_rm AS n ON n.rm_id = s.rm_id
) AS m
JOIN (
  SELECT rm_id, unit_id FROM (SELECT rm_id, COALESCE(unit_id, '') AS unit_id FROM rms) AS posted GROUP BY rm_id, unit_id
) AS r ON r.rm_id = m.rm_id
JOIN role_weight AS d ON d.position = m.position
UNION ALL
SELECT position AS seat, CAST(0 AS $BIGINT) AS rm, '' AS rm_id, '' AS unit_id, position, role FROM role_weight
UNION ALL
SELECT
  CAST(0 AS $BIGINT) AS seat, CAST(0 AS $BIGINT) AS rm, '' AS rm_id, '' AS unit_id,
  CAST(0 AS $BIGINT) AS position, 'unassigned' AS role
;

-- A post is an RM in a unit, whatever the role: one member of a team. It has the number of its first seat.
-- relation: post_seat
SELECT s.rm_id, s.position, r.valid_from, r.valid_to, s.seat, p.post
FROM seat AS s
JOIN (SELECT rm_id, unit_id, MIN(seat) AS post FROM seat WHERE seat > $ROLES GROUP BY rm_id, unit_id) AS p
  ON p.rm_id = s.rm_id AND p.unit_id = s.unit_id
JOIN (SELECT rm_id, COALESCE(unit_id, '') AS unit_id, valid_from, valid_to FROM rms) AS r
  ON r.rm_id = s.rm_id AND r.unit_id = s.unit_id
WHERE s.seat > $ROLES
;

-- An RM who is not in post on those days keeps the weight on the house account: nobody else inherits it silently.
-- relation: share_seat
SELECT
  s.customer_id, s.valid_from, s.valid_to, s.weight,
  COALESCE(p.seat, s.position) AS seat, COALESCE(p.post, 0) AS post
FROM share_row AS s
LEFT JOIN post_seat AS p
  ON p.rm_id = s.rm_id AND p.position = s.position AND p.valid_from <= s.valid_from AND p.valid_to >= s.valid_to
;

-- relation: share_group
SELECT
  customer_id, valid_from, valid_to,
  COUNT(*) AS shares, MIN(seat) AS seat, CAST(SUM(weight) AS $BIGINT) AS weight
FROM share_seat
GROUP BY customer_id, valid_from, valid_to
;

-- Customers whose teams do not change as a whole.
-- relation: mixed_customer
SELECT customer_id
FROM (
  SELECT a.customer_id
  FROM share_group AS a
  JOIN share_group AS b
    ON b.customer_id = a.customer_id AND b.valid_from >= a.valid_from AND b.valid_from < a.valid_to
  WHERE b.valid_from <> a.valid_from OR b.valid_to <> a.valid_to
  UNION ALL
  SELECT s.customer_id
  FROM share_row AS s
  JOIN (
    SELECT rm_id, valid_from AS day FROM rms WHERE valid_from > CAST('0001-01-01' AS DATE)
    UNION ALL
    SELECT rm_id, valid_to AS day FROM rms WHERE valid_to < CAST('9999-12-31' AS DATE)
  ) AS r ON r.rm_id = s.rm_id AND r.day > s.valid_from AND r.day < s.valid_to
) AS found
GROUP BY customer_id
;

-- relation: mixed_share
SELECT s.customer_id, s.rm_id, s.position, s.weight, s.valid_from, s.valid_to
FROM share_row AS s
JOIN mixed_customer AS x ON x.customer_id = s.customer_id
;

-- A day on which such a team changes: a member begins or ends, or an RM changes post or leaves.
-- relation: change_day
SELECT customer_id, day, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY day) AS place
FROM (
  SELECT customer_id, day
  FROM (
    SELECT customer_id, valid_from AS day FROM mixed_share
    UNION ALL
    SELECT customer_id, valid_to AS day FROM mixed_share
    UNION ALL
    SELECT s.customer_id, r.valid_from AS day
    FROM mixed_share AS s
    JOIN rms AS r ON r.rm_id = s.rm_id AND r.valid_from > s.valid_from AND r.valid_from < s.valid_to
    UNION ALL
    SELECT s.customer_id, r.valid_to AS day
    FROM mixed_share AS s
    JOIN rms AS r ON r.rm_id = s.rm_id AND r.valid_to > s.valid_from AND r.valid_to < s.valid_to
  ) AS every
  GROUP BY customer_id, day
) AS days
;

-- relation: mixed_seat
SELECT
  c.customer_id, c.valid_from, c.valid_to, s.weight,
  COALESCE(p.seat, s.position) AS seat, COALESCE(p.post, 0) AS post
FROM (
  SELECT a.customer_id, a.day AS valid_from, b.day AS valid_to
  FROM change_day AS a
  JOIN change_day AS b ON b.customer_id = a.customer_id AND b.place = a.place + 1
) AS c
JOIN mixed_share AS s
  ON s.customer_id = c.customer_id AND s.valid_from <= c.valid_from AND s.valid_to >= c.valid_to
LEFT JOIN post_seat AS p
  ON p.rm_id = s.rm_id AND p.position = s.position AND p.valid_from <= c.valid_from AND p.valid_to >= c.valid_to
;

-- relation: span_group
SELECT CAST(0 AS $BIGINT) AS mixed, g.customer_id, g.valid_from, g.valid_to, g.shares, g.seat, g.weight
FROM share_group AS g
LEFT JOIN mixed_customer AS x ON x.customer_id = g.customer_id
WHERE x.customer_id IS NULL
UNION ALL
SELECT
  CAST(1 AS $BIGINT) AS mixed, customer_id, valid_from, valid_to,
  COUNT(*) AS shares, MIN(seat) AS seat, CAST(SUM(weight) AS $BIGINT) AS weight
FROM mixed_seat
GROUP BY customer_id, valid_from, valid_to
;

-- Spans with several shares have numbers, by which their members are found; the others say who has them themselves.
-- relation: shared_span
SELECT
  mixed, customer_id, valid_from, valid_to,
  ROW_NUMBER() OVER (ORDER BY customer_id, valid_from) AS span
FROM span_group
WHERE shares > 1
;

-- relation: span_post
SELECT n.span, m.post, MIN(m.seat) AS seat, CAST(SUM(m.weight) AS $BIGINT) AS weight
FROM (
  SELECT CAST(0 AS $BIGINT) AS mixed, customer_id, valid_from, valid_to, weight, seat, post FROM share_seat
  UNION ALL
  SELECT CAST(1 AS $BIGINT) AS mixed, customer_id, valid_from, valid_to, weight, seat, post FROM mixed_seat
) AS m
JOIN shared_span AS n
  ON n.mixed = m.mixed AND n.customer_id = m.customer_id AND n.valid_from = m.valid_from AND n.valid_to = m.valid_to
GROUP BY n.span, m.post
;

-- relation: span_place
SELECT span, seat, weight, ROW_NUMBER() OVER (PARTITION BY span ORDER BY post) AS seq
FROM span_post
;

-- relation: span_whole
SELECT
  span,
  CAST(SUM(weight) AS $BIGINT) AS whole, COUNT(*) AS members, MIN(seat) AS first_seat,
  CAST(SUM(CASE WHEN seq = 1 THEN weight ELSE 0 END) AS $BIGINT) AS w1,
  CAST(SUM(CASE WHEN seq = 2 THEN weight ELSE 0 END) AS $BIGINT) AS w2,
  CAST(SUM(CASE WHEN seq = 3 THEN weight ELSE 0 END) AS $BIGINT) AS w3,
  CAST(SUM(CASE WHEN seq = 4 THEN weight ELSE 0 END) AS $BIGINT) AS w4
FROM span_place
GROUP BY span
;

-- One row a span. Where one member has all, the span is 0 and names the seat; where several share, its number leads
-- to them.
-- relation: team_span
SELECT customer_id, valid_from, valid_to, CAST(0 AS $BIGINT) AS span, seat, weight
FROM span_group
WHERE shares = 1
UNION ALL
SELECT
  n.customer_id, n.valid_from, n.valid_to, CASE WHEN w.members = 1 THEN 0 ELSE n.span END AS span,
  w.first_seat AS seat, w.whole AS weight
FROM shared_span AS n
JOIN span_whole AS w ON w.span = n.span
;

-- The members of a shared span, with the weights of the whole team on each row, so that a split needs no window
-- (largest remainder stays row-local up to four members).
-- relation: team_seat
SELECT p.span, p.seat, p.seq, p.weight, w.whole, w.members, w.w1, w.w2, w.w3, w.w4
FROM span_place AS p
JOIN span_whole AS w ON w.span = p.span
WHERE w.members > 1
;

-- view: team
SELECT t.customer_id, t.valid_from, t.valid_to, s.rm_id, s.unit_id, s.role, t.weight, t.weight AS whole
FROM team_span AS t
JOIN seat AS s ON s.seat = t.seat
WHERE t.span = 0
UNION ALL
SELECT t.customer_id, t.valid_from, t.valid_to, s.rm_id, s.unit_id, s.role, m.weight, m.whole
FROM team_span AS t
JOIN team_seat AS m ON m.span = t.span
JOIN seat AS s ON s.seat = m.seat
;
