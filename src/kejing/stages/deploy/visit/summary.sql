-- How each RM stands against the standard, and what would help where time falls short.

-- relation: visit_tally
SELECT
  quarter, rm_id, channel, COUNT(*) AS standard, CAST(SUM(minutes) AS $BIGINT) AS minutes,
  CAST(SUM(CASE WHEN status = 'done' THEN 1 ELSE 0 END) AS $BIGINT) AS done,
  CAST(SUM(CASE WHEN status = 'booked' THEN 1 ELSE 0 END) AS $BIGINT) AS booked,
  CAST(SUM(CASE WHEN status = 'planned' THEN 1 ELSE 0 END) AS $BIGINT) AS planned,
  CAST(SUM(CASE WHEN status = 'left_out' THEN 1 ELSE 0 END) AS $BIGINT) AS left_out,
  CAST(SUM(CASE WHEN reason = 'no_time' THEN 1 ELSE 0 END) AS $BIGINT) AS no_time,
  CAST(SUM(CASE WHEN breach <> '' THEN 1 ELSE 0 END) AS $BIGINT) AS breaches
FROM visit
GROUP BY quarter, rm_id, channel
;

-- relation: visit_tally_both
SELECT quarter, rm_id, channel, standard, minutes, done, booked, planned, left_out, no_time, breaches
FROM visit_tally
UNION ALL
SELECT
  quarter, rm_id, '' AS channel, CAST(SUM(standard) AS $BIGINT) AS standard, CAST(SUM(minutes) AS $BIGINT) AS minutes,
  CAST(SUM(done) AS $BIGINT) AS done, CAST(SUM(booked) AS $BIGINT) AS booked,
  CAST(SUM(planned) AS $BIGINT) AS planned, CAST(SUM(left_out) AS $BIGINT) AS left_out,
  CAST(SUM(no_time) AS $BIGINT) AS no_time, CAST(SUM(breaches) AS $BIGINT) AS breaches
FROM visit_tally
GROUP BY quarter, rm_id
;

-- relation: visit_time
SELECT
  q.quarter, d.rm_id, CAST(SUM(d.minutes) AS $BIGINT) AS minutes,
  CAST(SUM(CASE WHEN d.is_ahead = 1 THEN d.is_own ELSE 0 END) AS $BIGINT) AS days_left
FROM visit_rm_day AS d
JOIN visit_quarter AS q ON q.quarter_from <= d.day AND q.quarter_to > d.day
GROUP BY q.quarter, d.rm_id
;

-- Contacts of everybody with the RM's customers: shown beside the RM's own, never counted for them.
-- relation: visit_by_all
SELECT quarter, rm_id, channel, CAST(SUM(contacts) AS $BIGINT) AS contacts
FROM (
  SELECT q.quarter, r.rm_id, c.channel, a.contacts
  FROM visit_all AS a
  JOIN visit_quarter AS q ON q.quarter_from <= a.day AND q.quarter_to > a.day
  JOIN visit_rm AS r ON r.rm = a.rm
  JOIN visit_channel AS c ON c.number = a.channel
  UNION ALL
  SELECT q.quarter, r.rm_id, '' AS channel, a.contacts
  FROM visit_all AS a
  JOIN visit_quarter AS q ON q.quarter_from <= a.day AND q.quarter_to > a.day
  JOIN visit_rm AS r ON r.rm = a.rm
) AS each_channel
GROUP BY quarter, rm_id, channel
;

