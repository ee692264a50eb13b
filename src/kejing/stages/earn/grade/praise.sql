-- Boards of praise: the best of each group by one figure. Ties share a place; whoever equals the last place is on it.

-- relation: praise_entry
SELECT
  b.board, c.period, c.rm_id, c.unit_id, b.top, b.cut_off, f.value,
  CASE
    WHEN b.peers_by = 'line' THEN c.line
    WHEN b.peers_by = 'unit_id' THEN c.unit_id
    WHEN b.peers_by = 'grade' THEN c.grade
    ELSE ''
  END AS peers
FROM praise_board AS b
JOIN grade_candidate AS c ON c.period = b.period
JOIN grade_figure AS f ON f.place = c.place AND f.rm_id = c.rm_id AND f.figure = b.figure AND f.measure = b.measure
WHERE c.service_days >= c.needed_days AND f.value > 0 AND f.value >= b.least
;

-- relation: praise_bar
SELECT e.board, e.period, e.peers, MIN(e.value) AS least
FROM (
  SELECT
    praise_entry.*, ROW_NUMBER() OVER (PARTITION BY board, period, peers ORDER BY value DESC, rm_id) AS place
  FROM praise_entry
) AS e
WHERE e.place <= e.top
GROUP BY e.board, e.period, e.peers
;

-- relation: praise_kept
SELECT e.*
FROM praise_entry AS e
JOIN praise_bar AS b ON b.board = e.board AND b.period = e.period AND b.peers = e.peers
WHERE e.value >= b.least
;

-- relation: praise
SELECT
  a.period, a.board, a.peers, CAST(COUNT(b.rm_id) + 1 AS $BIGINT) AS place, a.rm_id, a.unit_id,
  CAST(a.value AS $BIGINT) AS value, a.cut_off
FROM praise_kept AS a
LEFT JOIN praise_kept AS b
  ON b.board = a.board AND b.period = a.period AND b.peers = a.peers AND b.value > a.value
GROUP BY a.period, a.board, a.peers, a.rm_id, a.unit_id, a.value, a.cut_off
;
