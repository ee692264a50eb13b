"""The ``settle`` section of a policy: what is deferred and how it vests, what holds reach, what is taken back."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from kejing.measure.findings import Severity


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DeferralSettings(_Shape):
    """Table ``posts`` says which post an RM holds, ``table`` how performance pay of the post is deferred.

    With ``source: pay`` the formula of the pay section gives the amount and the table its calendar alone; with
    ``table`` the table's share of ``performance`` gives the amount too.
    """

    source: Literal["pay", "table"] = "pay"
    posts: str
    table: str
    performance: tuple[str, ...] = Field(min_length=1)
    counts_from: Literal["period", "year"] = "period"


class HoldSettings(_Shape):
    """``reach`` is what a hold without a component withholds; ``release`` whether the planned day alone ends it."""

    reach: Literal["all", "performance"] = "all"
    release: Literal["planned", "confirmed"] = "planned"


class MalusSettings(_Shape):
    """``table`` gives share, window and scope of a cause; rules that only allow it count with ``apply_may``."""

    table: str
    apply_may: bool = False


class RegulationSettings(_Shape):
    """Limits of the regulator in ``table``; ``base`` and ``guaranteed`` are pay components."""

    table: str
    severity: Severity = Severity.WARNING
    base: tuple[str, ...] = ()
    guaranteed: tuple[str, ...] = ()


class SettleSettings(_Shape):
    """From pay to what is payable. ``negative: carry`` sets a balance against later pay, ``claim`` asks for it."""

    deferral: DeferralSettings
    holds: HoldSettings = HoldSettings()
    malus: MalusSettings | None = None
    regulation: RegulationSettings | None = None
    negative: Literal["carry", "claim"] = "carry"
