"""Made-up headcount of the months ahead and seats of a hotline, with all that a report says of them."""

from __future__ import annotations

import datetime as dt
import random

from tests.report.sample_books import AS_OF, Row, micro

LEVERS = ("training_share", "selling_share", "contact_hours", "growth", "churn")
_MILLION = 10**6


def ahead(unit_ids: list[str], chance: random.Random) -> dict[str, list[Row]]:
    """Levers, hiring path, split gap and attention of one line."""
    months = [dt.date(AS_OF.year + (AS_OF.month + at) // 12, (AS_OF.month + at) % 12 + 1, 1) for at in range(12)]
    return {
        "staff_lever": [_lever(unit_id, at, chance) for unit_id in unit_ids for at in range(len(LEVERS))],
        "staff_path": [_month(unit_id, month, at) for unit_id in unit_ids for at, month in enumerate(months)],
        "staff_gap": [_gap(unit_id, chance) for unit_id in unit_ids],
        "attention": [
            {
                "tier": "mid",
                "below": "small",
                "measure": measure,
                "customers": 12,
                "value_per_year": micro(78_000 * _MILLION),
                "amount_per_year": micro(8 * _MILLION),
                "intensity": micro(102_564),
                "below_intensity": micro(148_148),
                "difference": micro(-307_692),
                "is_inverted": True,
            }
            for measure in ("visits", "hours", "discount")
        ],
    }


def _lever(unit_id: str, at: int, chance: random.Random) -> Row:
    swing = chance.randrange(100_000, 900_000) * (len(LEVERS) - at)
    exact = {"low": 12 * _MILLION - swing, "base": 12 * _MILLION, "high": 12 * _MILLION + swing}
    return {
        "unit_id": unit_id,
        "line": "corporate",
        "lever": LEVERS[at],
        "low": micro(900_000),
        "base": micro(_MILLION),
        "high": micro(1_100_000),
        **{f"exact_heads_{end}": micro(heads) for end, heads in exact.items()},
        **{f"required_heads_{end}": -(-heads // _MILLION) for end, heads in exact.items()},
        "reason": f"lv_{LEVERS[at]}",
    }


def _month(unit_id: str, month: dt.date, at: int) -> Row:
    staying, available, needed = 9 * _MILLION - at * 60_000, 9 * _MILLION + at * 300_000, 12 + at // 4
    return {
        "unit_id": unit_id,
        "line": "corporate",
        "month": month,
        "expected_heads": micro(11_400_000 + at * 70_000),
        "required_heads_p90": needed,
        "required_heads": needed,
        "staying_heads": micro(staying),
        "hires": int(at in {2, 5}),
        "available_heads": micro(available),
        "gap_without_hiring": micro(needed * _MILLION - staying),
        "gap": micro(needed * _MILLION - available),
    }


def _gap(unit_id: str, chance: random.Random) -> Row:
    people = chance.randrange(6, 12)
    return {
        "unit_id": unit_id,
        "line": "corporate",
        "standard": "span",
        "required_heads": 14,
        "allotted_heads": 12,
        "available_heads": micro(people * _MILLION),
        "not_filled": micro(max(0, 12 - people) * _MILLION),
        "standard_too_low": micro(2 * _MILLION),
        "gap": micro((14 - people) * _MILLION),
    }


def answered(unit_id: str) -> dict[str, list[Row]]:
    """Two days of a call centre by half hours."""
    days = [AS_OF + dt.timedelta(days=ahead) for ahead in (1, 2)]
    calls = [round(40 + 30 * (4 - abs(slot - 4))) for slot in range(9)]
    return {
        "hotline": [_interval(unit_id, day, slot, count) for day in days for slot, count in enumerate(calls)],
        "hotline_day": [
            {
                "unit_id": unit_id,
                "day": day,
                "expected_calls": micro(sum(calls) * _MILLION),
                "peak_seats": 20,
                "peak_seats_p90": 24,
                "seat_hours": micro(60 * _MILLION),
                "rostered_hours": micro(86 * _MILLION),
                "in_time": micro(840_000),
                "abandoned": micro(31_000),
                "simulated_in_time": micro(829_000),
                "simulated_abandoned": micro(33_000),
            }
            for day in days
        ],
        "hotline_centre": [
            {
                "unit_id": unit_id,
                "line": "phone",
                "days": 28,
                "expected_calls": micro(28 * sum(calls) * _MILLION),
                "handle_seconds": micro(181_500_000),
                "patience_seconds": micro(330_200_000),
                "rostered_hours": micro(1_700 * _MILLION),
                "required_heads": 12,
                "available_heads": micro(10_500_000),
                "gap": micro(1_500_000),
            }
        ],
        "hotline_check": [
            {
                "unit_id": unit_id,
                "method": method,
                "days": 20,
                "calls": 31_000,
                "interval_error": micro(error),
                "day_error": micro(error // 2),
            }
            for method, error in (("forecast", 60_400), ("last_week", 84_600), ("weekday_mean", 63_900))
        ],
    }


def _interval(unit_id: str, day: dt.date, slot: int, calls: int) -> Row:
    seats = -(-calls // 8)
    return {
        "unit_id": unit_id,
        "day": day,
        "starts": f"{9 + slot // 2:02d}:{30 * (slot % 2):02d}",
        "minutes": 30,
        "expected_calls": micro(calls * _MILLION),
        "handle_seconds": micro(181_500_000),
        "load": micro(calls * 100_833),
        "seats": seats,
        "seats_erlang_c": seats + 1,
        "seats_p90": seats + 2,
        "rostered_heads": -(-seats * 10 // 7),
        "in_time": micro(840_000),
        "abandoned": micro(31_000),
        "occupancy": micro(812_000),
    }
