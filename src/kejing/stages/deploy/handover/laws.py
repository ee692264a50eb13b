"""What must hold of every ``handover``, ``handover_wave`` and ``handover_coverage`` table."""

from kejing.stages.law import Law

_BURDEN = """
SELECT wave, to_rm_id AS rm_id, decision_id, is_over_budget FROM handover
UNION ALL
SELECT wave, from_rm_id AS rm_id, decision_id, is_over_budget FROM handover WHERE reason NOT IN ('vacant', 'new')
"""
"""Who is asked for time in which wave: the receiver, and the giver where he is there."""

_AFTER = """
SELECT customer_id, rm_id, role, valid_from, valid_to FROM handover_coverage
UNION ALL
SELECT s.customer_id, s.rm_id, s.role, s.valid_from, s.valid_to
FROM handover_seat AS s
JOIN handover AS h ON h.customer_id = s.customer_id
LEFT JOIN handover_coverage AS c
  ON c.customer_id = s.customer_id AND c.rm_id = s.rm_id AND c.role = s.role AND c.valid_from = s.valid_from
WHERE c.customer_id IS NULL
"""
"""Coverage of the customers that change hands, once the file is imported."""

_LEADS = f"SELECT * FROM ({_AFTER}) AS a WHERE a.role = 'lead' AND a.valid_from < a.valid_to"

LAWS = (
    Law(
        "every customer changes hands once, and to somebody else",
        """
        SELECT customer_id, from_rm_id, to_rm_id
        FROM (
          SELECT customer_id, from_rm_id, to_rm_id, COUNT(*) OVER (PARTITION BY customer_id) AS moves FROM handover
        ) AS h
        WHERE moves > 1 OR from_rm_id = to_rm_id OR to_rm_id = ''
        """,
    ),
    Law(
        "customers decided together change hands in one wave, to one RM",
        """
        SELECT decision_id
        FROM (
          SELECT decision_id, MIN(wave) AS low, MAX(wave) AS high, MIN(to_rm_id) AS low_rm, MAX(to_rm_id) AS high_rm
          FROM handover GROUP BY decision_id
        ) AS d
        WHERE low <> high OR low_rm <> high_rm
        """,
    ),
    Law(
        "nobody goes beyond the budget of a wave unseen",
        f"""
        SELECT w.wave, w.rm_id, w.given, w.received, w.hours
        FROM handover_wave AS w
        LEFT JOIN (SELECT wave, rm_id FROM ({_BURDEN}) AS b WHERE is_over_budget = TRUE GROUP BY wave, rm_id) AS o
          ON o.wave = w.wave AND o.rm_id = w.rm_id
        WHERE w.rm_id <> '' AND o.rm_id IS NULL AND (w.given + w.received > w.most_customers OR w.hours > w.most_hours)
        """,
    ),
    Law(
        "an RM beyond the budget has customers of leavers, or one group and nothing else",
        f"""
        SELECT o.wave, o.rm_id, o.decision_id, b.decision_id AS other_decision_id
        FROM ({_BURDEN}) AS o
        JOIN (
          SELECT decision_id FROM handover GROUP BY decision_id HAVING MAX(last_day) IS NULL
        ) AS c ON c.decision_id = o.decision_id
        JOIN handover_wave AS w ON w.wave = o.wave AND w.rm_id = o.rm_id
        JOIN ({_BURDEN}) AS b ON b.wave = o.wave AND b.rm_id = o.rm_id AND b.decision_id <> o.decision_id
        WHERE o.is_over_budget = TRUE AND (w.given + w.received > w.most_customers OR w.hours > w.most_hours)
        """,
    ),
    Law(
        "the old RM is there until the new one leads: no day between",
        """
        SELECT customer_id, effective_on, last_day FROM handover
        WHERE effective_on > last_day OR starts_on > effective_on
        """,
    ),
    Law(
        "one lead on any day",
        f"""
        SELECT a.customer_id, a.rm_id, b.rm_id AS other_rm_id
        FROM ({_LEADS}) AS a
        JOIN ({_LEADS}) AS b
          ON b.customer_id = a.customer_id AND b.valid_from >= a.valid_from AND b.valid_from < a.valid_to
        WHERE a.rm_id <> b.rm_id OR a.valid_from <> b.valid_from
        """,
    ),
    Law(
        "the new RM leads from the day on, without end",
        f"""
        SELECT h.customer_id, h.to_rm_id
        FROM handover AS h
        LEFT JOIN ({_LEADS}) AS l
          ON l.customer_id = h.customer_id AND l.rm_id = h.to_rm_id AND l.valid_from <= h.effective_on
          AND l.valid_to > h.effective_on
        WHERE l.customer_id IS NULL
        """,
    ),
    Law(
        "account homes stay where they are",
        """
        SELECT h.customer_id, h.account_home_id
        FROM handover AS h
        JOIN customer_now AS c ON c.customer_id = h.customer_id
        WHERE h.account_home_id <> COALESCE(c.account_home_id, c.unit_id)
        """,
    ),
)
