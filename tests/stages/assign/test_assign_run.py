"""The stage on facts: pins, bans, families, skills, grades, budgets, bands, baselines, laws, order of rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kejing.measure.findings import Severity
from kejing.stages.context import StageContext
from kejing.stages.deploy.assign import certify
from kejing.stages.deploy.assign.laws import LAWS
from kejing.text.catalogue import catalogue
from kejing.warehouse.engine import DuckEngine
from tests.stages.assign.scene import Scene, at, codes, leads, line, pack_with, run_both

NO_BUDGET = {"disruption_budget": False}
EIGHT = {"staff_selling_share": "15%"}
"""211.5 hours a year: eight mid-sized customers of 26 hours an RM."""


@pytest.fixture
def engine() -> Iterator[DuckEngine]:
    """An engine of its own."""
    with DuckEngine(threads=1) as duck:
        yield duck


def planned(scene: Scene, engine: DuckEngine, folder: Path, **changes: Any) -> StageContext:
    """The scene after both stages, laws held, every warning explained in both languages."""
    settings = {"staff": {"site_level": None}, **changes}
    context = run_both(scene, pack_with(folder, **settings), folder, engine)
    assert [law.name for law in LAWS if engine.fetch(law.sql).num_rows] == []
    for finding in context.findings:
        for message in catalogue()[finding.code].values():
            message.reason.format(**finding.facts, file="", sheet="", row=0, column="", value="")
    return context


def summary(engine: DuckEngine, plan: str = "proposed") -> dict[str, Any]:
    """The row of all parts of ``plan``."""
    rows = engine.fetch(f"SELECT * FROM assign_summary WHERE part = '' AND plan = '{plan}'").to_pylist()
    assert len(rows) == 1
    return dict(rows[0])


def test_nearest_rm_leads(engine: DuckEngine, tmp_path: Path) -> None:
    """With room for all, everybody has the nearest RM, and the bound proves that nothing is better."""
    scene = Scene(customers=line(10), rms=[at("R0", 0.0), at("R1", 0.9)])
    planned(scene, engine, tmp_path)
    assert list(leads(engine).values()) == ["R0"] * 5 + ["R1"] * 5
    found = summary(engine)
    assert (found["objective"], found["gap"], found["pooled_customers"]) == (found["lower_bound"], 0, 0)


def test_hours_are_not_exceeded(engine: DuckEngine, tmp_path: Path) -> None:
    """Eight customers fit one RM: of twelve near R0, four go to the far R1; nobody is left out."""
    scene = Scene(customers=line(12, step=0.001), rms=[at("R0", 0.0), at("R1", 5.0)])
    planned(scene, engine, tmp_path, parameters=EIGHT)
    assert sorted(leads(engine).values()) == ["R0"] * 8 + ["R1"] * 4


def test_hours_rise_where_customers_are_lost(engine: DuckEngine, tmp_path: Path) -> None:
    """Churn that asks for more heads asks for the same hours in the books: fewer customers fit one RM (E4-92)."""
    customers = line(12, step=0.001)
    period = {"period_start": "2024-01-01", "period_end": "2025-01-01", "unit": "USD", "measure": "annual_sales"}
    measures = [{"customer_id": row["customer_id"], "value": 100_00, **period} for row in customers]
    loss = {"customer_id": "C000", "amount": 400_00, "currency": "USD", "service": "loan", "reason": "price"}
    losses = [{**loss, "suspected_on": "2025-02-01", "confirmed_on": "2025-03-01"}]
    churn = {"staff": {"site_level": None, "churn": {"measure": "annual_sales", "months": 12}}}
    held = {}
    for name, settings in (("calm", {}), ("churn", churn)):
        with DuckEngine(threads=1) as duck:
            scene = Scene(customers=customers, rms=[at("R0", 0.0)], measures=measures, losses=losses)
            planned(scene, duck, tmp_path / name, parameters=EIGHT, **settings)
            held[name] = list(leads(duck).values()).count("R0")
            if name == "churn":
                asked = duck.value("SELECT CAST(SUM(required_hours) AS BIGINT) FROM staff WHERE tier = 'mid'")
                given = duck.value("SELECT CAST(SUM(required_hours) AS BIGINT) FROM assign")
                assert abs(int(str(asked)) - int(str(given))) <= len(customers) * 1_000_000 // 60
    assert held["churn"] < held["calm"] == 8


def test_a_phone_rm_does_not_travel(engine: DuckEngine, tmp_path: Path) -> None:
    """To an RM of a remote line no distance counts: a customer far away costs nothing more, and shows no distance."""
    phone = {**at("R0", 0.0), "line": "phone"}
    customers = line(4, tier="small", start=10.0)
    remote = {"assign": {"remote_lines": ["phone"], **NO_BUDGET}}
    planned(Scene(customers=customers, rms=[phone]), engine, tmp_path, **remote)
    rows = engine.fetch("SELECT rm_id, distance_km, cost FROM assign ORDER BY customer_id").to_pylist()
    assert [(row["rm_id"], row["distance_km"], row["cost"]) for row in rows] == [("R0", None, 0)] * 4
    assert summary(engine)["mean_distance_km"] is None


def test_shortage_is_said_in_hours(engine: DuckEngine, tmp_path: Path) -> None:
    """Ten customers and room for eight: two stay in the pool, and the finding says that 52 hours are missing."""
    context = planned(Scene(customers=line(10), rms=[at("R0", 0.0)]), engine, tmp_path, parameters=EIGHT)
    assert sorted(leads(engine).values()) == [""] * 2 + ["R0"] * 8
    facts = next(finding.facts for finding in context.findings if finding.code == "assign.pooled")
    assert (facts["count"], facts["hours"], facts["tier"]) == ("2", "52.0", "mid")


def test_families_stay_together(engine: DuckEngine, tmp_path: Path) -> None:
    """A group at both ends of the line has one RM; with groups apart each end has its own."""
    customers = line(10)
    for number in (0, 9):
        customers[number]["group_id"] = "G"
    scene = Scene(customers=customers, rms=[at("R0", 0.0), at("R1", 0.9)])
    planned(scene, engine, tmp_path)
    together = leads(engine)
    assert together["C000"] == together["C009"]
    planned(scene, engine, tmp_path, assign={"groups": "apart"})
    apart = leads(engine)
    assert (apart["C000"], apart["C009"]) == ("R0", "R1")


def test_oversized_family(engine: DuckEngine, tmp_path: Path) -> None:
    """A group that no RM can hold is named as what blocks; only if the policy allows is it split."""
    customers = [{**row, "group_id": "G"} for row in line(10)]
    scene = Scene(customers=customers, rms=[at("R0", 0.0), at("R1", 0.9)])
    context = planned(scene, engine, tmp_path, parameters=EIGHT)
    assert set(leads(engine).values()) == {""}
    assert {"assign.group_too_big", "assign.blocked_by_capacity"} <= codes(context)
    planned(scene, engine, tmp_path, parameters=EIGHT, assign={"groups": "split_oversized"})
    assert "" not in leads(engine).values()


def test_pins_and_bans(engine: DuckEngine, tmp_path: Path) -> None:
    """A pin holds against distance, a ban against nearness; a pin to nobody on the roll is reported."""
    pins = [
        {"customer_id": "C000", "rm_id": "R1", "rule": "pin", "reason": "x"},
        {"customer_id": "C001", "rm_id": "R0", "rule": "forbid", "reason": "x"},
        {"customer_id": "C002", "rm_id": "R9", "rule": "pin", "reason": "x"},
    ]
    scene = Scene(customers=line(10), rms=[at("R0", 0.0), at("R1", 0.9)], pins=pins)
    context = planned(scene, engine, tmp_path)
    found = leads(engine)
    assert (found["C000"], found["C001"], found["C002"]) == ("R1", "R1", "R0")
    assert engine.value("SELECT reason FROM assign WHERE customer_id = 'C000'") == "pinned"
    assert "assign.pin_unknown_rm" in codes(context)


def test_pins_beyond_capacity(engine: DuckEngine, tmp_path: Path) -> None:
    """Ten pins on an RM with room for eight hold, and the finding says which RM misses how many hours."""
    pins = [{"customer_id": f"C{number:03d}", "rm_id": "R0", "rule": "pin", "reason": "x"} for number in range(10)]
    scene = Scene(customers=line(12), rms=[at("R0", 0.0), at("R1", 0.9)], pins=pins)
    context = planned(scene, engine, tmp_path, parameters=EIGHT)
    assert list(leads(engine).values()) == ["R0"] * 10 + ["R1"] * 2
    facts = next(finding.facts for finding in context.findings if finding.code == "assign.pins_overload")
    assert (facts["rm"], facts["missing"]) == ("R0", "48.5")


def test_contradicting_pins_of_a_family(engine: DuckEngine, tmp_path: Path) -> None:
    """Two pins of one family cannot both hold; the second is named."""
    customers = [{**row, "group_id": "G"} for row in line(2)]
    pins = [{"customer_id": f"C00{number}", "rm_id": f"R{number}", "rule": "pin", "reason": "x"} for number in range(2)]
    context = planned(Scene(customers=customers, rms=[at("R0", 0.0), at("R1", 0.9)], pins=pins), engine, tmp_path)
    assert leads(engine) == {"C000": "R0", "C001": "R0"}
    assert "assign.pin_overruled" in codes(context)


def test_grades_and_skills(engine: DuckEngine, tmp_path: Path) -> None:
    """A junior never leads a large customer (E2-46), and a skill that only the far RM has decides."""
    customers = [*line(1, tier="large", prefix="L"), {**line(1, prefix="S")[0], "required_skill": "trade"}, *line(1)]
    rms = [at("R0", 0.0, grade="junior"), at("R1", 0.9, grade="senior", skills="fx; trade")]
    planned(Scene(customers=customers, rms=rms), engine, tmp_path)
    assert leads(engine) == {"L000": "R1", "S000": "R1", "C000": "R0"}


def test_nobody_is_eligible(engine: DuckEngine, tmp_path: Path) -> None:
    """A large customer among juniors, and a skill nobody has, are named as what blocks."""
    customers = [*line(1, tier="large", prefix="L"), {**line(1, prefix="S")[0], "required_skill": "gold"}]
    context = planned(Scene(customers=customers, rms=[at("R0", 0.0, grade="junior")]), engine, tmp_path)
    assert set(leads(engine).values()) == {""}
    assert {"assign.blocked_by_eligibility", "assign.blocked_by_skill"} <= codes(context)


def test_all_banned(engine: DuckEngine, tmp_path: Path) -> None:
    """A customer whom every RM must avoid is named."""
    pins = [{"customer_id": "C000", "rm_id": "R0", "rule": "forbid", "reason": "x"}]
    context = planned(Scene(customers=line(1), rms=[at("R0", 0.0)], pins=pins), engine, tmp_path)
    assert "assign.blocked_by_ban" in codes(context)


def crossed(count: int) -> Scene:
    """Two RMs whose books of today lie crosswise: each leads the customers near the other."""
    customers = line(count)
    cover = [
        {"customer_id": row["customer_id"], "rm_id": "R1" if number < count // 2 else "R0"}
        for number, row in enumerate(customers)
    ]
    return Scene(customers=customers, rms=[at("R0", 0.0), at("R1", 0.1 * (count - 1))], coverage=cover)


def test_disruption_budget(engine: DuckEngine, tmp_path: Path) -> None:
    """With a budget of 15 % three of twenty crosswise customers move, the three whose move saves most; without, all."""
    scene = crossed(20)
    cheap = {"assign_switch_cost": 0, "assign_switch_cost_book": 0}
    planned(scene, engine, tmp_path, parameters=cheap)
    assert summary(engine)["moved_customers"] == 3
    moved = {
        row["customer_id"] for row in engine.fetch("SELECT customer_id FROM assign WHERE reason = 'moved'").to_pylist()
    }
    assert moved <= {"C000", "C001", "C002", "C017", "C018", "C019"}
    planned(scene, engine, tmp_path, parameters=cheap, assign=NO_BUDGET)
    assert summary(engine)["moved_customers"] == 20


def test_never_dearer_than_today(engine: DuckEngine, tmp_path: Path) -> None:
    """The plan costs no more than keeping today's books, and dear changes keep everybody where they are."""
    planned(crossed(20), engine, tmp_path, parameters={"assign_switch_cost": 1_000_000}, assign=NO_BUDGET)
    proposed, today = summary(engine), summary(engine, "today")
    assert proposed["objective"] == today["objective"]
    assert (proposed["moved_customers"], proposed["moved_value"]) == (0, 0)


