"""The stage with an outlook, on facts: P90 and levers of every row, the hiring path, the gap split, attention."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from kejing.policy import Pack
from kejing.stages.context import StageContext
from kejing.stages.decide import staff
from kejing.stages.decide.staff.explain import explain
from kejing.stages.decide.staff.explain_ahead import explain_lever, explain_path
from kejing.stages.decide.staff.laws import LAWS
from kejing.stages.output import output_table
from kejing.warehouse.digest import table_digest
from kejing.warehouse.engine import DuckEngine
from tests.conftest import REPOSITORY
from tests.stages.assign.scene import AS_OF, Scene, at, codes, line

TABLES = ("staff", "staff_gap", "staff_lever", "staff_path")


@pytest.fixture
def engine() -> Iterator[DuckEngine]:
    """An engine of its own."""
    with DuckEngine(threads=1) as duck:
        yield duck


def pack_of(name: str, folder: Path, section: str = "{}", **tables: str) -> Pack:
    """A shipped pack with ``section`` over its staffing and rows of tables replaced."""
    (folder / "overlay" / "tables").mkdir(parents=True)
    (folder / "overlay" / "policy.yaml").write_text(f"staff: {section}\n", encoding="utf-8")
    for table, text in tables.items():
        (folder / "overlay" / "tables" / f"{table}.csv").write_text(text, encoding="utf-8")
    return Pack.load(REPOSITORY / "policies" / name, [folder / "overlay"])


def staffed(scene: Scene, engine: DuckEngine, pack: Pack, folder: Path, *, seed: int = 1) -> StageContext:
    """The scene after the stage, its laws held."""
    context = scene.open(engine, pack, folder, seed=seed)
    staff.run(context)
    assert [law.name for law in LAWS if engine.fetch(law.sql).num_rows] == []
    return context


def rows(engine: DuckEngine, text: str) -> list[dict[str, Any]]:
    """Rows of a SELECT."""
    return list(engine.fetch(text).to_pylist())


def digests(engine: DuckEngine) -> dict[str, str]:
    """Content of every table of the stage."""
    return {name: table_digest(output_table(engine, name, "CNY")) for name in TABLES}


def test_every_row_has_its_p90(engine: DuckEngine, tmp_path: Path) -> None:
    """Heads by workload, span and ratio have a P90 each; officers' is that of the RMs' P90."""
    scene = Scene(customers=[*line(300), *line(40, tier="large", prefix="L")], rms=[at("R1", 0.0)])
    staffed(scene, engine, pack_of("bank_corporate", tmp_path), tmp_path)
    found = {
        (row["method"], row["line"], row["tier"]): row["required_heads_p90"]
        for row in rows(engine, "SELECT * FROM staff")
    }
    assert None not in found.values()
    assert found["span", "corporate", ""] >= 12 + 5
    officers = -(-found["span", "corporate", "mid"] * 2 // 5) + found["span", "corporate", "large"]
    assert found["ratio", "treasury_officer", ""] == officers


def test_a_run_repeats_itself(engine: DuckEngine, tmp_path: Path) -> None:
    """The same seed gives the same tables whatever the order of the rows; another seed moves the draws alone."""
    scene = Scene(customers=[*line(300), *line(40, tier="large", prefix="L")])
    pack = pack_of("bank_corporate", tmp_path)
    staffed(scene, engine, pack, tmp_path)
    first = digests(engine)
    staffed(Scene(customers=list(reversed(scene.customers))), engine, pack, tmp_path)
    assert digests(engine) == first
    staffed(scene, engine, pack, tmp_path, seed=2)
    other = digests(engine)
    assert {name for name in TABLES if other[name] != first[name]} == {"staff", "staff_path"}


def test_levers_stand_alone_and_exact(engine: DuckEngine, tmp_path: Path) -> None:
    """A quarter in training, 20 to 30 %: heads move by 75/80 and 75/70, and every lever passes through one base."""
    staffed(Scene(customers=line(300)), engine, pack_of("bank_corporate", tmp_path), tmp_path)
    levers = {row["lever"]: row for row in rows(engine, "SELECT * FROM staff_lever WHERE line = 'corporate'")}
    assert len(levers) == 11
    assert len({row["exact_heads_base"] for row in levers.values()}) == 1
    training = levers["training_share"]
    assert training["exact_heads_low"] == round(training["exact_heads_base"] * 75 / 80)
    assert training["exact_heads_high"] == round(training["exact_heads_base"] * 75 / 70)
    assert levers["quality_factor"]["exact_heads_high"] < training["exact_heads_base"]


def test_hires_are_made_by_month(engine: DuckEngine, tmp_path: Path) -> None:
    """300 mid customers need 12 RMs and 4 are there: nobody comes for two months, and by the year's end none lacks."""
    scene = Scene(customers=line(300), rms=[at(f"R{number}", 0.0) for number in range(4)])
    staffed(scene, engine, pack_of("bank_corporate", tmp_path), tmp_path)
    path = rows(engine, "SELECT * FROM staff_path WHERE line = 'corporate' ORDER BY month")
    assert [row["month"] for row in path[:2]] == [dt.date(2025, 7, 1), dt.date(2025, 8, 1)]
    assert [row["hires"] for row in path[:2]] == [0, 0]
    assert path[2]["hires"] > 0
    assert path[-1]["gap"] <= 0 < path[-1]["gap_without_hiring"]


