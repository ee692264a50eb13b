"""The tables of the stage, and the file of coverage that can be imported again."""

from __future__ import annotations

import csv
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from kejing.measure.period import LAST_DAY
from kejing.measure.rounding import round_fraction
from kejing.stages.context import StageContext
from kejing.stages.deploy.handover.calendar import Dated, Terms
from kejing.stages.deploy.handover.teams import Change, Seat, change_lead

_TEXT, _DAY, _NUMBER, _FLAG = pa.string(), pa.date32(), pa.int64(), pa.bool_()

_HANDOVER = pa.schema(
    [
        ("customer_id", _TEXT),
        ("wave", _NUMBER),
        ("reason", _TEXT),
        ("decision_id", _TEXT),
        ("tier", _TEXT),
        ("unit_id", _TEXT),
        ("account_home_id", _TEXT),
        ("from_rm_id", _TEXT),
        ("to_rm_id", _TEXT),
        ("starts_on", _DAY),
        ("effective_on", _DAY),
        ("last_day", _DAY),
        ("joint_visits", _NUMBER),
        ("hours", _NUMBER),
        ("old_share", _NUMBER),
        ("value", _NUMBER),
        ("is_over_budget", _FLAG),
    ]
)
_WAVE = pa.schema(
    [
        ("wave", _NUMBER),
        ("rm_id", _TEXT),
        ("starts_on", _DAY),
        ("ends_on", _DAY),
        *((name, _NUMBER) for name in ("given", "received", "hours", "most_customers", "most_hours", "value")),
        ("is_over_budget", _FLAG),
    ]
)
_SEAT = pa.schema(
    [
        ("customer_id", _TEXT),
        ("rm_id", _TEXT),
        ("role", _TEXT),
        ("share", _NUMBER),
        ("valid_from", _DAY),
        ("valid_to", _DAY),
    ]
)
_VACANT = pa.schema(
    [
        ("customer_id", _TEXT),
        ("unit_id", _TEXT),
        ("tier", _TEXT),
        ("last_rm_id", _TEXT),
        ("vacant_since", _DAY),
        ("days", _NUMBER),
        ("is_long", _FLAG),
        ("to_rm_id", _TEXT),
        ("effective_on", _DAY),
    ]
)


def publish(context: StageContext, dated: Sequence[Dated], rows: Sequence[Mapping[str, Any]], terms: Terms) -> None:
    """Create ``handover``, ``handover_wave``, ``handover_coverage``, ``vacant_book`` and the file of coverage."""
    engine = context.engine
    engine.attach_arrow("handover", pa.Table.from_pylist([_row(each, terms) for each in dated], schema=_HANDOVER))
    engine.attach_arrow("handover_wave", pa.Table.from_pylist(list(_waves(dated, terms)), schema=_WAVE))
    seats = _coverage(context, dated, terms)
    engine.attach_arrow("handover_coverage", pa.Table.from_pylist(seats, schema=_SEAT))
    engine.attach_arrow("vacant_book", pa.Table.from_pylist(_vacant(context, dated, rows, terms), schema=_VACANT))
    if seats:
        _write_file(context.folder / "handover", seats)


def _row(each: Dated, terms: Terms) -> dict[str, object]:
    move = each.move
    is_joint = each.starts_on < each.effective_on
    return {
        "customer_id": move.customer_id,
        "wave": each.wave,
        "reason": move.reason,
        "decision_id": move.decision_id,
        "tier": move.tier,
        "unit_id": move.unit_id,
        "account_home_id": move.account_home_id or move.unit_id,
        "from_rm_id": move.old,
        "to_rm_id": move.new,
        "starts_on": each.starts_on,
        "effective_on": each.effective_on,
        "last_day": move.deadline,
        "joint_visits": move.effort.joint_visits if is_joint else 0,
        "hours": move.effort.hours,
        "old_share": round_fraction(terms.old_part, 6) if is_joint else None,
        "value": move.value,
        "is_over_budget": each.is_over,
    }


