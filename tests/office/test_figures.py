"""Explanations: there for rows about customers, RMs and units that somebody sees, and not there for any other."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from kejing.office import scope
from kejing.office.acts.act import act
from kejing.office.feeds.cast import demonstration_cast
from kejing.office.feeds.loading import load_facts
from kejing.office.feeds.models import Run
from kejing.office.feeds.run_tables import run_rows, show_run
from kejing.office.people.models import Position, User, Wall
from kejing.office.people.viewer import Viewer
from kejing.office.shell.whose import Subject, seen_rows, subject_of
from kejing.stages.tables import OUT_TABLES
from kejing.verbs.explaining import KNOWN
from tests.office.bank import PASSWORD
from tests.office.shown import institution
from tests.office.test_frame import sign_in

PERSONAS = ("head", "leader", "rm", "performance", "auditor")


@pytest.fixture
def run(db: None, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The sample institution on the day of its run."""
    folder = institution()
    load_facts(folder / "facts", by=None)
    shown = show_run(folder / "bank_corporate", by=None)
    demonstration_cast(shown.as_of)
    monkeypatch.setattr("kejing.office.shell.middleware.today", lambda: shown.as_of)
    paid = run_rows(shown, "pay", columns=("rm_id",), limit=1)[0]["rm_id"]
    with act("tests.people", by=None) as doing:
        for user in User.objects.all():
            before = user.version
            user.set_password(PASSWORD)
            password = user.password
            user.refresh_from_db()
            doing.change(user, expected_version=before, password=password)
        doing.change_all(list(Position.objects.filter(user__username="rm")), rm_id=paid)
    return shown


def viewer(name: str, run: Run) -> Viewer:
    """Somebody at work on the day of the run."""
    return Viewer(User.objects.get(username=name), run.as_of, run.as_of)


def key_of(table: str, row: dict[str, Any]) -> dict[str, str]:
    """What an address names a row by."""
    return {name: str(row[name]) for name in OUT_TABLES[table].key if row[name] is not None}


def explained(client: Client, run: Run, table: str, **key: str) -> int:
    """The status of the page that explains rows."""
    return client.get(reverse("figures:explain", args=(run.run_id, table)), key).status_code


def test_every_table_opens_for_exactly_who_sees_its_rows(run: Run) -> None:
    """One row that somebody sees and one that he does not, of each table: 200 and 404."""
    rows = {table: run_rows(run, table) for table in KNOWN}
    opened: dict[str, set[str]] = {}
    for persona in PERSONAS:
        client, looking, opened[persona] = sign_in(persona), viewer(persona, run), set()
        for table in KNOWN:
            seen = seen_rows(looking, run, table, rows[table])
            for row in seen[:1]:
                assert explained(client, run, table, **key_of(table, row)) == 200, (persona, table, row)
                opened[persona].add(table)
            unseen = {id(row) for row in rows[table]} - {id(row) for row in seen}
            for row in [each for each in rows[table] if id(each) in unseen][:1]:
                assert explained(client, run, table, **key_of(table, row)) == 404, (persona, table, row)
    assert {"segment", "credit", "score", "pay", "pay_total", "visit"} <= opened["rm"]
    for persona in ("head", "performance", "auditor"):
        assert {"segment", "staff", "credit", "score", "pay", "pay_total", "visit", "target"} <= opened[persona]


def test_rows_are_seen_as_customers_rms_and_units_are(run: Run) -> None:
    """The subjects of the rows that a leader sees are inside his scope, and none of his RMs is missing."""
    leader = viewer("leader", run)
    inside = {
        Subject.CUSTOMER: set(scope.customers(leader).values_list("customer_id", flat=True)),
        Subject.RM: set(scope.rms(leader).values_list("rm_id", flat=True)),
        Subject.UNIT: set(scope.units(leader).values_list("unit_id", flat=True)),
    }
    assert all(inside.values())
    for table in ("segment", "staff", "value", "visit"):
        for row in seen_rows(leader, run, table, run_rows(run, table)):
            subject = subject_of(table, row)
            assert subject is not None
            assert subject[1] in inside[subject[0]], (table, row)
    paid = run_rows(run, "pay_total")
    newest = max(row["period"] for row in paid)
    rms = {row["rm_id"] for row in seen_rows(leader, run, "pay_total", paid) if row["period"] == newest}
    assert rms == {row["rm_id"] for row in paid if row["period"] == newest} & inside[Subject.RM]


def test_a_tree_says_nothing_of_a_customer_behind_a_wall(run: Run) -> None:
    """The amount stays, so that the pay adds up; name, id, lines and what they rest on go."""
    lines = run_rows(run, "pay", where={"rm_id": Position.objects.get(user__username="rm").rm_id})
    line = next(row for row in lines if row["line_id"] and row["customer_id"])
    key = {name: line[name] for name in ("period", "component", "rm_id", "measure")}
    client, page = sign_in("rm"), reverse("figures:explain", args=(run.run_id, "pay"))
    before = client.get(page, key).content.decode()
    assert line["line_id"] in before
    with act("people.wall_built", by=None) as doing:
        doing.add(Wall(customer_id=line["customer_id"], reason="merger", valid_from=run.as_of))
    after = client.get(page, key).content.decode()
    assert line["line_id"] not in after
    assert line["customer_id"] not in after
    assert len(re.findall("信息墙内客户|behind a wall", after)) >= 1
    assert explained(client, run, "segment", customer_id=line["customer_id"]) == 404
    assert explained(client, run, "credit", customer_id=line["customer_id"]) == 404


def test_every_link_to_evidence_opens(run: Run) -> None:
    """What the cockpit offers as evidence is there, for a head and for a leader."""
    client, found = sign_in("head"), set()
    for page in ("cockpit", "rms", "customers", "headcount", "money", "disputes"):
        text = client.get(reverse(f"cockpit:{page}")).content.decode()
        for link in re.findall(r'href="(/figures/[^"]+)"', text)[:2]:
            assert client.get(link.replace("&amp;", "&")).status_code == 200, link
            found.add(page)
    assert {"headcount", "money"} <= found


def test_nothing_is_explained_without_a_key(run: Run) -> None:
    """A whole table, an unknown table and a column that it has not: 404."""
    client = sign_in("head")
    assert explained(client, run, "pay") == 404
    assert explained(client, run, "no_such_table", rm_id="x") == 404
    assert explained(client, run, "pay", no_such_column="x") == 404


def test_pages_of_pay_open_on_the_policy_that_pays(run: Run) -> None:
    """Where two policies are shown, an RM is first shown the one under which he has pay and targets."""
    other = Run.objects.get(pk=run.pk)
    with act("tests.other_policy", by=None) as doing:
        doing.add(
            Run(
                run_id="another",
                folder="nowhere",
                policy="a_policy_before",
                as_of=other.as_of,
                snapshot_id=other.snapshot_id,
                currency=other.currency,
                is_shown=True,
            )
        )
    client = sign_in("rm")
    for page in ("statements:statements", "targets:targets"):
        assert client.get(reverse(page)).context["run"] == run