def test_the_gap_is_split(engine: DuckEngine, tmp_path: Path) -> None:
    """400 mid customers: 16 posts at 25 a head, 14 by hours (E4-76); with 10 people 6 are unfilled."""
    scene = Scene(customers=line(400), rms=[at(f"R{number}", 0.0) for number in range(10)])
    staffed(scene, engine, pack_of("bank_corporate", tmp_path), tmp_path)
    gap = rows(engine, "SELECT * FROM staff_gap WHERE line = 'corporate'")[0]
    assert (gap["required_heads"], gap["allotted_heads"]) == (14, 16)
    assert (gap["not_filled"], gap["standard_too_low"], gap["gap"]) == (6_000_000, 0, 6_000_000)


def test_a_standard_too_low_is_told_apart(engine: DuckEngine, tmp_path: Path) -> None:
    """At 50 a head 8 posts are allotted and 14 needed: with 6 people 2 posts are empty and 6 were never allotted."""
    span = "rule_id,standard,tier,customers_lo,customers_hi,valid_from,valid_to,source,note\n"
    pack = pack_of("bank_corporate", tmp_path, rm_span=span + "span_mid,own,mid,50,50,2000-01-01,,test,\n")
    scene = Scene(customers=line(400), rms=[at(f"R{number}", 0.0) for number in range(6)])
    staffed(scene, engine, pack, tmp_path)
    gap = rows(engine, "SELECT * FROM staff_gap WHERE line = 'corporate'")[0]
    assert (gap["not_filled"], gap["standard_too_low"]) == (2_000_000, 6_000_000)


def test_attention_is_inverted(engine: DuckEngine, tmp_path: Path) -> None:
    """A customers of 2,250 a month and crystal ones of 6,500: .148 against .103 visits per 1,000 yuan (E4-57)."""
    customers = [
        {**row, "kind": "telecom", "worth": 2_250 if row["tier"] == "a" else 6_500}
        for row in [*line(20, tier="a"), *line(10, tier="crystal", prefix="K")]
    ]
    discount = {"measure": "discount_share", "unit": "share", "period_start": "2025-01-01", "period_end": "2025-06-30"}
    measures = [
        {"customer_id": row["customer_id"], "value": 200_000 if row["tier"] == "a" else 150_000, **discount}
        for row in customers
    ]
    section = "{scheme: annual_sales, attention: {discount: discount_share}}"
    context = staffed(
        Scene(customers=customers, measures=measures),
        engine,
        pack_of("telecom_4plus1", tmp_path, section),
        tmp_path,
    )
    found = {row["measure"]: row for row in rows(engine, "SELECT * FROM attention")}
    assert [(row["intensity"], row["below_intensity"]) for row in (found["visits"], found["discount"])] == [
        (102_564, 148_148),
        (150_000, 200_000),
    ]
    assert found["visits"]["difference"] == -307_692
    assert {f"staff.inverted_{measure}" for measure in found} <= codes(context)
    assert all(row["is_inverted"] for row in found.values())


def test_the_p90_is_explained(engine: DuckEngine, tmp_path: Path) -> None:
    """The tree of a line's heads names the mean, every lever with its ends, and where each end comes from."""
    context = staffed(Scene(customers=line(300)), engine, pack_of("bank_corporate", tmp_path), tmp_path)
    engine.create("run_days", f"SELECT CAST('{AS_OF}' AS DATE) AS as_of")
    stored = output_table(engine, "staff", "CNY")
    engine.attach_arrow("staff", stored)
    row = next(
        row for row in stored.to_pylist() if (row["method"], row["line"], row["tier"]) == ("workload", "corporate", "")
    )
    tree = explain(engine, context.policy, row)
    found = [figure for figure in tree.walk() if figure.name == "lever"]
    assert {figure.rule for figure in found} >= {"staff_lever#lv_training", "staff_lever#lv_churn"}
    training = next(figure for figure in found if figure.rule == "staff_lever#lv_training")
    assert [child.value for child in training.children] == [Fraction(20, 100), Fraction(30, 100)]
    assert training.source.startswith("assumption:")


def test_levers_and_hires_are_explained(engine: DuckEngine, tmp_path: Path) -> None:
    """A lever's tree is high less low with the rule of its ends; a month's names the heads ahead and the ramp-up."""
    context = staffed(Scene(customers=line(300)), engine, pack_of("bank_corporate", tmp_path), tmp_path)
    engine.create("run_days", f"SELECT CAST('{AS_OF}' AS DATE) AS as_of")
    for name in ("staff_lever", "staff_path"):
        engine.attach_arrow(name, output_table(engine, name, "CNY"))
    lever = next(row for row in rows(engine, "SELECT * FROM staff_lever") if row["lever"] == "training_share")
    swing = explain_lever(engine, context.policy, lever)
    low, _, high, hours = swing.children
    assert isinstance(low.value, Fraction)
    assert isinstance(high.value, Fraction)
    assert swing.value == high.value - low.value > 0
    assert hours.name == "selling_hours"
    month = rows(engine, "SELECT * FROM staff_path ORDER BY month")[3]
    tree = explain_path(engine, context.policy, month)
    assert tree.value == month["hires"]
    assert [figure.name for figure in tree.walk()].count("required_heads") == 12 - 3
    assert {figure.rule for figure in tree.walk() if figure.name == "ramp"} >= {
        "rm_ramp#ramp_first",
        "rm_ramp#ramp_full",
    }
