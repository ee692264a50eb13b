"""REST: no wider than the token's user, exact under repetition, plain about what is wrong."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from kejing.office import scope
from kejing.office.acts.act import act
from kejing.office.acts.models import Event
from kejing.office.api import webhooks
from kejing.office.api.models import Token, Webhook
from kejing.office.api.paging import MOST_ROWS
from kejing.office.api.routes.books import LISTS
from kejing.office.api.routes.runs import TABLES
from kejing.office.api.tokens import Scope, digest_of, make_token, revoke_token
from kejing.office.books.models import Contact, Coverage
from kejing.office.changes.models import ChangeSet
from kejing.office.people.models import Position
from kejing.office.people.viewer import Viewer
from kejing.office.shell.day import today
from kejing.stages.tables import OUT_TABLES
from tests.office.bank import BOOK, POSTS, Bank
from tests.office.test_frame import sign_in

EVERYTHING = tuple(Scope)


class Api:
    """Another system at work in the name of somebody."""

    def __init__(self, bank: Bank, name: str, scopes: Sequence[Scope] = EVERYTHING) -> None:
        self.viewer = bank.viewer(name)
        with act("tests.token", by=None) as doing:
            secret = f"kej_{name}_{'_'.join(scopes)}"
            expires = dt.date(2099, 1, 1)
            doing.add(
                Token(user=self.viewer.user, name=name, digest=digest_of(secret), scopes=scopes, expires_on=expires)
            )
        self.client = Client(headers={"authorization": f"Bearer {secret}"})

    def get(self, address: str, **query: str | int) -> Any:
        """The answer to a GET that must succeed."""
        answer = self.client.get(f"/api/{address}", query)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def post(self, address: str, body: object = None, *, key: str = "") -> Any:
        """The answer to a POST."""
        headers = {"idempotency-key": key} if key else {}
        text = "" if body is None else json.dumps(body)
        return self.client.post(f"/api/{address}", text, content_type="application/json", headers=headers)

    def all_of(self, address: str, limit: int = MOST_ROWS) -> list[dict[str, Any]]:
        """Every row of a list, page by page."""
        rows: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            page = self.get(address, cursor=cursor, limit=limit)
            assert len(page["items"]) <= limit
            rows += page["items"]
            cursor = page["next"]
        return rows


def moves(*customers: str, to: str = "e12") -> dict[str, Any]:
    """A change set that gives customers to another RM."""
    changes = [{"customer_id": name, "from_rm_id": name.split("-")[0], "to_rm_id": to} for name in customers]
    return {"title": "handover", "reason": "leave", "effective_on": "2099-01-01", "changes": changes}


@pytest.mark.parametrize("name", [*POSTS, "stranger"])
def test_lists_hold_what_the_scope_holds(bank: Bank, name: str) -> None:
    """Every list of everybody has as many rows as the scope of its entity, walls included."""
    bank.wall("e11-2", "rm_e11")
    api = Api(bank, name)
    looking = Viewer(api.viewer.user, today(), today())
    for address, (rows, _) in LISTS.items():
        assert len(api.all_of(address)) == rows(looking).count(), address


@pytest.mark.django_db
def test_a_customer_out_of_sight_is_not_there(bank: Bank) -> None:
    """Foreign, walled and invented ids answer alike: 404, never 403."""
    bank.wall("e11-2", "rm_e11")
    leader = Api(bank, "leader")
    assert leader.get("customers/e11-1")["customer_id"] == "e11-1"
    for customer in ("w11-1", "e21-1", "e11-2", "nobody"):
        answer = leader.client.get(f"/api/customers/{customer}")
        assert (answer.status_code, answer["content-type"]) == (404, "application/problem+json")
        assert answer.json()["code"] == "office.not_found"


def test_pages_hold_every_row_once(bank: Bank) -> None:
    """Cursors give each row once, in a stable order, whatever the size of a page and whatever comes in between."""
    api = Api(bank, "head")
    whole = [row["customer_id"] for row in api.all_of("customers")]
    assert len(whole) == len(set(whole)) == 4 * BOOK
    assert [row["customer_id"] for row in api.all_of("customers", limit=5)] == whole
    first = api.get("customers", limit=5)
    with act("tests.covered", by=None) as doing:
        doing.add(Coverage(customer_id="e11-1", rm_id="e12", role="assist"))
    assert api.get("customers", limit=5, cursor=first["next"])["items"][0]["customer_id"] == whole[5]


def test_a_day_in_the_address_is_looked_at(bank: Bank) -> None:
    """``as_of`` shows the books of another day."""
    day = dt.date(2025, 12, 1)
    with act("tests.handed_over", by=None) as doing:
        doing.change_all([Coverage.objects.get(customer_id="e11-1")], valid_to=day)
        doing.add(Coverage(customer_id="e11-1", rm_id="e12", role="lead", valid_from=day))
    api = Api(bank, "rm_e12")
    assert len(api.get("customers", as_of="2025-11-30")["items"]) == BOOK
    assert len(api.get("customers", as_of="2025-12-01")["items"]) == BOOK + 1


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Basic YWRtaW46YWRtaW4=", "Token kej_head"])
def test_without_a_token_nothing_opens(bank: Bank, header: str) -> None:
    """No token, a wrong one, or another way of signing in: 401 with a problem, and a session does not help."""
    client = sign_in("head")
    answer = client.get("/api/customers", headers={"authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer.json()["code"] == "office.api_token"
    assert answer["www-authenticate"] == "Bearer"


def test_a_token_ends(bank: Bank) -> None:
    """Revoked, out of time, or its user switched off or without a position: it opens nothing more."""
    api = Api(bank, "leader")
    token = Token.objects.get(name="leader")
    assert api.get("customers")["items"]
    position = Position.objects.get(user=token.user)
    with act("tests.left", by=None) as doing:
        doing.change_all([position], valid_to=dt.date(2025, 1, 2))
    assert api.get("customers")["items"] == []
    with act("tests.ended", by=None) as doing:
        doing.change(token, expected_version=token.version, expires_on=dt.date(2025, 1, 1))
    assert api.client.get("/api/customers").status_code == 401
    other = Api(bank, "head")
    revoke_token(viewer=other.viewer, token=Token.objects.get(name="head"))
    assert other.client.get("/api/customers").status_code == 401


@pytest.mark.parametrize(
    ("scope_missing", "method", "address", "body"),
    [
        (Scope.BOOKS_READ, "get", "customers", None),
        (Scope.BOOKS_READ, "get", "change-sets", None),
        (Scope.CHANGES_WRITE, "post", "change-sets", moves("e11-1")),
        (Scope.CHANGES_APPROVE, "post", "change-sets/1/approve", None),
        (Scope.CHANGES_APPROVE, "post", "change-sets/1/publish", None),
        (Scope.RUNS_READ, "get", "runs", None),
        (Scope.EVENTS_READ, "get", "events", None),
        (Scope.HOOKS_WRITE, "get", "webhooks", None),
    ],
)
def test_a_token_does_what_it_was_made_for(
    bank: Bank, scope_missing: Scope, method: str, address: str, body: object
) -> None:
    """Without the scope the answer is 403 and names it, whatever the user may do himself."""
    api = Api(bank, "head", [each for each in Scope if each is not scope_missing])
    answer = api.client.get(f"/api/{address}") if method == "get" else api.post(address, body)
    assert (answer.status_code, answer.json()["code"]) == (403, "office.api_scope")
    assert scope_missing.value in answer.json()["title"]


def test_a_change_set_goes_its_way(bank: Bank) -> None:
    """Draft, preview, submit, approve by another, publish; each step is an event, and the books change on the day."""
    leader, head = Api(bank, "leader"), Api(bank, "head")
    drafted = leader.post("change-sets", moves("e11-1", "e11-2"))
    assert drafted.status_code == 201
    number = drafted.json()["id"]
    seen = leader.get(f"change-sets/{number}/preview")
    assert {row["rm_id"]: (row["before"]["customers"], row["after"]["customers"]) for row in seen["rms"]} == {
        "e11": (BOOK, BOOK - 2),
        "e12": (BOOK, BOOK + 2),
    }
    assert leader.post(f"change-sets/{number}/submit", {}).status_code == 201
    own = leader.post(f"change-sets/{number}/approve")
    assert (own.status_code, own.json()["code"]) == (403, "office.change_own_work")
    assert head.post(f"change-sets/{number}/approve").status_code == 201
    assert head.post(f"change-sets/{number}/publish").json()["state"] == ChangeSet.State.PUBLISHED
    later = Api(bank, "rm_e12")
    assert len(later.get("customers", as_of="2099-01-01")["items"]) == BOOK + 2
    codes = list(Event.objects.filter(code__startswith="changes.").order_by("number").values_list("code", flat=True))
    assert codes == ["changes.drafted", "changes.submitted", "changes.approved", "changes.published"]


def test_foreign_change_sets_are_not_there(bank: Bank) -> None:
    """The neighbour sees no change set of the other branch, and cannot take a step with it."""
    number = Api(bank, "leader").post("change-sets", moves("e11-1")).json()["id"]
    neighbour = Api(bank, "west_head")
    assert neighbour.get("change-sets")["items"] == []
    for address in (f"change-sets/{number}", f"change-sets/{number}/preview"):
        assert neighbour.client.get(f"/api/{address}").status_code == 404
    for step in ("approve", "publish"):
        assert neighbour.post(f"change-sets/{number}/{step}").status_code == 404


def test_a_repeated_request_is_done_once(bank: Bank) -> None:
    """The same key and request give the first answer; the same key with another request is refused."""
    api = Api(bank, "leader")
    first, again = (api.post("change-sets", moves("e11-1"), key="k1") for _ in range(2))
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert ChangeSet.objects.count() == 1
    other = api.post("change-sets", moves("e11-2"), key="k1")
    assert (other.status_code, other.json()["code"]) == (422, "office.api_key_reused")
    assert api.post("change-sets", moves("e11-1"), key="k2").json()["id"] != first.json()["id"]
    assert Api(bank, "head").post("change-sets", moves("e11-1"), key="k1").status_code == 201, (
        "keys are the token's own"
    )


def test_a_refused_request_may_be_sent_again_with_its_key(bank: Bank) -> None:
    """Nothing is kept of what was not done."""
    api = Api(bank, "leader")
    refused = api.post("change-sets", moves("w11-1"), key="k1")
    assert (refused.status_code, refused.json()["code"]) == (404, "office.change_out_of_sight")
    assert api.post("change-sets", moves("e11-1"), key="k1").status_code == 201


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({}, "body.body.title"),
        (moves("e11-1") | {"effective_on": "tomorrow"}, "body.body.effective_on"),
        (moves("e11-1") | {"title": ""}, "body.body.title"),
        (moves(), "body.body.changes"),
        (moves("e11-1") | {"title": "x" * 201}, "body.body.title"),
    ],
)
def test_what_cannot_be_read_is_named(bank: Bank, body: object, at: str) -> None:
    """A problem lists each part that is wrong; nothing is done."""
    answer = Api(bank, "leader").post("change-sets", body)
    assert (answer.status_code, answer["content-type"]) == (422, "application/problem+json")
    assert at in {each["at"] for each in answer.json()["errors"]}
    assert not ChangeSet.objects.exists()


@pytest.mark.parametrize("cursor", ["x", "YWZ0ZXI6", "YWZ0ZXI6LTE", "é", "YWZ0ZXI6OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk"])
def test_an_invented_cursor_is_refused(bank: Bank, cursor: str) -> None:
    """A cursor that we did not give is told to be none."""
    answer = Api(bank, "head").client.get("/api/customers", {"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (422, "office.api_cursor")


def test_problems_speak_the_reader_s_language(bank: Bank) -> None:
    """Reason and remedy come in the language that is asked for."""
    client = Api(bank, "head").client
    english = client.get("/api/customers", {"cursor": "x"}, headers={"accept-language": "en"}).json()
    chinese = client.get("/api/customers", {"cursor": "x"}, headers={"accept-language": "zh-hans"}).json()
    assert english["title"].startswith("This is no cursor")
    assert chinese["title"].startswith("不认识的游标")


def test_tables_of_runs_are_somebody_s(bank: Bank) -> None:
    """Every told table has the column by which a row is somebody's, and others are not there."""
    for table, whose in TABLES.items():
        assert any(column.name == whose for column in OUT_TABLES[table].columns), table
    assert Api(bank, "stranger").get("runs")["items"] == []


