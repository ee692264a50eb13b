-- What is payable to each RM in each period, and what an RM owes back.

-- relation: instalment
SELECT
  l.period, l.rm_id, l.unit_id, l.number, l.vests_on, l.amount,
  CAST(l.cancelled + COALESCE(m.amount, 0) AS $BIGINT) AS cancelled,
  CASE
    WHEN l.cancelled + COALESCE(m.amount, 0) = l.amount THEN 'cancelled'
    WHEN l.vests_on <= $AS_OF THEN 'vested'
    ELSE 'unvested'
  END AS state,
  l.carried = 1 AS is_carried, l.clause AS policy_clause
FROM liability AS l
LEFT JOIN (
  SELECT rm_id, period, number, SUM(amount) AS amount FROM malus WHERE kind = 'malus' GROUP BY rm_id, period, number
) AS m ON m.rm_id = l.rm_id AND m.period = l.period AND m.number = l.number
;

-- relation: settlement_vested
SELECT p.period, i.rm_id, SUM(i.amount - i.cancelled) AS amount
FROM instalment AS i
JOIN period AS p ON i.vests_on >= p.period_start AND i.vests_on < p.period_end
WHERE i.vests_on <= $AS_OF
GROUP BY p.period, i.rm_id
;

-- relation: settlement_held
SELECT period, rm_id, SUM(amount) AS amount FROM held WHERE NOT is_carried GROUP BY period, rm_id
;

-- relation: settlement_released
SELECT released_in AS period, rm_id, SUM(amount) AS amount
FROM held WHERE released_in IS NOT NULL GROUP BY released_in, rm_id
;

-- relation: settlement_recovered
SELECT decided_in AS period, rm_id, SUM(amount) AS amount
FROM malus WHERE kind = 'recover' GROUP BY decided_in, rm_id
;

-- Leavers have a row where something vests, is released, taken back or repaid, and as long as they owe a balance.
-- relation: settlement_key
SELECT k.period, k.rm_id
FROM (
  SELECT period, rm_id FROM settle_due
  UNION ALL
  SELECT period, rm_id FROM settlement_vested
  UNION ALL
  SELECT period, rm_id FROM settlement_released
  UNION ALL
  SELECT period, rm_id FROM settlement_recovered
  UNION ALL
  SELECT period, rm_id FROM fund_repaid
  UNION ALL
  SELECT p.period, l.rm_id FROM ledger_balance AS l JOIN period AS p ON p.period_start <= $AS_OF
) AS k
GROUP BY k.period, k.rm_id
;

-- relation: settlement_parts
SELECT
  k.period, p.period_start, k.rm_id, COALESCE(d.unit_id, u.unit_id, '') AS unit_id,
  COALESCE(d.gross, 0) AS gross, COALESCE(d.deferred, 0) AS deferred, COALESCE(h.amount, 0) AS held,
  COALESCE(r.amount, 0) AS released, COALESCE(v.amount, 0) AS vested, COALESCE(c.amount, 0) AS recovered
FROM settlement_key AS k
JOIN period AS p ON p.period = k.period
LEFT JOIN settle_due AS d ON d.period = k.period AND d.rm_id = k.rm_id
LEFT JOIN rm_last_unit AS u ON u.rm_id = k.rm_id
LEFT JOIN settlement_held AS h ON h.period = k.period AND h.rm_id = k.rm_id
LEFT JOIN settlement_released AS r ON r.period = k.period AND r.rm_id = k.rm_id
LEFT JOIN settlement_vested AS v ON v.period = k.period AND v.rm_id = k.rm_id
LEFT JOIN settlement_recovered AS c ON c.period = k.period AND c.rm_id = k.rm_id
;

-- relation: settlement_net
SELECT s.*, gross - deferred - held + released + vested - recovered AS payable FROM settlement_parts AS s
;

-- Sums up to each period: of what is payable, and of what falls below zero; they begin with what was owed before.
-- relation: settlement_sum
SELECT
  s.period, s.period_start, s.rm_id, s.so_far - COALESCE(l.amount, 0) AS so_far,
  s.claimed + COALESCE(l.amount, 0) AS claimed
FROM (
  SELECT
    a.period, a.period_start, a.rm_id, SUM(b.payable) AS so_far,
    SUM(CASE WHEN b.payable < 0 THEN 0 - b.payable ELSE 0 END) AS claimed
  FROM settlement_net AS a
  JOIN settlement_net AS b ON b.rm_id = a.rm_id AND b.period_start <= a.period_start
  GROUP BY a.period, a.period_start, a.rm_id
) AS s
LEFT JOIN ledger_balance AS l ON l.rm_id = s.rm_id
;

-- What an RM owes: how far the sum lies below its highest point so far, if balances are set against later pay.
-- relation: settlement_owed
SELECT
  a.period, a.period_start, a.rm_id,
  CASE
    WHEN $CARRY = 0 THEN a.claimed
    WHEN MAX(b.so_far) > 0 THEN MAX(b.so_far) - a.so_far
    ELSE 0 - a.so_far
  END AS receivable
FROM settlement_sum AS a
JOIN settlement_sum AS b ON b.rm_id = a.rm_id AND b.period_start <= a.period_start
GROUP BY a.period, a.period_start, a.rm_id, a.claimed, a.so_far
;

-- relation: settlement
SELECT
  n.period, n.rm_id, n.unit_id, n.gross, n.deferred, n.held, n.released, n.vested, n.recovered,
  CAST(n.payable AS $BIGINT) AS payable,
  CAST(n.payable + o.receivable - COALESCE(b.receivable, l.amount, 0) AS $BIGINT) AS paid_out,
  CAST(o.receivable AS $BIGINT) AS receivable, CAST(COALESCE(e.amount, 0) AS $BIGINT) AS reimbursed
FROM settlement_net AS n
JOIN settlement_owed AS o ON o.period = n.period AND o.rm_id = n.rm_id
LEFT JOIN (
  SELECT a.period, a.rm_id, MAX(b.period_start) AS before_start
  FROM settlement_net AS a
  JOIN settlement_net AS b ON b.rm_id = a.rm_id AND b.period_start < a.period_start
  GROUP BY a.period, a.rm_id
) AS w ON w.period = n.period AND w.rm_id = n.rm_id
LEFT JOIN settlement_owed AS b ON b.rm_id = n.rm_id AND b.period_start = w.before_start
LEFT JOIN ledger_balance AS l ON l.rm_id = n.rm_id
LEFT JOIN fund_repaid AS e ON e.period = n.period AND e.rm_id = n.rm_id
;
