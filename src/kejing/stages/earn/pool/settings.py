"""The ``pool`` section of a policy: how each pool goes to units and to persons."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LabelSettings(_Shape):
    """Names in both languages."""

    zh: str
    en: str


class UnitSettings(_Shape):
    """The first level, between units.

    ``weight`` is a formula over rm, summed over the unit's RMs, or a table from unit_id to weight. Units of
    ``level`` take; without it the units that RMs stand in.
    """

    weigh: Literal["formula", "equal", "table"]
    weight: str | None = None
    level: int | None = None

    @model_validator(mode="after")
    def _weight_where_needed(self) -> UnitSettings:
        if (self.weigh == "equal") != (self.weight is None):
            msg = "weight goes with formula and table, and not with equal"
            raise ValueError(msg)
        return self


class PersonSettings(_Shape):
    """The second level, inside a unit.

    ``weight`` is a formula over rm. ``weights: unrounded`` takes it with all digits that the formula keeps,
    ``minor_unit`` rounds it half up to the currency's minor unit first. ``floor`` and ``cap`` are formulas over rm
    or parameters.
    """

    weight: str
    weights: Literal["unrounded", "minor_unit"] = "unrounded"
    floor: str | None = None
    cap: str | None = None


class LateSettings(_Shape):
    """Who joined after the share ``cut_off`` of the period: weighed by service days, or left out."""

    cut_off: str
    rule: Literal["prorate", "leave_out"]


class RuleSettings(_Shape):
    """One pool.

    ``give`` hands the pool out as ``component``. ``limit`` leaves what formula ``due`` says where it fits into the
    pool and else scales it down; ``component`` is then what is taken off. ``hand_out`` is a parameter: the share of a
    unit's part that goes to persons; ``reach``: the least share that must reach them.
    """

    labels: LabelSettings
    mode: Literal["give", "limit"]
    component: str
    due: str | None = None
    units: UnitSettings | None = None
    persons: PersonSettings
    late: LateSettings | None = None
    hand_out: str | None = None
    reach: str | None = None

    @model_validator(mode="after")
    def _one_mode(self) -> RuleSettings:
        if (self.mode == "limit") != (self.due is not None):
            msg = "due goes with limit, and only with it"
            raise ValueError(msg)
        bounds = (self.persons.floor, self.persons.cap, self.late, self.hand_out, self.reach)
        if self.mode == "limit" and any(bound is not None for bound in bounds):
            msg = "a pool that limits has no floor, cap, late, hand_out or reach: it only scales down"
            raise ValueError(msg)
        return self

    def formulas(self, known: frozenset[str]) -> list[tuple[str, str]]:
        """(setting, formula) of every formula named; a floor or cap is one where ``known`` has it."""
        named = [("persons.weight", self.persons.weight), ("due", self.due)]
        named += [("units.weight", self.units.weight)] if self.units and self.units.weigh == "formula" else []
        bounds = (("persons.floor", self.persons.floor), ("persons.cap", self.persons.cap))
        named += [(place, name) for place, name in bounds if name in known]
        return [(place, name) for place, name in named if name is not None]


class PoolSettings(_Shape):
    """Pools by the name they carry in fact table ``pools``."""

    pools: dict[str, RuleSettings]

    @model_validator(mode="after")
    def _one_component_a_pool(self) -> PoolSettings:
        components = [rule.component for rule in self.pools.values()]
        if len(set(components)) < len(components):
            msg = "two pools under one component cannot be told apart on a statement"
            raise ValueError(msg)
        return self
