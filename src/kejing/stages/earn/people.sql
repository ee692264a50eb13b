-- What formulas may ask of an RM beside the last row of the period: tenure, averages by day, incidents, opening balances.

-- relation: rm_average
SELECT
  period, rm_id,
  CAST($WIDE_DIV(2 * base_pay_days + days, 2 * days) AS $BIGINT) AS average_base_pay,
  CAST($WIDE_DIV(2 * bonus_days + days, 2 * days) AS $BIGINT) AS average_target_bonus
FROM (
  SELECT
    period, rm_id,
    SUM(CAST($DAYS(day_to, day_from) AS $WIDE)) AS days,
    SUM(CAST(COALESCE(base_pay, 0) AS $WIDE) * $DAYS(day_to, day_from)) AS base_pay_days,
    SUM(CAST(COALESCE(target_bonus, 0) AS $WIDE) * $DAYS(day_to, day_from)) AS bonus_days
  FROM rm_overlap
  GROUP BY period, rm_id
) AS s
;

-- relation: rm_first_year
SELECT
  o.period, o.rm_id, MIN(t.first_day) AS first_day, MIN(t.months_in_post) AS months_in_post,
  SUM(
    CASE
      WHEN t.anniversary <= o.day_from THEN 0
      WHEN t.anniversary < o.day_to THEN $DAYS(t.anniversary, o.day_from)
      ELSE $DAYS(o.day_to, o.day_from)
    END
  ) AS first_year_days
FROM rm_overlap AS o
JOIN rm_first AS f ON f.rm_id = o.rm_id
JOIN tenure AS t ON t.period = o.period AND t.first_day = f.first_day
GROUP BY o.period, o.rm_id
;

-- An incident counts in the period in which it was confirmed: before, nobody had decided that it was one.
-- relation: incident_input
SELECT p.period, i.rm_id, i.incident_id, i.confirmed_on, i.cause, i.happened_on
FROM incidents AS i
JOIN period AS p ON i.confirmed_on >= p.period_start AND i.confirmed_on < p.period_end
JOIN rm_period AS r ON r.period = p.period AND r.rm_id = i.rm_id
;

-- The last balance of the year before, in the policy's currency at the rate of its day.
-- relation: opening_balance
SELECT
  o.rm_id, o.measure, o.item,
  CAST(
    CASE WHEN o.amount < 0 THEN -1 ELSE 1 END
    * $WIDE_DIV(2 * CAST(ABS(o.amount) AS $WIDE) * x.rate_num + x.rate_den, 2 * x.rate_den)
  AS $BIGINT) AS amount
FROM (
  SELECT openings.*, ROW_NUMBER() OVER (PARTITION BY rm_id, measure, item ORDER BY day DESC) AS place
  FROM openings
  WHERE day <= $YEAR_START AND day > $LAST_YEAR_START
) AS o
JOIN fx AS x ON x.currency = o.currency AND x.valid_from <= o.day AND x.valid_to > o.day
WHERE o.place = 1
;

-- relation: rm_opening
SELECT rm_id, item, amount FROM opening_balance WHERE measure = 'all'
;

-- relation: task_opening
SELECT rm_id, measure, item, amount FROM opening_balance WHERE measure <> 'all'
;
