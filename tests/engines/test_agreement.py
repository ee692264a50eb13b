"""Whole runs on DuckDB, Spark and PostgreSQL: the same tables, byte for byte, by the verb that an institution uses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import kejing
from kejing.facts.sample import write_sample
from kejing.verbs.running import RunResult

EARNED = ("credit", "score", "pay", "pay_total", "control")
"""What the engines compute; the other tables come from the embedded engine in every run."""

type Runner = Callable[..., RunResult]


@pytest.fixture
def on_each(spark_session: Any, postgres_dsn: str, tmp_path: Path) -> Callable[..., dict[str, RunResult]]:
    """Run a policy on each engine."""

    def runs(facts: Path, policy: str | Path, as_of: str) -> dict[str, RunResult]:
        addresses: dict[str, dict[str, Any]] = {
            "duckdb": {},
            "postgres": {"postgres": postgres_dsn},
            "spark": {"spark": spark_session},
        }
        return {
            engine: kejing.run(facts, policy=policy, as_of=as_of, out=tmp_path / engine, engine=engine, **address)
            for engine, address in addresses.items()
        }

    return runs


def _check(results: dict[str, RunResult]) -> None:
    """One id, one hash of every table, and the engine said."""
    base = results["duckdb"]
    for engine, result in results.items():
        assert result.manifest["engine"] == engine
        assert result.run_id == base.run_id
        assert result.manifest["tables"] == base.manifest["tables"], engine
    for name in EARNED:
        assert base.manifest["tables"][name]["rows"] > 0


@pytest.mark.scale
def test_pipeline_is_the_same_on_each_engine(
    on_each: Callable[..., dict[str, RunResult]], repository: Path, shared_data: Path, tmp_path: Path
) -> None:
    """4,238 won deals are credited, scored and paid alike on three engines."""
    example = repository / "examples" / "pipeline"
    facts = tmp_path / "facts"
    kejing.import_facts([shared_data / "data" / "crm_maven"], mapping=example / "mapping.yaml", into=facts)
    results = on_each(facts, example / "policy", "2017-12-31")
    _check(results)
    assert results["spark"].manifest["tables"]["credit"]["rows"] == 4238
    handed = results["postgres"].manifest["handed_over"]
    assert handed == results["spark"].manifest["handed_over"]
    assert "income" not in handed  # every engine reads the lines for itself


@pytest.mark.scale
def test_sample_institution_is_the_same_on_each_engine(
    on_each: Callable[..., dict[str, RunResult]], tmp_path: Path
) -> None:
    """A bank with balances, transfers and foreign currency: the whole corporate policy, alike on three engines."""
    files, facts, as_of = tmp_path / "files", tmp_path / "facts", dt.date(2025, 12, 31)
    write_sample(files, seed=1, size=Fraction(1, 50), as_of=as_of)
    kejing.import_facts([files], mapping=files / "mapping.yaml", into=facts)
    _check(on_each(facts, "bank_corporate", as_of.isoformat()))