-- relation: visit_summary
SELECT
  t.quarter, t.rm_id, r.unit_id, r.line, t.channel, t.standard, t.done, COALESCE(a.contacts, 0) AS done_by_all,
  t.booked, t.planned, t.left_out, t.no_time, t.breaches, t.standard - t.done AS remaining, w.days_left,
  CASE WHEN w.days_left > 0 THEN $DIV((t.standard - t.done) * 1000000, w.days_left) END AS need_per_day,
  $DIV(2 * t.standard * q.days_gone + q.days, 2 * q.days) AS expected,
  t.done - $DIV(2 * t.standard * q.days_gone + q.days, 2 * q.days) AS ahead,
  $DIV(2 * t.minutes * 1000000 + 60, 120) AS required_hours,
  CASE WHEN t.channel = '' THEN $DIV(2 * w.minutes * 1000000 + 60, 120) END AS available_hours,
  CASE WHEN t.channel = '' AND w.minutes > 0 THEN $DIV(t.minutes * 1000000, w.minutes) END AS load,
  CASE WHEN t.channel = '' AND q.is_planned = 1 THEN m.metres * 1000 END AS travel_km
FROM visit_tally_both AS t
JOIN visit_rm AS r ON r.rm_id = t.rm_id
JOIN visit_quarter AS q ON q.quarter = t.quarter
JOIN visit_time AS w ON w.quarter = t.quarter AND w.rm_id = t.rm_id
JOIN visit_road AS m ON m.rm = r.rm
LEFT JOIN visit_by_all AS a ON a.quarter = t.quarter AND a.rm_id = t.rm_id AND a.channel = t.channel
;

-- What a unit is short of: contacts without time, and those that a day or the distance between them does not hold.
-- relation: visit_short
SELECT
  v.quarter, r.unit_id, COUNT(*) AS contacts, CAST(SUM(v.minutes) AS $BIGINT) AS minutes,
  CAST(SUM(CASE WHEN v.reason = 'no_time' THEN 1 ELSE 0 END) AS $BIGINT) AS no_time
FROM visit AS v
JOIN visit_rm AS r ON r.rm_id = v.rm_id
WHERE v.reason = 'no_time' OR v.breach <> ''
GROUP BY v.quarter, r.unit_id
;

-- One contact less for each customer and window in which one is still open.
-- relation: visit_saving
SELECT quarter, unit_id, tier, channel, COUNT(*) AS contacts, CAST(SUM(minutes) AS $BIGINT) AS minutes
FROM (
  SELECT v.quarter, r.unit_id, v.tier, v.channel, v.customer_id, v.due_from, MAX(v.minutes) AS minutes
  FROM visit AS v
  JOIN visit_rm AS r ON r.rm_id = v.rm_id
  JOIN visit_standard AS s ON s.standard = v.standard
  WHERE v.status = 'planned' OR v.reason = 'no_time'
  GROUP BY v.quarter, r.unit_id, v.tier, v.channel, v.customer_id, v.due_from
) AS window_open
GROUP BY quarter, unit_id, tier, channel
;

-- The price of the breaches: full RMs who would take what is short until the end of the quarter, and their cost a year.
-- relation: visit_lever
SELECT
  quarter, unit_id, lever, tier, channel, contacts, $DIV(2 * minutes * 1000000 + 60, 120) AS hours, short_contacts,
  $DIV(2 * short_minutes * 1000000 + 60, 120) AS short_hours,
  CASE WHEN lever = 'one_more_rm' AND minutes > 0 THEN $DIV(short_minutes + minutes - 1, minutes) END AS heads,
  CASE
    WHEN lever = 'one_more_rm' AND minutes > 0 THEN $DIV(short_minutes + minutes - 1, minutes) * $RM_COST
  END AS cost
FROM (
  SELECT
    s.quarter, s.unit_id, 'one_more_rm' AS lever, '' AS tier, '' AS channel, CAST(NULL AS $BIGINT) AS contacts,
    $FULL_DAY * (a.days - a.days_gone) AS minutes, s.contacts AS short_contacts, s.minutes AS short_minutes
  FROM visit_short AS s
  JOIN visit_quarter AS a ON a.quarter = s.quarter
  UNION ALL
  SELECT
    s.quarter, s.unit_id, 'one_contact_less' AS lever, l.tier, l.channel, l.contacts, l.minutes,
    s.contacts AS short_contacts, s.minutes AS short_minutes
  FROM visit_short AS s
  JOIN visit_saving AS l ON l.quarter = s.quarter AND l.unit_id = s.unit_id
) AS levers
;
