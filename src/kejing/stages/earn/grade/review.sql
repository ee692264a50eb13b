-- Grades: figures of each RM by period, conditions of the rules, what holds, and what comes first.

-- Those in post in a closed period, with the grade of its last day.
-- relation: grade_candidate
SELECT
  p.place, r.period, r.rm_id, r.unit_id, r.grade, r.line, r.service_days, p.service_days AS needed_days,
  CASE WHEN s.since <= p.risen_by THEN 1 ELSE 0 END AS may_rise
FROM rm_period AS r
JOIN grade_period AS p ON p.period = r.period
JOIN (
  SELECT g.period, g.rm_id, MIN(o.valid_from) AS since
  FROM (
    SELECT r.period, r.period_end, r.rm_id, r.grade, COALESCE(MAX(o.valid_to), CAST('0001-01-01' AS DATE)) AS other_to
    FROM rm_period AS r
    LEFT JOIN rms AS o ON o.rm_id = r.rm_id AND o.valid_from < r.period_end AND o.grade <> r.grade
    GROUP BY r.period, r.period_end, r.rm_id, r.grade
  ) AS g
  JOIN rms AS o ON o.rm_id = g.rm_id AND o.grade = g.grade AND o.valid_from >= g.other_to AND o.valid_from < g.period_end
  GROUP BY g.period, g.rm_id
) AS s ON s.period = r.period AND s.rm_id = r.rm_id
;

-- Scores of the run and of earlier years, without periods in which an RM served too few days.
-- relation: grade_score
SELECT p.place, s.rm_id, s.measure, s.actual, s.target, s.completion, s.points, s.rank
FROM score AS s
JOIN grade_period AS p ON p.period = s.period
JOIN grade_candidate AS c ON c.period = s.period AND c.rm_id = s.rm_id
WHERE c.service_days >= c.needed_days
UNION ALL
SELECT p.place, h.rm_id, h.measure, h.actual, h.target, h.completion, h.points, h.rank
FROM score_history AS h
JOIN grade_period AS p ON p.period = h.period AND p.is_past = 1
;

-- relation: grade_figure
SELECT s.place, s.rm_id, 'points' AS figure, s.measure, s.points AS value FROM grade_score AS s WHERE s.points IS NOT NULL
UNION ALL
SELECT s.place, s.rm_id, 'completion' AS figure, s.measure, s.completion AS value
FROM grade_score AS s WHERE s.completion IS NOT NULL
UNION ALL
SELECT s.place, s.rm_id, 'actual' AS figure, s.measure, s.actual AS value FROM grade_score AS s WHERE s.actual IS NOT NULL
UNION ALL
SELECT s.place, s.rm_id, 'target' AS figure, s.measure, s.target AS value FROM grade_score AS s WHERE s.target IS NOT NULL
UNION ALL
SELECT s.place, s.rm_id, 'rank' AS figure, s.measure, s.rank AS value FROM grade_score AS s WHERE s.rank IS NOT NULL
UNION ALL
SELECT
  s.place, s.rm_id, 'rank_share' AS figure, s.measure, $DIV(s.rank * 1000000 + n.ranked - 1, n.ranked) AS value
FROM grade_score AS s
JOIN (SELECT g.place, g.rm_id, $PEER AS peer FROM grade_candidate AS g) AS c
  ON c.place = s.place AND c.rm_id = s.rm_id
JOIN (
  SELECT g.place, $PEER AS peer, COUNT(*) AS ranked
  FROM grade_candidate AS g
  JOIN grade_score AS o ON o.place = g.place AND o.rm_id = g.rm_id
  WHERE o.measure = '' AND o.rank IS NOT NULL
  GROUP BY g.place, $PEER
) AS n ON n.place = c.place AND n.peer = c.peer
WHERE s.measure = '' AND s.rank IS NOT NULL
UNION ALL
SELECT c.place, f.rm_id, f.figure, f.measure, f.value
FROM grade_formula AS f
JOIN grade_candidate AS c ON c.period = f.period AND c.rm_id = f.rm_id
WHERE f.value IS NOT NULL AND c.service_days >= c.needed_days
;

