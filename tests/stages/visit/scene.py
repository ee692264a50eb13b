"""A carrier with one RM and a book, and what the stage makes of it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from kejing.policy import Pack, find_shipped_pack
from kejing.stages.context import StageContext
from kejing.stages.decide import segment
from kejing.stages.deploy import visit
from tests.stages.institution import day, ran, rows_of

type Rows = list[dict[str, Any]]
type FactRow = Mapping[str, object]

OVERLAYS = Path(__file__).with_name("overlays")
SPEND = {"crystal": 6_500_00, "a": 2_250_00, "none": 100_00}
"""Yuan a month of a customer amid its tier, in minor units."""


@cache
def carrier(*overlays: str) -> Pack:
    """The carrier's policy under ``overlays``."""
    return Pack.load(find_shipped_pack("telecom_4plus1"), tuple(OVERLAYS / name for name in overlays))


def spends(customer_id: str, tier: str, months: Iterable[str]) -> Rows:
    """Monthly spend of ``tier`` in each of ``months`` (``2026-09``)."""
    return [
        {
            "customer_id": customer_id,
            "measure": "monthly_spend",
            "value": SPEND[tier],
            "unit": "CNY",
            "period_start": day(f"{month}-01"),
            "period_end": (day(f"{month}-01") + dt.timedelta(days=32)).replace(day=1),
        }
        for month in months
    ]


MONTHS = tuple(f"2026-{month:02d}" for month in range(4, 13))


def book(tiers: Mapping[str, str], **tables: Sequence[FactRow]) -> dict[str, Any]:
    """Facts of RM A in Wuxi, who leads ``tiers`` (customer to tier); ``tables`` take the place of any."""
    facts: dict[str, Sequence[FactRow]] = {
        "units": [{"unit_id": "HQ", "lat": 31.57, "lon": 120.30}],
        "rms": [{"rm_id": "A", "line": "key_account"}, {"rm_id": "B", "line": "key_account"}],
        "customers": [
            {"customer_id": name, "kind": "telecom", "lat": 31.5 + place % 7 / 50, "lon": 120.2 + place % 11 / 50}
            for place, name in enumerate(sorted(tiers))
        ],
        "coverage": [{"customer_id": name, "rm_id": "A"} for name in sorted(tiers)],
        "measures": [row for name, tier in sorted(tiers.items()) for row in spends(name, tier, MONTHS)],
    }
    return {**facts, **tables}


def contact(number: int, customer_id: str, on: str, **other: object) -> dict[str, object]:
    """A contact that counts: RM A, on site, connected, at ten in the morning."""
    plain = {"rm_id": "A", "channel": "visit", "direction": "outbound", "outcome": "connected"}
    moment = dt.datetime.fromisoformat(f"{on}T10:00:00")
    return {"contact_id": f"V{number:05d}", "customer_id": customer_id, "happened_at": moment, **plain, **other}


@contextmanager
def planned(facts: Mapping[str, Any], *, as_of: str, policy: Pack | None = None) -> Iterator[StageContext]:
    """A context in which tiers and plan stand."""
    with ran(policy or carrier(), facts, as_of=as_of, stages=(segment, visit)) as context:
        yield context


def visits(context: StageContext, where: str = "1 = 1") -> Rows:
    """Rows of ``visit``."""
    return rows_of(context.engine, f"SELECT * FROM visit WHERE {where} ORDER BY customer_id, rm_id, channel, number")


def summary(context: StageContext, channel: str, quarter: str = "2026-Q4") -> dict[str, Any]:
    """RM A's row of ``visit_summary``."""
    where = f"rm_id = 'A' AND channel = '{channel}' AND quarter = '{quarter}'"
    (row,) = rows_of(context.engine, f"SELECT * FROM visit_summary WHERE {where}")
    return row


def statuses(rows: Rows) -> Counter[str]:
    """How many rows of each status."""
    return Counter(row["status"] for row in rows)
