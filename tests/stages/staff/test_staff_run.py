"""The stage on facts: gaps, leave, standards side by side, churn, roster, laws, explanation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from kejing.stages.context import StageContext
from kejing.stages.decide import staff
from kejing.stages.decide.staff.explain import explain
from kejing.stages.decide.staff.laws import LAWS
from kejing.text.catalogue import catalogue
from kejing.warehouse.engine import DuckEngine
from tests.stages.assign.scene import AS_OF, Scene, at, codes, line, pack_with

UNITS = [
    {"unit_id": "HQ", "name": "HQ", "level": 0},
    {"unit_id": "A", "name": "A", "level": 1, "parent_id": "HQ"},
    {"unit_id": "A1", "name": "A1", "level": 2, "parent_id": "A"},
    {"unit_id": "A2", "name": "A2", "level": 2, "parent_id": "A"},
    {"unit_id": "B", "name": "B", "level": 1, "parent_id": "HQ"},
]


@pytest.fixture
def engine() -> Iterator[DuckEngine]:
    """An engine of its own."""
    with DuckEngine(threads=1) as duck:
        yield duck


def staffed(scene: Scene, engine: DuckEngine, folder: Path, **changes: Any) -> StageContext:
    """The scene after the stage, its laws held."""
    context = scene.open(engine, pack_with(folder, **changes), folder)
    staff.run(context)
    assert [law.name for law in LAWS if engine.fetch(law.sql).num_rows] == []
    return context


def row_of(engine: DuckEngine, where: str) -> dict[str, Any]:
    """The one row of ``staff`` that ``where`` holds of."""
    rows = engine.fetch(f"SELECT * FROM staff WHERE {where}").to_pylist()
    assert len(rows) == 1, rows
    return dict(rows[0])


def test_gap_is_allotted_less_actual(engine: DuckEngine, tmp_path: Path) -> None:
    """750 customers at 25 a head are 30 RMs; with 24 in post the gap is 6 (E4-77)."""
    scene = Scene(customers=line(750), rms=[at(f"R{number}", 0.0) for number in range(24)])
    context = staffed(scene, engine, tmp_path, staff={"site_level": None})
    row = row_of(engine, "method = 'span' AND line = 'corporate' AND tier = ''")
    assert (row["required_heads"], row["available_heads"], row["gap"]) == (30, 24_000_000, 6_000_000)
    assert {"staff.shortage", "staff.methods_differ"} <= codes(context)


def test_sites_round_up_by_themselves(engine: DuckEngine, tmp_path: Path) -> None:
    """26 customers in A1 and A2 are one site A at level 1 (2 RMs) and two sites at level 2 (1 + 1 RMs)."""
    customers = [{**row, "unit_id": "A1" if number < 13 else "A2"} for number, row in enumerate(line(26))]
    scene = Scene(customers=customers, units=UNITS)
    staffed(scene, engine, tmp_path, staff={"site_level": 1})
    rows = engine.fetch(
        "SELECT unit_id, required_heads FROM staff WHERE method = 'span' AND tier = '' ORDER BY unit_id"
    )
    assert rows.to_pylist() == [{"unit_id": "A", "required_heads": 2}]
    staffed(scene, engine, tmp_path, staff={"site_level": 2})
    rows = engine.fetch(
        "SELECT unit_id, required_heads FROM staff WHERE method = 'span' AND tier = '' ORDER BY unit_id"
    )
    assert rows.to_pylist() == [{"unit_id": "A1", "required_heads": 1}, {"unit_id": "A2", "required_heads": 1}]


def test_long_leave_is_not_available(engine: DuckEngine, tmp_path: Path) -> None:
    """An RM on leave for two months is not available; one away for a week is."""
    leave = [
        {"rm_id": "R0", "reason": "maternity", "valid_from": "2025-06-01", "valid_to": "2025-08-01"},
        {"rm_id": "R1", "reason": "holiday", "valid_from": "2025-06-28", "valid_to": "2025-07-05"},
    ]
    scene = Scene(customers=line(5), rms=[at("R0", 0.0), at("R1", 0.0), at("R2", 0.0, fte=500_000)], absences=leave)
    context = staffed(scene, engine, tmp_path, staff={"site_level": None})
    assert row_of(engine, "method = 'span' AND line = 'corporate' AND tier = ''")["available_heads"] == 1_500_000
    assert "staff.on_long_leave" in codes(context)


def test_quality_of_people(engine: DuckEngine, tmp_path: Path) -> None:
    """Five seniors at 1.2 and five juniors at 0.7 count as 9.5 heads (E4-82)."""
    people = [at(f"R{number}", 0.0, grade="senior" if number < 5 else "junior") for number in range(10)]
    staffed(
        Scene(customers=line(5), rms=people),
        engine,
        tmp_path,
        staff={"site_level": None, "productivity_by_grade": True},
    )
    assert row_of(engine, "method = 'span' AND line = 'corporate' AND tier = ''")["available_heads"] == 9_500_000


def test_standards_side_by_side(engine: DuckEngine, tmp_path: Path) -> None:
    """Group 40, province 36 and local 30 RMs for the same 1,440 customers stand side by side (E4-75, E4-76)."""
    spans = [
        "rule_id,standard,tier,customers_lo,customers_hi",
        "g,group,mid,36,36",
        "p,province,mid,40,40",
        "l,local,mid,48,48",
    ]
    lists = {"staffing_standard": {name: {"zh": name, "en": name} for name in ("group", "province", "local")}}
    settings = {"site_level": None, "standards": ["group", "province", "local"]}
    staffed(Scene(customers=line(1_440)), engine, tmp_path, staff=settings, code_lists=lists, tables={"rm_span": spans})
    rows = engine.fetch(
        "SELECT method, required_heads FROM staff WHERE tier = '' AND method LIKE 'span%' ORDER BY method"
    )
    assert [tuple(row.values()) for row in rows.to_pylist()] == [
        ("span", 40),
        ("span_local", 30),
        ("span_province", 36),
    ]


def test_churn_changes_headcount(engine: DuckEngine, tmp_path: Path) -> None:
    """Two branches with equal revenue, one losing 1 % and one 6 % of it, get different heads (E4-92)."""
    customers = [{**row, "unit_id": "A" if number < 300 else "B"} for number, row in enumerate(line(600))]
    period = {"period_start": "2024-01-01", "period_end": "2025-01-01", "unit": "USD", "measure": "annual_sales"}
    measures = [{"customer_id": row["customer_id"], "value": 100_00, **period} for row in customers]
    loss = {
        "currency": "USD",
        "service": "loan",
        "reason": "price",
        "suspected_on": "2025-02-01",
        "confirmed_on": "2025-03-01",
    }
    losses = [{"customer_id": "C000", "amount": 300_00, **loss}, {"customer_id": "C300", "amount": 1_800_00, **loss}]
    scene = Scene(customers=customers, units=UNITS, measures=measures, losses=losses)
    staffed(scene, engine, tmp_path, staff={"site_level": 1, "churn": {"measure": "annual_sales", "months": 12}})
    rows = engine.fetch(
        "SELECT unit_id, required_heads FROM staff WHERE method = 'workload' AND tier = '' ORDER BY unit_id"
    )
    heads = {row["unit_id"]: row["required_heads"] for row in rows.to_pylist()}
    assert heads == {"A": 11, "B": 13}


def test_micro_and_unclassified(engine: DuckEngine, tmp_path: Path) -> None:
    """1,000 micro customers need nobody (E3-64); customers without a tier are staffed and never taken for micro."""
    customers = line(1_000, tier="micro") + line(10, tier="unclassified", prefix="U")
    context = staffed(Scene(customers=customers), engine, tmp_path, staff={"site_level": None})
    assert engine.value("SELECT COUNT(*) FROM staff WHERE tier = 'micro'") == 0
    assert row_of(engine, "method = 'span' AND tier = ''")["required_heads"] == 1
    assert "staff.tier_without_rm" in codes(context)


def roster_of(scene: Scene, engine: DuckEngine, folder: Path) -> list[dict[str, Any]]:
    """The made-up roster of the scene."""
    settings = {"site_level": None, "roster": {"simulate": True, "prefix": "sim_", "method": "span"}}
    context = staffed(scene, engine, folder, staff=settings)
    assert [one.what for one in context.simulations] == ["roster"]
    return list(engine.fetch("SELECT * FROM roster ORDER BY rm_id").to_pylist())


def test_roster_is_made_up_and_says_so(engine: DuckEngine, tmp_path: Path) -> None:
    """The roster has the heads of the method, in the units with the load, under a prefix of its own."""
    customers = [{**row, "unit_id": "A1" if number < 60 else "B"} for number, row in enumerate(line(100))]
    rows = roster_of(Scene(customers=customers, units=UNITS), engine, tmp_path)
    assert [row["rm_id"] for row in rows] == [f"sim_mid_{number:03d}" for number in range(1, 5)]
    assert sorted(row["unit_id"] for row in rows) == ["A1", "A1", "B", "B"]
    lons = sorted(row["lon"] for row in rows)
    assert all(0 <= lon <= 9_900_000 for lon in lons)
    assert min(right - left for left, right in pairwise(lons)) > 1_000_000


def test_roster_does_not_depend_on_row_order(engine: DuckEngine, tmp_path: Path) -> None:
    """Shuffled customers give the same roster."""
    customers = [{**row, "unit_id": "A1" if number < 60 else "B"} for number, row in enumerate(line(100))]
    first = roster_of(Scene(customers=customers, units=UNITS), engine, tmp_path)
    customers = customers[1::2] + customers[::2]
    assert roster_of(Scene(customers=customers, units=UNITS), engine, tmp_path) == first


def test_explanation_reaches_the_policy(engine: DuckEngine, tmp_path: Path) -> None:
    """The heads of a line go down to hours per contact and to the training share with its source."""
    context = staffed(Scene(customers=line(100)), engine, tmp_path, staff={"site_level": None})
    engine.create("run_days", f"SELECT CAST('{AS_OF}' AS DATE) AS as_of")
    engine.create("staff_stored", "SELECT * FROM staff")
    figures = "unit_id, line, tier, method, customers, required_heads, reason"
    stored = "CAST(required_hours / 1000000 AS DECIMAL(18, 6)) AS required_hours"
    engine.create("staff", f"SELECT {figures}, {stored} FROM staff_stored")
    row = row_of(engine, "method = 'workload' AND line = 'corporate' AND tier = ''")
    tree = explain(engine, context.policy, row)
    found = {figure.name: figure for figure in tree.walk()}
    assert found["staff_training_share"].source == "E2-71"
    assert found["selling_hours"].value == Fraction(250 * 8) * Fraction(94, 100) * Fraction(3, 4) * Fraction(55, 100)
    assert found["hours_per_contact"].rule.startswith("service_standard#")
    assert isinstance(AS_OF, dt.date)


def test_every_finding_has_texts() -> None:
    """Each code of the stage has a reason and a remedy in both languages."""
    for code in (
        "tier_without_rm",
        "no_service_standard",
        "methods_differ",
        "shortage",
        "on_long_leave",
        "cell_not_one_word",
    ):
        assert set(catalogue()[f"staff.{code}"]) == {"zh", "en"}
