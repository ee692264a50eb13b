"""The studio's pages: who sees what of a change set, what is offered, and how two people's plans meet."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kejing.office.acts.act import act
from kejing.office.acts.models import Event
from kejing.office.books.models import Coverage, Plan, Rm, Standing, TierException
from kejing.office.changes import publishing
from kejing.office.changes.models import Challenge, ChangeLine, ChangeSet
from kejing.office.people.models import Delegation
from kejing.office.realignment.acts import DelegationDaysError, DelegationToSelfError, delegate
from kejing.office.realignment.spreading import colleagues, spread
from tests.office.bank import START, TODAY, Bank
from tests.office.test_changes import DAY, leaving
from tests.office.test_frame import sign_in

PEOPLE = (
    "head",
    "east_head",
    "west_head",
    "leader",
    "performance",
    "auditor",
    "administrator",
    "rm_e11",
    "rm_e21",
    "rm_w11",
    "stranger",
)


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """The office takes the bank's day for today."""
    monkeypatch.setattr("kejing.office.shell.middleware.today", lambda: TODAY)


def test_the_spread_is_even_and_eligible(bank: Bank) -> None:
    """Most work first to the least loaded; nobody is given a customer without the skill or a part he has already."""
    with act("tests.worked", by=None) as doing:
        hours = {f"e11-{number}": number * 10 for number in range(1, 7)}
        standings = [
            Standing(customer_id=each, scheme="s", tier="A", required_micro_hours=h) for each, h in hours.items()
        ]
        doing.replace_table(Standing, standings)
        doing.add(Coverage(customer_id="e11-6", rm_id="e12", role="lead", valid_from=START))
    head = bank.viewer("head")
    others = colleagues(head, "e11", DAY)
    assert [rm.rm_id for rm in others] == ["e12", "e21", "w11"], "own unit first"
    made = spread(head, "e11", others, DAY)
    assert made.unplaced == ()
    assert made.to["e11-6"] != "e12", "he leads it already"
    work = {rm: sum(hours[each] for each, to in made.to.items() if to == rm) for rm in ("e12", "e21", "w11")}
    assert work == {"e12": 30, "e21": 90, "w11": 90}, "with the 60 that e12 leads already, all have 90"


def test_each_sees_his_part_of_a_change_set(bank: Bank) -> None:
    """Heads see all lines, receivers theirs, others 404; a walled customer is in nobody's list."""
    change_set = leaving(bank)
    publishing.submit(viewer=bank.viewer("performance"), change_set=change_set)
    bank.wall("e11-1")
    address = reverse("realignment:change_set", args=[change_set.pk])
    found = {}
    for name in PEOPLE:
        answer = sign_in(name).get(address)
        found[name] = answer.status_code if answer.status_code != 200 else len(answer.context["page"].object_list)
    assert found == {
        "head": 5,
        "east_head": 5,
        "west_head": 404,
        "leader": 5,
        "performance": 5,
        "auditor": 5,
        "administrator": 404,
        "rm_e11": 5,
        "rm_e21": 3,
        "rm_w11": 404,
        "stranger": 404,
    }


@pytest.mark.parametrize(
    ("name", "status"),
    [("head", 200), ("leader", 200), ("performance", 200), ("rm_e11", 403), ("auditor", 403), ("stranger", 403)],
)
def test_drafting_is_for_those_who_may(bank: Bank, name: str, status: int) -> None:
    """Pages of new change sets are closed to everybody else."""
    client = sign_in(name)
    for page in ("leaver", "solver", "exception"):
        assert client.get(reverse(f"realignment:{page}")).status_code == status, page


def test_picked_customers_become_a_draft_and_foreign_ones_do_not(bank: Bank) -> None:
    """A leader moves his own customers; with one of another branch among them nothing is drafted."""
    client = sign_in("leader")
    form = {"customer": ["e11-1", "w11-1"], "to": "e12", "day": "2025-12-01", "reason": "r"}
    assert client.post(reverse("realignment:picked"), form).status_code == 404
    assert not ChangeSet.objects.exists()
    form["customer"] = ["e11-1", "e11-2"]
    assert client.post(reverse("realignment:picked"), form).status_code == 302
    assert ChangeSet.objects.get().lines.filter(kind=ChangeLine.Kind.COVERAGE).count() == 2


def test_checks_speak_up(bank: Bank) -> None:
    """A receiver who has left by the day and a line that moved on are found; nothing grave is left unsaid."""
    change_set = leaving(bank)
    client = sign_in("head")
    address = reverse("realignment:change_set", args=[change_set.pk])
    holding = {check.words: check.holds for check in client.get(address).context["checks"]}
    assert all(holding.values())
    with act("tests.left", by=None) as doing:
        doing.change_all(list(Rm.objects.filter(rm_id="e21")), valid_to=dt.date(2025, 11, 30))
        doing.change_all(list(Coverage.objects.filter(customer_id="e11-1")), rm_id="w11")
    found = {check.words: check.found for check in client.get(address).context["checks"] if not check.holds}
    assert found == {"realignment.check_moved_on": ("e11-1",), "realignment.check_gone": ("e21",)}


