"""The ``segment`` section of a policy: schemes side by side, each a measure, a window, a review day and a table."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LabelSettings(_Shape):
    """Names in both languages."""

    zh: str
    en: str


class SchemeSettings(_Shape):
    """One segmentation scheme.

    ``unit`` is a currency (values are converted on the review day) or a plain unit. ``take`` is the
    latest measurement of the last ``months`` months, or their mean. ``review`` says when tiers may change:
    at the start of each month, quarter or fiscal year, or only on the run's day. A yearly review freezes
    the list for the year (E4-65); the tier the list would say today is its shadow. ``roll_up`` judges a
    group by its head's consolidated figure. ``watch`` and ``hold`` name parameters.
    """

    labels: LabelSettings
    measure: str
    unit: str
    input: str
    table: str
    output: str = "tier"
    take: Literal["latest", "mean"] = "latest"
    months: int = 24
    review: Literal["month", "quarter", "year", "as_of"] = "quarter"
    roll_up: Literal["none", "group"] = "none"
    watch: str | None = None
    hold: str | None = None
    source: str = ""


class SegmentSettings(_Shape):
    """All schemes; ``main_scheme`` is the one whose gaps are reported customer by customer."""

    main_scheme: str
    schemes: dict[str, SchemeSettings]
