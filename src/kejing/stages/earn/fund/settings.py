"""The ``fund`` section of a policy: which kinds of funds it runs."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class FundSettings(BaseModel):
    """``kinds`` of funds that are paid out under this policy."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kinds: tuple[Literal["bonus", "expense"], ...] = Field(min_length=1)
