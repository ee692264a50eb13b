"""My Day: the standard behind the list, a colleague's contact in the total only, and what can no longer be met."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries, Settings

from kejing.office import scope
from kejing.office.acts.act import act
from kejing.office.acts.models import Event
from kejing.office.books.models import Contact, Coverage, OpenItem, RmAbsence
from kejing.office.books.models.work import Channel
from kejing.office.changes import drafting, publishing
from kejing.office.changes.models import Challenge, ChangeLine
from kejing.office.contacts.acts import log_contact
from kejing.office.contacts.entry import Entry, Outcome
from kejing.office.myday.models import Verdict
from kejing.office.myday.suggesting import MOST, ORDER, Suggestion, rank
from kejing.office.people.models import User
from kejing.office.people.viewer import Viewer
from kejing.office.shell.words import say
from kejing.office.standards import Due, State, pace_of
from kejing.office.standards.due import Meeting, settle
from tests.office.quarter import BOOK, CRYSTAL, OWN, TODAY, build_quarter, contact, noon
from tests.office.test_frame import sign_in

QUERIES = 20
"""Queries of the page, whatever the size of the book."""


@pytest.fixture
def monday(db: None, tmp_path: Path, settings: Settings) -> Viewer:
    """The RM of W1 on his day."""
    build_quarter(tmp_path / "run")
    settings.CONFIGURATION = django_settings.CONFIGURATION.model_copy(update={"day": TODAY})
    return viewer("rm")


def viewer(name: str, day: dt.date = TODAY) -> Viewer:
    """Somebody on a day."""
    return Viewer(User.objects.get(username=name), day, day)


def test_w1_visits(monday: Viewer) -> None:
    """Plan 100, done 58, booked 22, left 42, 2.0 a day, 8 behind the 66 expected; calls plan 180 (W1)."""
    pace = pace_of(monday, OWN)
    assert pace is not None
    visits, calls = pace.channels
    assert (pace.quarter, pace.day, pace.days) == ("2026-Q4", 41, 62)
    assert (visits.plan, visits.done, visits.booked, visits.left) == (100, 58, 22, 42)
    assert (visits.per_day, visits.expected, visits.ahead, visits.behind) == (Fraction(2), 66, -8, 8)
    assert (calls.plan, calls.done, calls.booked, calls.left) == (180, 131, 9, 49)
    assert (calls.expected, calls.ahead) == (119, 12)
    assert visits.short_at_this_pace == 12, "58 in 41 days make 88 in 62"


def test_w1_page(monday: Viewer) -> None:
    """The page tells these numbers, seven things to do with reasons, and the day of the quarter."""
    page = sign_in("rm").get(reverse("myday:day")).content.decode()
    assert page.count('data-kind="') == MOST
    with translation.override("zh-hans"):
        assert say("myday.quarter_day", quarter="2026-Q4", day=41, days=62) in page
        assert say("myday.behind", count=8, expected=66) in page
        assert say("myday.ahead", count=12, expected=119) in page
    row = page.split('<tr data-channel="visit"', 1)[1].split("</tr>", 1)[0]
    for figure in ("100", "58", "22", "42", "2.0"):
        assert f">{figure}</td>" in row


def test_a_colleague_fills_the_total_only(monday: Viewer) -> None:
    """A visit of a colleague to my customer is in 'by anybody' and nowhere else (W2)."""
    before = pace_of(monday, OWN)
    with act("tests.visited", by=None) as doing:
        doing.add(contact("C01", "visit", TODAY, rm_id="r2"))
    after = pace_of(monday, OWN)
    assert before is not None
    assert after is not None
    assert after.channels[0].done == before.channels[0].done
    assert after.channels[0].by_all == before.channels[0].by_all + 1


def test_what_does_not_count(monday: Viewer) -> None:
    """Not reached, called off, a second visit on one day, a customer who owes nothing more: nothing is added."""
    with act("tests.visited", by=None) as doing:
        doing.add(contact("C30", "visit", TODAY, outcome="not_connected"))
        doing.add(contact("P01", "visit", TODAY))
    pace = pace_of(monday, OWN)
    assert pace is not None
    assert pace.channels[0].done == 58


def test_a_logged_visit_counts_at_once(monday: Viewer) -> None:
    """Own done grows by one with the contact, and the day's need falls."""
    entry = Entry("k1", "C39", Channel.VISIT, Outcome.CONNECTED, noon(TODAY), (), "", "call", TODAY, "", 0)
    log_contact(viewer=monday, entry=entry)
    pace = pace_of(monday, OWN)
    assert pace is not None
    assert (pace.channels[0].done, pace.channels[0].left) == (59, 41)


