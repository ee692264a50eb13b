"""Funds and claims in memory, and a reckoning of them claim by claim."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from kejing.policy import Pack
from kejing.stages.context import StageContext
from kejing.stages.earn import fund
from kejing.stages.earn.fund.laws import LAWS
from kejing.warehouse.engine import DuckEngine
from tests.stages.institution import broken, corporate_pack, day, open_context, rows_of

AS_OF = "2025-09-30"
YEAR = {"period_start": "2025-01-01", "period_end": "2026-01-01"}

type Row = Mapping[str, Any]


def policy() -> Pack:
    """The corporate policy with both kinds of funds."""
    plain = corporate_pack()
    return replace(plain, sections={**plain.sections, "fund": {"kinds": ["bonus", "expense"]}})


def grant(amount: int, fund_id: str = "F1", **more: object) -> Row:
    """A fund of 2025."""
    return {"fund_id": fund_id, "kind": "bonus", "unit_id": "HQ", "amount": amount, **YEAR, **more}


def claim(claim_id: str, amount: int, approved_on: str | dt.date | None = "2025-03-01", **more: object) -> Row:
    """A claim that the head approved."""
    plain = {"fund_id": "F1", "purpose": "award", "applicant": "A", "approver": "head", "applied_on": "2025-01-02"}
    return {"claim_id": claim_id, "amount": amount, "approved_on": approved_on, "rm_id": "B", **plain, **more}


@contextmanager
def ran(grants: Sequence[Row], claims: Sequence[Row], **more: Sequence[Row]) -> Iterator[StageContext]:
    """A context in which the stage has run and kept its laws; ``more`` are further fact tables."""
    facts = {"units": [{"unit_id": "HQ"}], "funds": grants, "fund_claims": claims, **more}
    with DuckEngine(threads=1) as engine:
        context = open_context(engine, policy(), facts, as_of=AS_OF)
        fund.run(context)
        assert broken(context, LAWS) == []
        yield context


def rows(grants: Sequence[Row], claims: Sequence[Row]) -> list[dict[str, Any]]:
    """The table ``fund``."""
    with ran(grants, claims) as context:
        return rows_of(context.engine, "SELECT * FROM fund ORDER BY fund_id, place")


def states(grants: Sequence[Row], claims: Sequence[Row]) -> dict[str, tuple[str, str, int]]:
    """State, reason and balance after each claim."""
    return {
        row["claim_id"]: (row["state"], row["reason"], row["balance"]) for row in rows(grants, claims) if row["place"]
    }


def one_by_one(grants: Sequence[Row], claims: Sequence[Row]) -> dict[str, str]:
    """State of each claim, decided one after the other."""
    balance = {one["fund_id"]: one["amount"] for one in grants}
    decided = [one for one in claims if one["approved_on"] is not None and one["approved_on"] <= day(AS_OF)]
    found = {one["claim_id"]: "open" for one in claims}
    for one in sorted(decided, key=lambda one: (one["approved_on"], one["claim_id"])):
        right = one["approver"] not in (one["applicant"], one["rm_id"]) and one["approved_on"] >= one["applied_on"]
        inside = day(YEAR["period_start"]) <= one["approved_on"] < day(YEAR["period_end"])
        if right and inside and 0 < one["amount"] <= balance[one["fund_id"]]:
            balance[one["fund_id"]] -= one["amount"]
            found[one["claim_id"]] = "paid"
        else:
            found[one["claim_id"]] = "refused"
    return found
