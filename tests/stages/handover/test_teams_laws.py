"""Laws of one customer's coverage with a handover in it, day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from kejing.measure.period import FIRST_DAY, LAST_DAY
from kejing.stages.deploy.handover.teams import Change, Seat, change_lead

WEIGHTS = {"lead": 6000, "assist": 4000, "treasury": 2000}
START, END = dt.date(2026, 2, 1), dt.date(2026, 6, 1)
HALF = Fraction(1, 2)


@st.composite
def teams(draw: st.DrawFn) -> list[Seat]:
    """A team in force today, with shares everywhere or nowhere; it may end, or all but the lead may."""
    others = draw(
        st.lists(st.sampled_from([("new", "assist"), ("c", "assist"), ("c", "treasury")]), unique=True, max_size=3)
    )
    says_shares = draw(st.booleans())
    each = draw(st.integers(0, 2500))
    ends = draw(st.sampled_from([LAST_DAY, dt.date(2026, 3, 10), dt.date(2026, 8, 1)]))
    share = 10_000 - each * len(others) if says_shares else None
    seats = [Seat("old", "lead", FIRST_DAY, ends, share)]
    seats += [Seat(rm, role, FIRST_DAY, ends, each if says_shares else None) for rm, role in others]
    return seats


@st.composite
def handovers(draw: st.DrawFn) -> tuple[list[Seat], Change]:
    """A team, and a handover of none to a hundred days that is over by the day on which the old lead's row ends."""
    team = draw(teams())
    starts = draw(st.dates(START, dt.date(2026, 4, 1)))
    ends = starts + dt.timedelta(days=draw(st.integers(0, 100)))
    last = team[0].valid_to
    return team, Change("old", "new", min(starts, last), min(ends, last), Fraction(draw(st.integers(0, 4)), 4))


def after(stored: Sequence[Seat], file: Sequence[Seat]) -> list[Seat]:
    """What coverage says once the file is imported: rows with the same key take one another's place."""
    rows = {(seat.rm_id, seat.role, seat.valid_from): seat for seat in (*stored, *file)}
    return list(rows.values())


def on(seats: Sequence[Seat], day: dt.date) -> list[Seat]:
    """The team of ``day``."""
    return [seat for seat in seats if seat.valid_from <= day < seat.valid_to]


def parts(seats: Sequence[Seat], day: dt.date) -> dict[str, Fraction]:
    """Part of each RM in the customer's income of ``day``."""
    weights: dict[str, int] = {}
    for seat in on(seats, day):
        weight = WEIGHTS[seat.role] if seat.share is None else seat.share
        weights[seat.rm_id] = weights.get(seat.rm_id, 0) + weight
    whole = sum(weights.values())
    return {rm: Fraction(weight, whole) for rm, weight in weights.items() if whole}


@given(handovers())
def test_one_lead_on_any_day_and_shares_of_one_hundred_percent(made: tuple[list[Seat], Change]) -> None:
    """The old RM leads before the day, the new one from it; a team that says shares says 10,000 basis points."""
    team, change = made
    seats = after(team, change_lead(team, change, WEIGHTS))
    for offset in range((END - START).days):
        day = START + dt.timedelta(days=offset)
        (lead,) = [seat for seat in on(seats, day) if seat.role == "lead"]
        assert lead.rm_id == ("old" if day < change.effective_on else "new")
        shares = [seat.share for seat in on(seats, day)]
        assert all(share is None for share in shares) or sum(share or 0 for share in shares) == 10_000


@given(handovers())
def test_everybody_else_has_what_he_had(made: tuple[list[Seat], Change]) -> None:
    """On a day on which the team of before was whole, old and new together have what they had, and so has the third.

    To the basis point: where rows carry no share, the joint weeks write the weights of the roles out.
    """
    team, change = made
    seats = after(team, change_lead(team, change, WEIGHTS))
    ends = team[0].valid_to
    for offset in range(0, (END - START).days, 3):
        day = START + dt.timedelta(days=offset)
        if day < ends:
            before, then = parts(team, day), parts(seats, day)
            assert abs(before.get("c", Fraction(0)) - then.get("c", Fraction(0))) <= Fraction(1, 5000)


@given(handovers())
def test_no_two_rows_of_a_role_overlap(made: tuple[list[Seat], Change]) -> None:
    """An import takes the file: rows of one RM and role follow one another."""
    team, change = made
    seats = sorted(after(team, change_lead(team, change, WEIGHTS)))
    for first, second in pairwise(seats):
        if (first.rm_id, first.role) == (second.rm_id, second.role):
            assert first.valid_to <= second.valid_from
        assert first.valid_from < first.valid_to


def test_joint_weeks_split_the_share_of_the_lead() -> None:
    """A lead of 70 % beside an officer of 30 %: 35, 35 and 30 in the joint weeks, then 70 and 30."""
    team = [Seat("old", "lead", FIRST_DAY, LAST_DAY, 7000), Seat("c", "treasury", FIRST_DAY, LAST_DAY, 3000)]
    starts, day = dt.date(2026, 2, 1), dt.date(2026, 3, 3)
    assert change_lead(team, Change("old", "new", starts, day, HALF), WEIGHTS) == [
        Seat("new", "assist", starts, day, 3500),
        Seat("new", "lead", day, LAST_DAY, 7000),
        Seat("old", "lead", FIRST_DAY, starts, 7000),
        Seat("old", "lead", starts, day, 3500),
    ]


def test_a_book_that_ends_with_its_rm_goes_on_with_the_new_one() -> None:
    """Coverage ends with the leaver on 1 March; the new RM leads from that day, without end, and has all of it."""
    gone = dt.date(2026, 3, 1)
    team = [Seat("old", "lead", FIRST_DAY, gone, 10_000)]
    rows = change_lead(team, Change("old", "new", dt.date(2026, 2, 1), gone, HALF), WEIGHTS)
    assert Seat("new", "lead", gone, LAST_DAY, 10_000) in rows