def _waves(dated: Iterable[Dated], terms: Terms) -> Iterable[dict[str, object]]:
    """A row per wave, then one for each RM in it."""
    by_rm: dict[tuple[int, str], list[tuple[Dated, bool]]] = defaultdict(list)
    for each in dated:
        by_rm[each.wave, ""].append((each, True))
        by_rm[each.wave, each.move.new].append((each, True))
        if each.move.is_joint and each.move.old is not None:
            by_rm[each.wave, each.move.old].append((each, False))
    for (wave, rm), parts in sorted(by_rm.items()):
        hours = sum(part.move.effort.hours for part, _ in parts)
        if not rm:
            hours += sum(part.move.effort.hours for part, _ in parts if part.move.is_joint)
        budget = terms.budget
        yield {
            "wave": wave,
            "rm_id": rm,
            "starts_on": terms.waves.start(wave - 1),
            "ends_on": max(part.effective_on for part, _ in parts),
            "given": sum(part.move.is_joint for part, _ in parts) if not rm else sum(not got for _, got in parts),
            "received": sum(got for _, got in parts),
            "hours": hours,
            "most_customers": budget.customers if rm else None,
            "most_hours": budget.hours if rm else None,
            "value": sum(part.move.value for part, _ in parts),
            "is_over_budget": bool(rm) and (len(parts) > budget.customers or hours > budget.hours),
        }


def _coverage(context: StageContext, dated: Iterable[Dated], terms: Terms) -> list[dict[str, object]]:
    """Rows of coverage that are new or end earlier than before, by customer."""
    engine = context.engine
    stored: dict[str, list[Seat]] = defaultdict(list)
    order = "customer_id, rm_id, role, valid_from"
    for row in engine.fetch(f"SELECT * FROM handover_seat ORDER BY {order}").to_pylist():
        seat = Seat(row["rm_id"], row["role"], row["valid_from"], row["valid_to"], row["share"])
        stored[row["customer_id"]].append(seat)
    weights = {row["role"]: row["weight"] for row in engine.fetch("SELECT role, weight FROM role_weight").to_pylist()}
    found: list[dict[str, object]] = []
    for each in dated:
        move = each.move
        change = Change(move.old, move.new, each.starts_on, each.effective_on, terms.old_part)
        seats = change_lead(stored[move.customer_id], change, weights)
        found.extend({"customer_id": move.customer_id, **asdict(seat)} for seat in seats)
    return found


def _vacant(
    context: StageContext, dated: Iterable[Dated], rows: Iterable[Mapping[str, Any]], terms: Terms
) -> list[dict[str, object]]:
    """Served customers without a lead in post on the run's day, since when, and when the plan fills the gap."""
    last = {row["customer_id"]: row for row in context.engine.fetch("SELECT * FROM handover_last_lead").to_pylist()}
    filled = {each.move.customer_id: each for each in dated}
    found: list[dict[str, object]] = []
    for row in rows:
        customer = row["customer_id"]
        if row["today_rm_id"] and row["is_in_post"]:
            continue
        before = last.get(customer)
        since: dt.date | None = before["vacant_since"] if before else row["opened_on"]
        days = (context.as_of - since).days if since else None
        then = filled.get(customer)
        found.append(
            {
                "customer_id": customer,
                "unit_id": row["unit_id"],
                "tier": row["tier"],
                "last_rm_id": before["rm_id"] if before else None,
                "vacant_since": since,
                "days": days,
                "is_long": days is None or days >= terms.long_vacant,
                "to_rm_id": then.move.new if then else None,
                "effective_on": then.effective_on if then else None,
            }
        )
    return found


def _write_file(folder: Path, seats: Iterable[Mapping[str, Any]]) -> None:
    """``coverage.csv`` with the headers and notations that an import takes without a mapping."""
    folder.mkdir(exist_ok=True)
    with (folder / "coverage.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["customer_id", "rm_id", "role", "share", "valid_from", "valid_to"])
        for seat in seats:
            share = "" if seat["share"] is None else f"{seat['share'] // 100}.{seat['share'] % 100:02d}%"
            end = "" if seat["valid_to"] >= LAST_DAY else seat["valid_to"].isoformat()
            start = "" if seat["valid_from"].year == 1 else seat["valid_from"].isoformat()
            rows.writerow([seat["customer_id"], seat["rm_id"], seat["role"], share, start, end])
