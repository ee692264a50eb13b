"""Books for the benchmark of visit plans: RMs amid their customers, four tiers, a quarter ahead."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa

from kejing.facts.schema import FACT_TABLES
from kejing.measure.period import FIRST_DAY, LAST_DAY
from kejing.policy import Pack, find_shipped_pack
from kejing.stages.context import StageContext
from kejing.stages.population import prepare
from kejing.warehouse.engine import DuckEngine

AS_OF = dt.date(2026, 9, 30)
TIERS = ("key_other", "crystal", "a", "other")
TIER_SHARES = (0.04, 0.13, 0.31, 0.52)
OVERLAY = Path(__file__).with_name("visit_policy")


def open_book(engine: DuckEngine, rms: int, customers: int, seed: int) -> StageContext:
    """Facts of ``rms`` RMs with about ``customers`` customers each, tiers given, nothing contacted yet."""
    chance = np.random.default_rng(seed)
    size = rms * customers
    owner = np.sort(chance.integers(0, rms, size))
    home = chance.uniform((22, 102), (40, 121), (rms, 2))
    spot = home[owner] + chance.normal(0, 0.06, (size, 2))
    rm_ids = pa.array([f"R{place:06d}" for place in range(rms)])
    customer_ids = pa.array([f"C{place:08d}" for place in range(size)])
    _attach(engine, "units", {"unit_id": pa.array(["HQ"]), "level": pa.array([0], pa.int64())})
    people = {
        "rm_id": rm_ids,
        "line": _same("key_account", rms),
        "grade": _same("middle", rms),
        "unit_id": _same("HQ", rms),
    }
    people |= {"fte": pa.array(np.full(rms, 1_000_000)), "lat": pa.array(home[:, 0]), "lon": pa.array(home[:, 1])}
    _attach(engine, "rms", people)
    book = {"customer_id": customer_ids, "kind": _same("telecom", size), "unit_id": _same("HQ", size)}
    _attach(engine, "customers", {**book, "lat": pa.array(spot[:, 0]), "lon": pa.array(spot[:, 1])})
    lead = {"customer_id": customer_ids, "rm_id": rm_ids.take(pa.array(owner)), "role": _same("lead", size)}
    _attach(engine, "coverage", lead)
    for name in FACT_TABLES:
        if name not in engine.relations():
            _attach(engine, name, {})
    tiers = pa.array(TIERS).take(pa.array(chance.choice(len(TIERS), size, p=TIER_SHARES)))
    segment = {"customer_id": customer_ids, "scheme": _same("monthly_spend", size), "tier": tiers}
    dated = {"valid_from": pa.array([FIRST_DAY] * size), "valid_to": pa.array([LAST_DAY] * size)}
    engine.attach_arrow("segment", pa.table({**segment, **dated}))
    policy = Pack.load(find_shipped_pack("telecom_4plus1"), (OVERLAY,))
    context = StageContext(
        engine=engine, policy=policy, as_of=AS_OF, known_on=LAST_DAY, seed=seed, folder=Path("unused")
    )
    prepare(context)
    return context


def _same(word: str, size: int) -> pa.Array:
    return pa.repeat(pa.scalar(word), size)


def _attach(engine: DuckEngine, name: str, columns: dict[str, pa.Array]) -> None:
    """A fact table of ``columns``; dates hold for ever, what is not given is null."""
    size = len(next(iter(columns.values()))) if columns else 0
    plain = {"valid_from": FIRST_DAY, "valid_to": LAST_DAY, "known_at": FIRST_DAY, "voided": False, "name": "-"}
    arrays = []
    for field in FACT_TABLES[name].arrow_schema:
        if field.name in columns:
            arrays.append(columns[field.name].cast(field.type))
        else:
            arrays.append(pa.repeat(pa.scalar(plain.get(field.name), field.type), size))
    engine.attach_arrow(name, pa.table(arrays, schema=FACT_TABLES[name].arrow_schema))
