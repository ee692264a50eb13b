"""The ``deal`` section of a policy: the gates between the stages of a deal."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class DealSettings(BaseModel):
    """``gates`` is a table: what must be there, and how much of it, before a stage may be left."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    gates: str = "deal_gate"
