"""The ``credit`` section of a policy."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class CreditSettings(BaseModel):
    """Who shares, and which results are credited beside the ledger.

    ``roles`` is the table of role weights. ``balance_measures`` are growth of average balances over the
    frozen base; ``income_measures`` are ledger lines by the measure of their product.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    roles: str
    balance_measures: tuple[str, ...] = ()
    income_measures: tuple[str, ...] = ()
    base: Literal["year_start"] = "year_start"
    shadow: bool = True
