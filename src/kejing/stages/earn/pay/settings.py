"""The ``pay`` section of a policy: which formulas are paid, and under which names."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kejing.stages.earn.line_settings import LineSettings

HANDED = {"pool": "pool_share", "adjustment": "adjustment_share", "fund": "fund_share"}
"""Relations of amounts that an earlier stage hands over, by what their component stands over."""


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LabelSettings(_Shape):
    """Names in both languages."""

    zh: str
    en: str


class ComponentSettings(_Shape):
    """One pay component: formula ``amount`` over a grain.

    ``split: line`` hands a task's amount down to its lines by largest remainder on formula ``weight``.
    """

    component: str
    labels: LabelSettings
    over: Literal["line", "task", "rm", "pool", "adjustment", "fund"]
    amount: str = ""
    split: Literal["line"] | None = None
    weight: str | None = None

    @model_validator(mode="after")
    def _split_needs_weight(self) -> ComponentSettings:
        if (self.split is None) != (self.weight is None) or (self.split and self.over != "task"):
            msg = "split and weight go together, over task"
            raise ValueError(msg)
        if (not self.amount) != (self.over in HANDED):
            msg = "amount names a formula over line, task or rm; what pools, funds and adjustments pay is handed over"
            raise ValueError(msg)
        return self


class PaySettings(LineSettings):
    """What is paid. ``deferred`` is a formula over rm.

    ``deferred_of`` adds a share of what was handed over, by component: pools are shared after the formulas have run,
    so an amount cannot see them, but the share of each RM is a formula over rm like any other.
    """

    components: tuple[ComponentSettings, ...]
    deferred: str | None = None
    deferred_of: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _shares_are_of_what_is_handed_over(self) -> PaySettings:
        handed = {one.component for one in self.components if one.over in HANDED}
        if not set(self.deferred_of) <= handed:
            msg = "deferred_of names components that a pool, a fund or an adjustment hands over"
            raise ValueError(msg)
        return self