def test_today_is_overloaded(engine: DuckEngine, tmp_path: Path) -> None:
    """Books that cannot be kept say how far over they are; what must move for it is moved and reported."""
    customers = line(16)
    cover = [{"customer_id": row["customer_id"], "rm_id": "R0"} for row in customers]
    scene = Scene(customers=customers, rms=[at("R0", 0.0), at("R1", 1.5)], coverage=cover)
    context = planned(scene, engine, tmp_path, parameters=EIGHT)
    assert {"assign.today_overloaded", "assign.over_moved_customers"} <= codes(context)
    assert sorted(leads(engine).values()) == ["R0"] * 8 + ["R1"] * 8
    facts = next(finding.facts for finding in context.findings if finding.code == "assign.over_moved_customers")
    assert (facts["allowed"], facts["needed"]) == ("2", "8")


def test_ownership_conflicts_and_leavers(engine: DuckEngine, tmp_path: Path) -> None:
    """Two leads on one customer and a lead who left are both named; the leaver's customer gets another RM."""
    cover: list[dict[str, Any]] = [
        {"customer_id": "C000", "rm_id": "R0", "share": 4_000},
        {"customer_id": "C000", "rm_id": "R1", "share": 6_000},
        {"customer_id": "C001", "rm_id": "R8"},
    ]
    context = planned(Scene(customers=line(3), rms=[at("R0", 0.0), at("R1", 0.9)], coverage=cover), engine, tmp_path)
    assert {"assign.several_leads", "assign.rm_left"} <= codes(context)
    rows = {row["customer_id"]: row for row in engine.fetch("SELECT * FROM assign").to_pylist()}
    assert rows["C000"]["previous_rm_id"] == "R1"
    assert (rows["C001"]["previous_rm_id"], rows["C001"]["rm_id"], rows["C001"]["reason"]) == ("R8", "R0", "moved")
    assert rows["C002"]["reason"] == "new"


