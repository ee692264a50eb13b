from __future__ import annotations

import datetime as dt
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from kejing.measure.share import largest_remainder
from kejing.stages.context import StageContext
from kejing.stages.controls import count_controls
from kejing.stages.output import output_table
from tests.stages.institution import WRITTEN, Facts, annual_sales, corporate_pack, plain_bank, ran, rows_of

OVERLAYS = Path(__file__).parent / "overlays"
MOVED = {
    "coverage": [
        {"customer_id": "c1", "rm_id": "A", "valid_to": "2025-05-15"},
        {"customer_id": "c1", "rm_id": "B", "valid_from": "2025-05-15"},
        {"customer_id": "c2", "rm_id": "B"},
    ]
}
type Rows = list[dict[str, Any]]


def every_table(context: StageContext, period: str) -> dict[str, Rows]:
    """Rows of one period of every table that has periods, and all tiers."""
    found = {}
    for name in WRITTEN:
        rows = output_table(context.engine, name, "CNY").to_pylist()
        found[name] = [row for row in rows if row.get("period", period) == period]
    return found


def test_a_customer_moved_in_may_changes_nothing_of_the_first_quarter() -> None:
    """A customer that goes from A to B on 15 May leaves every figure of every table of Q1 as it was.

    Its tiers, its account home and its unit stay too; only Q2 moves.
    """
    seen = []
    for tables in ({}, MOVED):
        with ran(corporate_pack(), plain_bank(**tables), as_of="2025-06-30") as context:
            homes = rows_of(
                context.engine, "SELECT customer_id, unit_id, account_home_id FROM customer_now ORDER BY customer_id"
            )
            seen.append((every_table(context, "2025-Q1"), homes, every_table(context, "2025-Q2")))
    assert seen[0][0] == seen[1][0]
    assert seen[0][1] == seen[1][1]
    assert seen[0][2]["segment"] == seen[1][2]["segment"]
    assert seen[0][2]["credit"] != seen[1][2]["credit"]


def test_the_quarter_of_the_move_is_split_by_days_and_by_day() -> None:
    """In Q2 the income of 14 May is A's and that of 15 May is B's.

    May's growth is split 14 to 17 days, April's is A's and June's is B's, to the cent of the whole quarter.
    """
    with ran(corporate_pack(), plain_bank(**MOVED), as_of="2025-06-30") as context:
        rows = rows_of(
            context.engine,
            "SELECT rm_id, line_id, amount FROM credit"
            " WHERE view = 'ledger' AND customer_id = 'c1' AND period = '2025-Q2'",
        )
    got = {row["line_id"]: (row["rm_id"], row["amount"]) for row in rows}
    growth = 1_000_000_00
    april = round(Fraction(growth * 30, 91))
    may = round(Fraction(growth * 61, 91)) - april
    days = largest_remainder(may, {"01": 14, "15": 17})
    assert got == {
        "L3": ("A", 13_000_00),
        "L4": ("B", 14_000_00),
        "bal:c1:dep:2025-04-01": ("A", april),
        "bal:c1:dep:2025-05-01": ("A", days["01"]),
        "bal:c1:dep:2025-05-15": ("B", days["15"]),
        "bal:c1:dep:2025-06-01": ("B", growth - april - may),
    }


def line_sheet(context: StageContext) -> dict[str, dict[str, Any]]:
    """Lines of fee income with their coefficient, by line id."""
    rows = rows_of(context.engine, "SELECT * FROM line_sheet WHERE measure = 'fee_income'")
    return {row["line_id"]: row for row in rows}


