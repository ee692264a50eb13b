"""What people and files write: shown as text wherever it turns up, taken into no field that was not asked for."""

from __future__ import annotations

import datetime as dt
import html
import io
import json
import re
from html.parser import HTMLParser

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from kejing.office.acts.act import act
from kejing.office.acts.rows import Row
from kejing.office.api.models import Token
from kejing.office.api.tokens import Scope, digest_of
from kejing.office.books.models import Booking, Contact, Coverage, Customer, Dispute, OpenItem, Plan, Rm, TierException
from kejing.office.changes.models import Challenge, ChangeSet
from kejing.office.people.models import Position, Unit, User
from kejing.office.people.roles import Role
from kejing.office.shell.words import say
from tests.office.addresses import addresses
from tests.office.bank import START, Bank
from tests.office.test_contacts import said
from tests.office.test_frame import sign_in

EVIL = "<script>alert('x')</script><img src=x onerror=alert(1)>\"'{{7*7}}</script>"
FORMULAS = ('=HYPERLINK("https://evil.test")', "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\t=1", "\r=1")
LONG = {"rules:cases", "rules:document"}
EXTRA = {
    "actor": "1",
    "actor_id": "1",
    "approved_by": "1",
    "approved_by_id": "1",
    "approved_at": "2020-01-01",
    "drafted_by_id": "1",
    "state": "published",
    "is_superuser": "1",
    "is_staff": "1",
    "is_active": "0",
    "role": "head",
    "rm_id": "w11",
    "customer_id": "w11-1",
    "unit_id": "head_office",
    "user": "1",
    "user_id": "1",
    "id": "1",
    "pk": "1",
    "contact_id": "chosen",
    "on_behalf_of": "1",
    "digest": "x",
    "accepted_at": "2020-01-01",
}


class _Tags(HTMLParser):
    """Tags and attributes of a page as a browser would see them."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the written text became, if it became anything."""
        if tag == "img" or (tag == "script" and not dict(attrs).keys() & {"src", "nonce", "type"}):
            self.bad.append(tag)
        self.bad += [name for name, _ in attrs if name.startswith("on")]


def check_page(page: str, name: str) -> None:
    """Nothing that was written is a tag, a handler or the end of data in the page."""
    found = _Tags()
    found.feed(page)
    assert found.bad == [], name
    assert EVIL not in page, name
    for data in re.findall(r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL):
        json.loads(data)


@pytest.fixture
def hostile_bank(bank: Bank) -> Bank:
    """The bank in which every text that somebody can write, or a file can bring, is hostile."""
    user = bank.users["head"]
    with act("tests.written", by=user, reason=EVIL) as doing:
        doing.change_all(list(Customer.objects.filter(customer_id="e11-1")), name=EVIL, industry=EVIL[:80])
        doing.change_all(list(Unit.objects.filter(unit_id="east_1")), name=EVIL)
        doing.change_all(list(Rm.objects.filter(rm_id="e11")), name=EVIL, grade=EVIL[:40])
        doing.change_all(list(User.objects.filter(username="rm_e11")), name=EVIL)
        doing.add_all([Position(user=user, role=role, unit_id="head_office", rm_id="e11") for role in Role])
        now = dt.datetime.now(dt.UTC)
        met = {"customer_id": "e11-1", "rm_id": "e11", "channel": "visit", "outcome": EVIL[:80], "happened_at": now}
        doing.add(Contact(contact_id="c1", needs=EVIL, next_step=EVIL, called_off=EVIL, **met))
        doing.add(Booking(customer_id="e11-1", rm_id="e11", due_at=now, note=EVIL))
        doing.add(OpenItem(customer_id="e11-1", rm_id="e11", kind="need", title=EVIL, evidence={"why": EVIL}))
        doing.add(Plan(customer_id="e11-1", rm_id="e11", needs=EVIL, goal=EVIL, steps=EVIL))
        doing.add(TierException(customer_id="e11-1", scheme="s", tier=EVIL[:80], reason=EVIL))
        doing.add(Dispute(rm_id="e11", customer_id="e11-1", line_id=EVIL[:80], period="2025-Q3", reason=EVIL))
        doing.add(
            Token(user=user, name=EVIL, digest=digest_of("kej_t"), scopes=[*Scope], expires_on=dt.date(2099, 1, 1))
        )
        drafted = {"title": EVIL, "reason": EVIL, "effective_on": START, "unit_id": "east_1", "drafted_by": user}
        change_set = doing.add(ChangeSet(state=ChangeSet.State.SUBMITTED, **drafted))
        objection = {"customer_id": "e11-1", "rm_id": "e11", "raised_by": user, "reason": EVIL}
        doing.add(Challenge(change_set=change_set, **objection))
    return bank


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
def test_written_text_is_text_on_every_page(hostile_bank: Bank, language: str) -> None:
    """Names, notes, reasons, titles, units: escaped on each page of the office and in the data of its charts."""
    client = sign_in("head")
    client.cookies["django_language"] = language
    number = ChangeSet.objects.get().pk
    seen = 0
    for address in addresses():
        if address.room in {"", "api"} or address.name in LONG:
            continue
        answer = client.get(address.url(number=number))
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            page = answer.content.decode()
            check_page(page, address.name)
            seen += html.escape("<script>alert(") in page
    assert seen >= 8, "the text does turn up"