def test_value_band_levels_books(engine: DuckEngine, tmp_path: Path) -> None:
    """With a band the spread of book values shrinks; one customer beyond the band is reported, not refused."""
    customers = [{**row, "worth": 400 if number < 5 else 100} for number, row in enumerate(line(20))]
    scene = Scene(customers=customers, rms=[at("R0", 0.0), at("R1", 1.9)])
    planned(scene, engine, tmp_path)
    loose = summary(engine)["fairness_after"]
    planned(scene, engine, tmp_path, assign={"value_band": True}, parameters={"assign_value_band": "10%"})
    assert summary(engine)["fairness_after"] < loose
    giant = [{**row, "worth": 100_000 if number == 0 else 100} for number, row in enumerate(line(20))]
    context = planned(Scene(customers=giant, rms=scene.rms), engine, tmp_path, assign={"value_band": True})
    assert "assign.outside_band" in codes(context)


def test_counts_and_travel(engine: DuckEngine, tmp_path: Path) -> None:
    """Capacity may be a count by span, and travel may take hours of its own."""
    scene = Scene(customers=line(40), rms=[at("R0", 0.0), at("R1", 3.9)])
    planned(scene, engine, tmp_path, assign={"capacity": ["count"]}, parameters={"assign_count_factor": "100%"})
    assert sorted(leads(engine).values()).count("R0") <= 25
    planned(scene, engine, tmp_path, assign={"travel_in_hours": True})
    hours = engine.fetch(
        "SELECT rm_id, required_hours, distance_km FROM assign WHERE distance_km > 50000000"
    ).to_pylist()
    assert all(row["required_hours"] > 26_000_000 for row in hours)


