"""What counts, what is owed, and what becomes of it: the rules of the essays one by one."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kejing.stages.deploy.visit.terms import owed
from tests.stages.visit.scene import FactRow, Rows, book, carrier, contact, planned, spends, statuses, summary, visits

Q4 = "quarter = '2026-Q4'"


def of(facts: dict[str, Any], as_of: str, where: str) -> Rows:
    """Rows of ``visit`` that hold ``where``."""
    with planned(facts, as_of=as_of) as context:
        return visits(context, where)


def crystal(*contacts: FactRow, **tables: Sequence[FactRow]) -> dict[str, Any]:
    """One crystal customer of RM A and contacts with him."""
    return book({"c": "crystal"}, contacts=contacts, **tables)


def test_two_visits_on_one_day_count_once() -> None:
    """E4-55: visits on 3 January and 3 January count as one."""
    two = (contact(1, "c", "2026-10-13"), contact(2, "c", "2026-10-13"))
    rows = of(crystal(*two), "2026-12-02", "channel = 'visit'")
    assert [row["status"] for row in rows] == ["done", "planned"]


def test_two_visits_seven_weeks_apart_meet_the_standard() -> None:
    """E4-55: 3 January and 20 February meet two visits a quarter."""
    two = (contact(1, "c", "2026-10-13"), contact(2, "c", "2026-11-30"))
    assert statuses(of(crystal(*two), "2026-12-02", "channel = 'visit'")) == {"done": 2}


def test_a_month_without_a_call_cannot_be_made_up() -> None:
    """E4-56: no call in November leaves two of three months met, whatever December brings."""
    calls = [
        contact(place, "c", day, channel="phone")
        for place, day in enumerate(("2026-10-20", "2026-12-01", "2026-12-03"))
    ]
    rows = of(crystal(*calls), "2026-12-30", "channel = 'phone'")
    assert [(row["status"], row["reason"]) for row in rows] == [("done", ""), ("left_out", "over"), ("done", "")]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"direction": "inbound"}, id="the customer called"),
        pytest.param({"outcome": "not_connected"}, id="nobody answered"),
        pytest.param({"channel": "video"}, id="another channel"),
        pytest.param({"rm_id": "B"}, id="a colleague called"),
    ],
)
def test_only_own_outbound_connected_calls_count(other: FactRow) -> None:
    """E4-53: an active call is outbound and answered; a colleague's never fills the RM's standard."""
    call = contact(1, "c", "2026-10-20", **{"channel": "phone", **other})
    assert "done" not in statuses(of(crystal(call), "2026-12-02", "channel = 'phone'"))


def test_a_colleagues_visit_shows_in_the_total_only() -> None:
    """Own actual and total actual stand side by side."""
    two = (contact(1, "c", "2026-10-13"), contact(2, "c", "2026-11-10", rm_id="B"))
    with planned(crystal(*two), as_of="2026-12-02") as context:
        row = summary(context, "visit")
        assert (row["done"], row["done_by_all"]) == (1, 2)


def test_who_enters_a_tier_amid_the_quarter_owes_a_share() -> None:
    """Crystal from 1 December, 23 of 62 working days: 2 × 23 / 62, one visit, due by what is left of the quarter."""
    grown = spends("c", "a", ["2026-07", "2026-08", "2026-09"]) + [
        {**row, "value": 9_900_00} for row in spends("c", "crystal", ["2026-10", "2026-11"])
    ]
    facts = book({"c": "a"}, measures=grown, coverage=[{"customer_id": "c", "rm_id": "A", "valid_from": "2026-12-01"}])
    rows = of(facts, "2026-12-01", f"channel = 'visit' AND {Q4}")
    assert [(row["tier"], str(row["due_from"]), str(row["due_to"])) for row in rows] == [
        ("crystal", "2026-12-01", "2026-12-31")
    ]


def test_a_quarter_between_two_tiers_is_owed_by_both() -> None:
    """A in October, crystal from November: 1 × 18/62 + 2 × 44/62 = 1.71, two visits of a crystal customer."""
    months = [*spends("c", "a", ["2026-07", "2026-08", "2026-09"]), *spends("c", "crystal", ["2026-10", "2026-11"])]
    rows = of(book({"c": "a"}, measures=months), "2026-12-01", f"channel = 'visit' AND standard <> 'growth' AND {Q4}")
    assert [row["tier"] for row in rows] == ["crystal", "crystal"]


def test_a_churn_signal_asks_for_one_visit_more() -> None:
    """E4-52: the A customer's visit is done; the signal of 16 November asks for another within ten days."""
    loss = {"customer_id": "c", "service": "voice", "amount": 100, "reason": "price", "suspected_on": "2026-11-16"}
    facts = book({"c": "a"}, contacts=[contact(1, "c", "2026-10-13")], losses=[loss])
    rows = of(facts, "2026-11-18", "channel = 'visit'")
    assert [(row["standard"], row["status"]) for row in rows] == [("churn_signal", "planned"), ("ss_a_visit", "done")]
    assert str(rows[0]["due_to"]) == "2026-11-26"


