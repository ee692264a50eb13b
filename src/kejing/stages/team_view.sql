-- Teams in words: one row a member and span.

-- view: team
SELECT n.customer_id, t.valid_from, t.valid_to, s.rm_id, s.unit_id, s.role, t.weight, t.weight AS whole
FROM team_span AS t
JOIN customer_number AS n ON n.customer = t.customer
JOIN seat AS s ON s.seat = t.seat
WHERE t.span = 0
UNION ALL
SELECT n.customer_id, t.valid_from, t.valid_to, s.rm_id, s.unit_id, s.role, m.weight, m.whole
FROM team_span AS t
JOIN customer_number AS n ON n.customer = t.customer
JOIN team_seat AS m ON m.span = t.span
JOIN seat AS s ON s.seat = m.seat
;
