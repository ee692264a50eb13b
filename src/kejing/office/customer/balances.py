"""Products that a customer holds and their newest balances, from the loaded snapshot."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from kejing.facts import attach_facts
from kejing.measure.period import LAST_DAY
from kejing.office.feeds.models import LoadedSnapshot
from kejing.warehouse.engine import DuckEngine

_NEWEST = """
SELECT b.product, COALESCE(p.name, b.product) AS name, b.month, b.average_balance, b.currency
FROM balances AS b
JOIN (
    SELECT product, MAX(month) AS month FROM balances WHERE customer_id = $$customer AND month <= $$day GROUP BY product
) AS newest ON newest.product = b.product AND newest.month = b.month
LEFT JOIN products AS p ON p.product = b.product
WHERE b.customer_id = $$customer  -- $$ leaves a parameter for the engine
ORDER BY b.product
"""


@dataclass(frozen=True, slots=True)
class Balance:
    """The newest average balance of a product [minor units]."""

    product: str
    name: str
    month: dt.date
    balance_minor: int
    currency: str


def balances(customer_id: str, day: dt.date) -> list[Balance]:
    """What the customer held by ``day``; empty where no snapshot is loaded."""
    loaded = LoadedSnapshot.objects.first()
    if loaded is None:
        return []
    with DuckEngine(threads=1, memory_limit="1GiB") as engine:
        attach_facts(
            engine,
            loaded.folder,
            known_on=LAST_DAY,
            snapshot_id=loaded.snapshot_id,
            only=("balances", "products"),
        )
        rows = engine.fetch(_NEWEST, {"customer": customer_id, "day": day}).to_pylist()
    return [
        Balance(row["product"], row["name"], row["month"], int(row["average_balance"]), row["currency"]) for row in rows
    ]
