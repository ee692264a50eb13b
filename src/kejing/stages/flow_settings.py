"""The ``flow`` section of a policy: which stages it runs, and what it declares to be a stand-in."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DeclaredSettings(_Shape):
    """An input that is not what its name says: a proxy, or made-up data. Every report lists it."""

    what: str
    zh: str
    en: str


class FlowSettings(_Shape):
    """``stages`` are run in the order of the flow, all if none is named; ``declared`` are listed in every report."""

    stages: tuple[str, ...] = ()
    declared: tuple[DeclaredSettings, ...] = ()
