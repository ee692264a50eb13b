"""The ``churn`` section of a policy: whose loss counts, and which reasons and industries have a name."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class ChurnSettings(BaseModel):
    """What churn is.

    The customers are those in ``tiers`` of ``scheme`` on the first day of the half-year; without a scheme all of the
    policy's customers are. ``reasons`` is a table of the reasons that have a name, with their class. ``industries``
    are named ones; empty: all that the customers have. What has no name is shown as a rest, with its amount.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    scheme: str | None = None
    tiers: tuple[str, ...] = ()
    reasons: str = "churn_reason"
    industries: tuple[str, ...] = ()
