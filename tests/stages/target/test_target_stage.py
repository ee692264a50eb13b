from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kejing.stages.deploy import target
from kejing.stages.deploy.target.spread import GoalTooLargeError, StockMissingError
from tests.stages.flow.random_institution import WHOLE_RUNS
from tests.stages.institution import Facts, corporate_pack, plain_bank, ran, rows_of

OVERLAYS = Path(__file__).parent / "overlays"
Q1 = {"period_start": "2025-01-01", "period_end": "2025-04-01"}


def goal(amount: int, *, unit: str = "HQ", measure: str = "deposit_increment") -> dict[str, object]:
    """A goal of the first quarter."""
    return {"unit_id": unit, "measure": measure, "amount": amount, **Q1}


def targets(facts: Facts, *overlays: str, measure: str = "deposit_increment") -> dict[str, dict[str, object]]:
    """Targets of the first quarter by RM."""
    pack = corporate_pack(*(OVERLAYS / name for name in overlays))
    with ran(pack, facts, as_of="2025-03-31", stages=(target,)) as context:
        rows = rows_of(context.engine, f"SELECT * FROM target WHERE measure = '{measure}' ORDER BY rm_id")
    return {row["rm_id"]: row for row in rows}


def test_the_goal_falls_to_the_nearest_unit_that_has_one() -> None:
    """RMs of a branch with a goal of its own carry that goal; those of branches without carry the head office's."""
    rms = [{"rm_id": rm, "unit_id": unit} for rm, unit in (("A", "B1"), ("B", "B2"), ("C", "B2"), ("D", "HQ"))]
    got = targets(plain_bank(rms=rms, goals=[goal(900_00), goal(70_00, unit="B1")]))
    assert {rm: row["goal_unit_id"] for rm, row in got.items()} == {"A": "B1", "B": "HQ", "C": "HQ", "D": "HQ"}
    assert got["A"]["increment_target"] == 70_00
    assert sum(int(str(got[rm]["increment_target"])) for rm in "BCD") == 900_00


def test_the_stock_is_what_the_book_held_at_the_end_of_last_year() -> None:
    """Stock is December's average balance.

    Contributions weigh deposits, loans and fees, those without stock left out.
    """
    got = targets(plain_bank())
    assert {rm: (row["stock"], row["contribution"]) for rm, row in got.items()} == {
        "A": (10_000_000_00, 714_286),
        "B": (4_000_000_00, 285_714),
    }
    assert {rm: row["increment_target"] for rm, row in got.items()} == {"A": 428_571_43, "B": 1_071_428_57}
    assert all(
        row["total_target"] == int(str(row["stock"])) + int(str(row["increment_target"])) for row in got.values()
    )


@settings(WHOLE_RUNS, max_examples=6)
@given(
    factor=st.integers(2, 1000),
    stock=st.lists(st.integers(0, 10**10), min_size=4, max_size=4),
    amount=st.integers(1, 10**9),
)
def test_stock_in_another_unit_gives_the_same_targets(factor: int, stock: list[int], amount: int) -> None:
    """All stock times any factor leaves every target as it was, guard rails apart: only shares of the stock count."""
    rms = [{"rm_id": f"R{n}", "unit_id": "HQ"} for n in range(4)]
    customers = [{"customer_id": f"c{n}"} for n in range(4)]
    coverage = [{"customer_id": f"c{n}", "rm_id": f"R{n}"} for n in range(4)]
    found = []
    for times in (1, factor):
        balances = [
            {"customer_id": f"c{n}", "product": "dep", "month": "2024-12-01", "average_balance": (held + 1) * times}
            for n, held in enumerate(stock)
        ]
        bank = plain_bank(rms=rms, customers=customers, coverage=coverage, balances=balances, goals=[goal(amount)])
        got = targets(bank, "no_guard")
        found.append([(row["contribution"], row["increment_target"]) for row in got.values()])
    assert found[0] == found[1]


def test_without_balances_a_policy_with_the_stock_step_refuses() -> None:
    """Where the policy counts on balances and none were brought, targets are refused.

    Last year's fees alone would share the goals out by another yardstick than the policy's.
    """
    fees = [{"line_id": "F", "customer_id": "c1", "product": "fee", "amount": 5_00, "booked_on": "2024-06-01"}]
    for income in ([], fees):
        with pytest.raises(StockMissingError) as refused:
            targets(plain_bank(balances=[], income=income))
        assert refused.value.facts == {"base": "2024-12-01", "policy": "bank_corporate"}


