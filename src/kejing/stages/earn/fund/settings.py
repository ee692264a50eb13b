"""The ``fund`` section of a policy: which kinds of funds it runs, and what their payments are to an RM."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

type Kind = Literal["bonus", "expense"]


class FundSettings(BaseModel):
    """``kinds`` of funds that are paid out under this policy.

    ``pays`` names the pay component under which a kind is pay; ``reimburses`` the kinds that repay an expense and
    stand apart from pay. A kind that neither names is paid out without a word on a statement.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kinds: tuple[Kind, ...] = Field(min_length=1)
    pays: dict[Kind, str] = Field(default_factory=dict)
    reimburses: tuple[Kind, ...] = ()

    @model_validator(mode="after")
    def _one_way_a_kind(self) -> FundSettings:
        named = [*self.pays, *self.reimburses]
        if len(set(named)) < len(named) or not set(named) <= set(self.kinds):
            msg = "pays and reimburses name each of the kinds at most once"
            raise ValueError(msg)
        return self
