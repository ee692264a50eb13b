"""Queries of every page: a fixed number each, written down here, in a small office and in one ten times as large."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter
from django.utils import timezone

from kejing.office.acts.act import act
from kejing.office.books.models import Booking, Contact, Coverage, Customer, Dispute, OpenItem, Plan, Rm
from kejing.office.changes.drafting import Change, draft
from kejing.office.changes.models import ChangeLine
from kejing.office.changes.publishing import submit
from kejing.office.feeds.run_tables import show_run
from kejing.office.people.models import Position, User
from kejing.office.people.roles import Role
from tests.office.bank import RM_UNITS, START, TODAY, Bank
from tests.office.shown import PERIOD, write_run
from tests.office.test_frame import sign_in
from tests.office.test_surfaces import TABLE, Surface

QUERIES = {
    "alerts:alerts": 9,
    "audit:customer": 29,
    "audit:event": 6,
    "audit:events": 6,
    "churn:churn": 5,
    "churn:customers": 5,
    "cockpit:cockpit": 23,
    "cockpit:customers": 12,
    "cockpit:disputes": 6,
    "cockpit:headcount": 6,
    "cockpit:inversions": 4,
    "cockpit:money": 6,
    "cockpit:rms": 8,
    "contacts:log": 5,
    "customer:export": 12,
    "customer:list": 9,
    "customer:money": 8,
    "customer:page": 23,
    "deals:begin": 5,
    "deals:board": 6,
    "grids:download": 12,
    "grids:grids": 3,
    "imports:imports": 5,
    "myday:day": 20,
    "realignment:centralise": 8,
    "realignment:change_set": 28,
    "realignment:change_sets": 6,
    "realignment:delegations": 9,
    "realignment:exception": 6,
    "realignment:leaver": 8,
    "realignment:plan": 6,
    "realignment:plans": 7,
    "realignment:solver": 11,
    "rules:cases": 4,
    "rules:document": 4,
    "rules:rules": 5,
    "runs:jobs": 4,
    "runs:runs": 6,
    "statements:disputes": 5,
    "statements:line": 7,
    "statements:statement": 11,
    "statements:statements": 8,
    "targets:targets": 9,
}
"""Page to queries on a first visit, when nothing is remembered yet."""
READERS = {"audit": "auditor", "imports": "performance", "myday": "rm_e11"}
"""Who opens the pages of a room; the head opens the others."""
POLICY, YEAR = "bank_corporate", "2025"
RUN = "0123456789abcdef"
NOT_OPENED = {
    "alerts:alert",
    "deals:deal",
    "figures:explain",
    "imports:batch",
    "imports:errors",
    "rules:version",
    "runs:compare",
    "statements:why",
    "targets:contract",
    "targets:document",
}
"""Pages of one thing that this office has none of, or of what only facts can explain."""
ELSEWHERE = TABLE[Surface.PUBLIC] | TABLE[Surface.ACCOUNT]
"""Pages of sign-in and account, which have nothing to do with how large the office is."""


def enlarge(times: int) -> dict[str, str]:
    """Let the office have ``times`` as many RMs and customers, each with work; RM to unit."""
    rms = RM_UNITS | {f"{rm}x{n}": unit for rm, unit in RM_UNITS.items() for n in range(1, times)}
    new = [(rm, f"{rm}-{n}") for rm in rms.keys() - RM_UNITS.keys() for n in range(1, 7)]
    every = new + [(rm, f"{rm}-{n}") for rm in RM_UNITS for n in range(1, 7)]
    noon = timezone.make_aware(dt.datetime.combine(TODAY, dt.time(12)))
    common = {"line": "corporate", "grade": "R2", "valid_from": START}
    with act("tests.enlarged", by=None) as doing:
        doing.add_all([Rm(rm_id=rm, name=rm, unit_id=rms[rm], **common) for rm in sorted(rms.keys() - RM_UNITS.keys())])
        for rm in sorted(rms.keys() - RM_UNITS.keys()):
            user = doing.add(User(username=f"rm_{rm}", name=rm))
            doing.add(Position(user=user, role=Role.RM, unit_id=rms[rm], rm_id=rm, valid_from=START))
        doing.add_all(
            [
                Customer(customer_id=one, name=one, kind="corporate", unit_id=rms[rm], valid_from=START)
                for rm, one in new
            ]
        )
        doing.add_all(
            [Coverage(customer_id=one, rm_id=rm, role="lead", share=10_000, valid_from=START) for rm, one in new]
        )
        for n in range(2):
            doing.add_all(
                [
                    Contact(contact_id=f"{one}/{n}", customer_id=one, rm_id=rm, channel="visit", outcome="met",
                            happened_at=noon - dt.timedelta(days=n))
                    for rm, one in every
                ]
            )  # fmt: skip
        doing.add_all([Booking(customer_id=one, rm_id=rm, due_at=noon) for rm, one in every])
        doing.add_all([OpenItem(customer_id=one, rm_id=rm, kind="need", title="loan") for rm, one in every])
        doing.add_all([Plan(customer_id=one, rm_id=rm, goal="deposits") for rm, one in every])
        doing.add_all([Dispute(rm_id=rm, customer_id=one, period=PERIOD, reason="split") for rm, one in every])
    return rms


def show(folder: Path, rms: dict[str, str]) -> None:
    """Show a run with tiers, visits, targets and pay of every RM."""
    tables: dict[str, list[dict[str, object]]] = {
        name: [] for name in ("segment", "assign", "visit", "visit_summary", "target", "credit", "pay", "pay_total")
    }
    for rm, unit in rms.items():
        hours = {"required_hours": Decimal(30), "available_hours": Decimal(40), "load": Decimal("0.75")}
        counts = {"standard": 6, "done": 2, "booked": 0, "planned": 0, "left_out": 4}
        tables["visit_summary"].append(
            {"quarter": "2025-Q4", "rm_id": rm, "unit_id": unit, "channel": "", **counts, **hours}
        )
        money = {"gross": Decimal(10), "paid_now": Decimal(10), "deferred": Decimal(0)}
        tables["pay_total"].append({"period": PERIOD, "rm_id": rm, "unit_id": unit, **money})
        amounts = {"stock": Decimal(1), "increment_target": Decimal(1), "total_target": Decimal(2)}
        tables["target"].append({"period": PERIOD, "rm_id": rm, "unit_id": unit, "measure": "income", **amounts})
        for n in range(1, 7):
            whose = {"customer_id": f"{rm}-{n}", "rm_id": rm}
            tier = {"scheme": "corporate", "tier": "large", "value_unit": "CNY", "is_on_watch": n == 1}
            dates = {"valid_from": dt.date(2025, 1, 1), "valid_to": dt.date(9999, 12, 31)}
            tables["segment"].append({"customer_id": f"{rm}-{n}", **tier, **dates})
            tables["assign"].append({**whose, "role": "lead", "required_hours": Decimal(5), **dates})
            due = {"due_from": dt.date(2025, 10, 1), "due_to": dt.date(2025, 12, 31), "number": 1, "status": "left_out"}
            tables["visit"].append(
                {**whose, "channel": "visit", "quarter": "2025-Q4", "tier": "large", "standard": "s", **due}
            )
            line = {"period": PERIOD, "line_id": f"L-{rm}-{n}", "measure": "income", "amount": Decimal(10)}
            tables["credit"].append({**whose, **line, "view": "ledger", "role": "lead", "share": Decimal(1)})
            tables["pay"].append({**whose, **line, "component": "increment_pay", "policy_clause": "a: b"})
    show_run(write_run(folder / "run", tables, policy=POLICY), by=None)


@pytest.fixture(params=[1, 10], ids=["small", "ten times as large"])
def places(
    request: pytest.FixtureRequest, bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, object]:
    """An office at work, and what stands for each part of an address."""
    monkeypatch.setattr("kejing.office.shell.middleware.today", lambda: TODAY)
    rms = enlarge(request.param)
    show(tmp_path, rms)
    viewer = bank.viewer("head")
    moved = [Change(ChangeLine.Kind.COVERAGE, f"{rm}-1", rm, "e12", "lead") for rm in rms if rm != "e12"]
    day = TODAY + dt.timedelta(days=30)
    made = draft(viewer=viewer, title="east", reason="load", effective_on=day, changes=moved)
    submit(viewer=viewer, change_set=made, challenge_by=day)
    return {
        "customer_id": "e11-1", "rm_id": "e11", "policy": POLICY, "period": PERIOD, "year": YEAR, "line_id": "L-e11-1",
        "number": made.pk, "run_id": RUN, "table": "pay", "name": "coverage", "line": 0, "challenge": 0, "pk": 0,
        "line_pk": 0, "item_id": 0,
    }  # fmt: skip


def addresses(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every address by name, with the converters of its parts."""
    for pattern in resolver.url_patterns:
        match pattern:
            case URLPattern():
                yield f"{space}{pattern.name}", pattern.pattern.converters
            case URLResolver():
                yield from addresses(pattern, f"{pattern.namespace}:" if pattern.namespace else space)


def part_of(places: dict[str, object], name: str, converter: object) -> object:
    """What stands for a part of an address; 1 for numbers of which the office has none."""
    value = places.get(name, 1)
    return 1 if isinstance(converter, IntConverter) and not isinstance(value, int) else value


def test_every_page_takes_its_number_of_queries(places: dict[str, object]) -> None:
    """However large the office: each page asks as often as the table says, and no page is missing from the table."""
    clients = {name: sign_in(name) for name in ("head", *set(READERS.values()))}
    found: dict[str, int] = {}
    closed: set[str] = set()
    for name, parts in addresses(get_resolver()):
        if name in ELSEWHERE or name.startswith("api:"):
            continue
        address = reverse(name, kwargs={part: part_of(places, part, each) for part, each in parts.items()})
        client = clients[READERS.get(name.partition(":")[0], "head")]
        with CaptureQueriesContext(connection) as queries:
            status = client.get(address).status_code
        if status == HTTPStatus.OK:
            found[name] = len(queries)
        elif status != HTTPStatus.METHOD_NOT_ALLOWED:  # an act takes only what is sent to it
            closed.add(name)
    assert closed == NOT_OPENED
    assert found == QUERIES