-- relation: grade_asked
SELECT
  c.place, c.period, c.rm_id, c.may_rise, k.rule, k.part, k.rule_order, k.verdict_order, k.verdict, k.proposed_grade,
  k.figure, k.measure, k.comparison, k.threshold, k.over_periods, k.times, k.in_a_row
FROM grade_candidate AS c
JOIN grade_part AS k ON k.period = c.period AND k.grade = c.grade AND k.line = c.line
WHERE c.service_days >= c.needed_days
;

-- relation: grade_seen
SELECT
  a.period, a.rm_id, a.rule, a.part, f.place, f.value,
  CASE
    WHEN a.comparison = '>=' AND f.value >= a.threshold THEN 1
    WHEN a.comparison = '>' AND f.value > a.threshold THEN 1
    WHEN a.comparison = '<=' AND f.value <= a.threshold THEN 1
    WHEN a.comparison = '<' AND f.value < a.threshold THEN 1
    ELSE 0
  END AS hit
FROM grade_asked AS a
JOIN grade_figure AS f
  ON f.rm_id = a.rm_id AND f.figure = a.figure AND f.measure = a.measure
  AND f.place > a.place - a.over_periods AND f.place <= a.place
;

-- Hits that follow one another share the difference of place and number.
-- relation: grade_streak
SELECT s.period, s.rm_id, s.rule, s.part, SUM(s.hits) AS hits, MAX(s.hits) AS longest
FROM (
  SELECT h.period, h.rm_id, h.rule, h.part, h.island, COUNT(*) AS hits
  FROM (
    SELECT
      period, rm_id, rule, part,
      place - ROW_NUMBER() OVER (PARTITION BY period, rm_id, rule, part ORDER BY place) AS island
    FROM grade_seen WHERE hit = 1
  ) AS h
  GROUP BY h.period, h.rm_id, h.rule, h.part, h.island
) AS s
GROUP BY s.period, s.rm_id, s.rule, s.part
;

-- relation: grade_held
SELECT a.period, a.rm_id, a.rule, a.rule_order, a.verdict_order, a.verdict, a.proposed_grade
FROM (
  SELECT
    a.period, a.rm_id, a.may_rise, a.rule, a.verdict, a.proposed_grade, MIN(a.rule_order) AS rule_order,
    MIN(a.verdict_order) AS verdict_order, COUNT(*) AS parts,
    SUM(
      CASE
        WHEN a.in_a_row = 1 AND s.longest >= a.times THEN 1
        WHEN a.in_a_row = 0 AND s.hits >= a.times THEN 1
        ELSE 0
      END
    ) AS held
  FROM grade_asked AS a
  LEFT JOIN grade_streak AS s ON s.period = a.period AND s.rm_id = a.rm_id AND s.rule = a.rule AND s.part = a.part
  GROUP BY a.period, a.rm_id, a.may_rise, a.rule, a.verdict, a.proposed_grade
) AS a
WHERE a.held = a.parts AND (a.verdict <> 'promote' OR a.may_rise = 1)
;

-- relation: grade_verdict
SELECT
  c.place, c.period, c.rm_id, c.unit_id, c.grade, c.service_days, c.needed_days,
  CASE
    WHEN c.service_days < c.needed_days THEN 'not_reviewed'
    WHEN h.rule IS NULL THEN 'keep'
    ELSE h.verdict
  END AS verdict,
  COALESCE(h.proposed_grade, c.grade) AS proposed_grade, COALESCE(h.rule, '') AS rule
FROM grade_candidate AS c
LEFT JOIN (
  SELECT
    grade_held.*,
    ROW_NUMBER() OVER (PARTITION BY period, rm_id ORDER BY verdict_order, rule_order, rule) AS turn
  FROM grade_held
) AS h ON h.period = c.period AND h.rm_id = c.rm_id AND h.turn = 1
;

-- What the winning rules saw, period by period.
-- relation: grade_evidence
SELECT v.period, v.rm_id, s.part, p.period AS seen_in, s.value
FROM grade_verdict AS v
JOIN grade_seen AS s ON s.period = v.period AND s.rm_id = v.rm_id AND s.rule = v.rule
JOIN grade_period AS p ON p.place = s.place
WHERE v.rule <> ''
;
