"""Every address of the office stands in one table, and those about a customer open for exactly those who see him."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from enum import StrEnum

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from kejing.office import scope
from kejing.office.acts.act import act
from kejing.office.api.models import Token
from kejing.office.api.tokens import Scope, digest_of
from kejing.office.books.models import Coverage
from kejing.office.people.viewer import Viewer
from kejing.office.shell.day import today
from tests.office.bank import Bank
from tests.office.test_frame import sign_in


class Surface(StrEnum):
    """What an address is about, and so who may open it."""

    PUBLIC = "nobody needs to be signed in"
    ACCOUNT = "the user's own account and settings"
    CUSTOMER = "one customer: who sees him, and 404 for everybody else"
    ROW = "a row about one customer: who sees him, and 404 for everybody else; proved in its room"
    LIST = "a list: rows of one scope, counted by the tests of its room"
    RM = "one RM: who sees him, and 404 for everybody else; proved in the room that reads runs"
    SET = (
        "one change set: who sees it, and 404 for everybody else; proved in test_changes, test_realignment and test_api"
    )
    OWN = "a row of the user's own, 404 for everybody else; proved in its room"
    POWER = "open by a power of the position, with no customer in it; proved in its room"


TABLE: dict[Surface, set[str]] = {
    Surface.PUBLIC: {
        "account_login",
        "account_logout",
        "account_inactive",
        "api:nothing",
        "api:api-root",
        "api:openapi-json",
        "mfa_authenticate",
        "openid_connect_callback",
        "openid_connect_login",
        "shell:health",
        "shell:language",
        "socialaccount_login_cancelled",
        "socialaccount_login_error",
        "socialaccount_signup",
    },
    Surface.ACCOUNT: {
        "account_change_password",
        "account_reauthenticate",
        "home:home",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_download_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_index",
        "mfa_reauthenticate",
        "mfa_view_recovery_codes",
        "shell:stand_in",
        "socialaccount_connections",
        "tokens:make",
        "tokens:tokens",
    },
    Surface.CUSTOMER: {"api:get_customer", "customer:page", "customer:money", "realignment:plan"},
    Surface.ROW: {
        "alerts:alert",
        "alerts:answer",
        "alerts:dismiss",
        "alerts:reassign",
        "deals:begin",
        "deals:deal",
        "deals:work",
    },
    Surface.LIST: {
        "alerts:alerts",
        "api:list_change_sets",
        "api:list_events",
        "api:list_runs",
        "api:list_webhooks",
        "api:listing",
        "audit:events",
        "churn:churn",
        "churn:customers",
        "cockpit:cockpit",
        "cockpit:customers",
        "cockpit:disputes",
        "cockpit:headcount",
        "cockpit:inversions",
        "cockpit:money",
        "cockpit:rms",
        "customer:export",
        "deals:board",
        "customer:list",
        "grids:download",
        "grids:grids",
        "myday:day",
        "realignment:change_sets",
        "realignment:plans",
        "statements:disputes",
        "statements:statements",
        "targets:targets",
    },
    Surface.RM: {
        "api:get_run_rows",
        "figures:explain",
        "statements:dispute",
        "statements:line",
        "statements:statement",
        "statements:why",
        "targets:accept",
        "targets:contract",
        "targets:document",
    },
    Surface.SET: {
        "api:approve_change_set",
        "api:draft_change_set",
        "api:get_change_set",
        "api:preview_change_set",
        "api:publish_change_set",
        "api:submit_change_set",
        "api:withdraw_change_set",
        "realignment:answer",
        "realignment:challenge",
        "realignment:change_set",
        "realignment:step",
        "realignment:strike",
    },
    Surface.OWN: {
        "api:end_webhook",
        "api:log_a_contact",
        "api:make_webhook",
        "contacts:book",
        "contacts:call_off",
        "contacts:log",
        "myday:challenge",
        "myday:dismiss",
        "myday:item",
        "myday:relief",
        "realignment:delegations",
        "realignment:end_delegation",
        "statements:answer",
        "tokens:revoke",
    },
    Surface.POWER: {
        "alerts:look",
        "audit:chain",
        "audit:customer",
        "audit:event",
        "audit:evidence",
        "grids:apply",
        "grids:preview",
        "imports:batch",
        "imports:commit",
        "imports:discard",
        "imports:errors",
        "imports:imports",
        "imports:sample",
        "imports:undo",
        "realignment:centralise",
        "realignment:exception",
        "realignment:leaver",
        "realignment:picked",
        "realignment:solver",
        "rules:approve",
        "rules:bring",
        "rules:cases",
        "rules:document",
        "rules:rules",
        "rules:version",
        "rules:withdraw",
        "runs:ask",
        "runs:cancel",
        "runs:compare",
        "runs:jobs",
        "runs:runs",
        "runs:show",
    },
}
PERSONAS = ("head", "east_head", "leader", "rm_e11", "performance", "auditor", "administrator")
CASES = {
    "own": "e11-1",
    "team": "e12-1",
    "sibling": "e21-1",
    "other branch": "w11-1",
    "walled": "e11-2",
    "future book": "e12-3",
    "past book": "e11-4",
    "nobody": "no-such-customer",
}


def _names(resolver: URLResolver, space: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        match pattern:
            case URLPattern():
                yield f"{space}{pattern.name}"
            case URLResolver():
                yield from _names(pattern, f"{pattern.namespace}:" if pattern.namespace else space)


def test_every_address_stands_in_the_table() -> None:
    """A new address says first what it is about; none stands twice, and none is left over."""
    listed = [name for names in TABLE.values() for name in names]
    assert len(listed) == len(set(listed))
    assert set(_names(get_resolver())) == set(listed)


@pytest.fixture
def busy_bank(bank: Bank) -> Bank:
    """The bank with a wall, a customer who will come, and one who has gone."""
    bank.wall("e11-2")
    later, earlier = today() + dt.timedelta(days=30), today() - dt.timedelta(days=30)
    with act("tests.moved", by=None) as doing:
        for customer, rm, day in (("e12-3", "e11", later), ("e11-4", "e12", earlier)):
            doing.change_all(list(Coverage.objects.filter(customer_id=customer)), valid_to=day)
            doing.add(Coverage(customer_id=customer, rm_id=rm, role="lead", valid_from=day))
    return bank


def seen_by(bank: Bank, persona: str) -> set[str]:
    """Cases that a persona sees today, by the one scope."""
    viewer = Viewer(bank.users[persona], today(), today())
    ids = set(scope.customers(viewer).values_list("customer_id", flat=True))
    return {case for case, customer in CASES.items() if customer in ids}


def test_the_cases_are_what_they_are_called(busy_bank: Bank) -> None:
    """The RM of e11 sees his own, not the walled one, not the one to come, not the one that went."""
    assert seen_by(busy_bank, "rm_e11") == {"own"}
    assert seen_by(busy_bank, "leader") == {"own", "team", "future book", "past book"}
    assert seen_by(busy_bank, "east_head") == seen_by(busy_bank, "leader") | {"sibling"}
    everything = set(CASES) - {"walled", "nobody"}
    assert [seen_by(busy_bank, name) for name in ("head", "performance", "auditor")] == [everything] * 3
    assert seen_by(busy_bank, "administrator") == set()


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("name", sorted(TABLE[Surface.CUSTOMER] - {"api:get_customer"}))
def test_pages_of_a_customer_open_for_who_sees_him(busy_bank: Bank, persona: str, name: str) -> None:
    """Page by page and case by case: there for who sees the customer, and not there (404) for everybody else."""
    client = sign_in(persona)
    opened = set()
    for case, customer in CASES.items():
        status = client.get(reverse(name, args=[customer])).status_code
        assert status in {200, 404}, (case, status)
        opened |= {case} if status == 200 else set()
    assert opened == seen_by(busy_bank, persona)


@pytest.mark.parametrize("persona", PERSONAS)
def test_the_api_opens_the_same(busy_bank: Bank, persona: str) -> None:
    """By id and in the list: the same customers as on the pages."""
    with act("tests.token", by=None) as doing:
        doing.add(
            Token(
                user=busy_bank.users[persona],
                name="t",
                digest=digest_of("kej_t"),
                scopes=[Scope.BOOKS_READ],
                expires_on=dt.date(2099, 1, 1),
            )
        )
    client = sign_in(persona)
    headers = {"authorization": "Bearer kej_t"}
    by_id = {
        case
        for case, customer in CASES.items()
        if client.get(f"/api/customers/{customer}", headers=headers).status_code == 200
    }
    listed = {row["customer_id"] for row in client.get("/api/customers?limit=500", headers=headers).json()["items"]}
    assert by_id == {case for case, customer in CASES.items() if customer in listed} == seen_by(busy_bank, persona)