def test_baselines(engine: DuckEngine, tmp_path: Path) -> None:
    """Dealt by unit or by the alphabet the same customers cost more than the plan."""
    customers = line(30)
    customers = customers[::2] + customers[1::2]
    for number, row in enumerate(customers):
        row["name"] = f"{number:03d}"
    scene = Scene(customers=customers, rms=[at(f"R{number}", 0.7 * number) for number in range(4)])
    planned(scene, engine, tmp_path, assign={"baselines": ["by_unit", "alphabetical"]})
    assert summary(engine)["objective"] < min(
        summary(engine, plan)["objective"] for plan in ("by_unit", "alphabetical")
    )


def test_micro_has_no_rm(engine: DuckEngine, tmp_path: Path) -> None:
    """A micro customer is in the books without an RM, at no cost (E3-64)."""
    planned(Scene(customers=line(2) + line(1, tier="micro", prefix="M"), rms=[at("R0", 0.0)]), engine, tmp_path)
    row = engine.fetch("SELECT rm_id, cost, reason FROM assign WHERE customer_id = 'M000'").to_pylist()
    assert row == [{"rm_id": "", "cost": 0, "reason": "pool"}]


def test_no_rms_at_all(engine: DuckEngine, tmp_path: Path) -> None:
    """Without anybody on the roll everybody is in the pool, and the finding says why."""
    context = planned(Scene(customers=line(3)), engine, tmp_path)
    assert set(leads(engine).values()) == {""}
    assert "assign.no_rms" in codes(context)


