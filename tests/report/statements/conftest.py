"""A small bank whose names try to do harm, run once, and its statements in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

import kejing as product
from kejing.report.statements import StatementSource, write_statements
from kejing.report.statements.statement import Statement
from tests.cli.conftest import kejing
from tests.verbs.conftest import SmallRun
from tests.verbs.small_files import import_bank, varied_bank

__all__ = ["kejing"]

PERIOD = "2025-Q2"
FORMULA_NAME = '=HYPERLINK("http://example.invalid","click")'
MARKUP_NAME = "<script>alert('x')</script>&</style>"


def bank_with_names() -> dict[str, object]:
    """The varied bank; one customer's name is a formula, one RM's is markup."""
    bank = dict(varied_bank())
    names = {"c1": FORMULA_NAME, "c2": "+1+2", "c3": "@sum", "c4": "-3"}
    bank["customers"] = [{**row, "name": names.get(str(row["customer_id"]), "c")} for row in bank["customers"]]
    bank["rms"] = [
        {**row, "name": MARKUP_NAME if row["rm_id"] == "A" else f"name {row['rm_id']}"} for row in bank["rms"]
    ]
    quarter = {"period_start": "2025-04-01", "period_end": "2025-07-01", "currency": "CNY"}
    bank["pools"] = [{"pool_id": "P1", "pool": "team_bonus", "unit_id": "B2", "amount": 1_000_01, **quarter}]
    bank["holds"] = [
        {"hold_id": "H1", "rm_id": "B", "component": "increment_pay", "reason": "audit", "held_from": "2025-06-01"}
    ]
    bank["disputes"] = [
        {
            "dispute_id": "D1", "rm_id": "B", "period": PERIOD, "line_id": "L8", "claim": FORMULA_NAME, "owner": "head",
            "filed_on": "2025-06-10", "due_on": "2025-06-20",
        }
    ]  # fmt: skip
    bank["adjustments"] = [
        {
            "adjustment_id": "J1", "rm_id": "B", "period": PERIOD, "amount": 123_45, "reason": MARKUP_NAME,
            "made_by": "x", "made_on": "2025-06-10", "approved_by": "y", "approved_on": "2025-06-11",
        }
    ]  # fmt: skip
    return bank  # type: ignore[return-value]


@pytest.fixture(scope="session")
def bank_run(tmp_path_factory: pytest.TempPathFactory) -> SmallRun:
    """The bank under the corporate policy, as of 30 June 2025."""
    folder = tmp_path_factory.mktemp("statement_bank")
    facts = import_bank(bank_with_names(), folder)  # type: ignore[arg-type]
    product.run(facts, policy="bank_corporate", as_of="2025-06-30", out=folder / "out")
    return SmallRun(facts, folder / "out")


@pytest.fixture(scope="session")
def statements(bank_run: SmallRun) -> dict[str, Statement]:
    """Everybody's statement of the second quarter, before any language."""
    with StatementSource(bank_run.out, PERIOD, facts=bank_run.facts) as source:
        return {one.rm_id: one for one in source.statements(source.rm_ids())}


@pytest.fixture(scope="session")
def papers(bank_run: SmallRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with every statement of the second quarter in both languages."""
    folder = tmp_path_factory.mktemp("papers")
    with StatementSource(bank_run.out, PERIOD, facts=bank_run.facts) as source:
        write_statements(source, folder, langs=("zh", "en"))
    return folder / PERIOD
