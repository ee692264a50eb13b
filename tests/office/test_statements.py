"""Statements: sums foot, walls hold, disputes and splits go the way the policy and two people say (W6)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from kejing.office import scope
from kejing.office.acts.act import act
from kejing.office.acts.models import Event
from kejing.office.books.models import Coverage, Dispute
from kejing.office.changes import publishing
from kejing.office.changes.models import ChangeSet
from kejing.office.feeds.models import Run
from kejing.office.statements.reading import pay_of, totals
from kejing.office.statements.splitting import SplitNotWholeError, draft_split, split_of
from tests.office.bank import START, TODAY, Bank
from tests.office.shown import LINE, PERIOD, split_dispute
from tests.office.test_frame import sign_in

HALF = dt.date(2025, 12, 1)


@pytest.fixture
def shown(bank: Bank, tmp_path: Path) -> Run:
    """The run of W6, and e12 as assist of e11's first customer."""
    with act("tests.assisted", by=None) as doing:
        lead = Coverage.objects.get(customer_id="e11-1")
        doing.change_all([lead], share=6_000)
        doing.add(Coverage(customer_id="e11-1", rm_id="e12", role="assist", share=4_000, valid_from=START))
    return split_dispute(tmp_path)


def address(name: str, *arguments: str) -> str:
    """The address of a page of the shown run."""
    return reverse(f"statements:{name}", args=("bank_corporate", PERIOD, *arguments))


def test_lead_and_assist_make_the_whole_and_overlay_stands_beside_it(bank: Bank, shown: Run) -> None:
    """600,000 + 400,000 = 1,000,000; the overlay of 300,000 is outside the total."""
    split = split_of(bank.viewer("leader"), shown, PERIOD, LINE)
    assert split is not None
    assert [row["amount"] for row in split.within] == [Decimal("600000.00"), Decimal("400000.00")]
    assert (split.total, split.overlay) == (Decimal("1000000.00"), Decimal("300000.00"))
    page = sign_in("leader").get(address("line", LINE)).content.decode()
    assert "1,000,000.00" in page
    assert "300,000.00" in page


def test_a_statement_foots_to_the_cent(bank: Bank, shown: Run) -> None:
    """Lines add up to their component, components to gross pay."""
    pay = pay_of(bank.viewer("rm_e11"), shown, PERIOD, "e11")
    assert pay is not None
    assert pay.of_parts == pay.total["gross"] == Decimal("16000.01")
    for part in pay.parts:
        assert not part.lines or sum(line.amount for line in part.lines) == part.amount


@pytest.mark.parametrize("total", [10_100, 9_999, 0])
def test_shares_that_are_not_the_whole_are_refused(bank: Bank, shown: Run, total: int) -> None:
    """101 % is refused, and so is everything that is not 100 %."""
    with pytest.raises(SplitNotWholeError):
        draft_split(
            viewer=bank.viewer("performance"),
            customer_id="e11-1",
            shares={("e11", "lead"): total - 4_000, ("e12", "assist"): 4_000},
            effective_on=HALF,
            reason="dispute",
        )
    assert not ChangeSet.objects.exists()


def test_a_granted_dispute_changes_the_split_from_its_day_with_another_persons_approval(bank: Bank, shown: Run) -> None:
    """Filed, answered, drafted, approved by somebody else, dated: before the day 60/40, from it on 50/50."""
    rm = sign_in("rm_e12")
    form = {"line_id": LINE, "claimed": "5,000.00", "reason": "we did half of the work"}
    assert rm.post(address("dispute", "e12"), form).status_code == 302
    dispute = Dispute.objects.get()
    assert (dispute.resting_minor, dispute.claimed_minor, dispute.effect_minor) == (400_000, 500_000, 100_000)
    assert dispute.owner == bank.users["performance"]
    assert dispute.filed_on is not None
    assert dispute.due_on is not None
    assert dispute.due_on > dispute.filed_on
    assert rm.post(address("dispute", "e12"), form).status_code == 409, "one dispute of a line at a time"
    desk = sign_in("performance")
    answered = desk.post(reverse("statements:answer", args=(dispute.pk,)), {"verdict": "grant", "reason": "so it was"})
    assert answered.status_code == 302
    dispute.refresh_from_db()
    assert dispute.state == Dispute.State.ACCEPTED
    shares = {"share:e11:lead": "50", "share:e12:assist": "50", "effective_on": str(HALF), "reason": "dispute"}
    assert desk.post(address("line", LINE), {**shares, "share:e11:lead": "51"}).status_code == 422
    assert desk.post(address("line", LINE), shares).status_code == 302
    change = ChangeSet.objects.get()
    publishing.submit(viewer=bank.viewer("performance"), change_set=change)
    publishing.approve(viewer=bank.viewer("head"), change_set=change)
    publishing.publish(viewer=bank.viewer("head"), change_set=change)
    eve = HALF - dt.timedelta(days=1)
    for day, expected in ((eve, [6_000, 4_000]), (HALF, [5_000, 5_000])):
        held = Coverage.objects.in_force(day).filter(customer_id="e11-1").order_by("-role")
        assert list(held.values_list("share", flat=True)) == expected
    assert {"statements.disputed", "statements.answered", "changes.published"} <= set(
        Event.objects.values_list("code", flat=True)
    )


