from __future__ import annotations

import json
import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import kejing
from kejing.measure.errors import RefusedInputError
from kejing.policy import Pack, PackNotFoundError
from kejing.stages.deploy.target.spread import GoalTooLargeError, StockMissingError
from kejing.stages.flow import FLOW, UnknownStageError, running
from kejing.warehouse.choice import UnknownEngineError
from kejing.warehouse.digest import table_digest
from kejing.warehouse.store import NotOurFolderError
from tests.stages.institution import plain_bank
from tests.verbs.conftest import SmallRun
from tests.verbs.small_files import import_bank


def content(folder: Path) -> dict[str, bytes]:
    """Every file of a run by its path, but the pointer to the facts."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "links.json")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def rows(out: Path, table: str) -> list[dict[str, Any]]:
    """Rows of an output table."""
    found: list[dict[str, Any]] = pq.read_table(out / f"{table}.parquet").to_pylist()
    return found


def test_the_same_inputs_give_the_same_bytes(small_run: SmallRun, tmp_path: Path) -> None:
    """Run again, in another folder and on one thread, every file of the run is the same to the byte.

    That is tables, traces, certificate, policy, findings and manifest.
    """
    again = tmp_path / "elsewhere" / "out"
    kejing.run(small_run.facts, policy="bank_corporate", as_of="2025-06-30", out=again, threads=1)
    assert content(again) == content(small_run.out)


def test_the_manifest_names_every_table_with_its_hash(small_run: SmallRun) -> None:
    """The manifest names all that makes a run: rows and hash of each table, facts, policy and day."""
    manifest = json.loads((small_run.out / "manifest.json").read_text(encoding="utf-8"))
    for name, entry in manifest["tables"].items():
        table = pq.read_table(small_run.out / f"{name}.parquet")
        assert entry == {"rows": table.num_rows, "sha256": table_digest(table)}
    assert {path.stem for path in small_run.out.glob("*.parquet")} == set(manifest["tables"])
    assert (manifest["as_of"], manifest["known_on"], manifest["currency"]) == ("2025-06-30", None, "CNY")
    assert manifest["policy"]["pack"] == "bank_corporate"
    assert manifest["facts"]["tables"]["income"]["rows"] == 10
    assert all(step["present"] for step in manifest["steps"])


def test_only_stages_that_ran_are_named(small_run: SmallRun) -> None:
    """A stage whose section the policy lacks runs not and is not named, whether or not it was asked for."""
    manifest = json.loads((small_run.out / "manifest.json").read_text(encoding="utf-8"))
    pack = Pack.load(small_run.out / "policy")
    by_section = {stage.name: stage.section for stage in FLOW if stage.section is not None}
    for name, section in by_section.items():
        assert (name in manifest["stages"]) == bool(pack.section(section)), name
    bare = replace(pack, sections={**pack.sections, "pool": {}, "settle": {}})
    assert {"pool", "settle"}.isdisjoint(stage.name for stage in running(bare, [stage.name for stage in FLOW]))


def test_a_late_line_counts_from_the_day_it_was_known(small_facts: Path, tmp_path: Path) -> None:
    """A line known on 10 January 2026, and a correction of that day, count in runs that know that day.

    A run that looks from the day before has neither; a run that says no day knows all.
    """
    found = {}
    for known_on in ("2026-01-09", "2026-01-10", None):
        out = tmp_path / str(known_on)
        kejing.run(
            small_facts, policy="bank_corporate", as_of="2025-06-30", out=out, known_on=known_on, stages=["credit"]
        )
        lines = {
            row["line_id"]: row for row in rows(out, "credit") if row["view"] == "ledger" and row["measure"] == "income"
        }
        amounts = [row["amount"] for row in rows(out, "credit") if row["line_id"] == "L2" and row["view"] == "ledger"]
        found[known_on] = ("L9" in lines, sum(amounts))
    assert found == {"2026-01-09": (False, 9_000), "2026-01-10": (True, 9_500), None: (True, 9_500)}


def test_the_identity_of_a_run_is_its_inputs(small_facts: Path, tmp_path: Path) -> None:
    """Another day, another seed or another day of knowledge is another run; where it is written is not part of it."""
    asked: list[dict[str, Any]] = [
        {"as_of": "2025-06-30"},
        {"as_of": "2025-06-30"},
        {"as_of": "2025-06-29"},
        {"as_of": "2025-06-30", "seed": 1},
        {"as_of": "2025-06-30", "known_on": "2025-12-31"},
    ]
    ids = [
        kejing.run(small_facts, policy="bank_corporate", out=tmp_path / str(n), stages=["segment"], **one).run_id
        for n, one in enumerate(asked)
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 4


@pytest.fixture(scope="module")
def retail_facts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A retail bank that brings no balances."""
    plain = plain_bank()
    assets = [
        {"customer_id": f"c{n}", "measure": "asset_under_management", "value": n * 400_000_00, "unit": "CNY"}
        | {"period_start": "2024-12-01", "period_end": "2025-01-01"}
        for n in (1, 2, 3)
    ]
    bank = plain_bank(
        customers=[{**row, "kind": "retail", "industry": None} for row in plain["customers"]],
        rms=[{**row, "line": "retail"} for row in plain["rms"]],
        measures=assets,
        balances=[],
    )
    return import_bank(bank, tmp_path_factory.mktemp("retail"))


