"""A certificate is checked without the solver, and a forged one is found out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from kejing.stages.deploy.assign import certify
from kejing.stages.deploy.assign.certify import NoCertificateError
from kejing.stages.deploy.assign.explain import explain
from kejing.warehouse.engine import DuckEngine
from tests.stages.assign.scene import Scene, at, line, pack_with, run_both


@pytest.fixture
def proof(tmp_path: Path) -> Path:
    """The certificate of books with hours, a value band, a move budget and implied rows."""
    customers = [{**row, "worth": 100 + number % 7 * 50} for number, row in enumerate(line(40))]
    cover = [{"customer_id": row["customer_id"], "rm_id": f"R{number % 3}"} for number, row in enumerate(customers)]
    scene = Scene(customers=customers, rms=[at(f"R{number}", 1.3 * number) for number in range(4)], coverage=cover)
    settings = {"value_band": True, "disruption_budget": True, "capacity": ["hours", "count"]}
    parameters = {"staff_selling_share": "25%", "assign_max_moved_customers": "60%", "assign_max_moved_value": "70%"}
    pack = pack_with(tmp_path, staff={"site_level": None}, assign=settings, parameters=parameters)
    with DuckEngine(threads=1) as engine:
        run_both(scene, pack, tmp_path, engine)
    return tmp_path / "certificate"


def test_certificate_holds(proof: Path) -> None:
    """Feasibility, cost and bound are what the run said; the gap is a share of the bound."""
    report = certify(proof)
    stated = json.loads((proof / "certificate.json").read_text(encoding="utf-8"))
    assert report.problems == ()
    assert report.is_valid
    assert (report.cost, report.bound) == (stated["objective"], stated["lower_bound"])
    assert report.gap is not None
    assert 0 <= report.gap < 1
    assert stated["implied"]


def _forge(folder: Path, name: str, change: Callable[[pa.Table], pa.Table]) -> None:
    path = folder / f"{name}.parquet"
    pq.write_table(change(pq.read_table(path)), path)


def _replaced(table: pa.Table, column: str, values: object) -> pa.Table:
    return table.set_column(table.column_names.index(column), column, pa.array(values))


def _raised(column: str, by: int) -> Callable[[pa.Table], pa.Table]:
    return lambda table: _replaced(table, column, pc.add(table[column], by).to_pylist())


FORGERIES: dict[str, tuple[str, Callable[[pa.Table], pa.Table], str]] = {
    "a dearer pair": ("pairs", _raised("cost", 1), "objective"),
    "everybody with one RM": (
        "plan",
        lambda table: _replaced(table, "rm", [0] * table.num_rows),
        "hard_row_high_minutes",
    ),
    "an RM out of the roll": ("plan", lambda table: _replaced(table, "rm", [99] * table.num_rows), "not_eligible"),
    "a decision left out": ("plan", lambda table: table.slice(1), "not_one_rm"),
    "prices below zero": ("rms", _raised("high_price_minutes", -(2**40)), "price_high_minutes"),
    "a band price above its penalty": ("rms", _raised("high_price_value", 2**40), "price_high_value"),
    "less capacity": ("rms", _raised("high_minutes", -9_000), "hard_row_high_minutes"),
    "a pair twice": ("pairs", lambda table: pa.concat_tables([table, table.slice(0, 1)]), "pair_twice"),
    "a negative use": ("pairs", _raised("use_minutes", -100_000), "negative_figure"),
}


@pytest.mark.parametrize("name", sorted(FORGERIES))
def test_forgery_is_found(proof: Path, name: str) -> None:
    """Each forged file makes the check name what is wrong."""
    table, change, problem = FORGERIES[name]
    _forge(proof, table, change)
    assert any(found.startswith(problem) for found in certify(proof).problems)


def test_implied_rows_must_follow(proof: Path) -> None:
    """A row that shuts out plans which the hours allow is no proof."""
    name = json.loads((proof / "certificate.json").read_text(encoding="utf-8"))["implied"][0]["name"]
    _forge(proof, "rms", _raised(f"high_{name}", -1))
    assert any(found.startswith(f"implied_{name}") for found in certify(proof).problems)


def test_books_must_be_those_of_the_plan(proof: Path) -> None:
    """A book table beside the certificate that differs from the plan is found out."""
    members = pq.read_table(proof / "members.parquet")
    count = members.num_rows
    books = pa.table(
        {"customer_id": members["customer_id"], "role": pa.array(["lead"] * count), "rm_id": pa.array(["R0"] * count)}
    )
    pq.write_table(books, proof.parent / "assign.parquet")
    assert any(found.startswith("books_differ") for found in certify(proof).problems)


def test_missing_certificate(tmp_path: Path) -> None:
    """A folder without a certificate is refused with the files that are missing."""
    with pytest.raises(NoCertificateError) as caught:
        certify(tmp_path)
    assert "pairs.parquet" in caught.value.facts["missing"]


def test_explanation_of_one_customer(proof: Path, tmp_path: Path) -> None:
    """The parts of the chosen RM sum to its total, and the RMs not chosen are named with the difference."""
    pack = pack_with(tmp_path)
    with DuckEngine(threads=1) as engine:
        engine.attach_parquet("assign_option", proof / "options.parquet")
        engine.attach_parquet("assign_member", proof / "members.parquet")
        plan = engine.fetch("SELECT rm_id FROM assign_option WHERE decision_id = 'C007' AND place = 0").to_pylist()
        tree = explain(engine, pack, {"customer_id": "C007", "rm_id": plan[0]["rm_id"], "reason": "kept"})
    chosen, *others = tree.children
    assert chosen.value is not None
    assert abs(sum(int(str(part.value)) for part in chosen.children) - int(str(chosen.value))) <= len(chosen.children)
    assert others
    assert all(figure.labels.zh.startswith("为何不是") for figure in others)