def test_leave_is_taken_off_the_days_left(monday: Viewer) -> None:
    """Who is away from 14 to 18 December has five days less for the same visits."""
    with act("tests.away", by=None) as doing:
        doing.add(
            RmAbsence(rm_id=OWN, reason="leave", valid_from=dt.date(2026, 12, 14), valid_to=dt.date(2026, 12, 19))
        )
    pace = pace_of(monday, OWN)
    assert pace is not None
    assert (pace.days_left, pace.channels[0].per_day) == (16, Fraction(42, 16))


def test_who_left_the_book_leaves_the_plan(monday: Viewer) -> None:
    """A customer handed over takes plan and done along."""
    with act("tests.handed_over", by=None) as doing:
        doing.change_all(list(Coverage.objects.filter(customer_id="C40", role="lead")), valid_to=TODAY)
    pace = pace_of(monday, OWN)
    assert pace is not None
    assert (pace.channels[0].plan, pace.channels[0].done) == (98, 57)


def test_without_a_standard_the_page_says_what_to_do(monday: Viewer) -> None:
    """In a quarter that no run plans, there is no number but the way to one."""
    assert pace_of(viewer("rm", dt.date(2027, 3, 1)), OWN) is None
    page = sign_in("rm").get(reverse("myday:day"), {"as_of": "2027-03-01"}).content.decode()
    with translation.override("zh-hans"):
        assert say("myday.no_standard") in page


def due(number: int, start: dt.date, end: dt.date) -> Due:
    """A due visit."""
    return Due("C", "visit", end, start, number, "crystal", "s")


@given(
    windows=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 30)), min_size=1, max_size=6),
    days=st.sets(st.integers(0, 90), max_size=8),
    now=st.integers(0, 90),
)
def test_settling_counts_every_due_once(windows: list[tuple[int, int]], days: set[int], now: int) -> None:
    """Each due contact has one state; no day fills two; what is open can still be made, one a day."""
    origin = dt.date(2026, 10, 1)

    def at(place: int) -> dt.date:
        return origin + dt.timedelta(days=place)

    dues = [due(number, at(start), at(start + length)) for number, (start, length) in enumerate(windows, start=1)]
    meetings = [Meeting("C", "visit", at(day)) for day in days]
    states = settle(dues, meetings, today=at(now), counting_days=1)
    assert sorted(each.due for each in states) == sorted(dues)
    filled = [each.on for each in states if each.on]
    assert len(filled) == len(set(filled))
    assert all(each.due.due_from <= each.on <= each.due.due_to for each in states if each.on)
    waiting = sorted(each.due.due_to for each in states if each.state is State.OPEN)
    assert all((end - at(now)).days >= place for place, end in enumerate(waiting))
    assert all(each.due.due_to >= at(now) for each in states if each.state is State.OPEN)


@given(
    st.lists(st.tuples(st.sampled_from(ORDER), st.integers(0, 40), st.sampled_from(CRYSTAL)), max_size=20, unique=True),
    st.sets(st.integers(0, 20)),
)
def test_ranking_is_by_day_and_leaves_out_what_was_dismissed(
    told: list[tuple[str, int, str]], dropped: set[int]
) -> None:
    """At most seven, soonest first, the same whatever order they came in, none put aside that may be."""
    every = [Suggestion(kind, f"{kind}{day}{who}", who, TODAY + dt.timedelta(days=day)) for kind, day, who in told]
    put_aside = {each.key for place, each in enumerate(every) if place in dropped}
    gone = {each.key for each in every if each.key in put_aside and each.is_dismissible}
    first = rank(every, dismissed=put_aside, tiers={})
    assert len(first) <= MOST
    assert first == rank(list(reversed(every)), dismissed=put_aside, tiers={})
    assert [each.due for each in first] == sorted(each.due for each in first)
    assert gone.isdisjoint(each.key for each in first)
    assert len(first) == min(MOST, len(every) - len(gone))


def test_dismissing_needs_a_reason_and_lasts(monday: Viewer) -> None:
    """Without a reason nothing happens; with one the suggestion is gone and the reason is in the chain (W8)."""
    client = sign_in("rm")
    about = {"key": "contact_due:C23:visit:2026-12-31", "customer": "C23", "reason": ""}
    assert client.post(reverse("myday:dismiss"), about).status_code == 422
    assert not Verdict.objects.exists()
    assert client.post(reverse("myday:dismiss"), about | {"reason": "closed for stocktaking"}).status_code == 302
    assert Event.objects.filter(reason="closed for stocktaking").count() == 1
    assert about["key"] not in client.get(reverse("myday:day")).content.decode()


