"""Worked examples that need two runs, an overlay or the stages: what a single case cannot say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from kejing.policy import Pack
from kejing.policy.exact import Results, evaluate
from kejing.stages.earn import credit
from kejing.stages.earn.vocabulary import EARN_VOCABULARY
from kejing.warehouse.engine import DuckEngine
from tests.stages.institution import open_context, rows_of

REPOSITORY = Path(__file__).resolve().parents[2]
CORPORATE = REPOSITORY / "policies" / "bank_corporate"
DAY = dt.date(2025, 12, 31)
RM = ("2025", "A")

type Overlay = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def overlay(tmp_path: Path) -> Overlay:
    """Write an overlay folder out of file texts."""

    def write(files: Mapping[str, str]) -> Path:
        folder = tmp_path / "overlay"
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        return folder

    return write


def _line(
    number: int, industry: str, tier: str, business: str, amount: int, measure: str = "fee_income"
) -> dict[str, object]:
    return {
        "period": RM[0],
        "rm_id": RM[1],
        "measure": measure,
        "line_id": f"L{number}",
        "booked_on": DAY,
        "customer_id": f"C{number}",
        "product": "P",
        "industry": industry,
        "customer_tier": tier,
        "business_type": business,
        "amount": Decimal(amount),
    }


def _paid(pack: Pack, task: Mapping[str, object], lines: list[dict[str, object]]) -> Results:
    rm = {
        "period": RM[0],
        "rm_id": RM[1],
        "period_last_day": DAY,
        "target_bonus": Decimal(120_000),
        "base_pay": Decimal(0),
        "service_days": 365,
        "in_force_days": 365,
        "period_days": 365,
        "year_days": 365,
        "fte": 1,
    }
    row = {"period": RM[0], "rm_id": RM[1], "period_last_day": DAY, "contribution": None, **task}
    return evaluate(pack, EARN_VOCABULARY, {"rm": [rm], "task": [row], "line": lines})


FEE_TASK = {
    "measure": "fee_income",
    "stock": Decimal(0),
    "increment_target": Decimal(25_000_000),
    "total_target": Decimal(25_000_000),
    "actual": Decimal(30_000_000),
}


def test_mining_coefficient_moves_mining_lines_only(overlay: Overlay) -> None:
    """Mining from 1.0 to 0.8: fee pay of mining lines falls by exactly 20 %, no other line moves (E1-32)."""
    changed = overlay(
        {
            "tables/industry_coefficient.csv": (
                "rule_id,industry,coefficient,valid_from,valid_to,source,note\n"
                "mining,mining,0.8,2000-01-01,,assumption: what if,\n"
            )
        }
    )
    lines = [
        _line(1, "mining", "mid", "fee", 10_000_000),
        _line(2, "mining", "large", "fee", 5_000_000),
        _line(3, "manufacturing", "large", "fee", 10_000_000),
        _line(4, "real_estate", "small", "fee", 5_000_000),
    ]
    before, after = (_paid(Pack.load(CORPORATE, overlays), FEE_TASK, lines) for overlays in ([], [changed]))
    for line in lines:
        key = (*RM, "fee_income", line["line_id"])
        paid = [results.value("line", key, "income_pay_due") for results in (before, after)]
        assert isinstance(paid[0], Fraction)
        factor = Fraction(4, 5) if line["industry"] == "mining" else 1
        assert paid[1] == paid[0] * factor


def test_completion_cap_of_110_percent(overlay: Overlay) -> None:
    """Actual 30 against a target of 25 is 120 %; with a cap of 110 % the factor is 1.10 (E1-30)."""
    capped = overlay(
        {
            "parameters.yaml": (
                'income_completion_cap:\n  values: [{from: 2000-01-01, value: 110%, source: "assumption: what if"}]\n'
            )
        }
    )
    key = (*RM, "fee_income")
    for overlays, factor in (([], Fraction(12, 10)), ([capped], Fraction(11, 10))):
        results = _paid(Pack.load(CORPORATE, overlays), FEE_TASK, [])
        assert results.value("task", key, "completion") == Fraction(12, 10)
        assert results.value("task", key, "completion_in_pay") == factor


@pytest.mark.parametrize(("rule", "due"), [("none", 0), ("whole", -2000), ("pro_rata", -2600)])
def test_rule_for_decline_is_chosen_by_parameter(overlay: Overlay, rule: str, due: int) -> None:
    """A deposit stock that falls by 2.6 points costs nothing, 2,000 or 2,600, as the institution chooses."""
    chosen = overlay(
        {
            "parameters.yaml": (
                f'decline_rule:\n  values: [{{from: 2000-01-01, value: {rule}, source: "assumption: what if"}}]\n'
            )
        }
    )
    task = {
        "measure": "deposit_increment",
        "stock": Decimal(10_000_000),
        "increment_target": Decimal(1_000_000),
        "total_target": Decimal(11_000_000),
        "actual": Decimal(-260_000),
    }
    results = _paid(Pack.load(CORPORATE, [chosen]), task, [])
    assert results.value("task", (*RM, "deposit_increment"), "decline_due") == due


def test_correction_posts_the_difference() -> None:
    """A's line of 15 million becomes 12.8 million after the close: 119,904.00 less 140,258.18 is -20,354.18."""
    pack = Pack.load(CORPORATE)
    paid = []
    for amount in (15_000_000, 12_800_000):
        lines = [
            _line(1, "mining", "large", "deposit", amount, "deposit_increment"),
            _line(2, "manufacturing", "mid", "loan", 7_000_000, "deposit_increment"),
        ]
        task = {
            "measure": "deposit_increment",
            "stock": Decimal(0),
            "increment_target": Decimal(20_000_000),
            "total_target": Decimal(20_000_000),
            "actual": Decimal(amount + 7_000_000),
        }
        due = _paid(pack, task, lines).value("task", (*RM, "deposit_increment"), "increment_pay_due")
        assert isinstance(due, Fraction)
        paid.append(due)
    assert paid == [Fraction("140258.18"), Fraction("119904.00")]
    assert paid[1] - paid[0] == Fraction("-20354.18")


