"""The balances of an alert as a line that a page can draw."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from kejing.measure.period import parse_day
from kejing.office.alerts.models import Alert

WIDTH, HEIGHT = 600, 120


@dataclass(frozen=True, slots=True)
class Drawing:
    """Points in the box of `WIDTH` by `HEIGHT`; heights are measured from the top.

    Attributes
    ----------
    points
        The balances, as SVG wants them.
    norm
        Height of the norm.
    window_from
        Where the window begins.
    """

    points: str
    norm: int
    window_from: int
    newest: tuple[int, int]


def draw(alert: Alert) -> Drawing | None:
    """The line of an alert; None where it has no balances."""
    days: list[tuple[dt.date, int]] = [(parse_day(day), minor) for day, minor in alert.balances]
    if not days:
        return None
    first, last = days[0][0], days[-1][0]
    top = max(alert.norm_minor, *(minor for _, minor in days), 1)
    low = min(0, *(minor for _, minor in days))

    def across(day: dt.date) -> int:
        return (day - first).days * WIDTH // max((last - first).days, 1)

    def down(minor: int) -> int:
        return HEIGHT - (minor - low) * HEIGHT // (top - low)

    return Drawing(
        points=" ".join(f"{across(day)},{down(minor)}" for day, minor in days),
        norm=down(alert.norm_minor),
        window_from=across(alert.before_day),
        newest=(across(last), down(days[-1][1])),
    )
