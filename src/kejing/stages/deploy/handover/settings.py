"""The ``handover`` section of a policy: whose customers change hands first."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class HandoverSettings(BaseModel):
    """Handovers in waves.

    Books of people who leave and customers without an RM come first, then the ``tiers`` in this order, in a tier the
    customer of most value. How long a handover takes is in the table `handover_standard`; what a wave may hold, and
    when it begins, are parameters.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    tiers: tuple[str, ...] = ()
