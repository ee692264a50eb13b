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


class StaffSettings(_Shape):
    """Headcount.

    ``scheme`` is the segmentation that gives the tier. ``site_level`` is the level of units at which heads
    are rounded up; None takes the institution as one site. The first of ``standards`` is the method
    ``span``, the others are ``span_<name>`` (E4-75). Officers are counted from the RMs of the method
    ``officers_follow``.
    """

    scheme: str
    site_level: int | None = None
    standards: tuple[str, ...] = Field(default=("own",), min_length=1)
    officers_follow: Literal["workload", "span"] = "span"
    productivity_by_grade: bool = False
    churn: ChurnSettings | None = None
    roster: RosterSettings = RosterSettings()
