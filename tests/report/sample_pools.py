"""Pools, funds and disputes of a made-up run: totals that tie, states of every kind."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping, Sequence

from kejing.measure.share import largest_remainder
from tests.report.sample_books import AS_OF, YEAR_START, Row, micro, money

_POOL = 100_000_00
_KEPT = 5_000_00
_GRANT = 200_000_00


def shared(unit_of: Mapping[str, str], chance: random.Random) -> dict[str, list[Row]]:
    """Table ``pool``: every unit of the RMs has a pool of its own, keeps a part and shares the rest."""
    rows: list[Row] = []
    plain: Row = {"period": "2026-Q2", "pool": "team_bonus", "bound": ""}
    for unit in sorted(set(unit_of.values())):
        weights = {rm: chance.randrange(1, 100) for rm, home in unit_of.items() if home == unit}
        parts = largest_remainder(_POOL - _KEPT, weights)
        rows.append(
            {**plain, "level": "unit", "giver": unit, "taker": unit, "weight": micro(10**6), "amount": money(_POOL)}
        )
        rows.append({**plain, "level": "rm", "giver": unit, "taker": "", "amount": money(_KEPT)})
        for rm, part in parts.items():
            bounds = {"floor": money(min(1_000_00, part)), "cap": money(max(60_000_00, part)), "bound": ""}
            bounds["bound"] = "cap" if part >= 60_000_00 else "floor" if part <= 1_000_00 else ""
            weight = micro(weights[rm] * 10**6)
            rows.append(
                {**plain, "level": "rm", "giver": unit, "taker": rm, "weight": weight, "amount": money(part), **bounds}
            )
    return {"pool": rows}


def spent(rm_ids: Sequence[str], unit_of: Mapping[str, str], chance: random.Random) -> dict[str, list[Row]]:
    """Table ``fund``: eight funds, each with payments, one claim refused and one that waits."""
    rows: list[Row] = []
    for number in range(8):
        unit = unit_of[rm_ids[number % len(rm_ids)]]
        fund: Row = {"fund_id": f"J{number}", "unit_id": unit, "kind": ("bonus", "expense")[number % 2], "reason": ""}
        balance = _GRANT
        first: Row = {
            "place": 0,
            "day": YEAR_START,
            "amount": money(_GRANT),
            "balance": money(balance),
            "state": "grant",
        }
        rows.append({**fund, **first})
        for place, state in enumerate(("paid", "paid", "refused", "paid", "open"), start=1):
            amount = balance + 1 if state == "refused" else chance.randrange(1_00, balance // 2)
            balance -= amount if state == "paid" else 0
            asked: Row = {
                "claim_id": f"S{number}{place}",
                "rm_id": rm_ids[0],
                "applicant": rm_ids[0],
                "approver": "head",
            }
            day = YEAR_START + dt.timedelta(days=30 * place)
            told: Row = {"state": state, "reason": "overspent" if state == "refused" else ""}
            amounts: Row = {"amount": money(amount), "balance": money(balance)}
            rows.append({**fund, **asked, **told, **amounts, "place": place, "day": day})
    return {"fund": rows}


def disputed(rm_ids: Sequence[str]) -> dict[str, list[Row]]:
    """Table ``dispute``: one of each state."""
    rows: list[Row] = []
    for number, state in enumerate(("open", "overdue", "granted", "rejected", "withdrawn")):
        is_decided = state not in {"open", "overdue"}
        late = 12 if state == "overdue" else 0
        rows.append(
            {
                "dispute_id": f"Z{number}",
                "rm_id": rm_ids[number % len(rm_ids)],
                "period": "2026-Q1",
                "line_id": f"L{number:06d}",
                "claim": "the customer is mine",
                "owner": ("administrator", "head")[number % 2],
                "filed_on": AS_OF - dt.timedelta(days=40),
                "due_on": AS_OF - dt.timedelta(days=late) if late else AS_OF,
                "decided_on": AS_OF - dt.timedelta(days=3) if is_decided else None,
                "state": state,
                "days_late": late,
                "amount": money(1_234_56 * (number + 1)),
            }
        )
    return {"dispute": rows}
