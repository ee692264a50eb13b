-- Who owes which customer a contact: the lead in force, for the days that customer, tier and coverage have in common.

-- relation: visit_book_today
SELECT customer_id, rm_id, valid_from, valid_to
FROM (
  SELECT
    v.customer_id, v.rm_id, v.valid_from, v.valid_to,
    ROW_NUMBER() OVER (PARTITION BY v.customer_id ORDER BY COALESCE(v.share, 0) DESC, v.valid_from, v.rm_id) AS place
  FROM coverage AS v
  WHERE v.role = 'lead' AND v.valid_from <= $AS_OF AND v.valid_to > $AS_OF
) AS ranked
WHERE place = 1
;

-- relation: visit_rm
SELECT
  r.rm_id, r.unit_id, r.line, r.fte, r.lat, r.lon, r.micro_lat, r.micro_lon,
  ROW_NUMBER() OVER (ORDER BY r.rm_id) - 1 AS rm
FROM ($PEOPLE) AS r
;

-- relation: visit_customer
SELECT
  c.customer_id, c.opened_on, c.closed_on, COALESCE(c.lat, u.lat) AS lat, COALESCE(c.lon, u.lon) AS lon,
  r.rm, r.rm_id, r.line, p.phase,
  CASE WHEN b.valid_from > $START THEN b.valid_from ELSE $START END AS day_from,
  CASE WHEN b.valid_to < $END THEN b.valid_to ELSE $END END AS day_to,
  ROW_NUMBER() OVER (ORDER BY c.customer_id) - 1 AS customer
FROM customer_now AS c
JOIN ($BOOK) AS b ON b.customer_id = c.customer_id
JOIN visit_rm AS r ON r.rm_id = b.rm_id
JOIN visit_phase AS p ON p.customer_id = c.customer_id
LEFT JOIN unit_now AS u ON u.unit_id = c.unit_id
;

-- The first tier known of a customer reaches back: nobody enters a tier by being looked at for the first time.
-- relation: visit_tier
SELECT
  customer_id, tier, valid_to,
  CASE WHEN place = 1 THEN CAST('0001-01-01' AS DATE) ELSE valid_from END AS valid_from
FROM (
  SELECT customer_id, tier, valid_from, valid_to, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY valid_from) AS place
  FROM segment
  WHERE scheme = $SCHEME
) AS placed
;

-- relation: visit_open
SELECT
  c.customer, c.rm, c.line, c.phase, t.tier,
  CASE WHEN t.valid_from > c.opened_from THEN t.valid_from ELSE c.opened_from END AS day_from,
  CASE WHEN t.valid_to < c.closed_to THEN t.valid_to ELSE c.closed_to END AS day_to
FROM (
  SELECT
    customer_id, customer, rm, line, phase,
    CASE WHEN opened_on > day_from THEN opened_on ELSE day_from END AS opened_from,
    CASE WHEN closed_on < day_to THEN closed_on ELSE day_to END AS closed_to
  FROM visit_customer
) AS c
JOIN visit_tier AS t ON t.customer_id = c.customer_id
;

-- The part of a window for which a customer has a tier.
-- relation: visit_overlap
SELECT
  o.customer, o.rm, w.term, w.channel, w.window_from, w.window_to, w.contacts, w.days AS window_days,
  CASE WHEN o.day_from > w.window_from THEN o.day_from ELSE w.window_from END AS part_from,
  CASE WHEN o.day_to < w.window_to THEN o.day_to ELSE w.window_to END AS part_to
FROM visit_open AS o
JOIN visit_term AS w ON w.tier = o.tier AND w.is_event = 0 AND w.window_from < o.day_to AND w.window_to > o.day_from
LEFT JOIN visit_excused AS x ON x.channel = w.channel AND x.line = o.line
WHERE o.day_from < o.day_to AND x.channel IS NULL AND (w.phase < 0 OR w.phase = o.phase % w.phases)
;

-- relation: visit_part
SELECT p.*, z.worked_before - a.worked_before AS days
FROM visit_overlap AS p
JOIN visit_day AS a ON a.day = p.part_from
JOIN visit_day AS z ON z.day = p.part_to
;

-- Who has several tiers in a window, or one for a part of it, owes a share of each, rounded half up; the last tier
-- says how long a contact takes.
-- relation: visit_entitled
SELECT
  s.rm, s.customer, s.channel, p.term, s.part_from, s.part_to,
  $DIV(2 * s.weighted + s.window_days, 2 * s.window_days) AS contacts
FROM (
  SELECT
    rm, customer, channel, window_from, window_to, CAST(SUM(contacts * days) AS $BIGINT) AS weighted,
    MAX(window_days) AS window_days,
    MIN(part_from) AS part_from, MAX(part_to) AS part_to
  FROM visit_part
  GROUP BY rm, customer, channel, window_from, window_to
) AS s
JOIN visit_part AS p
  ON p.rm = s.rm AND p.customer = s.customer AND p.channel = s.channel AND p.window_from = s.window_from
  AND p.window_to = s.window_to AND p.part_to = s.part_to
