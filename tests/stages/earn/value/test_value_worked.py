"""Value of single accounts by hand (F2), holders in the middle of a period, and what is incomplete."""

from __future__ import annotations

from fractions import Fraction

import pytest

from kejing.measure.rounding import round_fraction
from kejing.policy import Pack, find_shipped_pack
from tests.stages.earn.value.scene import MONTHS, Row, accounts, bank, holders, valued

COLUMNS = ("margin", "fee", "expected_loss", "cost", "tax", "profit", "capital", "capital_charge", "eva")


@pytest.mark.parametrize(
    ("product", "expected"),
    [
        # 10,000,000.00 x (2.1% - 1.1%) x 90/365 = 24,657.53; less 32% = 7,890.41; tax 25% of 16,767.12 = 4,191.78
        ("dep", (24_657_53, 0, 0, 7_890_41, 4_191_78, 12_575_34, 0, 0, 12_575_34)),
        # 10,000,000.00 x (4.0% - 2.3%) x 90/365 = 41,917.81; loss 1% = 24,657.53; cost 13,413.70; tax 25% of 3,846.58;
        # capital 10,000,000.00 x 100% x 10.5%, of which 11% a year is asked: 28,479.45
        ("loan", (41_917_81, 0, 24_657_53, 13_413_70, 961_65, 2_884_93, 1_050_000_00, 28_479_45, -25_594_52)),
        # 10,000.00 less 32%, less 25% of the rest
        ("fee", (0, 10_000_00, 0, 3_200_00, 1_700_00, 5_100_00, 0, 0, 5_100_00)),
    ],
)
def test_one_deposit_one_loan_one_fee(product: str, expected: tuple[int, ...]) -> None:
    """F2 by hand: NII of a deposit is b(FTP - r), of a loan b(r - FTP); EVA is profit less charge."""
    with valued(bank()) as context:
        row = accounts(context)[product]
    assert tuple(row[name] for name in COLUMNS) == expected


def test_raroc_is_profit_over_capital_a_year() -> None:
    """The customer earns 12,575.34 + 2,884.93 + 5,100.00 in 90 days on 1,050,000.00: 7.9413% a year."""
    with valued(bank()) as context:
        row = holders(context, "customer")["c1"]
    assert row["profit"] == 12_575_34 + 2_884_93 + 5_100_00
    assert row["raroc"] == round_fraction(Fraction(row["profit"] * 365, 1_050_000_00 * 90), 6) == 79_413


def test_raroc_of_a_begun_period_counts_the_days_brought() -> None:
    """On 17 February only January's balances are there: 31 days, on both sides of the rate; the average is theirs."""
    months = MONTHS[:1]
    loans = [{"customer_id": "c1", "product": "loan", "month": m, "average_balance": 10_000_000_00} for m in months]
    with valued(bank(balances=loans, income=[]), as_of="2025-02-17") as context:
        account, row = accounts(context)["loan"], holders(context, "customer")["c1"]
    assert account["average_balance"] == 10_000_000_00
    assert row["raroc"] == round_fraction(Fraction(row["profit"] * 365, 1_050_000_00 * 31), 6)


def test_the_average_counts_days_and_months_without_a_row_as_nothing() -> None:
    """F1: 3,100.00 in January and 5,600.00 in February over 90 days; c2 brings March, so c1 has nothing in March."""
    held = [("c1", MONTHS[0], 3_100_00), ("c1", MONTHS[1], 5_600_00), ("c2", MONTHS[2], 1_00)]
    rows = [{"customer_id": c, "product": "dep", "month": m, "average_balance": b} for c, m, b in held]
    customers = [{"customer_id": one, "unit_id": "B1"} for one in ("c1", "c2")]
    with valued(bank(balances=rows, customers=customers)) as context:
        found = {
            row["customer_id"]: row
            for row in context.engine.fetch("SELECT * FROM value WHERE product = 'dep'").to_pylist()
        }
    assert found["c1"]["average_balance"] == round_fraction(Fraction(3_100_00 * 31 + 5_600_00 * 28, 90), 0)


def test_a_customer_moved_in_the_middle_is_shared_by_weight_and_days() -> None:
    """A has the customer 30 days, A and B by 3 : 1 for 30, nobody for 30: 52.5, 7.5 and 30 of 90 days, to the cent."""
    moved: list[Row] = [
        {"customer_id": "c1", "rm_id": "A", "valid_to": "2025-01-31"},
        {"customer_id": "c1", "rm_id": "A", "share": 7500, "valid_from": "2025-01-31", "valid_to": "2025-03-02"},
        {"customer_id": "c1", "rm_id": "B", "share": 2500, "valid_from": "2025-01-31", "valid_to": "2025-03-02"},
    ]
    with valued(bank(coverage=moved)) as context:
        customer, rms = holders(context, "customer")["c1"], holders(context, "rm")
        kept = context.engine.fetch("SELECT * FROM profit_holding ORDER BY rm_id").to_pylist()
    days = {"": Fraction(30), "A": Fraction(105, 2), "B": Fraction(15, 2)}
    assert {row["rm_id"]: Fraction(row["weight"], 10**6) for row in kept} == days
    for figure in ("profit", "eva", "capital"):
        assert sum(row[figure] for row in rms.values()) == customer[figure]
        for rm, part in days.items():
            assert abs(rms[rm][figure] - Fraction(customer[figure]) * part / 90) < 1, (rm, figure)


def test_nobody_is_paid_what_nobody_covers() -> None:
    """Without coverage the whole profit stands on the row without an id, and the units' sum is the same."""
    with valued(bank(coverage=[])) as context:
        rms, units, (total,) = holders(context, "rm"), holders(context, "unit"), holders(context, "total").values()
    assert {rm: row["profit"] for rm, row in rms.items()} == {"": total["profit"]}
    assert {unit: row["profit"] for unit, row in units.items()} == {"B1": total["profit"]}


def test_retail_has_no_credit_class() -> None:
    """Under the retail policy every loan is of the class 'unclassified', and value is reckoned all the same."""
    pack = Pack.load(find_shipped_pack("bank_retail"))
    facts = bank(
        rms=[{"rm_id": "A", "unit_id": "B1", "line": "retail"}],
        customers=[{"customer_id": "c1", "kind": "retail", "unit_id": "B1"}],
    )
    with valued(facts, policy=pack) as context:
        loan, rms = accounts(context)["loan"], holders(context, "rm")
        classes = context.engine.fetch("SELECT DISTINCT credit_class FROM account_input").to_pylist()
    assert classes == [{"credit_class": "unclassified"}]
    assert loan["expected_loss"] == 24_657_53
    assert set(rms) == {"A"}
