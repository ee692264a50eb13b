"""The ``target`` section of a policy."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MeasureSettings(_Shape):
    """Where the stock of a measure comes from.

    ``balances``: average balances of its products in the base month; ``income``: income of its
    products in the fiscal year before; ``measure``: the customer measure called ``of``.
    """

    stock: Literal["balances", "income", "measure"]
    of: str | None = None


class ContributionSettings(_Shape):
    """``basis: none`` leaves the stock step out (retail, E1-35) and says so."""

    basis: Literal["stock", "none"]
    weights: str | None = None


class GoalSettings(_Shape):
    """``facts``: goals are brought; ``growth``: goal = stock of the unit × parameter ``growth`` (an assumption)."""

    source: Literal["facts", "growth"]
    growth: str | None = None


class GuardSettings(_Shape):
    """Parameters of the guard rail: no increment above ``growth_cap`` × max(stock, ``stock_floor``)."""

    growth_cap: str
    stock_floor: str


class FairShareSettings(_Shape):
    """Parameter: the part of a fair share that follows history; the rest is even."""

    history_share: str


class TargetSettings(_Shape):
    """How goals become targets.

    ``book`` says whose customers count as stock: today's coverage at the start of the period, or the
    proposed books. ``horizon`` is the running fiscal year, or the next one. ``epsilon`` and ``alpha``
    are parameters of the reciprocal method.
    """

    measures: dict[str, MeasureSettings]
    contribution: ContributionSettings
    goals: GoalSettings
    book: Literal["coverage", "proposed"] = "coverage"
    horizon: Literal["current_year", "next_year"] = "current_year"
    method: Literal["linear_complement", "reciprocal", "equal", "fair_share"]
    alpha: str | None = None
    epsilon: str | None = None
    fair_share: FairShareSettings | None = None
    grade_weight: str
    guard: GuardSettings | None = None
