-- The made-up roster stands in for RMs: full time, each for the tier it was made for.
-- relation: assign_rm
SELECT
  r.rm_id, r.line, CAST('' AS $TEXT) AS grade, r.unit_id, CAST(1000000 AS $BIGINT) AS fte,
  CAST(NULL AS $TEXT) AS skills, r.tier, u.lat, u.lon, r.lat AS micro_lat, r.lon AS micro_lon
FROM roster AS r
LEFT JOIN unit_now AS u ON u.unit_id = r.unit_id
ORDER BY r.rm_id
;
