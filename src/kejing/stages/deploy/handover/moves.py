"""Which customers change hands, from whom to whom and why; what a handover takes by tier."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any

from kejing.policy.pack import Pack
from kejing.stages.deploy.handover.people import People, Wanted

type Rows = Sequence[Mapping[str, Any]]

_MICRO = 1_000_000
LEAVER, VACANT, NEW = "leaver", "vacant", "new"
FORCED = frozenset({LEAVER, VACANT, NEW})
"""Reasons that nobody chose: the customer has no RM, or will have none."""


@dataclass(frozen=True, slots=True)
class Effort:
    """What handing over one customer of a tier takes: days, joint visits, hours of each side in millionths."""

    days: int
    joint_visits: int
    hours: int


@dataclass(frozen=True, slots=True)
class Move:
    """One customer that changes hands; ``deadline`` is the first day without the old RM."""

    customer_id: str
    decision_id: str
    reason: str
    tier: str
    unit_id: str
    account_home_id: str | None
    old: str | None
    new: str
    value: int
    effort: Effort
    deadline: dt.date | None

    @property
    def is_joint(self) -> bool:
        """Whether an old RM is there to hand over."""
        return self.old is not None and self.reason not in {VACANT, NEW}


def efforts(policy: Pack, day: dt.date, tiers: frozenset[str]) -> dict[str, Effort]:
    """What a handover takes by tier; nothing where the table is silent."""
    found = {}
    for tier in sorted(tiers):
        decision = policy.table("handover_standard").decide(day, {"tier": tier})
        days, visits, hours = (_number(decision.get(name)) for name in ("days", "joint_visits", "hours"))
        found[tier] = Effort(int(days), int(visits), ceil(hours * _MICRO))
    return found


def _number(value: object) -> Fraction:
    return Fraction(value) if isinstance(value, Fraction | int) else Fraction(0)


def find_moves(
    rows: Rows, people: People, effort: Mapping[str, Effort], banned: Mapping[str, frozenset[str]]
) -> tuple[list[Move], dict[str, list[str]]]:
    """The customers whose lead the books of the run change, and those whose lead leaves soon.

    Parameters
    ----------
    rows
        Relation ``handover_customer``.

    Returns
    -------
    tuple
        Moves in the order of the customers' ids, and the customers that stay as they are by reason: ``to_pool``,
        ``several_leads``, ``arranged``, ``nobody_left``.

    Notes
    -----
    Customers decided together get one receiver. A proposed RM who leaves within the days looked at is replaced.
    """
    by_block: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        by_block[row["decision_id"]].append(row)
    moves: list[Move] = []
    left: dict[str, list[str]] = defaultdict(list)
    for block in sorted(by_block, key=lambda one: _urgency(by_block[one], people)):
        receiver = _receiver(by_block[block], people, banned)
        for row in by_block[block]:
            why = _kept_back(row, receiver)
            if why:
                left[why].append(row["customer_id"])
            elif receiver and (receiver != row["today_rm_id"] or not row["is_in_post"]):
                moves.append(_move(row, receiver, people, effort[row["tier"]]))
    return sorted(moves, key=lambda move: move.customer_id), dict(left)


def _urgency(rows: Rows, people: People) -> tuple[dt.date, int, str]:
    """Leavers' blocks by last day, of one day those of most hours first."""
    days = [people.leaving(row["proposed_rm_id"]) or dt.date.max for row in rows]
    return min(days), -sum(int(row["required_hours"]) for row in rows), rows[0]["decision_id"]


def _receiver(rows: Rows, people: People, banned: Mapping[str, frozenset[str]]) -> str | None:
    """The proposed RM, or who takes the block where he leaves; the empty id is the pool."""
    proposed: str = rows[0]["proposed_rm_id"]
    day = people.leaving(proposed)
    if day is None:
        return proposed
    hours = sum(int(row["required_hours"]) for row in rows)
    wanted = Wanted(
        tiers=frozenset(row["tier"] for row in rows),
        skills=frozenset(row["required_skill"] for row in rows if row["required_skill"]),
        unit_id=rows[0]["unit_id"],
        hours=hours,
        banned=frozenset().union(*(banned.get(row["customer_id"], frozenset()) for row in rows)),
    )
    receiver = people.receiver(wanted, day)
    if receiver is not None:
        people.load[proposed] -= hours
        people.load[receiver] += hours
    return receiver


def _kept_back(row: Mapping[str, Any], receiver: str | None) -> str:
    """Why a customer stays as he is although the books say otherwise; empty where he does not."""
    if receiver is None:
        return "nobody_left"
    if row["is_arranged"]:
        return "arranged"
    if receiver == "":
        return "to_pool" if row["today_rm_id"] else ""
    if row["leads"] > 1 and receiver != row["today_rm_id"]:
        return "several_leads"
    return ""


def _move(row: Mapping[str, Any], receiver: str, people: People, effort: Effort) -> Move:
    old = row["today_rm_id"]
    leaves = people.leaving(old) if old else None
    ends = [day for day in (leaves, row["lead_end"]) if day is not None and day < people.look_until]
    if old is None:
        reason = NEW
    elif not row["is_in_post"]:
        reason = VACANT
    elif ends:
        reason = LEAVER
    else:
        reason = "pinned" if row["reason"] == "pinned" else "moved"
    return Move(
        customer_id=row["customer_id"],
        decision_id=row["decision_id"],
        reason=reason,
        tier=row["tier"],
        unit_id=row["unit_id"],
        account_home_id=row["account_home_id"],
        old=old,
        new=receiver,
        value=int(row["value"]),
        effort=effort,
        deadline=min(ends) if reason == LEAVER else None,
    )
