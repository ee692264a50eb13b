-- RMs of the lines that lead customers; one without a place of their own stands where the unit does.
-- relation: assign_rm
SELECT
  r.rm_id, r.line, r.grade, r.unit_id, r.fte, r.skills, CAST('' AS $TEXT) AS tier,
  COALESCE(r.lat, u.lat) AS lat, COALESCE(r.lon, u.lon) AS lon,
  CAST(NULL AS $BIGINT) AS micro_lat, CAST(NULL AS $BIGINT) AS micro_lon
FROM rm_now AS r
LEFT JOIN unit_now AS u ON u.unit_id = r.unit_id
WHERE r.line IN ($LINES)
ORDER BY r.rm_id
;
