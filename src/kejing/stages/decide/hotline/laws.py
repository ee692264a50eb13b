"""What must hold of the hotline's plan."""

from kejing.stages.law import Law

LAWS = (
    Law(
        "an interval in which somebody calls has a seat",
        "SELECT unit_id, day, starts FROM hotline WHERE expected_calls > 0 AND seats < 1",
    ),
    Law(
        "more calls take no fewer seats, and no fewer people are on the roster than in seats",
        """
        SELECT unit_id, day, starts FROM hotline
        WHERE seats_p90 < seats OR rostered_heads < seats
        """,
    ),
    Law(
        "shares lie between none and all",
        """
        SELECT unit_id, day, starts FROM hotline
        WHERE in_time < 0 OR in_time > 1000000 OR abandoned < 0 OR abandoned > 1000000
           OR occupancy < 0 OR occupancy > 1000000
        """,
    ),
    Law(
        "the intervals sum to the day",
        """
        SELECT d.unit_id, d.day
        FROM hotline_day AS d
        JOIN (
          SELECT unit_id, day, MAX(seats) AS peak, SUM(seats * minutes) AS seat_minutes
          FROM hotline GROUP BY unit_id, day
        ) AS i ON i.unit_id = d.unit_id AND i.day = d.day
        WHERE d.peak_seats <> i.peak OR $DIV(d.seat_hours * 60 + 500000, 1000000) <> i.seat_minutes
        """,
    ),
)
