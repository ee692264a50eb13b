"""Opening a closed period again: two persons, a reason, the latest period, and nothing that stood is lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import kejing
from kejing.verbs.closing import NobodyError
from kejing.verbs.ledger_periods import periods_of
from kejing.verbs.reopening import NoRequestError, NotTheLatestError, OnePersonError, RequestWaitsError
from tests.ledger.closed import KEY, Desk, content, net, posted, run_pay
from tests.stages.institution import plain_bank

LATE = {"line_id": "L9", "customer_id": "c1", "product": "fee", "amount": 4_000_00, "booked_on": "2025-02-10"}


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The plain bank with both quarters of the half closed."""
    desk = Desk.of(plain_bank(), tmp_path_factory.mktemp("bank"))
    out = desk.run("2025-06-30")
    desk.close(out, "2025-Q1")
    desk.close(out, "2025-Q2")
    return desk


@pytest.fixture
def desk(closed: Desk, tmp_path: Path) -> Desk:
    """A copy of one's own."""
    shutil.copytree(closed.folder, tmp_path / "desk")
    return Desk(tmp_path / "desk")


def test_one_person_cannot_open_a_period(desk: Desk) -> None:
    """Not by a second spelling of the same name either; a request needs a name and a reason, an approval a request."""
    with pytest.raises(NoRequestError):
        kejing.reopen(desk.ledger, approve_by="Wang Fang", period="2025-Q2")
    with pytest.raises(NobodyError):
        kejing.reopen(desk.ledger, request_by="Li Na", reason=" ", period="2025-Q2")
    with pytest.raises(NobodyError):
        kejing.reopen(desk.ledger, reason="late file", period="2025-Q2")
    request = kejing.reopen(desk.ledger, request_by="Li Na", reason="late file", period="2025-Q2")
    assert kejing.reopen(desk.ledger, request_by="li na", reason="again", period="2025-Q2").name == request.name
    for name in ("Li Na", " LI  na", "Ｌｉ Ｎａ"):
        with pytest.raises(OnePersonError):
            kejing.reopen(desk.ledger, approve_by=name, period="2025-Q2")
    with pytest.raises(RequestWaitsError):
        kejing.reopen(desk.ledger, request_by="Wang Fang", reason="late file", period="2025-Q2")
    assert periods_of(kejing.open_ledger(desk.ledger))["2025-Q2"].is_closed


def test_only_the_latest_period_opens(desk: Desk) -> None:
    """The second quarter stands upon the first; a period that was never closed cannot be opened."""
    for period in ("2025-Q1", "2025-Q3"):
        with pytest.raises(NotTheLatestError):
            kejing.reopen(desk.ledger, period=period, request_by="Li Na", reason="late file")


def test_a_period_opened_again_is_closed_as_a_second_version(desk: Desk) -> None:
    """Two persons open the second quarter; its next close posts what differs and makes version 2 of the statement.

    What is paid with it is the difference alone, and the first close stays bit for bit.
    """
    kejing.reopen(desk.ledger, period="2025-Q2", request_by="Li Na", reason="late file")
    opened = kejing.reopen(desk.ledger, period="2025-Q2", approve_by="Wang Fang")
    assert (opened.content["by"], opened.content["approved_by"], opened.content["reason"]) == (
        "Li Na",
        "Wang Fang",
        "late file",
    )
    before = {entry.name: content(entry.folder) for entry in kejing.open_ledger(desk.ledger).entries}
    desk.tell("2025-07-20", income=[{**LATE, "booked_on": "2025-05-10"}])
    out = desk.run("2025-06-30", name="again")
    listed = kejing.payroll(out, period="2025-Q2", into=desk.folder / "l.xlsx", ledger=desk.ledger)
    changed = {row.rm_id: row.due for row in listed.rows if row.due}
    assert set(changed) == {"A"}
    closed = desk.close(out, "2025-Q2")
    assert closed.entry.content["statement"]["version"] == 2
    assert closed.entry.content["paid"] == str(listed.total)
    assert net(posted(desk.ledger, period="2025-Q2"), *KEY) == run_pay(out, "2025-Q2")
    assert {row["kind"] for row in posted(desk.ledger, entry=5)} == {"post"}
    assert {row["kind"] for row in posted(desk.ledger, "pay_total", entry=5)} == {"correct"}
    assert {name: content(desk.ledger / "entries" / name) for name in before} == before
    assert kejing.verify_ledger(desk.ledger) == []


def test_a_period_closed_again_unchanged_posts_nothing(desk: Desk) -> None:
    """Opened and closed by the same run: no postings, nobody is due anything, the statement is version 2."""
    kejing.reopen(desk.ledger, period="2025-Q2", request_by="Li Na", reason="check")
    kejing.reopen(desk.ledger, period="2025-Q2", approve_by="Wang Fang")
    closed = desk.close(desk.folder / "out-2025-06-30", "2025-Q2")
    assert (closed.was_closed, closed.entry.content["postings"], closed.entry.content["paid"]) == (False, {}, "0.00")
    assert closed.entry.content["statement"]["version"] == 2
