"""The auditor: finds who did what, sees before and after, checks the chain, takes evidence away."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from kejing.office.acts.act import act
from kejing.office.acts.models import Event
from kejing.office.audit.asking import Question, matching, who_could_see
from kejing.office.books.models import Plan
from tests.office.bank import POSTS, TODAY, Bank
from tests.office.test_frame import sign_in


@pytest.fixture
def worked(bank: Bank) -> Bank:
    """Two plans, one of them changed, and a foreign customer behind a wall."""
    with act("tests.planned", by=bank.users["rm_e11"], reason="season") as doing:
        plan = doing.add(Plan(customer_id="e11-1", rm_id="e11", goal="first"))
    with act("tests.planned", by=bank.users["rm_w11"]) as doing:
        doing.add(Plan(customer_id="w11-1", rm_id="w11", goal="theirs"))
    with act("tests.planned", by=bank.users["leader"], on_behalf_of=bank.users["head"], reason="more") as doing:
        doing.change(plan, expected_version=1, goal="second")
    bank.wall("w11-1", "rm_w11")
    return bank


def test_questions_find_their_events(worked: Bank) -> None:
    """By person, by code, by whose rows, by day, and by all of them together."""
    auditor = worked.viewer("auditor")
    of_customer = list(matching(auditor, Question(customer_id="e11-1", what="tests.planned")))
    assert [event.actor for event in of_customer] == [worked.users["leader"], worked.users["rm_e11"]]
    assert matching(auditor, Question(who="head", what="tests.planned")).count() == 1, "on behalf of counts"
    assert matching(auditor, Question(rm_id="e11", what="tests.planned")).count() == 2
    assert not matching(auditor, Question(customer_id="w11-1")).exists(), "a wall stops the auditor too"
    assert not matching(auditor, Question.of({"until": "2000-01-01"})).exists()
    assert matching(auditor, Question.of({"since": "x'; DROP TABLE events"})).exists(), "no day asks nothing"


def test_an_event_tells_before_and_after(worked: Bank) -> None:
    """The page of a change shows the field, what it was and what it became."""
    number = Event.objects.filter(code="tests.planned").latest("number").number
    page = sign_in("auditor").get(reverse("audit:event", args=(number,))).content.decode()
    assert all(text in page for text in ("goal", "first", "second", "more"))


def test_who_could_see_is_what_the_scope_says(worked: Bank) -> None:
    """Exactly the people whose positions open the customer, walls counted."""
    seen = {user.username for user in who_could_see("e11-1", TODAY, TODAY)}
    assert seen == {"head", "east_head", "leader", "rm_e11", "performance", "auditor"}
    assert [user.username for user in who_could_see("w11-1", TODAY, TODAY)] == ["rm_w11"]
    client = sign_in("auditor")
    assert client.get(reverse("audit:customer", args=("e11-1",))).status_code == 200
    assert client.get(reverse("audit:customer", args=("w11-1",))).status_code == 404


def test_only_auditors_come_in(worked: Bank) -> None:
    """Everybody else is refused on every address of the room."""
    for name in (*POSTS, "stranger"):
        client = sign_in(name)
        expected = 200 if name == "auditor" else 403
        for answer in (
            client.get(reverse("audit:events")),
            client.get(reverse("audit:event", args=(1,))),
            client.get(reverse("audit:customer", args=("e11-1",))),
            client.post(reverse("audit:chain")),
            client.post(reverse("audit:evidence"), {"reason": "x"}),
        ):
            assert answer.status_code == expected, (name, answer.request["PATH_INFO"])


def test_the_button_finds_an_edited_event(worked: Bank) -> None:
    """The chain holds; after somebody edits a row behind the office's back it names the event."""
    client = sign_in("auditor")
    client.post(reverse("shell:language"), {"language": "en"})
    assert "The chain holds" in client.post(reverse("audit:chain")).content.decode()
    Event.objects.filter(number=1).update(reason="forged")
    page = client.post(reverse("audit:chain")).content.decode()
    assert "broken at 1 places" in page
    assert "was edited" in page


def test_the_evidence_pack_proves_itself(worked: Bank) -> None:
    """Hashes hold, events carry what their seals cover, nothing walled is in it, and taking it is an event."""
    answer = sign_in("auditor").post(reverse("audit:evidence"), {"what": "tests.planned", "reason": "inspection"})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    for line in files["SHA256SUMS"].decode().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256(files[name]).hexdigest() == digest
    events = [json.loads(line) for line in files["events.jsonl"].decode().splitlines()]
    stored = Event.objects.filter(code="tests.planned").order_by("number")
    assert [event["seal"] for event in events] == [event.seal for event in stored]
    assert "w11-1" not in files["events.jsonl"].decode()
    assert json.loads(files["manifest.json"])["chain"]["breaks"] == []
    taken = Event.objects.latest("number")
    assert (taken.code, taken.reason, taken.facts["rows"]) == ("audit.exported", "inspection", 3)


def test_the_number_of_queries_is_fixed(worked: Bank, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    """A page of events costs the same whatever it shows."""
    client = sign_in("auditor")
    for page, queries in ((reverse("audit:events"), 6), (reverse("audit:event", args=(1,)), 6)):
        with django_assert_num_queries(queries):
            client.get(page)