def test_retail_runs_without_a_stock_table_and_says_so(retail_facts: Path, tmp_path: Path) -> None:
    """Under the retail policy a bank without balances runs, and the manifest says that the stock step is absent.

    It says so in both languages; no contribution and no stock pay is computed, and the rest of the income chain is
    there.
    """
    result = kejing.run(retail_facts, policy="bank_retail", as_of="2025-06-30", out=tmp_path / "out")
    steps = {step["step"]: step for step in result.manifest["steps"]}
    assert steps["stock_allocation"]["present"] is False
    assert "stock step skipped" in steps["stock_allocation"]["en"]
    assert "存量" in steps["stock_allocation"]["zh"]
    chain = ["increment_target", "completion", "coefficients", "total_income"]
    assert [name for name, step in steps.items() if step["present"] and name in chain] == chain
    targets = rows(tmp_path / "out", "target")
    assert targets
    assert {row["contribution"] for row in targets} == {None}
    assert "stock_pay" not in {row["component"] for row in rows(tmp_path / "out", "pay")}
    assert {"base_pay", "income_pay"} <= {row["component"] for row in rows(tmp_path / "out", "pay")}


def test_corporate_refuses_without_a_stock_table_and_leaves_out_alone(small_run: SmallRun, tmp_path: Path) -> None:
    """The corporate policy without balances stops with its own code, and the earlier run in OUT stays to the byte."""
    facts = import_bank(plain_bank(balances=[]), tmp_path / "bank")
    out = tmp_path / "out"
    shutil.copytree(small_run.out, out)
    with pytest.raises(StockMissingError) as refused:
        kejing.run(facts, policy="bank_corporate", as_of="2025-06-30", out=out)
    assert refused.value.code == "target.stock_missing"
    assert content(out) == content(small_run.out)
    assert [path.name for path in tmp_path.iterdir()] == ["bank", "out"]


def test_a_goal_above_the_guard_rails_stops_the_run(tmp_path: Path) -> None:
    """A goal that guard rails cannot hold stops the run, names unit and shortfall, and leaves nothing behind."""
    goal = {**plain_bank()["goals"][0], "amount": 10**12}
    facts = import_bank(plain_bank(goals=[goal]), tmp_path / "bank")
    with pytest.raises(GoalTooLargeError) as refused:
        kejing.run(facts, policy="bank_corporate", as_of="2025-06-30", out=tmp_path / "out")
    caps = int(Fraction(3) * (30_000_000_00 + 30_000_000_00))
    assert refused.value.facts["unit"] == "HQ"
    assert refused.value.facts["shortfall"] == str(10**12 - caps)
    assert not (tmp_path / "out").exists()


def test_out_that_holds_something_else_is_refused(small_facts: Path, tmp_path: Path) -> None:
    """A folder with somebody's files, or a file, is never written over; an empty folder is taken."""
    for name in ("letters", "file"):
        (tmp_path / "letters").mkdir(exist_ok=True)
        (tmp_path / "letters" / "to_mother.txt").write_text("…", encoding="utf-8")
        (tmp_path / "file").write_text("…", encoding="utf-8")
        with pytest.raises(NotOurFolderError):
            kejing.run(small_facts, policy="bank_corporate", as_of="2025-06-30", out=tmp_path / name)
    assert (tmp_path / "letters" / "to_mother.txt").read_text(encoding="utf-8") == "…"
    (tmp_path / "empty").mkdir()
    kejing.run(small_facts, policy="bank_corporate", as_of="2025-06-30", out=tmp_path / "empty", stages=["segment"])
    assert (tmp_path / "empty" / "segment.parquet").exists()


def test_what_cannot_be_run_is_refused_by_name(small_facts: Path, tmp_path: Path) -> None:
    """An unknown stage, a stage without the one it needs, an unknown engine or policy each have their own error."""

    def run(**asked: Any) -> None:
        kejing.run(small_facts, as_of="2025-06-30", out=tmp_path / "out", **{"policy": "bank_corporate", **asked})

    with pytest.raises(UnknownStageError) as unknown:
        run(stages=["divination"])
    assert unknown.value.facts["stage"] == "divination"
    with pytest.raises(UnknownStageError) as lone:
        run(stages=["score"])
    assert lone.value.facts["missing"] == "target, credit"
    with pytest.raises(UnknownEngineError):
        run(engine="abacus")
    with pytest.raises(PackNotFoundError):
        run(policy="no_such_policy")
    assert not (tmp_path / "out").exists()


def test_a_policy_with_errors_is_refused_whole(small_facts: Path, tmp_path: Path) -> None:
    """A policy that the checker refuses runs nothing: its findings travel with the error."""
    overlay = tmp_path / "overlay"
    (overlay / "tables").mkdir(parents=True)
    (overlay / "tables" / "industry_coefficient.csv").write_text(
        "rule_id,industry,coefficient,valid_from,valid_to,source,note\nmining,mining,dear,2000-01-01,,a test,\n",
        encoding="utf-8",
    )
    with pytest.raises(RefusedInputError) as refused:
        kejing.run(small_facts, policy="bank_corporate", overlays=[overlay], as_of="2025-06-30", out=tmp_path / "out")
    assert [(f.place.file, f.place.row, f.place.value) for f in refused.value.findings] == [
        ("overlay/tables/industry_coefficient.csv", 2, "dear")
    ]