def test_a_customer_that_changes_tier_in_july_keeps_the_old_coefficient_for_the_first_half() -> None:
    """A customer that becomes large on 1 July is paid as mid-size on 30 June and as large from 1 July on (E1-33)."""
    later = {**annual_sales("c1", 3_000_000_000_00), "period_start": "2024-07-01", "period_end": "2025-07-01"}
    bank = plain_bank(
        measures=[annual_sales("c1", 300_000_000_00), later],
        income=[
            {"line_id": booked, "customer_id": "c1", "product": "fee", "amount": 9_000_00, "booked_on": booked}
            for booked in ("2025-06-30", "2025-07-01", "2025-09-30")
        ],
    )
    with ran(corporate_pack(), bank, as_of="2025-09-30") as context:
        lines = line_sheet(context)
    assert {name: (row["customer_tier"], row["coefficient"]) for name, row in lines.items()} == {
        "2025-06-30": ("mid", 1_000_000),
        "2025-07-01": ("large", 900_000),
        "2025-09-30": ("large", 900_000),
    }


def paid(context: StageContext) -> dict[tuple[str, ...], int]:
    """Pay by period, RM, component and line."""
    rows = rows_of(context.engine, "SELECT period, rm_id, component, measure, line_id, customer_id, amount FROM pay")
    return {
        (row["component"], row["customer_id"] or "", row["period"], row["rm_id"], row["measure"], row["line_id"]): row[
            "amount"
        ]
        for row in rows
    }


def test_a_lower_coefficient_for_mining_moves_mining_lines_alone_by_a_fifth() -> None:
    """Mining from 1.0 to 0.8 moves mining lines alone, by exactly 20 % (E1-32).

    Exactly in fee income pay; in increment pay to the cent that the split of the task hands round. Base and stock pay
    stay.
    """
    plain = plain_bank()
    new_money = {"customer_id": "c3", "product": "dep", "month": "2025-03-01", "average_balance": 777_777_77}
    bank = plain_bank(
        coverage=[*plain["coverage"], {"customer_id": "c3", "rm_id": "A"}], balances=[*plain["balances"], new_money]
    )
    with ran(corporate_pack(), bank, as_of="2025-06-30") as context:
        before = paid(context)
    with ran(corporate_pack(OVERLAYS / "mining_down"), bank, as_of="2025-06-30") as context:
        after = paid(context)
    assert before.keys() == after.keys()
    moved = defaultdict(set)
    for key, amount in before.items():
        component, customer, *_ = key
        expected = amount * Fraction(4, 5) if customer == "c1" else Fraction(amount)
        slack = 1 if component == "increment_pay" else 0
        assert abs(after[key] - expected) <= slack, key
        if after[key] != amount:
            moved[component].add(customer)
    assert moved["income_pay"] == {"c1"}
    assert moved["increment_pay"] == {"c1"}
    assert not moved.keys() - {"income_pay", "increment_pay"}


def test_a_currency_without_a_rate_is_a_finding_and_not_a_zero() -> None:
    """Income in a currency without a rate is left out of the ledger with an error finding and a control total.

    Both count its lines, the finding its money; lines with a rate are converted at the rate of their own day.
    """

    def line(name: str, currency: str, day: str, amount: int) -> dict[str, object]:
        return {
            "line_id": name,
            "customer_id": "c1",
            "product": "fee",
            "amount": amount,
            "currency": currency,
            "booked_on": day,
        }

    rates = [
        {
            "currency": "USD",
            "quote_currency": "CNY",
            "rate": 700_000_000,
            "valid_from": "2025-01-01",
            "valid_to": "2025-02-01",
        },
        {
            "currency": "USD",
            "quote_currency": "CNY",
            "rate": 725_000_000,
            "valid_from": "2025-02-01",
            "valid_to": "2025-03-01",
        },
        {"currency": "JPY", "quote_currency": "CNY", "rate": 4_855_000},
    ]
    income = [
        line("old", "USD", "2025-01-31", 10_01),
        line("new", "USD", "2025-02-01", -10_01),
        line("late", "USD", "2025-03-01", 5_00),
        line("yen", "JPY", "2025-01-15", 1_000),
        line("hk1", "HKD", "2025-01-15", 7_00),
        line("hk2", "HKD", "2025-02-15", 1_00),
    ]
    with ran(corporate_pack(), plain_bank(income=income, fx_rates=rates), as_of="2025-03-31") as context:
        count_controls(context)
        rows = rows_of(
            context.engine, "SELECT line_id, amount FROM credit WHERE measure = 'income' AND view = 'ledger'"
        )
        controls = rows_of(context.engine, "SELECT * FROM control WHERE stage IN ('credit', 'facts')")
    assert {row["line_id"]: row["amount"] for row in rows} == {"old": 70_07, "new": -72_57, "yen": 48_55}
    found = [finding for finding in context.findings if finding.code == "credit.rate_missing"]
    assert [(str(f.severity), dict(f.facts)) for f in found] == [
        ("error", {"currency": "HKD", "count": "2", "minor": "800"}),
        ("error", {"currency": "USD", "count": "1", "minor": "500"}),
    ]
    totals = {row["name"]: (row["rows"], row["amount"]) for row in controls}
    assert totals["facts_in_period"] == (6, None)
    assert totals["without_rate"] == (3, None)
    assert totals["ledger"] == (3, 46_05)


