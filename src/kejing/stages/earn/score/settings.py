"""The ``score`` section of a policy: which formulas are the scorecard."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class ScoreSettings(BaseModel):
    """``completion``, ``points`` are formulas over task, ``total`` one over rm.

    Ranks are given inside groups that share ``rank_within``; RMs below the parameter
    ``rank_service_days`` stand outside the ranking.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    completion: str
    points: str
    total: str
    rank_within: tuple[Literal["line", "grade", "unit_id"], ...] = ("line",)
    rank_service_days: str
