"""Fees that a customer really paid for the products of a package, from the income of the loaded snapshot."""

from __future__ import annotations

import datetime as dt

from kejing.facts import attach_facts
from kejing.measure.period import LAST_DAY
from kejing.office.deals.gathering import DealFile
from kejing.office.feeds.models import LoadedSnapshot
from kejing.warehouse.engine import DuckEngine

_LINES = """
SELECT product, booked_on, amount FROM income
WHERE customer_id = $$customer AND currency = $$currency AND booked_on >= $$start AND booked_on < $$end
ORDER BY product, booked_on, line_id
"""
_PRODUCTS = "SELECT product, name FROM products ORDER BY product"


def realised(file: DealFile, days: int, until: dt.date) -> dict[str, int]:
    """Fee by product within ``days`` of its delivery, nothing later than ``until`` [minor units].

    A product that was not delivered, or paid nothing, has 0.
    """
    delivered = {line.product: line.delivered_on for line in file.package if line.delivered_on is not None}
    found = {line.product: 0 for line in file.package}
    loaded = LoadedSnapshot.objects.first()
    if loaded is None or not delivered:
        return found
    start, end = min(delivered.values()), min(max(delivered.values()) + dt.timedelta(days=days), until + _DAY)
    asked = {"customer": file.deal.customer_id, "currency": file.deal.currency, "start": start, "end": end}
    with DuckEngine(threads=1, memory_limit="1GiB") as engine:
        attach_facts(engine, loaded.folder, known_on=LAST_DAY, snapshot_id=loaded.snapshot_id, only=("income",))
        rows = engine.fetch(_LINES, asked).to_pylist()
    for row in rows:
        first = delivered.get(row["product"])
        if first is not None and first <= row["booked_on"] < first + dt.timedelta(days=days):
            found[row["product"]] += int(row["amount"])
    return found


def products() -> dict[str, str]:
    """Products of the loaded snapshot with their names; none where nothing is loaded."""
    loaded = LoadedSnapshot.objects.first()
    if loaded is None:
        return {}
    with DuckEngine(threads=1, memory_limit="1GiB") as engine:
        attach_facts(engine, loaded.folder, known_on=LAST_DAY, snapshot_id=loaded.snapshot_id, only=("products",))
        return {row["product"]: row["name"] for row in engine.fetch(_PRODUCTS).to_pylist()}


_DAY = dt.timedelta(days=1)
