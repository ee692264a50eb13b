"""Make an office folder: the small bank, an RM k01 of 312 customers with three colleagues, two customers at a line."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

from kejing.office.opening import open_office

DAY = dt.date(2025, 11, 20)
BOOK = 312
SPLIT = 40  # customers whose income is split 60 : 40 with e12
DEALS = 27
VISITS = 64


def fill() -> None:
    """Write all of it, through acts."""
    from kejing.office.acts.act import act  # noqa: PLC0415 - models need an open office
    from kejing.office.books.models import Booking, Coverage, Customer, OpenItem, Plan, Rm, Standing  # noqa: PLC0415
    from kejing.office.people.models import Unit  # noqa: PLC0415
    from tests.office.bank import START, build_bank  # noqa: PLC0415

    build_bank()
    names = [f"k01-{number:03}" for number in range(1, BOOK + 1)]
    due = dt.datetime(2025, 12, 5, 2, tzinfo=dt.UTC)
    unit = {"unit_id": "east_3", "valid_from": START}
    path = "/head_office/east/east_3/"

    def covered(rm: str, role: str, customers: list[str], share: int | None = None) -> list[Coverage]:
        return [Coverage(customer_id=c, rm_id=rm, role=role, share=share, valid_from=START) for c in customers]

    with act("tests.grew", by=None) as doing:
        doing.add(Unit(name="east_3", level=2, parent_id="east", path=path, **unit))
        rms = [f"k0{number}" for number in range(1, 5)]
        doing.add_all([Rm(rm_id=each, name=each, line="corporate", grade="R2", **unit) for each in rms])
        places = [(30 + number % 20 / 10, 120 + number // 20 / 10) for number in range(BOOK)]
        doing.add_all(
            [
                Customer(customer_id=each, name=each, kind="corporate", lat=lat, lon=lon, **unit)
                for each, (lat, lon) in zip(names, places, strict=True)
            ]
        )
        doing.add_all(covered("k01", "lead", names[:SPLIT], 6_000) + covered("e12", "assist", names[:SPLIT], 4_000))
        doing.add_all(covered("k01", "lead", names[SPLIT:], 10_000) + covered("e21", "backup", names))
        doing.add_all([OpenItem(customer_id=each, rm_id="k01", kind="case", title="deal") for each in names[:DEALS]])
        doing.add_all([Booking(customer_id=each, rm_id="k01", due_at=due) for each in names[:VISITS]])
        plans = [(f"e11-{number}", f"goal {number}") for number in range(1, 7)]
        doing.add_all([Plan(customer_id=c, rm_id="e11", goal=g, needs="loan", visits_per_quarter=1) for c, g in plans])
        worth = {"income_minor": 100_000, "currency": "CNY", "required_micro_hours": 10_000_000}
        standings = [Standing(customer_id=each, scheme="s", tier="mid", **worth) for each in names]
        near = {"scheme": "annual", "value_unit": "CNY", "is_on_watch": True, "boundary_micro": 16_667}
        standings.append(Standing(customer_id="e12-1", tier="ordinary", value_micro=3_050_000_000, **near))
        standings.append(Standing(customer_id="e12-2", tier="large", value_micro=2_950_000_000, **near))
        doing.replace_table(Standing, standings)


if __name__ == "__main__":
    open_office(Path(sys.argv[1]), day=DAY)
    fill()
