"""The coverage of one customer with a handover in it: shares through the joint weeks, one lead on any day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from kejing.measure.period import LAST_DAY
from kejing.measure.rounding import round_fraction
from kejing.measure.share import TEAM_SHARE, largest_remainder

LEAD, ASSIST = "lead", "assist"


@dataclass(frozen=True, slots=True, order=True)
class Seat:
    """One row of coverage of a customer: ``share`` in basis points, None where the weight of the role counts."""

    rm_id: str
    role: str
    valid_from: dt.date
    valid_to: dt.date
    share: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """``new`` takes the lead over from ``old`` on ``effective_on``; from ``starts_on`` both are there.

    ``old_part`` is what the old RM keeps of the lead's share meanwhile. ``old`` is None where nobody leads.
    """

    old: str | None
    new: str
    starts_on: dt.date
    effective_on: dt.date
    old_part: Fraction


def change_lead(seats: Sequence[Seat], change: Change, weights: Mapping[str, int]) -> list[Seat]:
    """The rows of coverage to store so that the lead changes hands.

    Parameters
    ----------
    seats
        Rows of the customer that share pay credit and end after ``starts_on``.
    weights
        Weight of a role where a row carries no share.

    Returns
    -------
    list
        Rows that are new or say something else than before; a row with the role, RM and first day of an earlier one
        takes its place. Whoever else is in the team has the same share as before on every day.

    Notes
    -----
    The old RM leads until the day; the new one assists him with the rest of the lead's share, then leads with all of
    it. In the joint weeks of a team whose rows carry no share, the weights of the roles are written out as basis
    points by largest remainder, because a team has shares either everywhere or nowhere. Where the old RM's row ends
    before, the new one's goes on.
    """
    if change.old is None:
        taken = [seat for seat in seats if seat.valid_from <= change.effective_on < seat.valid_to]
        return [Seat(change.new, LEAD, change.effective_on, LAST_DAY, _rest(taken, None))]
    rows: list[Seat] = []
    ends = next(seat.valid_to for seat in seats if (seat.rm_id, seat.role) == (change.old, LEAD))
    for start, end, sitting in _spans(_open_lead(seats, change), change):
        team = sitting if start < ends else _filled_up(sitting, change)
        if start < change.starts_on:
            rows += [replace(seat, valid_to=end) for seat in team]
        elif start < change.effective_on:
            rows += [replace(seat, valid_from=start, valid_to=end) for seat in _joint(team, change, weights)]
        else:
            rows += [replace(_handed_over(seat, change), valid_from=start, valid_to=end) for seat in team]
    before = set(seats)
    return [seat for seat in _joined(rows, {(s.rm_id, s.role, s.valid_from) for s in seats}) if seat not in before]


def _open_lead(seats: Sequence[Seat], change: Change) -> list[Seat]:
    """The seats with the old lead's without end: the book does not end with its RM."""
    return [replace(s, valid_to=LAST_DAY) if (s.rm_id, s.role) == (change.old, LEAD) else s for s in seats]


def _spans(seats: Sequence[Seat], change: Change) -> Iterable[tuple[dt.date, dt.date, list[Seat]]]:
    """Spans in which the team does not change, with who is in it; the first begins where each seat does."""
    days = {change.starts_on, change.effective_on}
    days |= {day for seat in seats for day in (seat.valid_from, seat.valid_to) if day > change.starts_on}
    cuts = sorted(days)
    for seat in seats:
        if seat.valid_from < change.starts_on:
            yield seat.valid_from, min(seat.valid_to, change.starts_on), [seat]
    for start, end in pairwise(cuts):
        team = [seat for seat in seats if seat.valid_from <= start < seat.valid_to]
        if team:
            yield start, end, team


def _filled_up(team: list[Seat], change: Change) -> list[Seat]:
    """A team beyond the day on which the old lead's row ended: what the others have not is the lead's."""
    others = [seat for seat in team if (seat.rm_id, seat.role) != (change.old, LEAD)]
    return [seat if seat in others else replace(seat, share=_rest(others, seat.share)) for seat in team]


def _joint(team: Sequence[Seat], change: Change, weights: Mapping[str, int]) -> list[Seat]:
    """The team of the joint weeks: shares written out, the lead's split between old and new."""
    shares = {(seat.rm_id, seat.role): seat.share for seat in team}
    if any(share is None for share in shares.values()):
        given = {f"{rm} {role}": weights.get(role, 0) if s is None else s for (rm, role), s in shares.items()}
        parts = largest_remainder(TEAM_SHARE, given)
        shares = {key: parts[" ".join(key)] for key in shares}
    lead = shares[change.old or "", LEAD] or 0
    kept = round_fraction(lead * change.old_part, 0)
    shares[change.old or "", LEAD] = kept
    shares[change.new, ASSIST] = (shares.get((change.new, ASSIST)) or 0) + lead - kept
    return [Seat(rm, role, LAST_DAY, LAST_DAY, share) for (rm, role), share in sorted(shares.items())]


def _handed_over(seat: Seat, change: Change) -> Seat:
    return replace(seat, rm_id=change.new) if (seat.rm_id, seat.role) == (change.old, LEAD) else seat


def _rest(others: Sequence[Seat], own: int | None) -> int | None:
    """What the others leave for a lead: nothing said where they say nothing, all of it where there is nobody."""
    if not others:
        return own if own is None else TEAM_SHARE
    shares = [seat.share for seat in others if seat.share is not None]
    return None if len(shares) < len(others) else max(0, TEAM_SHARE - sum(shares))


def _joined(rows: list[Seat], firsts: set[tuple[str, str, dt.date]]) -> list[Seat]:
    """Rows with neighbours of the same share made one; none grows over a day on which a stored row begins."""
    done: list[Seat] = []
    for seat in sorted(rows):
        last = done[-1] if done else None
        if (
            last is not None
            and (last.rm_id, last.role, last.share, last.valid_to)
            == (seat.rm_id, seat.role, seat.share, seat.valid_from)
            and (seat.rm_id, seat.role, seat.valid_from) not in firsts
        ):
            done[-1] = replace(last, valid_to=seat.valid_to)
        else:
            done.append(seat)
    return done
