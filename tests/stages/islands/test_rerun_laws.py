"""A run upon an earlier one gives the files of a run over everything, byte for byte, whatever came late."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from kejing.verbs.running import RunResult
from tests.stages.flow.random_institution import Institution, make_institution
from tests.stages.institution import Facts
from tests.stages.islands.changed import Bench, branches, late_reassignment, some_changes


def rerun_equals_run(institution: Institution, changes: Facts, folder: Path) -> RunResult:
    """Run, bring ``changes``, run both ways; the result of the run upon the first."""
    bench = Bench.of(institution, folder)
    bench.run("first")
    bench.tell(changes)
    bench.run("whole")
    upon = bench.run("upon", since="first")
    assert bench.files("upon") == bench.files("whole")
    return upon


@pytest.mark.parametrize(("seed", "policy"), [(3, "corporate"), (11, "dated_rules"), (29, "monthly_without_stock")])
def test_random_changes(seed: int, policy: str, tmp_path: Path) -> None:
    """Reassignments, shares, lines, customers, leavers, balances, tiers and goals that come late, in any mixture."""
    institution = branches(seed, policy=policy)
    rerun_equals_run(institution, some_changes(institution, random.Random(seed)), tmp_path)  # noqa: S311  # from a seed


def test_a_late_reassignment_is_an_island(tmp_path: Path) -> None:
    """One customer who belonged to another RM touches the books of the RMs concerned and nobody else's lines."""
    institution = branches(5)
    upon = rerun_equals_run(institution, late_reassignment(institution, random.Random(5)), tmp_path)  # noqa: S311  # from a seed
    assert upon.whole is None
    assert upon.island is not None
    assert upon.island.customers < len(institution.facts["customers"]) // 2


@pytest.mark.parametrize("table", ["fx_rates", "products"])
def test_what_any_line_may_use_touches_everything(table: str, tmp_path: Path) -> None:
    """A rate or a product that was another one: everything is run, and the result says why."""
    institution = make_institution(8, customers=6)
    row = dict(institution.facts[table][0])
    changed = {"rate": 800_000_000} if table == "fx_rates" else {"measure": None}
    upon = rerun_equals_run(institution, {table: [{**row, **changed, "known_at": "2025-07-20"}]}, tmp_path)
    assert upon.island is None
    assert upon.whole is not None
    assert upon.whole.facts == {"why": "shared_facts", "what": table}


def test_another_day_touches_everything(tmp_path: Path) -> None:
    """A run that was asked for in other words is not what an island can stand in."""
    institution = make_institution(8, customers=6, as_of="2025-06-30")
    bench = Bench.of(institution, tmp_path)
    bench.run("first")
    other = Bench(tmp_path, Institution(institution.facts, institution.policy, "2025-03-31", institution.seed))
    upon = other.run("upon", since="first")
    assert upon.whole is not None
    assert upon.whole.facts["why"] == "unlike"


def test_nothing_changed(tmp_path: Path) -> None:
    """Upon a run on the same facts: no customer is touched, and every file is the same."""
    institution = branches(2)
    bench = Bench.of(institution, tmp_path)
    bench.run("first")
    bench.run("upon", since="first")
    assert bench.files("upon") == bench.files("first")