def test_without_the_stock_step_targets_are_equal_and_the_run_says_so() -> None:
    """A policy without the stock step needs no balances, computes no contribution, and says that the step is absent."""
    with ran(
        corporate_pack(OVERLAYS / "without_stock"), plain_bank(balances=[]), as_of="2025-03-31", stages=(target,)
    ) as context:
        rows = rows_of(context.engine, "SELECT * FROM target WHERE measure = 'deposit_increment'")
    assert [(row["contribution"], row["stock"], row["increment_target"]) for row in rows] == [(None, 0, 750_000_00)] * 2
    absent = [step for step in context.steps if not step.is_present]
    assert [step.step for step in absent] == ["stock_allocation"]
    assert "stock step skipped" in absent[0].en
    assert "存量" in absent[0].zh


def test_guard_rails_that_cannot_hold_the_goal_stop_the_run() -> None:
    """A goal above all guard rails together is an error that names unit, measure, period and shortfall."""
    bank = plain_bank(goals=[goal(2 * 90_000_000_00 + 7, unit="HQ")])
    with pytest.raises(GoalTooLargeError) as refused:
        targets(bank)
    assert refused.value.facts == {
        "unit": "HQ",
        "measure": "deposit_increment",
        "period": "2025-Q1",
        "goal": "18000000007",
        "caps": "18000000000",
        "shortfall": "7",
    }
    assert sum(int(str(row["increment_target"])) for row in targets(bank, "no_guard").values()) == 18_000_000_007


@pytest.mark.parametrize("amount", [0, -1, -999_999_99])
def test_zero_and_negative_goals_are_spread_too(amount: int) -> None:
    """A goal of nothing gives nothing, a planned decline is shared out to the cent past every guard rail."""
    got = targets(plain_bank(goals=[goal(amount)]))
    assert sum(int(str(row["increment_target"])) for row in got.values()) == amount


def test_service_grade_and_hours_weigh_the_target() -> None:
    """An RM on half hours and on leave for half of the quarter is asked a quarter of another's target."""
    rms: list[dict[str, object]] = [{"rm_id": "A", "unit_id": "HQ", "fte": 500_000}, {"rm_id": "B", "unit_id": "HQ"}]
    leave = [{"rm_id": "A", "reason": "leave", "valid_from": "2025-02-15", "valid_to": "2025-06-01"}]
    got = targets(plain_bank(rms=rms, rm_absences=leave, coverage=[], goals=[goal(100_00)]), "without_stock")
    assert [row["weight"] for row in got.values()] == [250_000, 1_000_000]
    assert [row["increment_target"] for row in got.values()] == [20_00, 80_00]


def test_a_goal_that_nobody_carries_and_one_of_another_period_are_reported() -> None:
    """A goal of a unit without RMs is an error finding, one over dates that are no period a warning."""
    odd = {**goal(5_00), "period_end": "2025-03-15"}
    bank = plain_bank(rms=[{"rm_id": "A", "unit_id": "B1"}], goals=[goal(1_00, unit="B2"), odd])
    with ran(corporate_pack(), bank, as_of="2025-03-31", stages=(target,)) as context:
        assert not rows_of(context.engine, "SELECT * FROM target")
    found = {finding.code: dict(finding.facts) for finding in context.findings}
    assert found["target.goal_without_rms"] == {"unit": "B2", "measure": "deposit_increment", "period": "2025-Q1"}
    assert found["target.goal_period_unmatched"]["span"] == "2025-01-01..2025-03-15"


def test_one_rm_takes_the_whole_goal() -> None:
    """Linear complement with a single RM, whose contribution is one, gives the goal and not a division by zero."""
    got = targets(plain_bank(rms=[{"rm_id": "A", "unit_id": "B1"}]))
    assert (got["A"]["contribution"], got["A"]["increment_target"]) == (1_000_000, 1_500_000_00)


def test_growth_is_what_the_target_asks_of_the_book() -> None:
    """Growth is the increment over the stock, in millionths, and empty where there is no stock."""
    rms = [{"rm_id": rm, "unit_id": "HQ"} for rm in "ABC"]
    got = targets(plain_bank(rms=rms))
    for row in got.values():
        stock, increment = int(str(row["stock"])), int(str(row["increment_target"]))
        assert row["growth"] == (round(Fraction(increment, stock) * 10**6) if stock else None)
    assert got["C"]["growth"] is None
