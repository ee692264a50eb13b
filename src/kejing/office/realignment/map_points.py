"""Where the customers of a change set are, under the RM before and after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kejing.office.books.models import Customer
from kejing.office.changes.models import ChangeLine
from kejing.office.realignment.spreading import LEAD

_MOST = 3_000


def map_points(
    lines: Iterable[ChangeLine], customers: Mapping[str, Customer], names: Mapping[str, str]
) -> list[dict[str, object]]:
    """One point for each customer who changes his lead and whose place is known.

    Returns
    -------
    list of dict
        ``name``, ``lat``, ``lon`` [degrees], ``before`` and ``after`` [name of the RM]; at most 3,000.
    """
    points: list[dict[str, object]] = []
    for line in lines:
        customer = customers.get(line.customer_id)
        if line.kind != ChangeLine.Kind.COVERAGE or line.role != LEAD or customer is None or customer.lat is None:
            continue
        before, after = (names.get(rm, rm) for rm in (line.from_rm_id, line.to_rm_id))
        points.append(
            {"name": customer.name, "lat": customer.lat, "lon": customer.lon, "before": before, "after": after}
        )
    return points[:_MOST]