def test_simulated_roster_gets_books(engine: DuckEngine, tmp_path: Path) -> None:
    """Made-up RMs of the roster take everybody, each their own tier, in islands that add up."""
    customers = line(60) + line(10, tier="large", prefix="L") + line(70, tier="small", prefix="S")
    roster = {"staff": {"site_level": None, "roster": {"simulate": True}}}
    planned(Scene(customers=customers), engine, tmp_path, **roster)
    assert engine.value("SELECT COUNT(*) FROM assign WHERE rm_id NOT LIKE 'sim_' || tier || '%'") == 0
    parts = engine.fetch("SELECT part, customers FROM assign_summary WHERE part <> '' ORDER BY part").to_pylist()
    assert [tuple(row.values()) for row in parts] == [("large", 10), ("mid", 60), ("small", 70)]


@pytest.mark.parametrize("exact_pairs", [4_000, 0])
def test_in_period_repair(engine: DuckEngine, tmp_path: Path, exact_pairs: int) -> None:
    """After an RM left, a redesign moves crosswise customers; a repair moves the leaver's only, and is certified."""
    scene = crossed(20)
    gone = [{**row, "rm_id": "R9"} if number < 3 else row for number, row in enumerate(scene.coverage)]
    after = Scene(customers=scene.customers, rms=scene.rms, coverage=gone)
    cheap = {"assign_switch_cost": 0, "assign_switch_cost_book": 0, "assign_repair_cost": 1_000_000}
    moved = {}
    for mode in ("redesign", "repair"):
        settings = {**NO_BUDGET, "mode": mode, "exact_pairs": exact_pairs}
        planned(after, engine, tmp_path, parameters=cheap, assign=settings)
        rows = engine.fetch("SELECT customer_id FROM assign WHERE reason = 'moved' ORDER BY customer_id").to_pylist()
        moved[mode] = [row["customer_id"] for row in rows]
    assert len(moved["redesign"]) == 20
    assert moved["repair"] == ["C000", "C001", "C002"]
    assert summary(engine)["method"] == ("exact" if exact_pairs else "repair")
    report = certify(tmp_path / "certificate")
    assert report.is_valid
    assert report.gap == 0