def test_increment_pay_of_the_four_sums() -> None:
    """140,258.18 + 87,571.43 + 0.00 + 134,731.58 = 362,561.19: totals are sums of rounded lines."""
    cases = {case.name: case for case in Pack.load(CORPORATE).cases}
    names = [name for name in cases if name.startswith("RM ") and "task" in cases[name].expect]
    due = [Decimal(str(cases[name].expect["task"][0]["increment_pay_due"])) for name in names]
    assert (len(due), sum(due)) == (4, Decimal("362561.19"))


def test_moved_customer_is_weighted_by_days(overlay: Overlay) -> None:
    """Base 9,000; 10,000 under B for 181 days, 11,500 under C for 184: B 495.89, C 1,260.27, together 1,756.16."""
    yearly = overlay({"policy.yaml": "calendar: {grain: year, start_month: 1}\n"})
    months = [
        ("2024-12-01", 9_000),
        *((f"2025-{month:02d}-01", 10_000 if month <= 6 else 11_500) for month in range(1, 13)),
    ]
    facts: dict[str, list[dict[str, object]]] = {
        "units": [{"unit_id": "HQ"}],
        "rms": [{"rm_id": "B"}, {"rm_id": "C"}],
        "customers": [{"customer_id": "k"}],
        "coverage": [
            {"customer_id": "k", "rm_id": "B", "valid_to": "2025-07-01"},
            {"customer_id": "k", "rm_id": "C", "valid_from": "2025-07-01"},
        ],
        "products": [{"product": "D", "business_type": "deposit", "measure": "deposit_increment"}],
        "balances": [
            {"customer_id": "k", "product": "D", "month": month, "average_balance": balance * 100}
            for month, balance in months
        ],
    }
    with DuckEngine() as engine:
        context = open_context(engine, Pack.load(CORPORATE, [yearly]), facts, as_of="2025-12-31")
        credit.run(context)
        found = rows_of(
            engine,
            "SELECT rm_id, SUM(amount) AS amount FROM credit WHERE view = 'ledger' GROUP BY rm_id ORDER BY rm_id",
        )
    assert [(row["rm_id"], int(row["amount"])) for row in found] == [("B", 49_589), ("C", 126_027)]
    assert 49_589 + 126_027 == 175_616
