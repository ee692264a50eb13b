"""The ``assign`` section of a policy: who may take customers, what counts, how hard the search tries."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ValueSettings(_Shape):
    """What a customer is worth to a book.

    ``segment``: the figure that decided the tier; ``income``: income booked in the last ``months`` months;
    ``measure``: the latest value of ``measure``. All in the policy's currency.
    """

    source: Literal["segment", "income", "measure"] = "segment"
    measure: str = ""
    months: int = Field(default=12, ge=1)


class AssignSettings(_Shape):
    """Books.

    ``mode``: books made anew (``redesign``, once a year), or mended where somebody left, joined, came or takes more
    hours (``repair``, in the middle of a period), when a move costs ``assign_repair_cost`` points more.
    ``groups``: a group's customers have one RM (``together``), may be split where no RM can hold them
    all (``split_oversized``), or are decided one by one (``apart``). ``capacity`` lists the rows each RM
    has: hours, a count of customers, or both. RMs of ``remote_lines`` serve from where they sit: distance costs them
    nothing. Weights and limits are parameters of the policy.
    ``tradeoffs`` plans are made along the budget of moves, or along the price of the bands where nobody moves.
    """

    scheme: str
    mode: Literal["redesign", "repair"] = "redesign"
    lines: tuple[str, ...] = Field(min_length=1)
    remote_lines: tuple[str, ...] = ()
    groups: Literal["together", "split_oversized", "apart"] = "together"
    value: ValueSettings = ValueSettings()
    capacity: tuple[Literal["hours", "count"], ...] = ("hours",)
    travel_in_hours: bool = False
    skills_required: bool = True
    value_band: bool = False
    load_band: bool = False
    disruption_budget: bool = True
    tradeoffs: int = Field(default=0, ge=0, le=50)
    baselines: tuple[Literal["by_unit", "alphabetical"], ...] = ()
    exact_pairs: int = Field(default=4_000, ge=0)
    lp_pairs: int = Field(default=400_000, ge=0)
    max_pairs: int = Field(default=3_000_000, ge=1)
    core_rms: int = Field(default=12, ge=2)
    polish_rounds: int = Field(default=40, ge=0)
