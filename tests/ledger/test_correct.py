"""The worked example closed for a year, and a fact that comes late."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import kejing
from tests.ledger.closed import Desk, content, net, posted
from tests.ledger.worked_bank import balance, worked_bank


@pytest.fixture(scope="module")
def closed_year(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The worked example, closed for 2025."""
    desk = Desk.of(worked_bank(), tmp_path_factory.mktemp("year"))
    desk.close(desk.run("2025-12-31", grain="year"), "2025")
    return desk


@pytest.fixture
def year(closed_year: Desk, tmp_path: Path) -> Desk:
    """A copy of one's own."""
    shutil.copytree(closed_year.folder, tmp_path / "desk")
    return Desk(tmp_path / "desk")


def test_the_retro_example_of_the_handbook(year: Desk) -> None:
    """A's line of 15.0 million turns out to be 12.8 million after the close: increment pay 140,258.18 -> 119,904.00.

    The difference of -20,354.18 goes into the open period, linked line by line; the closed entry and its statement
    stay bit for bit (pay handbook 2.4 E6; worked table of docs/algorithms/pay.md).
    """
    before = content(year.ledger / "entries" / "000001-close-2025")
    [line_1, line_2] = [row for row in posted(year.ledger, rm_id="A") if row["component"] == "increment_pay"]
    assert (line_1["amount"], line_2["amount"]) == (101_618_18, 38_640_00)
    year.tell("2026-02-10", balances=[balance("A1", "dep", "2025-12-01", 25_000 + 1_280)])
    done = year.correct("2026", period="2025")
    [corrected] = done.periods
    assert corrected.totals["pay.amount"] == "-20354.18"
    assert corrected.totals["pay_total.gross"] == "-20354.18"
    assert corrected.totals["score.completion"] == "-0.110000"
    rows = posted(year.ledger, entry=2)
    assert [(row["corrects"], row["amount"]) for row in rows] == [
        (line_1["posting_id"], 82_944_00 - 101_618_18),
        (line_2["posting_id"], 36_960_00 - 38_640_00),
    ]
    assert {(row["period"], row["posted_in"], str(row["known_on"]), row["kind"]) for row in rows} == {
        ("2025", "2026", "2026-02-10", "correct")
    }
    total = net(posted(year.ledger, component="increment_pay", rm_id="A"), "rm_id")
    assert total == {("A",): 119_904_00}
    assert content(year.ledger / "entries" / "000001-close-2025") == before
    assert kejing.verify_ledger(year.ledger) == []


def test_differences_name_the_fact_behind_them(year: Desk) -> None:
    """The line's own customer ties it to the balance that changed; the other line follows from the completion."""
    year.tell("2026-02-10", balances=[balance("A1", "dep", "2025-12-01", 25_000 + 1_280)])
    [shown] = year.differences("2026", period="2025").periods
    ties = {d.posting["line_id"]: (d.tie, d.because) for d in shown.differences if d.posting["book"] == "pay"}
    tie, because = ties["bal:A1:dep:2025-12-01"]
    assert tie == "customer_id"
    assert [change.as_json() for change in because] == [
        {
            "table": "balances",
            "key": "A1 dep 2025-12-01",
            "change": "changed",
            "known_at": "2026-02-10",
            "source": "balances.csv #2",
        }
    ]
    assert ties["bal:A2:loan_like:2025-12-01"] == ("follows", ())
    assert len(kejing.open_ledger(year.ledger).entries) == 1


def test_nothing_changed_posts_nothing(year: Desk) -> None:
    """With unchanged facts, or facts imported twice, a correction finds no difference and adds no entry."""
    before = content(year.ledger)
    year.tell("2026-02-10", balances=[balance("A1", "dep", "2025-12-01", 25_000 + 1_500)])
    done = year.correct("2026", reason="check")
    assert done.is_unchanged
    assert done.as_json()["periods"][0]["entry"] is None
    assert content(year.ledger) == before


def test_a_correction_run_twice_posts_once(year: Desk) -> None:
    """The second time everything is posted already; a fact that is put right again posts the way back."""
    year.tell("2026-02-10", balances=[balance("A1", "dep", "2025-12-01", 25_000 + 1_280)])
    assert not year.correct("2026").is_unchanged
    assert year.correct("2026").is_unchanged
    year.tell("2026-03-01", balances=[balance("A1", "dep", "2025-12-01", 25_000 + 1_500)])
    [back] = year.correct("2026").periods
    assert back.totals["pay.amount"] == "20354.18"
    linked = [row["corrects"].split(":")[0] for row in posted(year.ledger, entry=3)]
    assert linked == ["000002", "000002"]
