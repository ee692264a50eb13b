"""The ``adjustment`` section of a policy: under which pay component manual adjustments stand."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class AdjustmentSettings(BaseModel):
    """``component`` is the pay component of manual adjustments."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    component: str
