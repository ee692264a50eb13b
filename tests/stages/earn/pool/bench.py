"""Pools over weights that are written down: the stage reads a sheet of RMs, so a sheet is all that it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from kejing.policy import Pack
from kejing.stages.context import StageContext
from kejing.stages.earn import pool
from kejing.stages.earn.pool.laws import LAWS
from kejing.warehouse.engine import DuckEngine
from tests.stages.institution import broken, corporate_pack, open_context, rows_of

OVERLAY = Path(__file__).parent / "overlays" / "pools"
QUARTER = {"period_start": "2025-01-01", "period_end": "2025-04-01"}
PERIOD = "2025-Q1"
UNITS: list[Mapping[str, object]] = [
    {"unit_id": "HQ"},
    *({"unit_id": unit, "parent_id": "HQ", "level": 1} for unit in ("B1", "B2")),
    {"unit_id": "B1a", "parent_id": "B1", "level": 2},
]
EIGHT = 10**8
"""Weights stand in the sheet in units of 10 ** -8, as the formula ``pool_weight`` keeps them."""

type Rule = Mapping[str, object]


@dataclass(frozen=True)
class Person:
    """One row of the sheet of RMs; weight in whole units times `EIGHT`, money in minor units."""

    rm_id: str
    weight: int
    unit_id: str = "B1"
    joined: str = "2020-01-01"
    service_days: int = 90
    due: int = 0
    low: int | None = None
    high: int | None = None
    score: int = 0


@dataclass
class Scene:
    """Persons, the pools brought and the rule of pool ``bonus``."""

    persons: Sequence[Person]
    pools: Sequence[Mapping[str, object]]
    rule: Rule = field(default_factory=dict)

    def rows(self) -> list[dict[str, Any]]:
        """The table ``pool``; every law holds."""
        with self.ran() as context:
            return rows_of(context.engine, "SELECT * FROM pool ORDER BY period, pool, level, giver, taker")

    def parts(self, level: str = "rm") -> dict[str, int]:
        """Amount by taker."""
        return {row["taker"]: row["amount"] for row in self.rows() if row["level"] == level}

    @contextmanager
    def ran(self) -> Iterator[StageContext]:
        """A context in which the stage has run and kept its laws."""
        facts: dict[str, Sequence[Mapping[str, object]]] = {
            "units": UNITS,
            "rms": [{"rm_id": p.rm_id, "unit_id": p.unit_id, "valid_from": p.joined} for p in self.persons],
            "pools": self.pools,
        }
        with DuckEngine(threads=1) as engine:
            context = open_context(engine, policy_with(self.rule), facts, as_of="2025-03-31")
            engine.attach_arrow("rm_sheet", sheet(self.persons))
            pool.run(context)
            assert broken(context, LAWS) == []
            yield context


def policy_with(rule: Rule) -> Pack:
    """The corporate policy with the settings of ``rule`` over a pool that is given out by ``pool_weight``."""
    plain = corporate_pack(OVERLAY)
    bonus = {
        "labels": {"zh": "团队奖金", "en": "team bonus"},
        "mode": "give",
        "component": "team_bonus",
        "persons": {"weight": "pool_weight"},
        **rule,
    }
    return replace(plain, sections={**plain.sections, "pool": {"pools": {"bonus": bonus}}})


def brought(amount: int, unit_id: str = "B1", **more: object) -> dict[str, object]:
    """One pool of the first quarter."""
    return {"pool_id": f"P{unit_id}", "pool": "bonus", "unit_id": unit_id, "amount": amount, **QUARTER, **more}


def sheet(persons: Sequence[Person]) -> pa.Table:
    """``rm_sheet`` with the formulas that the rules name."""
    rows = [
        {
            "period": PERIOD,
            "rm_id": p.rm_id,
            "unit_id": p.unit_id,
            "service_days": p.service_days,
            "period_days": 90,
            "pool_weight": p.weight,
            "pool_due": p.due,
            "least_bonus": p.low,
            "most_bonus": p.high,
            "unit_score": p.score,
        }
        for p in persons
    ]
    numbers = ("service_days", "period_days", "pool_due", "least_bonus", "most_bonus", "unit_score")
    texts = ("period", "rm_id", "unit_id")
    wide = pa.field("pool_weight", pa.decimal128(38, 0))
    fields = [*(pa.field(name, pa.string()) for name in texts), *(pa.field(name, pa.int64()) for name in numbers), wide]
    return pa.Table.from_pylist(rows, schema=pa.schema(fields))
