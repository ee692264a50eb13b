from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kejing.stages.earn.fund.balance import FundTooLargeError, paid_in_order, running_sum
from tests.stages.earn.fund.fund_scene import Row, claim, grant, one_by_one, ran, rows, states
from tests.stages.flow.random_institution import WHOLE_RUNS
from tests.stages.institution import day

_AMOUNT = st.one_of(st.integers(1, 30), st.integers(-5, 200), st.integers(1, 10**12))


@st.composite
def claims_on(draw: st.DrawFn, funds: list[str]) -> list[Row]:
    """Claims with any amounts, approvers and days; some of nobody, some early, some of the year before."""
    first, last = day("2024-11-01"), day("2026-02-01")
    return [
        claim(
            f"C{place:02d}",
            draw(_AMOUNT),
            draw(st.one_of(st.none(), st.dates(first, last))),
            fund_id=draw(st.sampled_from(funds)),
            approver=draw(st.sampled_from(["head", "head", "deputy", "A", "B"])),
            applied_on=draw(st.dates(first, day("2025-09-30"))),
        )
        for place in range(draw(st.integers(0, 25)))
    ]


@settings(WHOLE_RUNS, max_examples=16)
@given(st.lists(st.one_of(st.integers(0, 300), st.integers(0, 10**12)), min_size=1, max_size=4), st.data())
def test_funds_are_never_overspent(amounts: list[int], data: st.DataObject) -> None:
    """Whatever is claimed, the stage decides as somebody would who takes the claims one after the other.

    The laws of the stage hold: no balance below zero, payments sum to no more than the grant, nobody approves the own
    claim.
    """
    grants = [grant(amount, f"F{place}") for place, amount in enumerate(amounts)]
    claims = data.draw(claims_on([one["fund_id"] for one in grants]))
    decided = {name: state for name, (state, _, _) in states(grants, claims).items()}
    assert decided == one_by_one(grants, claims)


@settings(WHOLE_RUNS, max_examples=6)
@given(claims_on(["F0", "F1"]), st.integers(0, 500), st.integers(0, 99))
def test_the_order_of_rows_changes_nothing(claims: list[Row], amount: int, seed: int) -> None:
    """Funds and claims in another order give the same table."""
    grants = [grant(amount, "F0"), grant(2 * amount, "F1")]
    chance = random.Random(seed)  # noqa: S311  # a shuffle from a seed
    first = rows(grants, claims)
    assert rows(chance.sample(grants, 2), chance.sample(claims, len(claims))) == first


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 100), st.booleans()), max_size=60), st.data())
def test_rounds_over_columns_decide_as_one_by_one(asked: list[tuple[int, int, bool]], data: st.DataObject) -> None:
    """The rounds over whole columns pay exactly the claims that a loop over them pays."""
    granted = data.draw(st.lists(st.integers(0, 250), min_size=5, max_size=5))
    asked = sorted(asked, key=lambda one: one[0])
    balance = list(granted)
    expected = []
    for number, wanted, may_be_paid in asked:
        is_paid = may_be_paid and wanted <= balance[number]
        balance[number] -= wanted if is_paid else 0
        expected.append(is_paid)
    fund = np.array([one[0] for one in asked], np.int64)
    amount = np.array([one[1] for one in asked], np.int64)
    may = np.array([one[2] for one in asked], np.bool_)
    paid = paid_in_order(fund, amount, np.array(granted, np.int64), may)
    assert paid.tolist() == expected
    spent = running_sum(fund, np.where(paid, amount, 0))
    assert all(spent <= np.array(granted, np.int64)[fund])


