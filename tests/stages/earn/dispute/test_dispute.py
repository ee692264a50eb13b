from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kejing.policy import Pack
from kejing.stages.context import StageContext
from kejing.stages.earn import dispute
from kejing.stages.earn.dispute.laws import LAWS
from tests.stages.flow.random_institution import WHOLE_RUNS
from tests.stages.institution import EARNING, broken, corporate_pack, day, plain_bank, ran, rows_of

AS_OF = "2025-06-30"

type Row = Mapping[str, object]


def policy() -> Pack:
    """The corporate policy with thirty days to answer."""
    plain = corporate_pack()
    return replace(plain, sections={**plain.sections, "dispute": {"answer_days": "staff_long_leave_days"}})


def filed(dispute_id: str, **more: object) -> Row:
    """A dispute of A about the second quarter, due on 20 June."""
    plain = {"rm_id": "A", "period": "2025-Q2", "claim": "mine", "owner": "administrator"}
    return {"dispute_id": dispute_id, **plain, "filed_on": "2025-06-01", "due_on": "2025-06-20", **more}


@contextmanager
def heard(*disputes: Row, as_of: str = AS_OF) -> Iterator[StageContext]:
    """The bank with disputes, paid and heard; the laws hold."""
    with ran(policy(), plain_bank(disputes=disputes), as_of=as_of, stages=(*EARNING, dispute)) as context:
        assert broken(context, LAWS) == []
        yield context


def rows(*disputes: Row, as_of: str = AS_OF) -> dict[str, dict[str, Any]]:
    """The table ``dispute`` by id."""
    with heard(*disputes, as_of=as_of) as context:
        return {row["dispute_id"]: row for row in rows_of(context.engine, "SELECT * FROM dispute")}


STATES: Sequence[tuple[str, dict[str, object], tuple[str, int]]] = [
    ("open", {"due_on": "2025-06-30"}, ("open", 0)),
    ("late", {"due_on": "2025-06-29"}, ("overdue", 1)),
    ("very_late", {}, ("overdue", 10)),
    ("granted", {"decided_on": "2025-06-15", "outcome": "granted"}, ("granted", 0)),
    ("granted_late", {"decided_on": "2025-06-25", "outcome": "granted"}, ("granted", 5)),
    ("rejected", {"decided_on": "2025-06-20", "outcome": "rejected"}, ("rejected", 0)),
    ("withdrawn", {"decided_on": "2025-06-30", "outcome": "withdrawn"}, ("withdrawn", 10)),
    ("tomorrow", {"decided_on": "2025-07-01", "outcome": "granted"}, ("overdue", 10)),
    ("no_outcome", {"decided_on": "2025-06-15"}, ("overdue", 10)),
]


def test_a_dispute_stands_as_it_does_on_the_day_of_the_run() -> None:
    """State and days late follow from the days; a decision of tomorrow is none today, and so is one without outcome.

    A dispute that is filed after the day of the run is not there yet.
    """
    found = rows(*(filed(name, **more) for name, more, _ in STATES), filed("later", filed_on="2025-07-01"))
    assert {name: (row["state"], row["days_late"]) for name, row in found.items()} == {
        name: expected for name, _, expected in STATES
    }
    assert found["tomorrow"]["decided_on"] is None
    assert found["granted"]["decided_on"] == day("2025-06-15")


def test_the_amount_is_the_pay_that_rests_on_it_today() -> None:
    """A line: what anybody is paid from it. No line: what the RM is paid in the period. Another year: unknown."""
    disputes = (
        filed("line", line_id="L3"),
        filed("of_another", rm_id="B", line_id="L3"),
        filed("period"),
        filed("no_pay", line_id="L6"),
        filed("year", period="2024-Q4"),
    )
    with heard(*disputes) as context:
        found = {row["dispute_id"]: row["amount"] for row in rows_of(context.engine, "SELECT * FROM dispute")}
        paid = {
            row["line_id"]: row["amount"]
            for row in rows_of(context.engine, "SELECT line_id, SUM(amount) AS amount FROM pay GROUP BY line_id")
        }
        gross = context.engine.value("SELECT gross FROM pay_total WHERE rm_id = 'A' AND period = '2025-Q2'")
    assert paid["L3"] > 0
    assert found == {
        "line": int(paid["L3"]),
        "of_another": int(paid["L3"]),
        "period": gross,
        "no_pay": 0,
        "year": None,
    }


def test_who_is_late_with_an_answer_is_told_of() -> None:
    """An overdue dispute is a warning with owner and days; a day that the policy's rule does not allow is a note."""
    with heard(filed("late"), filed("fine", due_on="2025-07-01"), filed("far", due_on="2025-07-02")) as context:
        found = {finding.facts["dispute"]: finding for finding in context.findings if finding.stage == "dispute"}
    assert {name: finding.code for name, finding in found.items()} == {
        "late": "dispute.overdue",
        "far": "dispute.due_too_late",
    }
    assert {"owner": "administrator", "days": "10"}.items() <= dict(found["late"].facts).items()
    assert found["late"].place.file == "facts.csv"


@settings(WHOLE_RUNS, max_examples=3)
@given(st.permutations([filed(name, **more) for name, more, _ in STATES]))
def test_the_order_of_rows_changes_nothing(disputes: list[Row]) -> None:
    """Disputes in another order give the same table."""
    assert rows(*disputes) == rows(*(filed(name, **more) for name, more, _ in STATES))


@pytest.mark.parametrize(
    ("as_of", "state"), [("2025-06-14", "open"), ("2025-06-15", "granted"), ("2025-06-30", "granted")]
)
def test_the_same_dispute_seen_from_two_days(as_of: str, state: str) -> None:
    """The day of the run decides what has happened."""
    disputed = filed("d", decided_on="2025-06-15", outcome="granted")
    assert rows(disputed, as_of=as_of)["d"]["state"] == state
