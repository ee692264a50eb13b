"""The ``visit`` section of a policy: which contacts count, what adds to them, whose days they are put on."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CalendarSettings(_Shape):
    """Public calendar of ``country``; on days of ``work`` and ``rest`` the institution goes its own way."""

    country: str = "CN"
    work: tuple[dt.date, ...] = ()
    rest: tuple[dt.date, ...] = ()


class ChannelSettings(_Shape):
    """What fills the standard of a channel.

    A contact counts if its fact channel, direction and outcome are listed; an empty list takes any. ``window`` is the
    period in which the standard must be met. Contacts that ``travels`` are gathered by place. RMs of the lines
    ``not_by`` owe none.
    """

    contacts: tuple[str, ...] = Field(min_length=1)
    directions: tuple[Literal["outbound", "inbound"], ...] = ()
    outcomes: tuple[str, ...] = ()
    window: Literal["month", "quarter"]
    travels: bool = False
    not_by: tuple[str, ...] = ()


class EventSettings(_Shape):
    """What adds one contact of ``channel`` beyond the standard (E4-52).

    ``losses``: a suspected loss; ``growth``: ``measure`` grew by the parameter ``at_least`` from one measurement to the
    next; ``contacts``: the customer came by itself and the outcome is one of ``outcomes``. The contact is due within
    ``within`` (a parameter) calendar days.
    """

    source: Literal["losses", "growth", "contacts"]
    channel: str
    within: str
    measure: str = ""
    at_least: str | None = None
    outcomes: tuple[str, ...] = ()


class VisitSettings(_Shape):
    """Contacts due and the plan to make them.

    ``scheme`` gives the tier, ``standard`` is the table of contacts by tier and channel. ``tiers`` stand in the order
    in which they are served where time falls short; events go first. ``booked`` are outcomes of contacts that lie
    ahead: appointments.
    """

    scheme: str
    book: Literal["coverage", "proposed"] = "coverage"
    standard: str = "service_standard"
    channels: dict[str, ChannelSettings] = Field(min_length=1)
    tiers: tuple[str, ...] = ()
    events: dict[str, EventSettings] = Field(default_factory=dict)
    booked: tuple[str, ...] = ("booked",)
    calendar: CalendarSettings = CalendarSettings()
