"""Income by customer and kind of business, from the facts that a run was made of."""

from __future__ import annotations

import datetime as dt

from kejing.facts import attach_facts
from kejing.measure.period import LAST_DAY
from kejing.office.feeds.models import LoadedSnapshot
from kejing.warehouse.engine import DuckEngine

_INCOME = """
SELECT i.customer_id, COALESCE(i.business_type, p.business_type, '') AS business_type, SUM(i.amount) AS amount
FROM income AS i
LEFT JOIN products AS p ON p.product = i.product
WHERE i.booked_on >= $$first AND i.booked_on <= $$last AND i.currency = $$currency
GROUP BY i.customer_id, COALESCE(i.business_type, p.business_type, '')
ORDER BY customer_id, business_type
"""


def income_by_business(*, first: dt.date, last: dt.date, currency: str) -> dict[tuple[str, str], int]:
    """Income booked from ``first`` to ``last`` in one currency [minor units], by customer and kind of business.

    Notes
    -----
    Read from the snapshot that the books were loaded from; empty while there is none.
    """
    loaded = LoadedSnapshot.objects.first()
    if loaded is None:
        return {}
    asked = {"first": first, "last": last, "currency": currency}
    with DuckEngine(threads=1, memory_limit="1GiB") as engine:
        names = ["income", "products"]
        attach_facts(engine, loaded.folder, known_on=LAST_DAY, snapshot_id=loaded.snapshot_id, only=names)
        rows = engine.fetch(_INCOME, asked).to_pylist()
    return {(row["customer_id"], row["business_type"]): int(row["amount"]) for row in rows}