def test_growth_asks_for_one_visit_more() -> None:
    """E4-52: spend a third higher than the month before asks for a visit within ten days of the month's end."""
    october = {**spends("c", "a", ["2026-10"])[0], "value": 2_999_99}
    months = [*spends("c", "a", ["2026-07", "2026-08", "2026-09"]), october]
    rows = of(book({"c": "a"}, measures=months), "2026-11-03", "standard = 'growth'")
    assert [(str(row["due_from"]), str(row["due_to"])) for row in rows] == [("2026-11-01", "2026-11-11")]


def test_a_call_missed_on_leave_is_caught_up() -> None:
    """On leave when November closed: the call is due within ten working days after the return."""
    leave = [{"rm_id": "A", "reason": "leave", "valid_from": "2026-11-10", "valid_to": "2026-12-07"}]
    rows = of(crystal(rm_absences=leave), "2026-12-02", "channel = 'phone'")
    assert [(row["status"], row["reason"], str(row["due_to"])) for row in rows][1:] == [
        ("planned", "catch_up", "2026-12-18"),
        ("planned", "", "2026-12-31"),
    ]
    assert str(rows[1]["planned_on"]) >= "2026-12-07"


def test_leave_to_the_end_is_no_ones_fault() -> None:
    """Who is away until the year is out is told as on leave, not as short of time."""
    leave = [{"rm_id": "A", "reason": "leave", "valid_from": "2026-11-30", "valid_to": "2027-01-04"}]
    with planned(crystal(rm_absences=leave), as_of="2026-12-02") as context:
        rows = visits(context, f"{Q4} AND due_to >= '2026-12-03'")
        assert {(row["status"], row["reason"]) for row in rows} == {("left_out", "on_leave")}
        assert "visit.short_of_time" not in {one.code for one in context.findings}


def test_an_appointment_is_booked_and_takes_its_day() -> None:
    """A contact that lies ahead and is booked fills a visit; what is planned beside it keeps its distance."""
    booked = contact(1, "c", "2026-10-20", outcome="booked")
    rows = of(crystal(booked), "2026-10-09", f"channel = 'visit' AND {Q4}")
    assert [row["status"] for row in rows] == ["booked", "planned"]
    assert (rows[1]["planned_on"] - rows[0]["planned_on"]).days >= 28


def test_the_last_day_of_a_quarter_plans_the_next() -> None:
    """On 30 September the quarter that ends is told as it is, and the fourth is planned."""
    rows = of(crystal(), "2026-09-30", "channel = 'visit'")
    assert [(row["quarter"], row["status"], row["reason"]) for row in rows] == [
        ("2026-Q3", "left_out", "over"),
        ("2026-Q3", "left_out", "over"),
        ("2026-Q4", "planned", ""),
        ("2026-Q4", "planned", ""),
    ]


@given(st.integers(0, 60), st.sampled_from([1, 3]), st.integers(0, 11))
def test_windows_of_a_year_sum_to_the_year(contacts: int, months: int, phase: int) -> None:
    """Whatever the standard, the window and the customer's phase, the contacts of the year are owed, none twice."""
    due = [owed(Fraction(contacts), months, place, phase) for place in range(12 // months)]
    assert sum(due) == contacts
    assert max(due) - min(due) <= 1


def test_one_visit_a_year_is_not_due_by_everybody_in_the_last_quarter() -> None:
    """Customers owe a yearly visit in the quarter that their id says, about as many in each."""
    shares = []
    for as_of, quarter in (("2026-06-30", "2026-Q3"), ("2026-09-30", "2026-Q4")):
        facts = book({f"c{place:03d}": "a" for place in range(200)})
        with planned(facts, as_of=as_of, policy=carrier("yearly")) as context:
            shares.append(
                {row["customer_id"] for row in visits(context, f"quarter = '{quarter}' AND channel = 'visit'")}
            )
    assert not shares[0] & shares[1]
    assert all(30 <= len(share) <= 70 for share in shares)
