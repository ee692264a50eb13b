"""Laws of the waves: every block once, budgets kept, leavers in time, groups whole."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from kejing.stages.deploy.handover.schedule import Block, Budget, Burden, Slot, Waves, schedule

WAVES = Waves(dt.date(2026, 2, 1), 1)
BUDGET = Budget(customers=4, hours=10_000_000)


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    """A block from one or several of four RMs to another; some RMs leave within half a year."""
    taker, *givers = draw(st.permutations("ABCD"))[: draw(st.integers(2, 4))]
    given = {giver: draw(st.integers(1, 6)) for giver in givers}
    asked = {**given, taker: sum(given.values())}
    hours = draw(st.integers(0, 4)) * 1_000_000
    leaves = draw(st.none() | st.dates(dt.date(2026, 1, 20), dt.date(2026, 7, 1)))
    return Block(
        burdens=tuple(Burden(rm, asked[rm], asked[rm] * hours) for rm in sorted(asked)),
        is_forced=leaves is not None or draw(st.booleans()),
        deadline=leaves,
    )


def used(made: list[Block], slots: list[Slot]) -> dict[tuple[int, str], list[int]]:
    """Places of the blocks that concern an RM in a wave."""
    found: dict[tuple[int, str], list[int]] = defaultdict(list)
    for place, (block, slot) in enumerate(zip(made, slots, strict=True)):
        for burden in block.burdens:
            found[slot.wave, burden.rm_id].append(place)
    return found


def is_over(made: list[Block], places: list[int], rm: str) -> bool:
    """Whether the blocks at ``places`` ask more of ``rm`` than a wave may."""
    burdens = [burden for place in places for burden in made[place].burdens if burden.rm_id == rm]
    return (
        sum(burden.customers for burden in burdens) > BUDGET.customers
        or sum(burden.hours for burden in burdens) > BUDGET.hours
    )


@given(st.lists(blocks(), max_size=12))
def test_nobody_is_beyond_the_budget_but_for_leavers_and_what_is_larger_than_it(made: list[Block]) -> None:
    """An RM beyond the budget of a wave has customers of a leaver in it, or one block larger than it and nothing else.

    A block is larger than the budget for one RM of it and within it for another, who may well have more to do.
    """
    slots = schedule(made, WAVES, BUDGET)
    assert len(slots) == len(made)
    for (_, rm), places in used(made, slots).items():
        if is_over(made, places, rm):
            assert any(slots[place].is_over for place in places)
            assert len(places) == 1 or all(made[place].deadline is not None for place in places if slots[place].is_over)


def test_a_group_larger_than_a_wave_leaves_its_old_rm_room_for_others() -> None:
    """Six customers of a group go to C, one of them from A: A may hand over one more in that wave, C takes no other."""
    group = Block((Burden("A", 1, 0), Burden("B", 5, 0), Burden("C", 6, 0)))
    more = Block((Burden("A", 1, 0), Burden("D", 1, 0)))
    other = Block((Burden("C", 1, 0), Burden("D", 1, 0)))
    assert schedule([group, more, other], WAVES, BUDGET) == [Slot(0, is_over=True), Slot(0), Slot(1)]


@given(st.lists(blocks(), max_size=12))
def test_a_leaver_hands_over_before_he_goes(made: list[Block]) -> None:
    """A block with a last day is in a wave that begins before it, or in the first where none does."""
    for block, slot in zip(made, schedule(made, WAVES, BUDGET), strict=True):
        if block.deadline is not None:
            assert slot.wave == 0 or WAVES.start(slot.wave) < block.deadline


@given(st.lists(blocks(), max_size=10))
def test_no_chosen_handover_could_come_earlier(made: list[Block]) -> None:
    """A block without a last day that fits into an earlier wave as the plan stands is not put later."""
    slots = schedule(made, WAVES, BUDGET)
    for place, (block, slot) in enumerate(zip(made, slots, strict=True)):
        if block.deadline is not None or slot.is_over:
            continue
        for wave in range(slot.wave):
            moved = [Slot(wave) if number == place else other for number, other in enumerate(slots)]
            assert any(is_over(made, places, rm) for (at, rm), places in used(made, moved).items() if at == wave)


@given(st.lists(blocks(), max_size=8), st.integers(1, 6), st.integers(0, 10))
def test_a_larger_budget_never_ends_later_where_nobody_leaves(made: list[Block], customers: int, hours: int) -> None:
    """One block alone, or all of them in a wave without limit: the last wave is never later than with less room."""
    stay = [Block(block.burdens, block.is_forced) for block in made]
    no_limit = Budget(10**6, 10**15)
    small = Budget(customers, hours * 1_000_000)
    last = max((slot.wave for slot in schedule(stay, WAVES, no_limit)), default=0)
    assert last == 0 <= max((slot.wave for slot in schedule(stay, WAVES, small)), default=0)


def test_people_who_leave_and_customers_without_an_rm_come_before_the_rest() -> None:
    """With room for four customers a month: the leaver's first, then the vacant one, then what was chosen."""
    chosen = Block((Burden("A", 4, 0),))
    vacant = Block((Burden("A", 4, 0),), is_forced=True)
    leaver = Block((Burden("A", 4, 0),), is_forced=True, deadline=dt.date(2026, 6, 1))
    assert [slot.wave for slot in schedule([chosen, vacant, leaver], WAVES, BUDGET)] == [2, 1, 0]
