"""Sharing as weights: lead and assist, 1+N, introducers; double credit stands in the shadow view alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from kejing.stages.earn import credit
from kejing.stages.earn.credit.laws import LAWS
from tests.stages.institution import broken, corporate_pack, ran, rows_of

type Row = Mapping[str, object]


def credited(coverage: Sequence[Row], income: Sequence[Row]) -> list[dict[str, Any]]:
    """The table ``credit`` of a customer with the coverage and income given; the laws of credit hold."""
    bank: dict[str, Sequence[Row]] = {
        "units": [{"unit_id": "HQ"}],
        "rms": [
            *({"rm_id": rm} for rm in ("A", "B", "C")),
            {"rm_id": "T", "line": "retail"},  # who brings the customer need not sell to companies
        ],
        "customers": [{"customer_id": "c"}],
        "products": [{"product": "fee", "business_type": "fee", "measure": "fee_income"}],
        "coverage": [{"customer_id": "c", **row} for row in coverage],
        "income": [{"customer_id": "c", "product": "fee", "booked_on": "2025-02-03", **row} for row in income],
    }
    with ran(corporate_pack(), bank, as_of="2025-06-30", stages=(credit,)) as context:
        assert broken(context, LAWS) == []
        return rows_of(context.engine, "SELECT * FROM credit WHERE measure = 'income' ORDER BY view, line_id, rm_id")


def view(rows: Sequence[Mapping[str, Any]], name: str) -> dict[str, int]:
    """Amount by RM in one view."""
    found: dict[str, int] = defaultdict(int)
    for row in rows:
        if row["view"] == name:
            found[row["rm_id"]] += row["amount"]
    return dict(found)


LEAD_AND_ASSIST = [{"rm_id": "A", "role": "lead"}, {"rm_id": "B", "role": "assist"}]


@pytest.mark.parametrize(
    ("coverage", "amount", "expected"),
    [
        (LEAD_AND_ASSIST, 1_000_01, {"A": 600_01, "B": 400_00}),
        (LEAD_AND_ASSIST, -1_000_01, {"A": -600_01, "B": -400_00}),
        (
            [
                {"rm_id": "A", "role": "lead", "share": 1},
                {"rm_id": "B", "role": "treasury", "share": 1},
                {"rm_id": "C", "role": "lending", "share": 1},
            ],
            100_000_00,
            {"A": 33_333_34, "B": 33_333_33, "C": 33_333_33},
        ),
        (
            [
                {"rm_id": "A", "role": "lead"},
                {"rm_id": "B", "role": "treasury"},
                {"rm_id": "C", "role": "lending"},
            ],
            100_00,
            {"A": 60_00, "B": 20_00, "C": 20_00},
        ),
    ],
    ids=["lead and assist", "a booking reversed", "1+2, each a third", "1+2 by the policy's weights"],
)
def test_a_line_is_shared_by_weights_to_the_cent(coverage: list[Row], amount: int, expected: dict[str, int]) -> None:
    """Pay handbook E3: 1,000.01 at 60/40 is 600.01 and 400.00; 100,000.00 at 1:1:1 is 33,333.34 and twice 33,333.33.

    A booking and its reversal cancel person by person.
    """
    assert view(credited(coverage, [{"line_id": "L", "amount": amount}]), "ledger") == expected


def test_double_credit_stands_in_the_shadow_view_and_is_eliminated() -> None:
    """E3-86: income of 100 is 100 for the RM and 100 for the product officer in the shadow, and 100 in the ledger."""
    coverage = [{"rm_id": "A", "role": "lead"}, {"rm_id": "B", "role": "treasury"}]
    rows = credited(coverage, [{"line_id": "L", "amount": 100_00}])
    assert view(rows, "shadow") == {"A": 100_00, "B": 100_00, "~elimination": -100_00}
    assert view(rows, "ledger") == {"A": 75_00, "B": 25_00}
    assert sum(view(rows, "shadow").values()) == sum(view(rows, "ledger").values()) == 100_00


def test_an_introducer_shares_until_the_coverage_ends() -> None:
    """E5-63: an introducer has 20 % beside the lead for twelve months, and nothing from the day on which it ends.

    The introducer is of another line; what ends goes back to the lead and to nobody else.
    """
    coverage = [
        {"rm_id": "A", "role": "lead"},
        {"rm_id": "T", "role": "referral", "valid_from": "2024-05-15", "valid_to": "2025-05-15"},
    ]
    income = [
        {"line_id": "last day", "amount": 1_000_00, "booked_on": "2025-05-14"},
        {"line_id": "over", "amount": 1_000_00, "booked_on": "2025-05-15"},
    ]
    rows = credited(coverage, income)
    got = {(row["line_id"], row["rm_id"]): (row["role"], row["amount"]) for row in rows if row["view"] == "ledger"}
    assert got == {
        ("last day", "A"): ("lead", 800_00),
        ("last day", "T"): ("referral", 200_00),
        ("over", "A"): ("lead", 1_000_00),
    }
    assert view(rows, "shadow") == {"A": 2_000_00, "T": 200_00, "~elimination": -200_00}


def test_a_share_written_on_the_coverage_wins_over_the_role() -> None:
    """An introducer's share may be agreed customer by customer: 500 of 10,000 basis points are 5 %."""
    coverage = [
        {"rm_id": "A", "role": "lead", "share": 9_500},
        {"rm_id": "T", "role": "referral", "share": 500},
    ]
    rows = credited(coverage, [{"line_id": "L", "amount": 333_33}])
    assert view(rows, "ledger") == {"A": 316_66, "T": 16_67}