def test_repair_makes_room(engine: DuckEngine, tmp_path: Path) -> None:
    """Nine customers on an RM whose hours now hold eight: one moves, and nobody else."""
    customers = line(12, step=0.001)
    cover = [
        {"customer_id": row["customer_id"], "rm_id": "R0" if number < 9 else "R1"}
        for number, row in enumerate(customers)
    ]
    scene = Scene(customers=customers, rms=[at("R0", 0.0), at("R1", 1.0)], coverage=cover)
    settings = {**NO_BUDGET, "mode": "repair", "exact_pairs": 0}
    planned(scene, engine, tmp_path, parameters=EIGHT, assign=settings)
    assert sorted(leads(engine).values()) == ["R0"] * 8 + ["R1"] * 4


def test_curve_of_moves(engine: DuckEngine, tmp_path: Path) -> None:
    """From no move to twice the budget each plan costs no more than the one before, and keeps to what is allowed."""
    cheap = {"assign_switch_cost": 0, "assign_switch_cost_book": 0, "assign_max_moved_customers": "30%"}
    cheap |= {"assign_max_moved_value": "100%"}
    planned(crossed(20), engine, tmp_path, parameters=cheap, assign={"tradeoffs": 7})
    rows = engine.fetch("SELECT * FROM assign_curve ORDER BY step").to_pylist()
    assert [row["allowed"] for row in rows] == [0, 2, 4, 6, 8, 10, 12]
    assert [row["moved_customers"] for row in rows] == [row["allowed"] for row in rows]
    assert [row["objective"] for row in rows] == sorted((row["objective"] for row in rows), reverse=True)
    assert [row["mean_distance_km"] for row in rows] == sorted((row["mean_distance_km"] for row in rows), reverse=True)
    assert all(row["lower_bound"] <= row["objective"] for row in rows)
    prices = engine.fetch("SELECT price FROM assign_price WHERE resource = 'moved_customers'").to_pylist()
    own, more = rows[3]["objective"], rows[4]["objective"]
    assert own - more <= rows[3]["objective"] - rows[3]["lower_bound"] + 2 * prices[0]["price"] / 1_000_000


def test_load_band_levels_loads(engine: DuckEngine, tmp_path: Path) -> None:
    """Customers near one RM are shared where loads are held in a band; along the curve the band's price is steered."""
    scene = Scene(customers=line(20, step=0.01), rms=[at("R0", 0.0), at("R1", 2.0)])
    planned(scene, engine, tmp_path, assign=NO_BUDGET)
    assert set(leads(engine).values()) == {"R0"}
    planned(scene, engine, tmp_path, assign={**NO_BUDGET, "load_band": True, "tradeoffs": 5})
    assert sorted(leads(engine).values()).count("R1") >= 9
    rows = engine.fetch("SELECT steered, allowed, objective, load_spread FROM assign_curve ORDER BY step").to_pylist()
    assert [(row["steered"], row["allowed"]) for row in rows] == [("bands", one) for one in (200, 150, 100, 50, 0)]
    assert [row["objective"] for row in rows] == sorted((row["objective"] for row in rows), reverse=True)
    assert rows[0]["load_spread"] < rows[-1]["load_spread"] == 1_000_000


def test_order_of_rows_changes_nothing(engine: DuckEngine, tmp_path: Path) -> None:
    """Shuffled facts give the same tables, row by row."""
    scene = crossed(20)
    kept = []
    for step in (1, 7):
        mixed = Scene(
            customers=[scene.customers[number * step % 20] for number in range(20)],
            rms=scene.rms[::-1] if step > 1 else scene.rms,
            coverage=[scene.coverage[number * step % 20] for number in range(20)],
        )
        planned(mixed, engine, tmp_path)
        kept.append(
            [engine.fetch(f"SELECT * FROM {name} ORDER BY ALL").to_pylist() for name in ("assign", "assign_summary")]
        )
    assert kept[0] == kept[1]


def test_findings_are_not_errors(engine: DuckEngine, tmp_path: Path) -> None:
    """The stage never stops a run for what it finds in the books."""
    context = planned(crossed(10), engine, tmp_path)
    assert all(finding.severity is not Severity.ERROR for finding in context.findings)
