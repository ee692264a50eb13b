"""Units as facts name a parent; the office keeps the path from the root, for as long as it holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pyarrow as pa

from kejing.measure.period import FIRST_DAY, LAST_DAY
from kejing.office.people.models import Unit

_DEEPEST = 30


def unit_rows(facts: pa.Table) -> Iterator[Unit]:
    """Units with their paths: a row ends where the unit changes, or any unit above it does.

    Parameters
    ----------
    facts
        Rows of the fact table ``units``.
    """
    rows = facts.to_pylist()
    for row in rows:
        row["valid_from"] = row["valid_from"] or FIRST_DAY
        row["valid_to"] = row["valid_to"] or LAST_DAY
    edges = sorted({edge for row in rows for edge in (row["valid_from"], row["valid_to"])})
    running: dict[str, Unit] = {}
    for start, end in pairwise(edges):
        held = {row["unit_id"]: row for row in rows if row["valid_from"] <= start < row["valid_to"]}
        for unit_id in [name for name in running if name not in held]:
            yield running.pop(unit_id)
        for unit_id, row in held.items():
            unit = _unit(row, _path(unit_id, held), start, end)
            before = running.get(unit_id)
            if before is not None and _says_the_same(before, unit):
                before.valid_to = end
                continue
            if before is not None:
                yield before
            running[unit_id] = unit
    yield from running.values()


def _path(unit_id: str, held: dict[str, dict[str, Any]]) -> str:
    """Ids from the root down to ``unit_id``; a parent that is not there ends the path: nobody above sees the unit."""
    path = [unit_id]
    while len(path) < _DEEPEST:
        parent = held[path[-1]]["parent_id"]
        if not parent or parent not in held or parent in path:
            break
        path.append(parent)
    return "/" + "/".join(reversed(path)) + "/"


def _unit(row: dict[str, Any], path: str, start: dt.date, end: dt.date) -> Unit:
    return Unit(
        unit_id=row["unit_id"],
        name=row["name"],
        level=row["level"],
        parent_id=row["parent_id"] or "",
        path=path,
        lat=row["lat"],
        lon=row["lon"],
        valid_from=start,
        valid_to=end,
    )


def _says_the_same(one: Unit, other: Unit) -> bool:
    names = ("name", "level", "parent_id", "path", "lat", "lon")
    return all(getattr(one, name) == getattr(other, name) for name in names)