def test_a_balance_without_a_rate_is_a_finding() -> None:
    """Balances in a currency without a rate at the end of the month are counted in an error finding."""
    plain = plain_bank()
    rate = {"currency": "USD", "quote_currency": "CNY", "rate": 700_000_000, "valid_to": "2025-02-15"}
    foreign = [{**row, "currency": "USD"} for row in plain["balances"] if row["customer_id"] == "c1"]
    own = [row for row in plain["balances"] if row["customer_id"] != "c1"]
    with ran(corporate_pack(), plain_bank(balances=[*own, *foreign], fx_rates=[rate]), as_of="2025-03-31") as context:
        found = [finding for finding in context.findings if finding.code == "credit.balance_rate_missing"]
    assert [(str(f.severity), dict(f.facts)) for f in found] == [("error", {"currency": "USD", "count": "2"})]


def scored(facts: Facts, period: str = "2025-Q1", as_of: str = "2025-03-31") -> dict[tuple[str, str], dict[str, Any]]:
    """Scores of one period by RM and measure."""
    with ran(corporate_pack(), facts, as_of=as_of) as context:
        rows = rows_of(context.engine, f"SELECT * FROM score WHERE period = '{period}'")
    return {(row["rm_id"], row["measure"]): row for row in rows}


def test_ranks_share_a_place_and_leave_out_short_service() -> None:
    """Equal points share a rank and the next rank is skipped.

    Who served fewer days than asked has no rank and takes none.
    """
    rms = [{"rm_id": rm, "unit_id": "HQ"} for rm in "ABCD"]
    rms.append({"rm_id": "N", "unit_id": "HQ", "valid_from": "2025-02-16"})
    customers = [{"customer_id": f"k{rm}"} for rm in "ABCDN"]
    amounts = {"A": 9_000_00, "B": 12_000_00, "C": 9_000_00, "D": 1_000_00, "N": 90_000_00}
    bank = plain_bank(
        rms=rms,
        customers=customers,
        coverage=[{"customer_id": f"k{rm}", "rm_id": rm} for rm in "ABCDN"],
        balances=[
            {"customer_id": f"k{rm}", "product": "dep", "month": "2024-12-01", "average_balance": 100} for rm in "ABCDN"
        ],
        income=[
            {"line_id": rm, "customer_id": f"k{rm}", "product": "fee", "amount": amount, "booked_on": "2025-03-01"}
            for rm, amount in amounts.items()
        ],
        goals=[
            {
                "unit_id": "HQ",
                "measure": "fee_income",
                "period_start": "2025-01-01",
                "period_end": "2025-04-01",
                "amount": 314_000_00,
            }
        ],
    )
    scores = scored(bank)
    assert {scores[rm, "fee_income"]["target"] for rm in "ABCD"} == {67_500_00}
    assert {rm: scores[rm, ""]["rank"] for rm in "ABCDN"} == {"A": 2, "B": 1, "C": 2, "D": 4, "N": None}
    assert scores["N", ""]["points"] > scores["B", ""]["points"]