def test_the_second_award_is_refused() -> None:
    """E2-64: of a fund of 100k, 60k are awarded; 50k more are refused, and 40k still can be had."""
    found = states(
        [grant(100_000_00)],
        [claim("c1", 60_000_00), claim("c2", 50_000_00), claim("c3", 40_000_00, "2025-04-01")],
    )
    assert found == {
        "c1": ("paid", "", 40_000_00),
        "c2": ("refused", "overspent", 40_000_00),
        "c3": ("paid", "", 0),
    }


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, ("paid", "")),
        ({"approver": "A"}, ("refused", "self_approved")),
        ({"approver": "B"}, ("refused", "beneficiary_approved")),
        ({"rm_id": None, "approver": "B"}, ("paid", "")),
        ({"approver": None}, ("open", "")),
        ({"approved_on": None}, ("open", "")),
        ({"approved_on": "2025-10-01"}, ("open", "")),
        ({"approved_on": "2025-09-30"}, ("paid", "")),
        ({"approved_on": "2025-01-01"}, ("refused", "approved_early")),
        ({"applied_on": "2024-12-01", "approved_on": "2024-12-31"}, ("refused", "outside_period")),
        ({"applied_on": "2024-12-01", "approved_on": "2025-01-01"}, ("paid", "")),
        ({"currency": "USD"}, ("refused", "other_currency")),
        ({"amount": 0}, ("refused", "not_positive")),
        ({"amount": -1}, ("refused", "not_positive")),
    ],
)
def test_who_may_approve_and_when(more: dict[str, object], expected: tuple[str, str]) -> None:
    """Another person than applicant and beneficiary, on a day of the fund and not before the claim; else refused.

    What nobody has approved by the day of the run is open, not refused.
    """
    plain = claim("c", 10_00)
    assert states([grant(100_00)], [{**plain, **more}])["c"][:2] == expected


def test_a_refused_claim_is_told_of_with_its_place() -> None:
    """The finding names claim, fund, what was asked and what was left, and the row of the file."""
    with ran([grant(100_00)], [claim("c", 100_01)]) as context:
        found = [finding for finding in context.findings if finding.stage == "fund"]
    assert [(finding.code, finding.place.file, finding.place.row) for finding in found] == [
        ("fund.overspent", "facts.csv", 2)
    ]
    assert {"claim": "c", "fund": "F1", "amount": "100.01", "balance": "100.00"}.items() <= dict(found[0].facts).items()


def test_a_fund_in_another_currency_pays_nothing_and_says_so() -> None:
    """Its claims appear nowhere and the fund is an error finding; a claim made after the run's day is not seen."""
    with ran([grant(100_00, currency="USD")], [claim("c", 1_00)]) as context:
        assert context.engine.value("SELECT COUNT(*) FROM fund") == 0
        assert [finding.code for finding in context.findings if finding.stage == "fund"] == ["fund.not_usable"]
    assert states([grant(100_00)], [claim("c", 1_00, None, applied_on="2025-10-01")]) == {}


def test_amounts_beyond_64_bits_are_refused() -> None:
    """A sum that would wrap round is an error, never a balance."""
    fund, amount = np.zeros(3, np.int64), np.full(3, 2**62, np.int64)
    with pytest.raises(FundTooLargeError):
        paid_in_order(fund, amount, np.array([2**62], np.int64), np.ones(3, np.bool_))


def test_a_fund_of_other_lines_is_left_to_their_policy() -> None:
    """The fund of a unit whose RMs are all of other lines is not paid out twice, once under each policy."""
    grants = [grant(1_00), grant(2_00, "F2", unit_id="R1"), grant(3_00, "F3", unit_id="C1")]
    units: list[Row] = [{"unit_id": "HQ"}, *({"unit_id": u, "parent_id": "HQ", "level": 1} for u in ("R1", "C1"))]
    rms = [{"rm_id": "r", "unit_id": "R1", "line": "retail"}, {"rm_id": "c", "unit_id": "C1"}]
    with ran(grants, [], units=units, rms=rms) as context:
        assert context.engine.fetch("SELECT fund_id FROM fund ORDER BY fund_id").column(0).to_pylist() == ["F1", "F3"]
