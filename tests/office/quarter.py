"""The Monday of scenario W1: a book of 60, a standard of 100 visits and 180 calls, day 41 of 62 of the quarter."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from django.utils import timezone

from kejing.office.acts.act import act
from kejing.office.books.models import Booking, Contact, Coverage, Customer, Rm, Standing
from kejing.office.feeds.models import Run
from kejing.office.people.models import Position, Unit, User
from kejing.office.people.roles import Role
from kejing.policy.pack import Pack
from kejing.policy.shipped import find_shipped_pack
from tests.office.bank import PASSWORD

TODAY = dt.date(2026, 12, 2)  # the 41st of 62 working days
QUARTER = (dt.date(2026, 10, 1), dt.date(2026, 12, 31))
MONTHS = (
    (dt.date(2026, 10, 1), dt.date(2026, 10, 31)),
    (dt.date(2026, 11, 1), dt.date(2026, 11, 30)),
    (dt.date(2026, 12, 1), dt.date(2026, 12, 31)),
)
CRYSTAL = [f"C{number:02}" for number in range(1, 41)]
A_PLUS = [f"P{number:02}" for number in range(1, 21)]
BOOK = [*CRYSTAL, *A_PLUS]
OWN, COLLEAGUE = "r1", "r2"
UNIT = "east"
_COLUMNS = {
    "customer_id": pa.string(),
    "rm_id": pa.string(),
    "channel": pa.string(),
    "number": pa.int64(),
    "quarter": pa.string(),
    "tier": pa.string(),
    "standard": pa.string(),
    "due_from": pa.date32(),
    "due_to": pa.date32(),
}


def noon(day: dt.date) -> dt.datetime:
    """Noon of a day at the bank."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time(12)))


def build_quarter(folder: Path) -> Run:
    """Write people, books, contacts, bookings and the run into ``folder`` and the database."""
    _write_run(folder)
    with act("tests.quarter_built", by=None) as doing:
        doing.add(Unit(unit_id=UNIT, name="East", level=0, path=f"/{UNIT}/"))
        for username, role, rm_id in (
            ("rm", Role.RM, OWN),
            ("colleague", Role.RM, COLLEAGUE),
            ("lead", Role.LEADER, ""),
        ):
            user = User(username=username, name=username)
            user.set_password(PASSWORD)
            doing.add(user)
            doing.add(Position(user=user, role=role, unit_id=UNIT, rm_id=rm_id))
        doing.add_all(
            [Rm(rm_id=rm, name=f"RM {rm}", line="corporate", grade="R2", unit_id=UNIT) for rm in (OWN, COLLEAGUE)]
        )
        doing.add_all(
            [Customer(customer_id=each, name=f"Firm {each}", kind="corporate", unit_id=UNIT) for each in BOOK]
        )
        doing.add_all([Coverage(customer_id=each, rm_id=OWN, role="lead", share=10_000) for each in BOOK])
        doing.add(Coverage(customer_id="C01", rm_id=COLLEAGUE, role="treasury"))
        doing.add_all(list(_contacts()))
        doing.add_all(list(_bookings()))
        standings = (_standing(each, "crystal" if each in CRYSTAL else "a_plus") for each in BOOK)
        doing.replace_table(Standing, standings)
        return doing.add(
            Run(
                run_id="w1",
                folder=str(folder),
                policy="bank_corporate",
                as_of=QUARTER[0],
                snapshot_id="s",
                currency="CNY",
                is_shown=True,
            )
        )


def contact(customer_id: str, channel: str, day: dt.date, *, rm_id: str = OWN, outcome: str = "connected") -> Contact:
    """A contact at noon."""
    key = f"{customer_id}-{channel}-{day}-{rm_id}"
    return Contact(
        contact_id=key, customer_id=customer_id, rm_id=rm_id, channel=channel, outcome=outcome, happened_at=noon(day)
    )


def _contacts() -> Iterator[Contact]:
    """58 visits and 131 calls, each to a customer who was owed one."""
    for each in [*CRYSTAL, *A_PLUS[:18]]:
        yield contact(each, "visit", dt.date(2026, 10, 12))
    for each in BOOK:
        yield contact(each, "phone", dt.date(2026, 10, 15))
        yield contact(each, "phone", dt.date(2026, 11, 16))
    for each in BOOK[:11]:
        yield contact(each, "phone", dt.date(2026, 12, 1))


def _bookings() -> Iterator[Booking]:
    """22 visits and 9 calls to come."""
    for each in CRYSTAL[:22]:
        yield Booking(customer_id=each, rm_id=OWN, channel="visit", due_at=noon(dt.date(2026, 12, 10)))
    for each in BOOK[11:20]:
        yield Booking(customer_id=each, rm_id=OWN, channel="phone", due_at=noon(dt.date(2026, 12, 15)))


def _standing(customer_id: str, tier: str) -> Standing:
    return Standing(
        customer_id=customer_id, scheme="annual_sales", tier=tier, income_minor=136_666_67, currency="CNY", run_id="w1"
    )


def _dues() -> Iterator[dict[str, object]]:
    for each in BOOK:
        tier, visits = ("crystal", 2) if each in CRYSTAL else ("a_plus", 1)
        for number in range(1, visits + 1):
            yield _due(each, tier, "visit", number, QUARTER)
        for number, month in enumerate(MONTHS, start=1):
            yield _due(each, tier, "phone", number, month)


def _due(customer_id: str, tier: str, channel: str, number: int, window: tuple[dt.date, dt.date]) -> dict[str, object]:
    return {
        "customer_id": customer_id,
        "rm_id": OWN,
        "channel": channel,
        "number": number,
        "quarter": "2026-Q4",
        "tier": tier,
        "standard": f"ss_{tier}_{channel}",
        "due_from": window[0],
        "due_to": window[1],
    }


def _write_run(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        pa.Table.from_pylist(list(_dues()), schema=pa.schema(list(_COLUMNS.items()))), folder / "visit.parquet"
    )
    Pack.load(find_shipped_pack("bank_corporate"), find_pack=find_shipped_pack).write(folder / "policy")
    told = {"run_id": "w1", "as_of": QUARTER[0].isoformat(), "currency": "CNY", "periods": []}
    (folder / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