def test_nobody_dismisses_for_another_book(monday: Viewer) -> None:
    """A customer that one does not see, or somebody else's book, is refused."""
    about = {"key": "k", "customer": "C23", "reason": "no"}
    assert sign_in("colleague").post(reverse("myday:dismiss"), about).status_code == 404
    assert sign_in("lead").post(reverse("myday:dismiss"), about).status_code == 404


def test_items_are_done_or_dismissed_with_a_reason(monday: Viewer) -> None:
    """An alert is in the list with its evidence, closes when done, and is dismissed only for a reason (W8)."""
    with act("tests.alerted", by=None) as doing:
        item = doing.add(OpenItem(customer_id="C02", rm_id=OWN, kind="alert", title="outflow 34 % in 10 days"))
    client = sign_in("rm")
    assert "outflow 34 % in 10 days" in client.get(reverse("myday:day")).content.decode()
    address = reverse("myday:item", args=(item.pk,))
    assert client.post(address, {"state": "dismissed"}).status_code == 422
    assert client.post(address, {"state": "open"}).status_code == 404
    assert client.post(address, {"state": "dismissed", "reason": "seasonal"}).status_code == 302
    item.refresh_from_db()
    assert (item.state, item.answer) == ("dismissed", "seasonal")
    assert client.post(address, {"state": "done"}).status_code == 404, "it is no longer open"


def test_relief_stands_where_the_leader_sees_it(monday: Viewer) -> None:
    """A request for relief is an open item of the customer in the leader's sight."""
    client = sign_in("rm")
    assert client.post(reverse("myday:relief"), {"customer": "C40", "reason": "moved abroad"}).status_code == 302
    assert scope.open_items(viewer("lead")).filter(kind="relief", title="moved abroad").exists()


def test_handovers_show_and_are_challenged(monday: Viewer) -> None:
    """A submitted change set shows at giver and receiver; a challenge needs a reason and reaches the change set."""
    lead = viewer("lead")
    day = dt.date(2027, 1, 4)
    changes = [drafting.Change(ChangeLine.Kind.COVERAGE, "C05", OWN, "r2", "lead")]
    change_set = drafting.draft(viewer=lead, title="January", reason="r", effective_on=day, changes=changes)
    client = sign_in("rm")
    assert "January" not in client.get(reverse("myday:day")).content.decode(), "drafts are nobody else's business"
    publishing.submit(viewer=lead, change_set=change_set, challenge_by=dt.date(2026, 12, 20))
    assert "January" in client.get(reverse("myday:day")).content.decode()
    address = reverse("myday:challenge", args=(change_set.lines.get().pk,))
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "deal in progress"}).status_code == 302
    assert Challenge.objects.get().reason == "deal in progress"


@pytest.mark.parametrize("name", ["rm", "lead"])
def test_a_day_is_seen_by_its_rm_and_those_above(monday: Viewer, name: str) -> None:
    """The RM and his leader see the page; a colleague's address for it answers 404."""
    assert sign_in(name).get(reverse("myday:day"), {"rm": OWN}).status_code == 200
    assert sign_in("colleague").get(reverse("myday:day"), {"rm": OWN}).status_code == 404


def test_a_leader_chooses_an_rm(monday: Viewer) -> None:
    """Who has no book of his own is offered those that he looks after."""
    page = sign_in("lead").get(reverse("myday:day")).content.decode()
    assert "RM r1" in page
    assert "RM r2" in page


def test_the_number_of_queries_is_fixed(monday: Viewer, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    """The page takes the same queries for a book of 60 as for one of one."""
    client = sign_in("rm")
    client.get(reverse("myday:day"))
    with django_assert_num_queries(QUERIES):
        client.get(reverse("myday:day"))
    with act("tests.shrunk", by=None) as doing:
        doing.change_all(list(Coverage.objects.filter(role="lead").exclude(customer_id="C23")), valid_to=TODAY)
    with django_assert_num_queries(QUERIES):
        client.get(reverse("myday:day"))


def test_the_page_answers_within_a_second(monday: Viewer) -> None:
    """W1 asks for one second; the page takes a fraction of it once it is warm."""
    import time  # noqa: PLC0415 - only here is time taken

    client: Client = sign_in("rm")
    client.get(reverse("myday:day"))
    start = time.perf_counter()
    client.get(reverse("myday:day"))
    assert time.perf_counter() - start < 1


def test_counted_contacts_are_those_of_the_book(monday: Viewer) -> None:
    """Every contact of the fixture is one of the book: the test data say what the claims say."""
    assert Contact.objects.count() == 58 + 131
    assert len(BOOK) == 60
