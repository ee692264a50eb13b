"""Late facts and a closed quarter: what was posted stays, what differs is posted into the open period."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import kejing
from kejing.measure.errors import RefusedInputError
from kejing.verbs.correcting import NotClosedError, NotOpenError
from kejing.warehouse.ledger import BrokenLedgerError
from tests.ledger.closed import KEY, Desk, net, posted, run_pay
from tests.stages.institution import plain_bank


@pytest.fixture(scope="module")
def closed_quarter(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The plain bank, closed for the first quarter of 2025."""
    desk = Desk.of(plain_bank(), tmp_path_factory.mktemp("quarter"))
    desk.close(desk.run("2025-03-31"), "2025-Q1")
    return desk


@pytest.fixture
def quarter(closed_quarter: Desk, tmp_path: Path) -> Desk:
    """A copy of one's own."""
    shutil.copytree(closed_quarter.folder, tmp_path / "desk")
    return Desk(tmp_path / "desk")


def first_quarter(desk: Desk) -> dict[tuple[str, ...], int]:
    """All pay posted for the first quarter, by line."""
    return net(posted(desk.ledger, period="2025-Q1"), *KEY)


def test_a_line_known_late_is_posted_as_new(quarter: Desk) -> None:
    """Fees of February that become known in April are posted for the first quarter in the second, link to nothing.

    Lines of the same task move with the completion and link to what they correct.
    """
    late = {"line_id": "L9", "customer_id": "c1", "product": "fee", "amount": 4_000_00, "booked_on": "2025-02-10"}
    quarter.tell("2025-04-20", income=[late])
    quarter.correct("2025-Q2", period="2025-Q1", reason="late")
    rows = posted(quarter.ledger, entry=2)
    new = [row for row in rows if row["line_id"] == "L9"]
    assert {(row["component"], row["kind"], row["corrects"], str(row["known_on"])) for row in new} == {
        ("income_pay", "post", "", "2025-04-20"),
    }
    assert all(row["corrects"].startswith("000001:pay:") for row in rows if row["line_id"] != "L9")
    assert net(posted(quarter.ledger, period="2025-Q1"), *KEY) == run_pay(
        quarter.run("2025-03-31", name="now"), "2025-Q1"
    )


def test_a_voided_line_leaves_its_negative(quarter: Desk) -> None:
    """A line that turns out never to have been: minus what was posted for it, linked, and nothing remains of it."""
    quarter.void("2025-04-20", "income", {"line_id": "L2"})
    quarter.correct("2025-Q2", period="2025-Q1", reason="void")
    rows = posted(quarter.ledger, "credit", line_id="L2")
    assert [(row["amount"], row["kind"]) for row in rows] == [(9_000_00, "post"), (-9_000_00, "reversal")]
    assert rows[1]["corrects"] == rows[0]["posting_id"]
    assert net(posted(quarter.ledger, line_id="L2"), *KEY) == {}
    assert net(posted(quarter.ledger, period="2025-Q1"), *KEY) == run_pay(
        quarter.run("2025-03-31", name="now"), "2025-Q1"
    )


def test_a_customer_moved_back_in_time(quarter: Desk) -> None:
    """A customer that was B's from 1 February on, as is learned in April: A's credit goes, B's comes, sums stay."""
    before = net(posted(quarter.ledger, "credit"), "measure")
    quarter.tell(
        "2025-04-20",
        coverage=[
            {"customer_id": "c1", "rm_id": "A", "valid_to": "2025-02-01"},
            {"customer_id": "c1", "rm_id": "B", "valid_from": "2025-02-01"},
        ],
    )
    quarter.correct("2025-Q2", period="2025-Q1", reason="move")
    moved = {
        (row["rm_id"], row["amount"], row["kind"]) for row in posted(quarter.ledger, "credit", entry=2, line_id="L1")
    }
    assert moved == {("A", -12_000_00, "reversal"), ("B", 12_000_00, "post")}
    assert net(posted(quarter.ledger, "credit"), "measure") == before
    assert net(posted(quarter.ledger, period="2025-Q1"), *KEY) == run_pay(
        quarter.run("2025-03-31", name="now"), "2025-Q1"
    )


def test_the_policy_of_the_close_is_the_one_that_runs(quarter: Desk, tmp_path: Path) -> None:
    """What the rules say today does not matter: the correction runs with the copy that lies with the close."""
    quarter.tell("2025-04-20", income=[{**plain_bank()["income"][0], "amount": 13_000_00}])
    entry = quarter.ledger / "entries" / "000001-close-2025-Q1"
    then = entry / "policy" / "tables" / "income_rate.csv"
    [done] = quarter.differences("2025-Q2", period="2025-Q1").periods
    assert done.differences
    then.write_text(then.read_text(encoding="utf-8").replace("2000-01-01", "2000-01-02"), encoding="utf-8")
    with pytest.raises(BrokenLedgerError):
        quarter.differences("2025-Q2", period="2025-Q1")


def test_the_next_payment_list_carries_the_correction(quarter: Desk) -> None:
    """What is posted into the second quarter is paid or recovered with it, and asked for in its payments file."""
    quarter.void("2025-04-20", "income", {"line_id": "L2"})
    [done] = quarter.correct("2025-Q2", period="2025-Q1", reason="void").periods
    out = quarter.run("2025-06-30")
    listed = kejing.payroll(out, period="2025-Q2", into=quarter.folder / "q2.xlsx", ledger=quarter.ledger)
    carried = {row.rm_id: row.carried for row in listed.rows}
    assert sum(carried.values()) == int(done.totals["pay_total.paid_now"].replace(".", ""))
    assert carried["B"] < 0
    alone = kejing.payroll(out, period="2025-Q2", into=quarter.folder / "alone.xlsx")
    with pytest.raises(RefusedInputError) as refused:
        quarter.close(out, "2025-Q2", payments=alone.file)
    assert {finding.code for finding in refused.value.findings} == {"ledger.payment_differs"}
    quarter.close(out, "2025-Q2", payments=listed.file)
    paid = pq.read_table(quarter.ledger / "entries" / "000003-close-2025-Q2" / "due.parquet").to_pylist()
    assert {row["rm_id"]: row["carried"] for row in paid} == carried


def test_who_and_why_are_asked_for(quarter: Desk) -> None:
    """A difference is not posted for nobody or without a reason; only open, later periods carry one."""
    quarter.void("2025-04-20", "income", {"line_id": "L2"})
    with pytest.raises(RefusedInputError):
        kejing.correct(quarter.facts, into=quarter.ledger, period="2025-Q1", posted_in="2025-Q2", by="Li Na")
    with pytest.raises(NotOpenError):
        quarter.correct("2025-Q1", period="2025-Q1")
    with pytest.raises(NotClosedError):
        quarter.correct("2025-Q3", period="2025-Q2")
