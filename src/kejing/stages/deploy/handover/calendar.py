"""Moves on days: blocks onto waves, first and last day of every handover, what each RM is asked for by wave."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from kejing.policy.pack import Pack
from kejing.stages.deploy.handover.moves import FORCED, Move
from kejing.stages.deploy.handover.schedule import Block, Budget, Burden, Slot, Waves, schedule


@dataclass(frozen=True, slots=True)
class Terms:
    """The parameters of the policy in force on the run's day.

    ``look_until`` is the first day not looked at; ``long_vacant`` the days from which an RM is missing for long.
    """

    waves: Waves
    budget: Budget
    old_part: Fraction
    look_until: dt.date
    long_vacant: int


@dataclass(frozen=True, slots=True)
class Dated:
    """A move with its wave (from 1) and days; without an old RM to hand over it takes effect where it starts."""

    move: Move
    wave: int
    is_over: bool
    starts_on: dt.date
    effective_on: dt.date


def read_terms(policy: Pack, as_of: dt.date) -> Terms:
    """Read the parameters of handovers.

    Notes
    -----
    The first wave begins with the first month that leaves the notice.
    """

    def of(name: str) -> Fraction:
        value = policy.parameter(name, as_of)
        assert isinstance(value, Fraction), f"Expected a number in {name}."
        return value

    noticed = as_of + dt.timedelta(days=int(of("handover_notice_days")))
    first = noticed if noticed.day == 1 else (noticed.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    return Terms(
        waves=Waves(first, int(of("handover_wave_months"))),
        budget=Budget(int(of("handover_wave_customers")), int(of("handover_wave_hours") * 1_000_000)),
        old_part=of("handover_old_share"),
        look_until=as_of + dt.timedelta(days=int(of("handover_look_ahead_days"))),
        long_vacant=int(of("vacant_long_days")),
    )


def put_on_days(moves: Sequence[Move], terms: Terms, tiers: Sequence[str]) -> list[Dated]:
    """Every move once, customers decided together in one wave; in the order of ``moves``."""
    groups: dict[str, list[Move]] = defaultdict(list)
    for move in moves:
        groups[move.decision_id].append(move)
    rank = {tier: place for place, tier in enumerate(tiers)}
    ordered = sorted(groups.values(), key=lambda group: _importance(group, rank))
    slots = schedule([_block(group) for group in ordered], terms.waves, terms.budget)
    slot_of = {group[0].decision_id: slot for group, slot in zip(ordered, slots, strict=True)}
    return [_dated(move, slot_of[move.decision_id], terms.waves) for move in moves]


def _importance(group: Sequence[Move], rank: dict[str, int]) -> tuple[int, int, str]:
    place = min(rank.get(move.tier, len(rank)) for move in group)
    return place, -sum(move.value for move in group), group[0].decision_id


def _block(group: Sequence[Move]) -> Block:
    customers: dict[str, int] = defaultdict(int)
    hours: dict[str, int] = defaultdict(int)
    for move in group:
        for rm in (move.old, move.new) if move.is_joint else (move.new,):
            assert rm is not None
            customers[rm] += 1
            hours[rm] += move.effort.hours
    deadlines = [move.deadline for move in group if move.deadline is not None]
    return Block(
        burdens=tuple(Burden(rm, customers[rm], hours[rm]) for rm in sorted(customers)),
        is_forced=any(move.reason in FORCED for move in group),
        deadline=min(deadlines, default=None),
    )


def _dated(move: Move, slot: Slot, waves: Waves) -> Dated:
    starts = waves.start(slot.wave)
    ends = starts + dt.timedelta(days=move.effort.days if move.is_joint else 0)
    if move.deadline is not None:
        starts, ends = min(starts, move.deadline), min(ends, move.deadline)
    return Dated(move, slot.wave + 1, slot.is_over, starts, ends)
