"""Change sets: nothing before they are published, all of it then, and all of it back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kejing.office.acts import NotAllowedError
from kejing.office.acts.act import act
from kejing.office.acts.chain import verify
from kejing.office.acts.models import Event, Touch
from kejing.office.books.models import Booking, Coverage, Customer, OpenItem, Plan, Standing, TierException
from kejing.office.changes import drafting, publishing
from kejing.office.changes.drafting import Change
from kejing.office.changes.errors import (
    EmptyChangeError,
    MovedOnError,
    OpenChallengeError,
    OutOfSightError,
    OwnWorkError,
    WrongStateError,
)
from kejing.office.changes.models import ChangeLine, ChangeSet
from kejing.office.changes.preview import preview
from tests.office.bank import START, TODAY, Bank

DAY = dt.date(2025, 12, 1)
EVE = dt.date(2025, 11, 30)
KIND = ChangeLine.Kind


def leaving(bank: Bank) -> ChangeSet:
    """E11 resigns: three customers to e12, three to e21."""
    to = {f"e11-{number}": "e12" if number <= 3 else "e21" for number in range(1, 7)}
    return drafting.draft(
        viewer=bank.viewer("performance"),
        title="e11 leaves",
        reason="resigned",
        effective_on=DAY,
        changes=drafting.moves(rm_id="e11", to=to, day=DAY),
    )


def publish(bank: Bank, change_set: ChangeSet, *, approver: str = "head") -> None:
    """Submit, approve by another person, publish."""
    publishing.submit(viewer=bank.viewer("performance"), change_set=change_set)
    publishing.approve(viewer=bank.viewer(approver), change_set=change_set)
    publishing.publish(viewer=bank.viewer(approver), change_set=change_set)


def state() -> dict[str, list[dict[str, Any]]]:
    """Every row that a change set may touch, byte for byte."""
    tables: tuple[Any, ...] = (Coverage, Booking, OpenItem, Plan, TierException)
    return {table.__name__: list(table.objects.order_by("pk").values()) for table in tables}


def lead(customer: str, day: dt.date) -> str:
    """Who leads a customer on a day."""
    return str(Coverage.objects.in_force(day).get(customer_id=customer, role="lead").rm_id)


@pytest.fixture
def work(bank: Bank) -> None:
    """Bookings, open items and plans of e11, and what his customers are worth."""
    due = dt.datetime(2025, 12, 5, 2, tzinfo=dt.UTC)
    with act("tests.worked", by=None) as doing:
        for number in range(1, 7):
            customer = f"e11-{number}"
            doing.add(Booking(customer_id=customer, rm_id="e11", due_at=due))
            doing.add(OpenItem(customer_id=customer, rm_id="e11", kind="case", title="deal"))
            doing.add(Plan(customer_id=customer, rm_id="e11"))
            doing.add(Coverage(customer_id=customer, rm_id="e12", role="backup", valid_from=START))
        doing.replace_table(
            Standing,
            [
                Standing(
                    customer_id=f"e11-{number}",
                    scheme="s",
                    tier="A",
                    income_minor=100 * number,
                    required_micro_hours=1_000_000,
                )
                for number in range(1, 7)
            ],
        )


@pytest.mark.usefixtures("work")
def test_a_leaver_is_handled_in_one_change_set(bank: Bank) -> None:
    """Book, bookings, open items and plans go along; backups stay; both sides of the day are right."""
    change_set = leaving(bank)
    assert lead("e11-1", DAY) == "e11", "a draft changes nothing"
    publish(bank, change_set)
    assert {lead(f"e11-{number}", EVE) for number in range(1, 7)} == {"e11"}
    assert [lead(f"e11-{number}", DAY) for number in range(1, 7)] == ["e12"] * 3 + ["e21"] * 3
    assert not Booking.objects.filter(rm_id="e11").exists()
    assert not OpenItem.objects.filter(rm_id="e11").exists()
    assert Coverage.objects.in_force(DAY).filter(role="backup", rm_id="e12").count() == 6
    assert Coverage.objects.in_force(DAY).get(customer_id="e11-1", role="lead").share == 10_000, "splits kept"
    assert verify().breaks == ()


@pytest.mark.usefixtures("work")
def test_the_preview_shows_each_rm_before_and_after(bank: Bank) -> None:
    """Customers, income, hours, bookings and items per RM; nothing is lost between giver and receivers."""
    shown = preview(leaving(bank))
    loads = {each.rm_id: (each.before, each.after) for each in shown.rms}
    assert (loads["e11"][0].customers, loads["e11"][1].customers) == (6, 0)
    assert (loads["e11"][0].income_minor, loads["e11"][1].income_minor) == (2_100, 0)
    assert (loads["e12"][1].income_minor, loads["e21"][1].income_minor) == (600, 1_500)
    assert loads["e21"][1].required_micro_hours - loads["e21"][0].required_micro_hours == 3_000_000
    assert (loads["e12"][1].bookings, loads["e12"][1].open_items) == (3, 3)
    assert (shown.customers, shown.splits_kept, shown.splits_changed, shown.moved_on) == (6, 6, 0, ())


@pytest.mark.usefixtures("work")
def test_publishing_and_its_inverse_are_the_identity(bank: Bank) -> None:
    """The inverse of the same day restores every row exactly, version included."""
    before = state()
    change_set = leaving(bank)
    publish(bank, change_set)
    assert state() != before
    inverse = publishing.draft_inverse(
        viewer=bank.viewer("performance"), change_set=change_set, reason="he stays", effective_on=DAY
    )
    publish(bank, inverse)
    assert state() == before
    change_set.refresh_from_db()
    assert change_set.state == ChangeSet.State.TAKEN_BACK
    assert verify().breaks == ()


def test_an_inverse_from_a_later_day_keeps_what_held_in_between(bank: Bank) -> None:
    """Taken back from 10 December: the receiver held the customer from the first to the ninth."""
    change_set = leaving(bank)
    publish(bank, change_set)
    later = dt.date(2025, 12, 10)
    inverse = publishing.draft_inverse(
        viewer=bank.viewer("performance"), change_set=change_set, reason="he is back", effective_on=later
    )
    publish(bank, inverse)
    assert [lead("e11-1", day) for day in (EVE, DAY, later - dt.timedelta(days=1), later)] == [
        "e11",
        "e12",
        "e12",
        "e11",
    ]


def test_an_inverse_never_overwrites_what_came_after(bank: Bank) -> None:
    """Somebody changed a row since: exact restoration is refused, and nothing of it happens."""
    change_set = leaving(bank)
    publish(bank, change_set)
    with act("tests.changed", by=None) as doing:
        doing.change_all(list(Coverage.objects.filter(customer_id="e11-2", rm_id="e12")), share=5_000)
    after = state()
    inverse = publishing.draft_inverse(
        viewer=bank.viewer("performance"), change_set=change_set, reason="r", effective_on=DAY
    )
    with pytest.raises(MovedOnError):
        publish(bank, inverse)
    assert state() == after


def test_nobody_approves_his_own_work(bank: Bank) -> None:
    """Maker and checker are two people, also under a delegation."""
    change_set = leaving(bank)
    publishing.submit(viewer=bank.viewer("performance"), change_set=change_set)
    with pytest.raises(OwnWorkError):
        publishing.approve(viewer=bank.viewer("performance"), change_set=change_set)
    with pytest.raises(NotAllowedError):
        publishing.approve(viewer=bank.viewer("rm_e11"), change_set=change_set)
    with pytest.raises(OutOfSightError):
        publishing.approve(viewer=bank.viewer("west_head"), change_set=change_set)
    with pytest.raises(WrongStateError):
        publishing.publish(viewer=bank.viewer("head"), change_set=change_set)
    change_set.refresh_from_db()
    assert change_set.state == ChangeSet.State.SUBMITTED


def test_a_draft_stays_within_sight(bank: Bank) -> None:
    """A leader drafts for his own units only, and an empty draft is none."""
    change = Change(KIND.COVERAGE, "w11-1", "w11", "e11", "lead")
    with pytest.raises(OutOfSightError):
        drafting.draft(viewer=bank.viewer("leader"), title="t", reason="r", effective_on=DAY, changes=[change])
    with pytest.raises(NotAllowedError):
        drafting.draft(viewer=bank.viewer("rm_w11"), title="t", reason="r", effective_on=DAY, changes=[change])
    with pytest.raises(EmptyChangeError):
        drafting.draft(viewer=bank.viewer("head"), title="t", reason="r", effective_on=DAY, changes=[])
    assert not ChangeSet.objects.exists()


@pytest.mark.usefixtures("work")
def test_a_challenge_is_answered_before_approval(bank: Bank) -> None:
    """The RM challenges a line; it holds the approval up; accepted, the customer stays with all that is his."""
    change_set = leaving(bank)
    line = change_set.lines.get(kind=KIND.COVERAGE, customer_id="e11-1")
    with pytest.raises(WrongStateError):
        publishing.challenge(viewer=bank.viewer("rm_e11"), change_set=change_set, line=line, reason="in a deal")
    publishing.submit(viewer=bank.viewer("performance"), change_set=change_set)
    with pytest.raises(OutOfSightError):
        publishing.challenge(viewer=bank.viewer("rm_w11"), change_set=change_set, line=line, reason="envy")
    objection = publishing.challenge(viewer=bank.viewer("rm_e11"), change_set=change_set, line=line, reason="in a deal")
    with pytest.raises(OpenChallengeError):
        publishing.approve(viewer=bank.viewer("head"), change_set=change_set)
    publishing.answer(viewer=bank.viewer("head"), objection=objection, is_accepted=True, reason="until March")
    publishing.approve(viewer=bank.viewer("head"), change_set=change_set)
    publishing.publish(viewer=bank.viewer("head"), change_set=change_set)
    assert (lead("e11-1", DAY), lead("e11-2", DAY)) == ("e11", "e12")
    assert Booking.objects.get(customer_id="e11-1").rm_id == "e11"


def test_stale_lines_stop_the_whole_change_set(bank: Bank) -> None:
    """One line that no longer finds its RM: nothing of the change set takes effect."""
    change_set = leaving(bank)
    with act("tests.moved", by=None) as doing:
        doing.change_all(list(Coverage.objects.filter(customer_id="e11-6")), rm_id="w11")
    before, events = state(), Event.objects.count()
    assert preview(change_set).moved_on == ("e11-6",)
    with pytest.raises(MovedOnError):
        publish(bank, change_set)
    assert state() == before
    assert Event.objects.count() == events + 2, "submitted and approved, not published"


def test_a_tier_exception_ends_and_begins_on_the_day(bank: Bank) -> None:
    """A dated row of another kind goes through the same steps."""
    values = {"customer_id": "e11-1", "scheme": "s", "tier": "A", "reason": "launch", "valid_to": "2026-06-01"}
    change_set = drafting.draft(
        viewer=bank.viewer("performance"),
        title="t",
        reason="r",
        effective_on=DAY,
        changes=[Change(KIND.TIER_EXCEPTION, "e11-1", values=values)],
    )
    publish(bank, change_set)
    assert TierException.objects.in_force(DAY).get().tier == "A"
    assert not TierException.objects.in_force(dt.date(2026, 6, 1)).exists()


def test_rms_see_change_sets_that_concern_them_once_submitted(bank: Bank) -> None:
    """A draft is its unit's; submitted, giver and receivers see it; others never do."""
    change_set = leaving(bank)
    everybody = ("head", "east_head", "leader", "rm_e11", "rm_e12", "rm_e21", "rm_w11", "west_head", "stranger")

    def who() -> set[str]:
        return {name for name in everybody if publishing.change_sets(bank.viewer(name)).exists()}

    assert who() == {"head"}
    publishing.submit(viewer=bank.viewer("performance"), change_set=change_set)
    assert who() == {"head", "east_head", "leader", "rm_e11", "rm_e12", "rm_e21"}


