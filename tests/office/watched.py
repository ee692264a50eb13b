"""The small bank with balances by day: e11-1 loses 34 % in ten days, three others look alike and are not."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from kejing.office.acts.act import act
from kejing.office.books.models import Customer
from kejing.office.feeds.models import LoadedSnapshot
from kejing.office.feeds.run_tables import show_run
from kejing.verbs import import_facts
from tests.office.bank import RM_UNITS, START, TODAY, UNITS
from tests.office.shown import write_run

DAY = dt.timedelta(days=1)
WINDOW, NORM = 10, 90  # days, as the shipped policy says
NORM_MINOR, NOW_MINOR = 1_000_000_00, 660_000_00


def falling(to_share: int) -> list[int]:
    """Even for ninety days, then down in ten steps to so many percent of the norm [minor units]."""
    step = NORM_MINOR * (100 - to_share) // 100 // WINDOW
    return [NORM_MINOR] * NORM + [NORM_MINOR - step * number for number in range(1, WINDOW + 1)]


BALANCES: dict[str, list[int]] = {
    "e11-1": falling(66),
    "e12-1": falling(71),  # 29 %: above the line
    "e21-1": [NORM_MINOR] * 40 + [600_000_00] * 60,  # crossed the line long before the window
    "w11-1": [minor // 10 for minor in falling(66)],  # a norm too small to be looked at
}


def bring(folder: Path, tables: Mapping[str, Sequence[Mapping[str, object]]]) -> None:
    """Bring facts about the bank in, as files, and let the office know where they lie."""
    known: dict[str, Sequence[Mapping[str, object]]] = {
        "units": [
            {"unit_id": unit, "name": unit, "level": path.count("/") - 1, "parent_id": path.split("/")[-3]}
            for unit, path in UNITS.items()
        ],
        "products": [{"product": "demand", "name": "demand", "business_type": "deposit"}],
        "rms": [
            {
                "rm_id": rm,
                "name": rm,
                "line": "corporate",
                "grade": "R2",
                "unit_id": unit,
                "fte": 1,
                "valid_from": START,
            }
            for rm, unit in RM_UNITS.items()
        ],
        "customers": [
            {
                "customer_id": row.customer_id,
                "name": row.name,
                "kind": row.kind,
                "unit_id": row.unit_id,
                "industry": row.industry,
                "valid_from": START,
            }
            for row in Customer.objects.order_by("customer_id")
        ],
    }
    files = folder / "files"
    files.mkdir(parents=True)
    for name, rows in {**known, **tables}.items():
        with (files / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    report = import_facts([files], mapping=None, into=folder / "facts")
    assert report.total.rejected == 0, report.findings
    with act("tests.facts_brought", by=None) as doing:
        doing.remove_all(list(LoadedSnapshot.objects.all()))
        doing.add(LoadedSnapshot(snapshot_id=report.snapshot, facts_folder=str(folder / "facts")))


def daily_balances(
    balances: Mapping[str, Sequence[int]] = BALANCES, *, last: dt.date = TODAY
) -> Iterable[dict[str, object]]:
    """Rows of the fact table, the newest on ``last``."""
    for customer, minors in balances.items():
        for place, minor in enumerate(reversed(minors)):
            on = last - place * DAY
            yield {
                "customer_id": customer,
                "product": "demand",
                "day": on,
                "balance": f"{minor / 100:.2f}",
                "currency": "CNY",
            }


def watch(folder: Path, losses: Sequence[Mapping[str, object]] = ()) -> None:
    """Balances, and a shown run of the shipped policy, in the bank of the test."""
    tables: dict[str, Sequence[Mapping[str, object]]] = {"daily_balances": list(daily_balances())}
    if losses:
        tables["losses"] = losses
    bring(folder, tables)
    show_run(write_run(folder / "run", {}), by=None)
