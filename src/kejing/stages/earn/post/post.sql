-- Everything posted for a period is to add up to its fresh run, per full key: what is missing is posted.
-- fresh: book, key, amount, policy_clause. posted: the same and posting_id, which grows from entry to entry.

-- view: post_side
SELECT
  book, rm_id, unit_id, measure, component, line_id, customer_id, role, ref, figure,
  amount AS fresh_amount, 0 AS posted_amount, 1 AS fresh_rows, '' AS last_posting,
  policy_clause AS fresh_clause, '' AS posted_clause
FROM fresh
UNION ALL
SELECT
  book, rm_id, unit_id, measure, component, line_id, customer_id, role, ref, figure,
  0 AS fresh_amount, amount AS posted_amount, 0 AS fresh_rows, posting_id AS last_posting,
  '' AS fresh_clause, policy_clause AS posted_clause
FROM posted
;

-- An equal line leaves nothing; a line that is gone leaves the negative of what was posted for it.
-- relation: post_difference
SELECT
  book, rm_id, unit_id, measure, component, line_id, customer_id, role, ref, figure,
  CAST(SUM(fresh_amount) - SUM(posted_amount) AS $BIGINT) AS amount,
  CAST(SUM(fresh_rows) AS $BIGINT) AS fresh_rows,
  MAX(last_posting) AS corrects,
  MAX(fresh_clause) AS fresh_clause,
  MAX(posted_clause) AS posted_clause
FROM post_side
GROUP BY book, rm_id, unit_id, measure, component, line_id, customer_id, role, ref, figure
HAVING SUM(fresh_amount) <> SUM(posted_amount)
;

-- The id names the entry and the place in it, so that the same differences get the same ids.
-- relation: posting
SELECT
  '$ENTRY' || ':' || book || ':' || CAST(place AS $TEXT) AS posting_id,
  CAST('$ENTRY' AS $BIGINT) AS entry,
  '$PERIOD' AS period,
  '$POSTED_IN' AS posted_in,
  CAST('$KNOWN_ON' AS DATE) AS known_on,
  book, rm_id, unit_id, measure, component, line_id, customer_id, role, ref, figure,
  amount, corrects,
  CASE
    WHEN '$TRUE_UP' = 'yes' THEN 'true_up'
    WHEN corrects = '' THEN 'post'
    WHEN fresh_rows = 0 THEN 'reversal'
    ELSE 'correct'
  END AS kind,
  CASE WHEN fresh_rows = 0 THEN posted_clause ELSE fresh_clause END AS policy_clause,
  place
FROM (
  SELECT
    book, rm_id, unit_id, measure, component, line_id, customer_id, role, ref, figure,
    amount, corrects, fresh_rows, fresh_clause, posted_clause,
    ROW_NUMBER() OVER (
      PARTITION BY book
      ORDER BY rm_id, unit_id, measure, component, line_id, customer_id, role, ref, figure
    ) AS place
  FROM post_difference
) AS numbered
;

-- Control totals: what the fresh run has, what was posted, what is posted now.
-- relation: post_total
SELECT
  book, figure,
  SUM(fresh_amount) AS fresh_amount, SUM(posted_amount) AS posted_amount,
  SUM(posting_amount) AS posting_amount, SUM(posting_rows) AS posting_rows
FROM (
  SELECT book, figure, fresh_amount, posted_amount, 0 AS posting_amount, 0 AS posting_rows FROM post_side
  UNION ALL
  SELECT book, figure, 0 AS fresh_amount, 0 AS posted_amount, amount AS posting_amount, 1 AS posting_rows FROM posting
) AS sides
GROUP BY book, figure
;
