"""A bank in memory for the tests of headcount and books: customers with tiers and places, RMs, today's books."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from kejing.facts.schema import FACT_TABLES
from kejing.measure.period import FIRST_DAY, LAST_DAY
from kejing.policy import Pack
from kejing.stages.context import StageContext
from kejing.stages.decide import staff
from kejing.stages.deploy import assign
from kejing.stages.population import prepare
from kejing.warehouse.engine import DuckEngine
from tests.stages.institution import fact_table

PACK = Path(__file__).parent / "pack"
AS_OF = dt.date(2025, 6, 30)
SCHEME = "annual_sales"

type Rows = Sequence[Mapping[str, Any]]

_SEGMENT = pa.schema(
    [
        ("customer_id", pa.string()),
        ("scheme", pa.string()),
        ("tier", pa.string()),
        ("valid_from", pa.date32()),
        ("valid_to", pa.date32()),
        ("value", pa.int64()),
        ("value_unit", pa.string()),
    ]
)


@dataclass
class Scene:
    """Facts of one small bank.

    A customer may carry ``tier`` and ``worth`` (whole dollars), which become its row of ``segment``;
    everything else are columns of the fact tables.
    """

    customers: Rows
    rms: Rows = ()
    units: Rows = field(default_factory=lambda: [{"unit_id": "HQ", "name": "HQ", "level": 0}])
    coverage: Rows = ()
    pins: Rows = ()
    absences: Rows = ()
    losses: Rows = ()
    measures: Rows = ()

    def open(self, engine: DuckEngine, pack: Pack, folder: Path, *, seed: int = 1) -> StageContext:
        """A context ready for ``staff`` and ``assign``."""
        facts: dict[str, Rows] = {
            "customers": [{name: row[name] for name in row if name not in {"tier", "worth"}} for row in self.customers],
            "rms": self.rms,
            "units": self.units,
            "coverage": self.coverage,
            "pins": self.pins,
            "rm_absences": self.absences,
            "losses": self.losses,
            "measures": self.measures,
        }
        for name, table in FACT_TABLES.items():
            engine.attach_arrow(name, fact_table(table, facts.get(name, ())))
        context = StageContext(engine=engine, policy=pack, as_of=AS_OF, known_on=LAST_DAY, seed=seed, folder=folder)
        prepare(context)
        engine.attach_arrow(
            "segment", pa.Table.from_pylist([_tier_row(row) for row in self.customers], schema=_SEGMENT)
        )
        return context


def _tier_row(row: Mapping[str, Any]) -> dict[str, object]:
    return {
        "customer_id": row["customer_id"],
        "scheme": SCHEME,
        "tier": row.get("tier", "mid"),
        "valid_from": FIRST_DAY,
        "valid_to": LAST_DAY,
        "value": row.get("worth", 0) * 1_000_000,
        "value_unit": "USD",
    }


def pack_with(folder: Path, **changes: Any) -> Pack:
    """The test pack with sections changed, parameters set (``parameters={name: value}``) and tables replaced.

    ``tables={name: [header, row, …]}`` gives CSV lines without the columns valid_from, valid_to, source and note.
    """
    overlay = folder / "overlay"
    overlay.mkdir(parents=True, exist_ok=True)
    sections = {name: changes[name] for name in ("staff", "assign", "code_lists") if name in changes}
    (overlay / "policy.yaml").write_text(yaml.safe_dump(sections, allow_unicode=True), encoding="utf-8")
    parameters = [
        f'{name}: {{values: [{{from: 2000-01-01, value: {value}, source: "assumption: test"}}]}}'
        for name, value in changes.get("parameters", {}).items()
    ]
    if parameters:
        (overlay / "parameters.yaml").write_text("\n".join(parameters) + "\n", encoding="utf-8")
    for name, lines in changes.get("tables", {}).items():
        (overlay / "tables").mkdir(exist_ok=True)
        header, *rows = lines
        text = [f"{header},valid_from,valid_to,source,note", *(f"{row},2000-01-01,,assumption: test," for row in rows)]
        (overlay / "tables" / f"{name}.csv").write_text("\n".join(text) + "\n", encoding="utf-8")
    return Pack.load(PACK, [overlay])


def run_both(scene: Scene, pack: Pack, folder: Path, engine: DuckEngine, *, seed: int = 1) -> StageContext:
    """Headcount, then books."""
    context = scene.open(engine, pack, folder, seed=seed)
    staff.run(context)
    assign.run(context)
    return context


def codes(context: StageContext) -> set[str]:
    """Codes of the findings."""
    return {finding.code for finding in context.findings}


def leads(engine: DuckEngine) -> dict[str, str]:
    """RM by customer; '' is the pool."""
    rows = engine.fetch("SELECT customer_id, rm_id FROM assign ORDER BY customer_id").to_pylist()
    return {row["customer_id"]: row["rm_id"] for row in rows}


def line(
    count: int, *, tier: str = "mid", start: float = 0.0, step: float = 0.1, prefix: str = "C"
) -> list[dict[str, Any]]:
    """Customers along a parallel, ``step`` degrees apart."""
    return [
        {
            "customer_id": f"{prefix}{number:03d}",
            "name": f"{prefix}{number:03d}",
            "tier": tier,
            "worth": 100,
            "lat": 30.0,
            "lon": start + step * number,
        }
        for number in range(count)
    ]


def at(rm_id: str, lon: float, **more: Any) -> dict[str, Any]:
    """An RM on the same parallel."""
    return {"rm_id": rm_id, "name": rm_id, "lat": 30.0, "lon": lon, **more}