;

-- relation: visit_event_losses
SELECT l.customer_id, e.event, l.suspected_on AS day
FROM losses AS l
JOIN visit_event_rule AS e ON e.source = 'losses'
;

-- What one measurement brought over the one before it; the day is the first after the measured period.
-- relation: visit_event_growth
SELECT m.customer_id, e.event, m.period_end AS day
FROM (
  SELECT
    customer_id, measure, unit, value, period_end,
    ROW_NUMBER() OVER (PARTITION BY customer_id, measure, unit ORDER BY period_end, period_start) AS place
  FROM measures
) AS m
JOIN (
  SELECT
    customer_id, measure, unit, value,
    ROW_NUMBER() OVER (PARTITION BY customer_id, measure, unit ORDER BY period_end, period_start) AS place
  FROM measures
) AS p ON p.customer_id = m.customer_id AND p.measure = m.measure AND p.unit = m.unit AND p.place = m.place - 1
JOIN visit_event_rule AS e ON e.source = 'growth' AND e.measure = m.measure
WHERE p.value > 0 AND CAST(m.value - p.value AS $WIDE) * 1000000 >= CAST(p.value AS $WIDE) * e.at_least
;

-- relation: visit_event_contacts
SELECT k.customer_id, o.event, CAST(k.happened_at AS DATE) AS day
FROM contacts AS k
JOIN visit_event_outcome AS o ON o.outcome = k.outcome
WHERE k.direction = 'inbound'
;

-- relation: visit_event
SELECT customer_id, event, day
FROM (
  SELECT customer_id, event, day FROM visit_event_losses
  UNION ALL
  SELECT customer_id, event, day FROM visit_event_growth
  UNION ALL
  SELECT customer_id, event, day FROM visit_event_contacts
) AS found
WHERE day >= $START AND day <= $AS_OF
GROUP BY customer_id, event, day
;

-- An event asks for a contact by the standard of the tier on its day.
-- relation: visit_asked
SELECT o.rm, o.customer, t.channel, t.term, e.day AS part_from, l.due_before AS part_to
FROM visit_event AS e
JOIN visit_customer AS c ON c.customer_id = e.customer_id
JOIN visit_open AS o ON o.customer = c.customer AND o.day_from <= e.day AND o.day_to > e.day
JOIN visit_term AS t
  ON t.rule = e.event AND t.tier = o.tier AND t.is_event = 1 AND t.window_from <= e.day AND t.window_to > e.day
JOIN visit_event_last AS l ON l.event = e.event AND l.day = e.day
LEFT JOIN visit_excused AS x ON x.channel = t.channel AND x.line = o.line
WHERE x.channel IS NULL
;

-- relation: visit_due
SELECT rm, customer, channel, term, number, $DAYS(part_from, $START) AS first_day, $DAYS(part_to, $START) - 1 AS last_day
FROM (
  SELECT e.rm, e.customer, e.channel, e.term, n.number, e.part_from, e.part_to
  FROM visit_entitled AS e
  JOIN visit_number AS n ON n.number <= e.contacts
  UNION ALL
  SELECT rm, customer, channel, term, 1 AS number, part_from, part_to
  FROM visit_asked
) AS due
;

-- Contacts of the horizon that count, whoever made them; appointments beyond the run's day.
-- relation: visit_contact
SELECT contact_id, customer_id, rm_id, channel, day, is_booked
FROM (
  SELECT k.contact_id, k.customer_id, k.rm_id, f.channel, CAST(k.happened_at AS DATE) AS day, f.is_booked
  FROM contacts AS k
  JOIN visit_counted AS f ON f.contact = k.channel
  WHERE (f.direction = '' OR f.direction = k.direction) AND (f.outcome = '' OR f.outcome = k.outcome)
) AS seen
WHERE day >= $START AND day < $END
  AND ((is_booked = 0 AND day <= $AS_OF) OR (is_booked = 1 AND day > $AS_OF))
;

-- An RM's own contacts with customers to whom a contact is due; a colleague's fills nobody's standard but his own.
-- relation: visit_own
SELECT c.rm, c.customer, s.channel, $DAYS(s.day, $START) AS day, MIN(s.contact_id) AS contact_id
FROM visit_contact AS s
JOIN visit_customer AS c ON c.customer_id = s.customer_id AND c.rm_id = s.rm_id
JOIN (SELECT customer, channel FROM visit_due GROUP BY customer, channel) AS d
  ON d.customer = c.customer AND d.channel = s.channel
GROUP BY c.rm, c.customer, s.channel, s.day
;

-- relation: visit_all
SELECT d.rm, d.channel, d.day, COUNT(*) AS contacts
FROM (
  SELECT c.rm, c.customer, s.channel, s.day
  FROM visit_contact AS s
  JOIN visit_customer AS c ON c.customer_id = s.customer_id
  WHERE s.is_booked = 0
  GROUP BY c.rm, c.customer, s.channel, s.day
) AS d
GROUP BY d.rm, d.channel, d.day
;
