"""The ``staff`` section of a policy: whose tiers, where heads are rounded, which standards stand side by side."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ChurnSettings(_Shape):
    """Churn rate of a place and tier: confirmed losses of the last ``months`` months over ``measure``."""

    measure: str
    months: int = Field(default=12, ge=1)


class RosterSettings(_Shape):
    """Made-up RMs, in the number ``method`` gives, named with ``prefix`` so that nobody takes them for people."""

    simulate: bool = False
    prefix: str = "sim_"
    method: Literal["workload", "span"] = "span"


class OutlookSettings(_Shape):
    """Demand of the coming ``months`` as a distribution over ``draws`` seeded draws; hires ``meet`` its mean or P90."""

    months: int = Field(default=12, ge=1, le=36)
    draws: int = Field(default=1000, ge=100)
    meet: Literal["expected", "p90"] = "p90"


class BenefitSettings(_Shape):
    """Revenue that more RMs would keep from churn, for one to ``most_added`` of them, against what they cost."""

    most_added: int = Field(default=10, ge=1, le=100)


class AttentionSettings(_Shape):
    """Service a customer gets for its money, compared across tier lines.

    The figure of the scheme covers one of ``periods_per_year`` (12 where it is a month's); attention is said
    ``per`` so many units of a year's. ``discount`` is a measure of customers: the share of the price let off.
    """

    periods_per_year: int = Field(default=1, ge=1)
    per: int = Field(default=1000, ge=1)
    discount: str | None = None


class StaffSettings(_Shape):
    """Headcount.

    ``scheme`` is the segmentation that gives the tier. ``site_level`` is the level of units at which heads
    are rounded up; None takes the institution as one site. The first of ``standards`` is the method
    ``span``, the others are ``span_<name>`` (E4-75). Officers are counted from the RMs of the method
    ``officers_follow``. Without an ``outlook`` demand is today's number, and nothing is said of its P90.
    """

    scheme: str
    site_level: int | None = None
    standards: tuple[str, ...] = Field(default=("own",), min_length=1)
    officers_follow: Literal["workload", "span"] = "span"
    productivity_by_grade: bool = False
    churn: ChurnSettings | None = None
    roster: RosterSettings = RosterSettings()
    outlook: OutlookSettings | None = None
    attention: AttentionSettings | None = None
    benefit: BenefitSettings | None = None
