"""The ``dispute`` section of a policy: how soon a dispute must be answered."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class DisputeSettings(BaseModel):
    """``answer_days`` is a parameter: days from filing within which an answer must be due."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    answer_days: str