def test_a_challenge_is_raised_and_answered_on_the_page(bank: Bank) -> None:
    """The RM gives a reason, the head answers with one; the accepted customer stays."""
    change_set = leaving(bank)
    publishing.submit(viewer=bank.viewer("performance"), change_set=change_set)
    line = change_set.lines.get(customer_id="e11-2")
    address = reverse("realignment:challenge", args=[change_set.pk, line.pk])
    assert sign_in("rm_w11").post(address, {"reason": "x"}).status_code == 404
    assert sign_in("rm_e11").post(address, {"reason": "in a deal"}).status_code == 302
    objection = Challenge.objects.get()
    answer = reverse("realignment:answer", args=[change_set.pk, objection.pk])
    sign_in("head").post(answer, {"verdict": "accept", "reason": "until March"})
    objection.refresh_from_db()
    assert (objection.state, objection.answer) == (Challenge.State.ACCEPTED, "until March")
    assert not change_set.lines.filter(customer_id="e11-2").exists()


def test_an_exception_needs_an_end(bank: Bank) -> None:
    """Without a last day there is no exception; with one it goes through a change set."""
    client = sign_in("performance")
    form = {"customer": "e11-1", "tier": "s/A", "day": "2025-12-01", "until": "", "reason": "launch"}
    assert client.post(reverse("realignment:exception"), form).status_code == 422
    assert client.post(reverse("realignment:exception"), form | {"until": "2026-06-01"}).status_code == 302
    change_set = ChangeSet.objects.get()
    publishing.submit(viewer=bank.viewer("performance"), change_set=change_set)
    publishing.approve(viewer=bank.viewer("head"), change_set=change_set)
    publishing.publish(viewer=bank.viewer("head"), change_set=change_set)
    assert TierException.objects.get().valid_to == dt.date(2026, 6, 1)


def plan_form(client: Client, customer: str) -> dict[str, object]:
    """What the page of a plan holds in its fields."""
    plan = client.get(reverse("realignment:plan", args=[customer])).context["plan"]
    names = ("version", "needs", "goal", "steps", "visits_per_quarter")
    return {name: getattr(plan, name) for name in names}


def test_the_second_saver_sees_a_merge(bank: Bank) -> None:
    """Fields that one side changed go in by themselves, a clash is chosen; nothing is lost."""
    with act("tests.planned", by=None) as doing:
        doing.add(Plan(customer_id="e11-1", rm_id="e11", goal="old", needs="old"))
    address = reverse("realignment:plan", args=["e11-1"])
    first, second = sign_in("rm_e11"), sign_in("leader")
    mine, theirs = plan_form(first, "e11-1"), plan_form(second, "e11-1")
    assert first.post(address, mine | {"goal": "first", "needs": "loan"}).status_code == 302
    answer = second.post(address, theirs | {"goal": "second", "visits_per_quarter": 2})
    assert answer.status_code == 409
    assert [field["name"] for field in answer.context["fields"]] == ["goal", "visits_per_quarter"]
    assert [field["name"] for field in answer.context["fields"] if field["clash"]] == ["goal"]
    merged = {"version": answer.context["merge"].version, "goal": "second", "visits_per_quarter": 2}
    assert second.post(address, merged).status_code == 302
    plan = Plan.objects.get()
    assert (plan.goal, plan.needs, plan.visits_per_quarter) == ("second", "loan", 2)
    assert sign_in("rm_w11").get(address).status_code == 404


def test_delegations_are_dated_and_marked(bank: Bank) -> None:
    """Only for the days given, never in the past, never to oneself, and acts are marked."""
    viewer = bank.viewer("rm_e11")
    with pytest.raises(DelegationDaysError):
        delegate(viewer=viewer, taker=bank.users["rm_e12"], first=TODAY - dt.timedelta(1), last=TODAY, reason="r")
    with pytest.raises(DelegationToSelfError):
        delegate(viewer=viewer, taker=bank.users["rm_e11"], first=TODAY, last=TODAY, reason="r")
    client = sign_in("rm_e11")
    form = {"taker": "rm_e12", "first": "2025-11-20", "last": "2025-11-24", "reason": "leave"}
    assert client.post(reverse("realignment:delegations"), form).status_code == 302
    given = Delegation.objects.get()
    assert (given.valid_from, given.valid_to) == (TODAY, dt.date(2025, 11, 25))
    assert client.post(reverse("realignment:delegations"), form | {"taker": "rm_w11"}).status_code == 404
    taker = sign_in("rm_e12")
    taker.post(reverse("shell:stand_in"), {"user": bank.users["rm_e11"].pk})
    taker.post(reverse("realignment:plan", args=["e11-1"]), {"version": 0, "goal": "kept", "visits_per_quarter": 1})
    event = Event.objects.filter(code="realignment.plan_saved").get()
    assert (event.actor, event.on_behalf_of) == (bank.users["rm_e12"], bank.users["rm_e11"])
    assert taker.post(reverse("realignment:end_delegation", args=[given.pk])).status_code == 404
    client.post(reverse("realignment:end_delegation", args=[given.pk]))
    assert not Delegation.objects.exists()


def test_pages_take_a_fixed_number_of_queries(bank: Bank) -> None:
    """More lines and more change sets do not mean more queries."""
    change_set = leaving(bank)
    client = sign_in("head")
    pages = {
        reverse("realignment:change_sets"): 0,
        reverse("realignment:change_set", args=[change_set.pk]): 0,
        reverse("realignment:leaver") + "?rm=e11&day=2025-12-01": 0,
        reverse("realignment:plans"): 0,
        reverse("realignment:delegations"): 0,
    }
    counts = []
    for _ in range(2):
        for page in pages:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(page).status_code == 200
            pages[page] = len(queries)
        counts.append(dict(pages))
        leaving(bank)
        with act("tests.grew", by=None) as doing:
            doing.add(Plan(customer_id=f"e11-{len(counts)}", rm_id="e11"))
    assert counts[0] == counts[1]
    assert max(pages.values()) <= 32, pages
