"""What must hold of every ``visit`` table."""

from kejing.stages.law import Law

LAWS = (
    Law(
        "every due contact stands once",
        "SELECT customer_id, rm_id, channel, number FROM visit"
        " GROUP BY customer_id, rm_id, channel, number HAVING COUNT(*) > 1",
    ),
    Law(
        "every due contact is done, booked, planned or left out",
        """
        SELECT customer_id, rm_id, channel, number, status FROM visit
        WHERE (status = 'done' AND (done_on IS NULL OR planned_on IS NOT NULL OR contact_id IS NULL))
          OR (status = 'booked' AND (planned_on IS NULL OR done_on IS NOT NULL OR contact_id IS NULL))
          OR (status = 'planned' AND (planned_on IS NULL OR done_on IS NOT NULL OR contact_id IS NOT NULL))
          OR (status = 'left_out' AND (planned_on IS NOT NULL OR done_on IS NOT NULL OR reason IN ('', 'catch_up')))
          OR status NOT IN ('done', 'booked', 'planned', 'left_out')
        """,
    ),
    Law(
        "nothing that is due is lost",
        """
        SELECT d.due, v.stands
        FROM (SELECT COUNT(*) AS due FROM visit_due) AS d
        JOIN (SELECT COUNT(*) AS stands FROM visit) AS v ON v.stands <> d.due
        """,
    ),
    Law(
        "a contact fills one",
        "SELECT contact_id FROM visit WHERE contact_id IS NOT NULL GROUP BY contact_id HAVING COUNT(*) > 1",
    ),
    Law(
        "windows are kept",
        """
        SELECT customer_id, rm_id, channel, number FROM visit
        WHERE done_on < due_from OR done_on > due_to OR planned_on < due_from OR planned_on > due_to
        """,
    ),
    Law(
        "nothing is planned on a day off, on leave or in the past",
        """
        SELECT v.customer_id, v.rm_id, v.planned_on
        FROM visit AS v
        LEFT JOIN visit_rm_day AS d
          ON d.rm_id = v.rm_id AND d.day = v.planned_on AND d.is_own = 1 AND d.is_ahead = 1
        WHERE v.status = 'planned' AND d.day IS NULL
        """,
    ),
    Law(
        "a day holds no more than it may, breaches aside",
        """
        SELECT p.rm_id, p.planned_on, p.minutes, d.booked, d.most
        FROM (
          SELECT rm_id, planned_on, SUM(minutes) AS minutes
          FROM visit
          WHERE status = 'planned' AND breach <> 'minutes' AND breach <> 'both'
          GROUP BY rm_id, planned_on
        ) AS p
        JOIN visit_rm_day AS d ON d.rm_id = p.rm_id AND d.day = p.planned_on
        WHERE p.minutes + d.booked > d.most AND d.booked <= d.most
        """,
    ),
    Law(
        "what is kept fits into the days ahead",
        """
        SELECT p.rm_id, p.minutes, a.minutes AS available
        FROM (SELECT rm_id, SUM(minutes) AS minutes FROM visit WHERE status = 'planned' GROUP BY rm_id) AS p
        JOIN (
          SELECT rm_id, SUM(CASE WHEN minutes > booked THEN minutes - booked ELSE 0 END) AS minutes
          FROM visit_rm_day WHERE is_own = 1 AND is_ahead = 1 GROUP BY rm_id
        ) AS a ON a.rm_id = p.rm_id
        WHERE p.minutes > a.minutes
        """,
    ),
    Law(
        "two planned contacts of one customer and channel stand on different days, breaches aside",
        """
        SELECT customer_id, rm_id, channel, planned_on FROM visit
        WHERE status = 'planned' AND breach <> 'spacing' AND breach <> 'both'
        GROUP BY customer_id, rm_id, channel, planned_on HAVING COUNT(*) > 1
        """,
    ),
    Law(
        "an RM's figures sum to the standard",
        """
        SELECT quarter, rm_id, channel FROM visit_summary
        WHERE standard <> done + booked + planned + left_out OR remaining <> standard - done
          OR ahead <> done - expected OR no_time > left_out
        """,
    ),
    Law(
        "every breach and everything left out for want of time has its price in RMs",
        """
        SELECT s.quarter, s.unit_id, s.contacts
        FROM visit_short AS s
        LEFT JOIN visit_lever AS l ON l.quarter = s.quarter AND l.unit_id = s.unit_id AND l.lever = 'one_more_rm'
        WHERE l.unit_id IS NULL OR l.short_contacts <> s.contacts OR l.short_hours <= 0
          OR (l.hours > 0 AND (l.heads IS NULL OR l.heads * l.hours < l.short_hours - l.heads))
        """,
    ),
)
