"""The benchmarks compare like with like: exact paths agree on every cent. Nothing is timed here."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from benchmarks.data import Shape, fact_path, prepare_workload
from benchmarks.one_path import run_path

LINES = 20_000
SHAPES = [
    pytest.param(Shape(lines=LINES), id="sorted"),
    pytest.param(Shape(lines=LINES, seed=2, is_sorted=False), id="unsorted"),
    pytest.param(Shape(lines=LINES, seed=3, has_skew=True), id="skew"),
]


@pytest.mark.parametrize("shape", SHAPES)
def test_exact_paths_agree(tmp_path: Path, shape: Shape) -> None:
    """The product, SQL written by hand and Polars give one hash for the same lines."""
    folder = prepare_workload(tmp_path, shape)
    hashes = {path: run_path(path, folder, threads=threads)["sha256"] for path, threads in _exact_paths()}
    assert len(set(hashes.values())) == 1, hashes


def test_statements_hold_every_line_once(tmp_path: Path) -> None:
    """What statements credit sums to the income of the facts, the house account included."""
    folder = prepare_workload(tmp_path, Shape(lines=LINES))
    run_path("kejing", folder, threads=1, keep=str(tmp_path / "rows.parquet"))
    rows = pq.read_table(tmp_path / "rows.parquet")
    income = pq.read_table(fact_path(folder, "income"), columns=["amount"])
    assert sum(rows.column("credited").to_pylist()) == sum(income.column("amount").to_pylist())
    assert "" in rows.column("rm_id").to_pylist(), "the workload has gaps, so the house account has lines"


def test_pay_rules_equal_sql_by_hand(tmp_path: Path) -> None:
    """The compiled pay rules and hand-written SQL of the same arithmetic give the same rows."""
    folder = prepare_workload(tmp_path, Shape(lines=LINES, seed=4))
    assert run_path("policy", folder, threads=1)["rows"]


def test_order_changes_no_row(tmp_path: Path) -> None:
    """The unsorted workload holds the lines of the sorted one."""
    tables = [
        pq.read_table(fact_path(prepare_workload(tmp_path, Shape(lines=LINES, is_sorted=is_sorted)), "income"))
        for is_sorted in (True, False)
    ]
    first, second = (table.sort_by("line_id") for table in tables)
    assert first.equals(second)


def _exact_paths() -> list[tuple[str, int]]:
    """Paths and threads; Polars sizes its pool once for the process."""
    return [("kejing", 1), ("sql", 1), ("polars", pl.thread_pool_size())]