@pytest.mark.parametrize(
    ("target", "actual", "completion"),
    [
        (0, 12_000_00, 0),
        (-200_00, -100_00, 1_500_000),
        (-200_00, -300_00, 500_000),
        (9_600_00, 12_000_00, 1_250_000),
        (9_600_00, -12_00, -1_250),
    ],
)
def test_zero_and_negative_targets_have_a_completion(target: int, actual: int, completion: int) -> None:
    """A target of zero drops out with its weight; a planned decline is met by declining less: 1 + (A - T) / |T|."""
    bank = plain_bank(
        rms=[{"rm_id": "A", "unit_id": "HQ", "target_bonus": 120_000_00}],
        income=[{"line_id": "L", "customer_id": "c1", "product": "fee", "amount": actual, "booked_on": "2025-03-01"}],
        goals=[
            {
                "unit_id": "HQ",
                "measure": measure,
                "period_start": "2025-01-01",
                "period_end": "2025-04-01",
                "amount": amount,
            }
            for measure, amount in (("fee_income", target), ("deposit_increment", 1_000_000_00))
        ],
    )
    scores = scored(bank)
    assert scores["A", "fee_income"]["actual"] == actual
    assert scores["A", "fee_income"]["completion"] == completion
    if target == 0:
        assert scores["A", "fee_income"]["points"] == 0
        assert scores["A", "deposit_increment"]["points"] == 100 * 10**6


def test_an_rm_who_left_passes_nothing_on_in_silence() -> None:
    """Income booked after the covering RM has left stands unassigned until coverage names a successor."""
    rms = [{"rm_id": "A", "unit_id": "B1", "valid_to": "2025-02-04"}, {"rm_id": "B", "unit_id": "B2"}]
    income = [
        {"line_id": booked, "customer_id": "c1", "product": "fee", "amount": 10_00, "booked_on": booked}
        for booked in ("2025-02-03", "2025-02-04")
    ]
    shared = [*plain_bank()["coverage"], {"customer_id": "c1", "rm_id": "B", "role": "assist"}]
    for coverage, expected in (
        (plain_bank()["coverage"], {("2025-02-03", "A"): 10_00, ("2025-02-04", ""): 10_00}),
        (
            shared,
            {("2025-02-03", "A"): 6_00, ("2025-02-03", "B"): 4_00, ("2025-02-04", ""): 6_00, ("2025-02-04", "B"): 4_00},
        ),
    ):
        with ran(
            corporate_pack(), plain_bank(rms=rms, income=income, coverage=coverage), as_of="2025-03-31"
        ) as context:
            rows = rows_of(context.engine, "SELECT * FROM credit WHERE measure = 'income' AND view = 'ledger'")
        assert {(row["line_id"], row["rm_id"]): row["amount"] for row in rows} == expected
        found = [finding.facts for finding in context.findings if finding.code == "credit.unassigned"]
        assert [facts["count"] for facts in found] == ["1"]


def test_closed_customers_and_future_lines_count_on_their_own_day() -> None:
    """Lines of a customer whose record had ended, or booked after the day of the run, are not in the ledger.

    The former are reported.
    """
    customers = [{"customer_id": "c1", "valid_to": "2025-02-01"}, {"customer_id": "c2"}]
    income = [
        {
            "line_id": f"{customer}{booked}",
            "customer_id": customer,
            "product": "fee",
            "amount": 10_00,
            "booked_on": booked,
        }
        for customer, booked in (("c1", "2025-01-31"), ("c1", "2025-02-01"), ("c2", "2025-03-14"), ("c2", "2025-03-15"))
    ]
    with ran(corporate_pack(), plain_bank(customers=customers, income=income), as_of="2025-03-14") as context:
        rows = rows_of(
            context.engine, "SELECT line_id FROM credit WHERE measure = 'income' AND view = 'ledger' ORDER BY line_id"
        )
    assert [row["line_id"] for row in rows] == ["c12025-01-31", "c22025-03-14"]
    assert [finding.facts["count"] for finding in context.findings if finding.code == "credit.outside_population"] == [
        "1"
    ]
    assert context.as_of == dt.date(2025, 3, 14)
