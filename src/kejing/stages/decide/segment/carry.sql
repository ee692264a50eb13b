-- Carry a review into the intervals: an unchanged customer's interval goes on, a changed one's ends on $DAY.

-- relation: segment_changed
SELECT n.*
FROM review_now AS n
LEFT JOIN segment_open AS o ON o.customer_id = n.customer_id
WHERE o.customer_id IS NULL
  OR o.tier <> n.tier
  OR o.reason <> n.reason
  OR o.decided_by <> n.decided_by
  OR COALESCE(o.amount, -1) <> COALESCE(n.amount, -1)
  OR COALESCE(o.value_text, '') <> COALESCE(n.value_text, '')
;

-- relation: segment_kept
SELECT * FROM segment_done
UNION ALL
SELECT
  $SCHEME AS scheme, o.customer_id, o.tier, o.reason, o.amount, o.value_text, o.measured_from, o.measured_to,
  o.decided_by, o.distance, o.valid_from, $DAY AS valid_to
FROM segment_open AS o
JOIN segment_changed AS c ON c.customer_id = o.customer_id
;

-- relation: segment_next
SELECT
  o.customer_id, o.tier, o.reason, o.amount, o.value_text, o.measured_from, o.measured_to, o.decided_by, o.distance,
  o.valid_from
FROM segment_open AS o
LEFT JOIN segment_changed AS c ON c.customer_id = o.customer_id
WHERE c.customer_id IS NULL
UNION ALL
SELECT
  customer_id, tier, reason, amount, value_text, measured_from, measured_to, decided_by, distance, $DAY AS valid_from
FROM segment_changed
;

-- relation: segment_done
SELECT * FROM segment_kept
;

-- relation: segment_open
SELECT * FROM segment_next
;
