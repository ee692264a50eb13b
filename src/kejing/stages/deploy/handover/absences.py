"""Who covers during an absence, whether the cover is there, and that it ends."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from kejing.measure.period import LAST_DAY
from kejing.stages.context import StageContext
from kejing.stages.deploy.handover.people import People, Person

type Away = Mapping[str, Sequence[tuple[dt.date, dt.date]]]

_SCHEMA = pa.schema(
    [
        ("rm_id", pa.string()),
        ("reason", pa.string()),
        ("valid_from", pa.date32()),
        ("valid_to", pa.date32()),
        ("customers", pa.int64()),
        ("cover_rm_id", pa.string()),
        ("status", pa.string()),
        ("proposed_rm_id", pa.string()),
    ]
)


def write_cover(context: StageContext, people: People) -> None:
    """Create relation ``leave_cover``: absences under way and ahead, with a cover proposed where it fails."""
    absences = context.engine.fetch("SELECT * FROM handover_absence ORDER BY rm_id, valid_from").to_pylist()
    away: dict[str, list[tuple[dt.date, dt.date]]] = defaultdict(list)
    for row in context.engine.fetch("SELECT rm_id, valid_from, valid_to FROM rm_absences ORDER BY 1, 2").to_pylist():
        away[row["rm_id"]].append((row["valid_from"], row["valid_to"]))
    rows = []
    for row in absences:
        status = cover_status(row, people, away)
        needs = row["customers"] > 0 and status not in {"covered", "no_end"}
        rows.append({**row, "status": status, "proposed_rm_id": _proposed(row, people, away) if needs else None})
    context.engine.attach_arrow("leave_cover", pa.Table.from_pylist(rows, schema=_SCHEMA))


def cover_status(absence: Mapping[str, Any], people: People, away: Away) -> str:
    """``covered``, or why not: ``nobody``, ``cover_left``, ``cover_away``; ``no_end`` where the absence has none."""
    cover, start, end = absence["cover_rm_id"], absence["valid_from"], absence["valid_to"]
    if cover is None:
        return "nobody"
    if end >= LAST_DAY:
        return "no_end"
    person = people.by_id.get(cover)
    if person is None or not (person.first_day <= max(start, people.as_of) and person.end_day >= end):
        return "cover_left"
    return "cover_away" if _is_away(cover, start, end, away) else "covered"


def _proposed(absence: Mapping[str, Any], people: People, away: Away) -> str | None:
    """The least loaded colleague of unit and line who is there throughout."""
    own = people.by_id.get(absence["rm_id"])
    start, end = absence["valid_from"], absence["valid_to"]
    if own is None:
        return None
    offers = [
        (people.load[each.rm_id] / people.share(each, people.as_of), each.rm_id)
        for each in people.by_id.values()
        if each.rm_id != own.rm_id and _is_colleague(each, own) and each.fte
        if each.first_day <= people.as_of and each.end_day >= min(end, people.look_until)
        if not _is_away(each.rm_id, start, end, away)
    ]
    return min(offers)[1] if offers else None


def _is_colleague(person: Person, own: Person) -> bool:
    return (person.unit_id, person.line) == (own.unit_id, own.line)


def _is_away(rm_id: str, start: dt.date, end: dt.date, away: Away) -> bool:
    return any(first < end and last > start for first, last in away.get(rm_id, ()))


def report_cover(context: StageContext) -> None:
    """Say which absences nobody covers, and which have no end."""
    for status, code in (("no_end", "handover.leave_without_end"), ("", "handover.leave_without_cover")):
        where = f"status = '{status}'" if status else "status NOT IN ('covered', 'no_end')"
        rows = context.engine.fetch(
            f"SELECT rm_id, customers FROM leave_cover WHERE customers > 0 AND {where} ORDER BY rm_id, valid_from"
        ).to_pylist()
        if rows:
            rms = ", ".join(dict.fromkeys(row["rm_id"] for row in rows))
            context.note(code, "handover", rms=rms, customers=sum(row["customers"] for row in rows))