def test_two_thousand_customers_in_few_queries(bank: Bank) -> None:
    """Publishing 2,000 reassignments takes a fixed handful of statements, and its history is complete."""
    names = [f"many-{number}" for number in range(2_000)]
    with act("tests.grew", by=None) as doing:
        doing.add_all([Customer(customer_id=each, name=each, kind="corporate", unit_id="east_1") for each in names])
        doing.add_all([Coverage(customer_id=each, rm_id="e11", role="lead", share=10_000) for each in names])
    before = state()
    changes = [Change(KIND.COVERAGE, each, "e11", "e21", "lead") for each in names]
    performance, head = bank.viewer("performance"), bank.viewer("head")
    change_set = drafting.draft(viewer=performance, title="many", reason="r", effective_on=DAY, changes=changes)
    publishing.submit(viewer=performance, change_set=change_set)
    publishing.approve(viewer=head, change_set=change_set)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        publishing.publish(viewer=head, change_set=change_set)
    writes = [query["sql"][:60] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    print(len(writes), *writes, sep="\n")
    assert len(writes) <= 20
    event = Event.objects.get(code="changes.published")
    assert Touch.objects.filter(event=event, entity="books.coverage").count() == 4_000
    assert Touch.objects.filter(event=event, customer_id="many-7").count() == 2
    assert Coverage.objects.in_force(EVE).filter(rm_id="e11", customer_id__startswith="many").count() == 2_000
    assert Coverage.objects.in_force(DAY).filter(rm_id="e21", customer_id__startswith="many").count() == 2_000
    inverse = publishing.draft_inverse(viewer=performance, change_set=change_set, reason="r", effective_on=DAY)
    publish(bank, inverse)
    assert state() == before
    assert TODAY < DAY