def test_a_late_answer_is_counted_in_days() -> None:
    """From the day after the deadline until the answer."""
    row = Dispute(due_on=TODAY)
    assert [row.days_late(TODAY + dt.timedelta(days=days)) for days in (-3, 0, 4)] == [0, 0, 4]
    row.decided_on = TODAY + dt.timedelta(days=2)
    assert row.days_late(TODAY + dt.timedelta(days=99)) == 2


@pytest.mark.parametrize(
    ("name", "rms"),
    [
        ("head", ["e11", "w11", "e12"]),
        ("leader", ["e11", "e12"]),
        ("rm_e12", ["e12"]),
        ("west_head", ["w11"]),
        ("performance", ["e11", "w11", "e12"]),
        ("auditor", ["e11", "w11", "e12"]),
        ("administrator", []),
        ("stranger", []),
    ],
)
def test_pay_is_seen_on_every_page_by_exactly_those_who_may(bank: Bank, shown: Run, name: str, rms: list[str]) -> None:
    """The list shows the RMs of the scope; a statement, its tree and its form answer 404 to everybody else."""
    assert [row["rm_id"] for row in totals(bank.viewer(name), shown, PERIOD)] == rms
    client = sign_in(name)
    assert client.get(reverse("statements:statements")).status_code == 200
    for rm in ("e11", "e12", "w11"):
        expected = 200 if rm in rms else 404
        assert client.get(address("statement", rm)).status_code == expected, rm
        if rm not in rms:
            assert client.get(address("why", rm)).status_code == 404
            assert client.post(address("dispute", rm), {"line_id": LINE, "reason": "x"}).status_code == 404
    sees_line = bool({"e11", "e12"} & set(rms)) or name == "west_head"
    assert client.get(address("line", LINE)).status_code == (200 if sees_line else 404)


def test_a_walled_customer_keeps_his_amount_and_loses_his_name(bank: Bank, shown: Run) -> None:
    """The statement still foots; the customer's name and line are gone, and nobody contests what he cannot see."""
    bank.wall("e11-1", "rm_e11")
    client = sign_in("leader")
    page = client.get(address("statement", "e11")).content.decode()
    assert "6,000.01" in page
    assert "e11-1" not in page
    assert LINE not in page
    assert client.get(address("line", LINE)).status_code == 404
    assert LINE in sign_in("rm_e11").get(address("statement", "e11")).content.decode()


def test_disputes_are_answered_by_who_may_and_not_by_who_filed(bank: Bank, shown: Run) -> None:
    """An RM or a head cannot answer; a foreign dispute is not there."""
    sign_in("rm_e11").post(address("dispute", "e11"), {"line_id": LINE, "reason": "x"})
    answer = reverse("statements:answer", args=(Dispute.objects.get().pk,))
    statuses = {name: sign_in(name).post(answer, {"verdict": "grant", "reason": "x"}).status_code for name in
                ("rm_e12", "rm_w11", "west_head", "leader", "head", "auditor")}  # fmt: skip
    assert statuses == {"rm_e12": 404, "rm_w11": 404, "west_head": 404, "leader": 403, "head": 403, "auditor": 403}
    assert scope.disputes(bank.viewer("head")).count() == 1
    assert "x" in sign_in("leader").get(reverse("statements:disputes")).content.decode()


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
def test_pages_speak_every_language(bank: Bank, shown: Run, language: str) -> None:
    """Each page renders in all three."""
    client = sign_in("head")
    client.post(reverse("shell:language"), {"language": language})
    for page in (reverse("statements:statements"), address("statement", "e11"), address("line", LINE)):
        assert client.get(page).status_code == 200


def test_the_number_of_queries_is_fixed(
    bank: Bank, shown: Run, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Neither more RMs nor more lines cost more queries."""
    client: Client = sign_in("head")
    for page, queries in ((reverse("statements:statements"), 8), (address("statement", "e11"), 11)):
        client.get(page)
        with django_assert_num_queries(queries):
            client.get(page)
