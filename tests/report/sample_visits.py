"""Visits and calls of a made-up run: a quarter half gone, one unit short of time."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping, Sequence

from tests.report.sample_books import AS_OF, Row, micro, money

_QUARTER = "2026-Q3"
_MINUTES = {"visit": 120, "phone": 30}
_PER_CUSTOMER = {"visit": 2, "phone": 3}


def visited(
    rm_of: Mapping[str, str], tier_of: Mapping[str, str], unit_of: Mapping[str, str], chance: random.Random
) -> dict[str, list[Row]]:
    """Tables ``visit``, ``visit_summary`` and ``visit_lever``; the second counts the rows of the first."""
    rows = [
        _row(customer, rm, tier_of[customer], (channel, number), chance)
        for customer, rm in sorted(rm_of.items())
        if rm
        for channel, most in _PER_CUSTOMER.items()
        for number in range(1, most + 1)
    ]
    return {"visit": rows, "visit_summary": _summary(rows, unit_of), "visit_lever": _levers(rows, unit_of)}


def _row(customer: str, rm: str, tier: str, asked: tuple[str, int], chance: random.Random) -> Row:
    channel, number = asked
    status = chance.choices(["done", "booked", "planned", "left_out"], [4, 1, 4, 1])[0]
    day = AS_OF + dt.timedelta(days=1 + chance.randrange(12) * 7 + chance.randrange(5) - AS_OF.weekday() + 6)
    return {
        "customer_id": customer,
        "rm_id": rm,
        "channel": channel,
        "number": number,
        "quarter": _QUARTER,
        "tier": tier,
        "standard": f"ss_{tier}_{channel}",
        "due_from": dt.date(2026, 7, 1),
        "due_to": dt.date(2026, 9, 30),
        "minutes": _MINUTES[channel],
        "done_on": day if status == "done" else None,
        "planned_on": day if status in {"booked", "planned"} else None,
        "status": status,
        "reason": chance.choice(["no_time", "over", "on_leave"]) if status == "left_out" else "",
        "breach": "minutes" if status == "planned" and chance.random() < 0.02 else "",
        "contact_id": f"V{customer}{channel}{number}" if status in {"done", "booked"} else None,
    }


def _summary(rows: Sequence[Row], unit_of: Mapping[str, str]) -> list[Row]:
    found: list[Row] = []
    for rm in sorted({str(row["rm_id"]) for row in rows}):
        for channel in ("", *_PER_CUSTOMER):
            own = [row for row in rows if row["rm_id"] == rm and channel in {"", row["channel"]}]
            counts = {
                name: sum(row["status"] == name for row in own) for name in ("done", "booked", "planned", "left_out")
            }
            minutes = sum(int(str(row["minutes"])) for row in own)
            expected = len(own) // 2
            found.append(
                {
                    "quarter": _QUARTER,
                    "rm_id": rm,
                    "unit_id": unit_of[rm],
                    "line": "corporate",
                    "channel": channel,
                    "standard": len(own),
                    **counts,
                    "done_by_all": counts["done"] + 1,
                    "no_time": sum(row["reason"] == "no_time" for row in own),
                    "breaches": sum(bool(row["breach"]) for row in own),
                    "remaining": len(own) - counts["done"],
                    "days_left": 30,
                    "need_per_day": micro((len(own) - counts["done"]) * 1_000_000 // 30),
                    "expected": expected,
                    "ahead": counts["done"] - expected,
                    "required_hours": micro(minutes * 1_000_000 // 60),
                    "available_hours": None if channel else micro(90_000_000),
                    "load": None if channel else micro(minutes * 1_000_000 // 5400),
                    "travel_km": None if channel else micro(321_000_000),
                }
            )
    return found


def _levers(rows: Sequence[Row], unit_of: Mapping[str, str]) -> list[Row]:
    found: list[Row] = []
    for unit in sorted({unit_of[str(row["rm_id"])] for row in rows}):
        short = [row for row in rows if unit_of[str(row["rm_id"])] == unit and row["reason"] == "no_time"]
        hours = sum(int(str(row["minutes"])) for row in short) * 1_000_000 // 60
        plain = {"quarter": _QUARTER, "unit_id": unit, "short_contacts": len(short), "short_hours": micro(hours)}
        if short:
            found.append(
                {
                    **plain,
                    "lever": "one_more_rm",
                    "tier": "",
                    "channel": "",
                    "contacts": None,
                    "hours": micro(90_000_000),
                    "heads": 1,
                    "cost": money(120_000_00),
                }
            )
            found.append(
                {
                    **plain,
                    "lever": "one_contact_less",
                    "tier": "mid",
                    "channel": "phone",
                    "contacts": 40,
                    "hours": micro(20_000_000),
                    "heads": None,
                    "cost": None,
                }
            )
    return found