def test_a_message_repeats_what_was_sent_as_text(bank: Bank) -> None:
    """Refusals that quote a value quote it as text."""
    client = sign_in("head")
    form = {"version": "0", "visits_per_quarter": EVIL}
    check_page(client.post(reverse("realignment:plan", args=["e11-1"]), form).content.decode(), "plan")
    form = {"customer": EVIL, "to": EVIL, "day": EVIL, "reason": EVIL, "title": EVIL}
    for name in ("realignment:picked", "realignment:exception", "realignment:delegations", "contacts:log", "runs:ask"):
        check_page(client.post(reverse(name), form).content.decode(), name)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_signs_that_no_text_has_are_refused(bank: Bank, language: str) -> None:
    """A zero byte in a form is refused with a message, before any database sees it."""
    client = sign_in("rm_e11")
    client.cookies["django_language"] = language
    answer = client.post(reverse("realignment:plan", args=["e11-1"]), {"version": "0", "goal": "a\0b"})
    assert answer.status_code == 400
    with translation.override(language):
        assert say("shell.not_understood") in answer.content.decode()
    assert not Plan.objects.exists()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_too_much_at_once_is_refused(bank: Bank, language: str) -> None:
    """Too many fields, or a body that is too large: refused with a message."""
    client = sign_in("rm_e11")
    client.cookies["django_language"] = language
    address = reverse("realignment:plan", args=["e11-1"])
    for form in ({f"f{number}": "" for number in range(2_500)}, {"goal": "x" * (6 * 1024 * 1024)}):
        body = "&".join(f"{name}={value}" for name, value in form.items())
        answer = client.post(address, body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code in {400, 413}
        with translation.override(language):
            assert say("shell.not_understood") in answer.content.decode()
    assert not Plan.objects.exists()


# ---------------------------------------------------------------- fields that were not asked for


@pytest.mark.parametrize(
    ("name", "address", "form", "model"),
    [
        ("rm_e11", "/changes/plans/e11-1/", {"version": "0", "goal": "g", "visits_per_quarter": "2"}, Plan),
        ("rm_e11", "/contacts/new/", said(), Contact),
        (
            "leader",
            "/changes/picked/",
            {"customer": ["e11-1"], "to": "e12", "day": "2027-12-01", "reason": "r"},
            ChangeSet,
        ),
        ("head", "/tokens/make/", {"name": "n", "scope": ["books:read"], "days": "3"}, Token),
    ],
)
def test_fields_that_were_not_asked_for_are_left_out(
    bank: Bank, name: str, address: str, form: dict[str, object], model: type[Row]
) -> None:
    """A form with actor, approver, role and state beside its own fields writes what it writes without them."""
    client = sign_in(name)
    written = []
    for extra in ({}, {key: value for key, value in EXTRA.items() if key not in form}):
        assert client.post(address, form | extra).status_code in {200, 302}
        row = model._default_manager.get()  # noqa: SLF001 - of any model
        written.append(row.image())
        with act("tests.removed", by=None) as doing:
            if model is ChangeSet:
                doing.remove_all(list(row.lines.all()))  # type: ignore[attr-defined]  # a change set
            doing.remove_all([row])
    different = {key for key in written[0] if written[0][key] != written[1][key]}
    assert different <= {"id", "digest", "contact_id", "happened_at", "drafted_at"}
    assert written[1].get("contact_id") != "chosen"
    user = User.objects.get(username=name)
    assert user.is_active
    assert Position.objects.filter(user=user).count() == 1


def test_the_api_leaves_them_out_as_well(bank: Bank) -> None:
    """A draft through the API is a draft of its user, whatever the body says beside."""
    with act("tests.token", by=None) as doing:
        held = {"digest": digest_of("kej_t"), "scopes": [*Scope], "expires_on": dt.date(2099, 1, 1)}
        doing.add(Token(user=bank.users["leader"], name="t", **held))
    body: dict[str, object] = {"title": "t", "reason": "r", "effective_on": "2027-12-01", **EXTRA}
    body["changes"] = [{"customer_id": "e11-1", "from_rm_id": "e11", "to_rm_id": "e12", "role": "lead"}]
    headers = {"authorization": "Bearer kej_t", "Idempotency-Key": "k1"}
    answer = Client().post("/api/change-sets", json.dumps(body), content_type="application/json", headers=headers)
    assert answer.status_code in {201, 422}, answer.content
    for change_set in ChangeSet.objects.all():
        assert (change_set.state, change_set.drafted_by, change_set.approved_by) == (
            ChangeSet.State.DRAFT,
            bank.users["leader"],
            None,
        )
        assert change_set.unit_id == "east_1"


# ---------------------------------------------------------------- ids that a file brings


@pytest.mark.parametrize("customer_id", ["A/1", "../../admin", "a b?x=1#y", "=1+1", "客户／甲", "%2e%2e%2f"])
def test_any_id_has_its_page(bank: Bank, customer_id: str) -> None:
    """An id with strokes, dots or signs of addresses breaks no list, and leads to its own customer and nowhere else."""
    with act("tests.imported", by=None) as doing:
        doing.change_all(list(Customer.objects.filter(customer_id="e11-1")), customer_id=customer_id)
        doing.change_all(list(Coverage.objects.filter(customer_id="e11-1")), customer_id=customer_id)
    client = sign_in("leader")
    for place in ("customer:list", "realignment:plans", "home:home", "grids:grids", "cockpit:customers"):
        assert client.get(reverse(place), follow=True).status_code == 200, place
    for place in ("customer:page", "customer:money", "realignment:plan"):
        answer = client.get(reverse(place, args=[customer_id]))
        assert answer.status_code == 200, place
        assert answer.context["customer"].customer_id == customer_id


# ---------------------------------------------------------------- files that go out


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_go_out_as_text_in_every_workbook(bank: Bank, text: str) -> None:
    """The list of customers and each grid: a name that looks like a formula is a string of the cell."""
    with act("tests.named", by=None) as doing:
        doing.change_all(list(Customer.objects.filter(customer_id="e11-1")), name=text)
        doing.add(Plan(customer_id="e11-1", rm_id="e11", goal=text, needs=text))
    client = sign_in("leader")
    places = [reverse("customer:export"), *(reverse("grids:download", args=[name]) for name in ("plans", "coverage"))]
    for place in places:
        answer = client.get(place)
        assert answer.status_code == 200, place
        cells = [
            cell
            for page in openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets
            for row in page.iter_rows()
            for cell in row
            if cell.value is not None
        ]
        assert "f" not in {cell.data_type for cell in cells}, place
        assert any(str(cell.value).replace("_x000D_", "").strip() == text.strip() for cell in cells), place


def test_names_of_files_are_ours(bank: Bank) -> None:
    """What a browser keeps is called by us, whatever the address or the day say."""
    client = sign_in("leader")
    for place in (reverse("customer:export"), reverse("grids:download", args=["plans"])):
        answer = client.get(place + "?q=..%2F..%2Fx%22%0d%0aSet-Cookie:a=b&as_of=..%2F..%2Fetc")
        assert re.fullmatch(r'attachment; filename="[a-z0-9-]+\.xlsx"', answer.headers["Content-Disposition"])
        assert "a" not in answer.cookies
