"""A quarter's pool, fund, dispute and adjustment go through the front door: import, run, explain, report."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import kejing
from kejing.text.labels import Lang
from tests.stages.institution import plain_bank
from tests.verbs.small_files import import_bank

QUARTER = {"period_start": "2025-04-01", "period_end": "2025-07-01"}
YEAR = {"period_start": "2025-01-01", "period_end": "2026-01-01"}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of the corporate policy over a bank that brings a pool, a fund and what goes with them."""
    folder = tmp_path_factory.mktemp("bank")
    claim = {"fund_id": "F", "purpose": "award", "applicant": "A", "applied_on": "2025-04-01"}
    bank = plain_bank(
        pools=[{"pool_id": "P", "pool": "team_bonus", "unit_id": "HQ", "amount": 100_000_01, **QUARTER}],
        funds=[{"fund_id": "F", "kind": "bonus", "unit_id": "HQ", "amount": 100_000_00, **YEAR}],
        fund_claims=[
            {"claim_id": "c1", "amount": 60_000_00, "approver": "head", "approved_on": "2025-04-02", **claim},
            {"claim_id": "c2", "amount": 50_000_00, "approver": "head", "approved_on": "2025-04-03", **claim},
        ],
        disputes=[
            {
                "dispute_id": "d",
                "rm_id": "A",
                "period": "2025-Q2",
                "line_id": "L3",
                "claim": "share",
                "owner": "administrator",
                "filed_on": "2025-06-02",
                "due_on": "2025-06-12",
            }
        ],
        adjustments=[
            {
                "adjustment_id": "T",
                "rm_id": "B",
                "period": "2025-Q2",
                "amount": 10_00,
                "reason": "late fee",
                "made_by": "administrator",
                "made_on": "2025-06-02",
                "approved_by": "administrator",
                "approved_on": "2025-06-03",
            }
        ],
    )
    facts = import_bank(bank, folder)
    kejing.run(facts, policy="bank_corporate", as_of="2025-06-30", out=folder / "out")
    return folder / "out"


def rows(out: Path, table: str) -> list[dict[str, Any]]:
    """Rows of one table of the run."""
    found: list[dict[str, Any]] = pq.read_table(out / f"{table}.parquet").to_pylist()
    return found


def test_the_pool_reaches_persons_to_the_cent(out: Path) -> None:
    """100,000.01: 95 % go to persons by points, what is kept stands on its own row, and both sum to the pool."""
    parts = {row["taker"]: row["amount"] for row in rows(out, "pool") if row["level"] == "rm"}
    assert set(parts) == {"", "A", "B"}
    assert parts[""] == Decimal("5000.00")
    assert sum(parts.values()) == Decimal("100000.01")


def test_what_needs_a_person_is_told(out: Path) -> None:
    """The overspending claim, the late answer and the adjustment of one person are findings of the run."""
    codes = {row["code"] for row in rows(out, "findings")}
    assert {"fund.overspent", "dispute.overdue", "adjustment.self_approved"} <= codes


def test_each_figure_explains_itself(out: Path) -> None:
    """The tree of a part, of a balance and of a disputed amount ends at what it was summed from."""
    part = kejing.explain(out, "pool", level="rm", taker="A")[0]
    purse = part.children[0]
    assert sum(Fraction(str(one.value)) for one in purse.children if one.name == "part") == Fraction("100000.01")
    assert any(one.source.startswith("pools.csv") for one in part.walk())
    balance = kejing.explain(out, "fund", claim_id="c2")[0]
    assert balance.rule == "fund.overspent"
    assert balance.value == sum(Fraction(str(one.value)) for one in balance.children) == 40_000
    dispute = kejing.explain(out, "dispute", dispute_id="d")[0]
    assert dispute.value == sum(Fraction(str(one.value)) for one in dispute.children) > 0


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_report_shows_them(out: Path, lang: Lang) -> None:
    """Pools, funds and disputes have their sections, with a chart each, in both languages."""
    pages = {path.name: path for path in kejing.report(out, lang=lang)}
    page = next(path for name, path in pages.items() if name.endswith(".html")).read_text(encoding="utf-8")
    for section, chart in (
        ("pools", "pools-rms-team_bonus"),
        ("funds", "funds-balance"),
        ("disputes", "disputes-owners"),
    ):
        assert f'<section id="{section}"' in page
        assert f'data-chart="{chart}"' in page
