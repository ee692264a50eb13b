"""The pages that are measured, by role."""

from __future__ import annotations

import re
from collections.abc import Sequence

from benchmarks.office_users import Person, fetch

BAR = 200
"""First byte of 95 of 100 answers within so many [ms]."""
PEER = "health (peer)"
_CUSTOMER = re.compile(r'href="/customers/([^/"?]+)/')
_CHANGE_SET = re.compile(r'href="/changes/(\d+)/')
_RM = re.compile(r'href="/myday/\?rm=([^"&]+)"')
_POLICY, _PERIOD = "bank_corporate", "2025-Q3"
_DIFFERENT = 5  # customers and change sets that one person opens in turn


def pages_of(person: Person, port: int) -> Sequence[tuple[str, str]]:
    """Name and address of every page that somebody opens in one walk."""
    role, rm = person.account.role, person.account.rm
    listing = fetch(port, person, "/customers/")
    customers = list(dict.fromkeys(_CUSTOMER.findall(listing)))
    customers = [one for one in customers if one != "export"]
    opened = customers[:_DIFFERENT]
    sets = list(dict.fromkeys(_CHANGE_SET.findall(fetch(port, person, "/changes/"))))[:1]
    found = [
        (PEER, "/health/"),
        ("customers", "/customers/"),
        ("customers by income", "/customers/?sort=-income&page=3"),
        ("search by name", "/customers/?q=%E6%9C%89%E9%99%90"),
        ("search by id", f"/customers/?q={customers[0][:6]}" if customers else "/customers/?q=000-"),
        ("plans", "/changes/plans/"),
        ("change sets", "/changes/"),
        ("grids", "/grids/"),
        ("targets", f"/targets/?policy={_POLICY}"),
        ("pay of everybody", f"/statements/?policy={_POLICY}&period={_PERIOD}"),
        *(("customer", f"/customers/{one}/") for one in opened),
        *(("customer's money", f"/customers/{one}/money/") for one in opened[:2]),
        *(("change set", f"/changes/{one}/") for one in sets),
    ]
    if role == "rm":
        return [*found, ("my day", "/myday/"), *_statement(port, person, rm)]
    found += [
        ("cockpit", "/cockpit/"),
        ("cockpit rms", "/cockpit/rms/"),
        ("cockpit customers", "/cockpit/customers/"),
        ("cockpit behind", "/cockpit/customers/?list=behind"),
        ("cockpit without backup", "/cockpit/customers/?list=without_backup"),
    ]
    if role in {"head", "leader"}:
        found += [("realignment leaver", "/changes/leaver/"), ("realignment solver", "/changes/solver/")]
    if role == "auditor":
        found += [("audit", "/audit/"), ("audit of exports", "/audit/?what=contacts"), ("runs", "/runs/")]
        found += [("audit of a customer", f"/audit/customer/{one}/") for one in opened[:1]]
    if role == "performance_administrator":
        found += [("runs", "/runs/"), ("imports", "/imports/")]
    return found


def _statement(port: int, person: Person, rm: str) -> list[tuple[str, str]]:
    """The statement of an RM, under the policy that pays him."""
    shown = fetch(port, person, "/myday/")
    paid = re.findall(rf'href="(/statements/[^"]+/rm/{re.escape(rm)}/)(?:\?[^"]*)?"', shown)
    return [("statement", one) for one in dict.fromkeys(paid)]