def test_the_secret_of_a_token_is_nowhere(bank: Bank) -> None:
    """Not in the database, not in events; the page tells it once."""
    _, secret = make_token(viewer=bank.viewer("leader"), name="bridge", scopes=[Scope.BOOKS_READ], days=30)
    assert not Token.objects.filter(digest__contains=secret).exists()
    touched = [touch.after for event in Event.objects.all() for touch in event.touches.all()]
    assert secret not in json.dumps(touched)
    assert digest_of(secret) not in json.dumps(touched)
    client = sign_in("leader")
    made = client.post(reverse("tokens:make"), {"name": "other", "scope": "books:read", "days": "7"})
    assert b"kej_" in made.content
    assert made["cache-control"] == "no-store"
    assert b"kej_" not in client.get(reverse("tokens:tokens")).content


def test_nobody_ends_another_s_token(bank: Bank) -> None:
    """A token of somebody else is not there."""
    token, _ = make_token(viewer=bank.viewer("leader"), name="bridge", scopes=[Scope.BOOKS_READ], days=30)
    answer = sign_in("head").post(reverse("tokens:revoke", args=[token.pk]))
    assert answer.status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None


class Receiver(BaseHTTPRequestHandler):
    """Another system that listens; ``answers`` are the statuses that it gives next."""

    heard: ClassVar[list[tuple[dict[str, str], bytes]]] = []
    answers: ClassVar[list[int]] = []

    def do_POST(self) -> None:
        """Take what is sent."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.heard.append((dict(self.headers), body))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:9/")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver(settings: LazySettings) -> Iterator[str]:
    """Where another system listens; the office may call it."""
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    Receiver.heard, Receiver.answers = [], []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    host = f"127.0.0.1:{server.server_port}"
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"webhook_hosts": (host,)})
    yield f"http://{host}/hook"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_webhook_is_told_in_order_and_until_it_arrives(bank: Bank, receiver: str) -> None:
    """Signed, from the day it was made, once each; a failure holds the later ones back, and nothing is lost."""
    leader, head = Api(bank, "leader"), Api(bank, "head")
    before = leader.post("change-sets", moves("e11-1")).json()["id"]
    leader.post(f"change-sets/{before}/submit", {})
    made = head.post("webhooks", {"url": receiver, "topics": ["change_set.submitted", "change_set.published"]})
    assert made.status_code == 201
    hook = Webhook.objects.get()
    assert webhooks.tell(hook) == 0, "nothing from before it was made"
    second = leader.post("change-sets", moves("e11-2")).json()["id"]
    leader.post(f"change-sets/{second}/submit", {})
    head.post(f"change-sets/{second}/approve")
    head.post(f"change-sets/{second}/publish")
    Receiver.answers = [500]
    assert webhooks.tell(hook) == 0
    assert (hook.delivery.failures, "500" in hook.delivery.last_error) == (1, True)
    Receiver.answers = [302]
    assert webhooks.tell(hook) == 0, "it goes where it was told to go and nowhere else"
    assert webhooks.tell(hook) == 2, (hook.delivery.last_error, Receiver.heard)
    assert webhooks.tell(hook) == 0
    told = [json.loads(body) for _, body in Receiver.heard]
    assert [(each["topic"], each["change_set_id"]) for each in told] == [
        ("change_set.submitted", second),
        ("change_set.published", second),
    ]
    headers, body = Receiver.heard[0]
    stamp, signed = (part.split("=")[1] for part in headers["Kejing-Signature"].split(","))
    assert signed == webhooks.signature(made.json()["secret"], stamp, body)


def test_a_webhook_tells_what_its_owner_may_see(bank: Bank, receiver: str) -> None:
    """The neighbour's webhook hears nothing of the other branch."""
    Api(bank, "west_head").post("webhooks", {"url": receiver, "topics": ["change_set.submitted"]})
    leader = Api(bank, "leader")
    leader.post(f"change-sets/{leader.post('change-sets', moves('e11-1')).json()['id']}/submit", {})
    assert webhooks.tell(Webhook.objects.get()) == 0
    assert Receiver.heard == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "http://bank.test@127.0.0.1/",
        "ftp://a.test/",
    ],
)
def test_a_webhook_calls_named_hosts_only(bank: Bank, url: str) -> None:
    """Nobody makes the office look around in its own network."""
    answer = Api(bank, "head").post("webhooks", {"url": url, "topics": ["run.finished"]})
    assert (answer.status_code, answer.json()["code"]) == (422, "office.api_hook")
    assert not Webhook.objects.exists()


def test_every_operation_is_described(bank: Bank) -> None:
    """``openapi.json`` opens without a token, describes every operation by name, and asks for a token in each."""
    found = Client().get("/api/openapi.json")
    assert found.status_code == 200
    described = found.json()
    operations = [each for methods in described["paths"].values() for each in methods.values()]
    assert len({each["operationId"] for each in operations}) == len(operations) >= len(LISTS) + 10
    assert all(each["security"] for each in operations)
    assert scope.customers(bank.viewer("head")).exists()


def said_to_api(**other: object) -> dict[str, object]:
    """A contact as another system tells it."""
    now = dt.datetime.now(dt.UTC)
    told = {"client_key": "crm-1", "customer_id": "e11-1", "channel": "visit", "outcome": "connected"}
    told |= {"happened_at": now.isoformat(), "next_step": "send the offer", "next_on": str(today() + dt.timedelta(14))}
    return told | other


def test_a_contact_is_logged_once_as_on_the_page(bank: Bank) -> None:
    """Repeated with or without a key of the request: one contact, one event, of the token's user."""
    api = Api(bank, "rm_e11")
    told = said_to_api()
    answers = [api.post("contacts", told, key=key) for key in ("k1", "k1", "k2", "")]
    assert [answer.status_code for answer in answers] == [201] * 4, answers[0].content
    assert len({answer.json()["contact_id"] for answer in answers}) == 1
    assert Contact.objects.get().rm_id == "e11"
    assert Event.objects.filter(code="contacts.logged").count() == 1
    assert api.post("contacts", told | {"next_step": "else"}, key="k1").status_code == 422, "the key was for another"
    assert Contact.objects.get().next_step == "send the offer"


@pytest.mark.parametrize(
    ("other", "status"),
    [
        ({"customer_id": "w11-1"}, 404),
        ({"outcome": "called_off"}, 422),
        ({"outcome": "triumph"}, 422),
        ({"happened_at": "2025-01-01T10:00:00"}, 422),
        ({"happened_at": "2099-01-01T10:00:00+08:00"}, 422),
        ({"next_step": ""}, 422),
        ({"needs": "a\0b"}, 422),
    ],
)
def test_what_the_page_refuses_the_api_refuses(bank: Bank, other: dict[str, object], status: int) -> None:
    """Another's customer, a visit called off without a reason, a time without a zone or ahead: nothing is written."""
    assert Api(bank, "rm_e11").post("contacts", said_to_api(**other)).status_code == status
    assert not Contact.objects.exists()


def test_logging_needs_scope_and_position(bank: Bank) -> None:
    """A token without ``work:write``, and an auditor with it, are refused."""
    assert Api(bank, "rm_e11", (Scope.BOOKS_READ,)).post("contacts", said_to_api()).status_code == 403
    assert Api(bank, "auditor").post("contacts", said_to_api()).status_code == 403
    assert not Contact.objects.exists()
