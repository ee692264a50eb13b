"""Laws of the plan: windows, days, minutes, distances; order of the input; more time leaves out nobody."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kejing.stages.deploy.visit.fill import Chains, Made, fill
from kejing.stages.deploy.visit.fit import KEPT, NO_TIME, Open, Time, fit
from kejing.stages.deploy.visit.laws import LAWS
from tests.stages.institution import broken
from tests.stages.visit.scene import SPEND, book, contact, planned, spends, visits

DAYS = 30
COUNT = st.integers(0, DAYS - 1)


def ints(values: list[int]) -> Any:
    """A column."""
    return np.array(values, np.int64)


@st.composite
def opens(draw: st.DrawFn) -> tuple[Open, Any]:
    """One RM's open contacts in a month, and the days on which he works."""
    chains = draw(
        st.lists(
            st.lists(st.tuples(COUNT, COUNT, st.sampled_from([15, 60, 120]), st.integers(0, 3)), max_size=4), max_size=8
        )
    )
    rows = [
        (chain, min(one[:2]), max(one[:2]), one[2], one[3])
        for chain, members in enumerate(chains)
        for one in sorted(members, key=lambda one: (max(one[:2]), min(one[:2])))
    ]
    chain, first, last, minutes, rank = (ints([row[place] for row in rows]) for place in range(5))
    order = np.lexsort((np.arange(len(rows)), last, rank)).astype(np.int64)
    is_free = np.array([draw(st.lists(st.booleans(), min_size=DAYS, max_size=DAYS))], np.bool_)
    return Open(ints([0, len(rows)]), chain, first, last, minutes, order), is_free


NOTHING = np.zeros((1, DAYS), np.int64)


@given(opens(), st.integers(0, 200), st.integers(0, 200))
def test_more_time_leaves_out_nobody_who_fitted(scene: tuple[Open, Any], one: int, other: int) -> None:
    """Who fits with less time fits with more: more capacity never leaves more out."""
    work, is_free = scene
    less, more = (fit(work, Time(is_free, ints([daily]), NOTHING), 1)[0] for daily in sorted((one, other)))
    assert not ((less == KEPT) & (more != KEPT)).any()
    assert ((less == KEPT) | (less == NO_TIME)).tolist() == ((more == KEPT) | (more == NO_TIME)).tolist()


@given(opens(), st.integers(0, 200))
def test_what_is_kept_fits_every_stretch_of_days(scene: tuple[Open, Any], daily: int) -> None:
    """In no stretch of days do the contacts that must lie in it ask for more minutes than it has."""
    work, is_free = scene
    verdict, earliest, latest = fit(work, Time(is_free, ints([daily]), NOTHING), 1)
    kept = verdict == KEPT
    for low in range(DAYS):
        for high in range(low, DAYS):
            inside = kept & (earliest >= low) & (latest <= high)
            assert work.minutes[inside].sum() <= daily * is_free[0, low : high + 1].sum()


@given(opens())
def test_room_is_left_for_the_rest_of_the_chain(scene: tuple[Open, Any]) -> None:
    """Contacts of a chain, each as early or each as late as it may be, stand on different days of work."""
    work, is_free = scene
    verdict, earliest, latest = fit(work, Time(is_free, ints([10_000]), NOTHING), 1)
    for days in (earliest, latest):
        taken = [(chain, day) for chain, day, told in zip(work.chain, days, verdict, strict=True) if told == KEPT]
        assert len(taken) == len(set(taken))
        assert all(is_free[0, day] for _, day in taken)
    kept = verdict == KEPT
    assert (work.first[kept] <= earliest[kept]).all()
    assert (latest[kept] <= work.last[kept]).all()


@given(st.lists(st.tuples(COUNT, COUNT), max_size=6), st.lists(COUNT, max_size=8))
def test_as_many_are_filled_as_can_be(windows: list[tuple[int, int]], days: list[int]) -> None:
    """Contacts fill the most windows that any matching of days to windows fills."""
    rows = sorted((max(one), min(one)) for one in windows)
    last, first = ints([row[0] for row in rows]), ints([row[1] for row in rows])
    made = sorted(days)
    filled = fill(Chains(ints([0, len(rows)]), first, last), Made(ints([0, len(made)]), ints(made)), 1)
    used = [int(one) for one in filled if one >= 0]
    assert len(used) == len(set(used))
    assert all(first[due] <= made[one] <= last[due] for due, one in enumerate(filled) if one >= 0)
    assert len(used) == _most(list(zip(first.tolist(), last.tolist(), strict=True)), sorted(set(days)))


def _most(windows: list[tuple[int, int]], days: list[int]) -> int:
    """The largest matching, by augmenting paths."""
    owner: dict[int, int] = {}

    def takes(window: int, seen: set[int]) -> bool:
        for day in days:
            if windows[window][0] <= day <= windows[window][1] and day not in seen:
                seen.add(day)
                if day not in owner or takes(owner[day], seen):
                    owner[day] = window
                    return True
        return False

    return sum(takes(window, set()) for window in range(len(windows)))


@st.composite
def institutions(draw: st.DrawFn) -> tuple[dict[str, Any], str]:
    """Two RMs, customers who enter tiers, change RMs and are contacted, leave, a day of the fourth quarter."""
    chance = random.Random(draw(st.integers(0, 10_000)))  # noqa: S311 - a made-up book, no secret
    names = [f"c{place:02d}" for place in range(draw(st.integers(1, 25)))]
    measures = []
    for name in names:
        tiers = [chance.choice([*SPEND]) for _ in range(9)] if chance.random() < 0.3 else [chance.choice([*SPEND])] * 9
        measures += [row for place, tier in enumerate(tiers) for row in spends(name, tier, [f"2026-{place + 4:02d}"])]
    coverage = [
        {
            "customer_id": name,
            "rm_id": chance.choice("AB"),
            "valid_from": _some_day(chance) if chance.random() < 0.3 else "2020-01-01",
        }
        for name in names
    ]
    contacts = [
        contact(
            place, chance.choice(names), _some_day(chance), rm_id=chance.choice("AB"),
            channel=chance.choice(["visit", "phone", "video"]),
            direction=chance.choice(["outbound", "outbound", "inbound"]),
            outcome=chance.choice(["connected", "connected", "not_connected", "booked"]),
        )
        for place in range(chance.randrange(60))
    ]  # fmt: skip
    leave = [{"rm_id": "A", "reason": "leave", "valid_from": "2026-11-10", "valid_to": "2026-11-25"}]
    losses = [
        {
            "customer_id": names[0],
            "service": "voice",
            "amount": 100,
            "reason": "price",
            "suspected_on": _some_day(chance),
        }
    ]
    tables = {
        "measures": measures,
        "coverage": coverage,
        "contacts": contacts,
        "rm_absences": leave[: draw(st.integers(0, 1))],
    }
    facts = book(dict.fromkeys(names, "crystal"), losses=losses, **tables)
    return facts, draw(st.sampled_from(["2026-10-01", "2026-11-18", "2026-12-02", "2026-12-30", "2026-12-31"]))


def _some_day(chance: random.Random) -> str:
    return str(dt.date(2026, 10, 1) + dt.timedelta(days=chance.randrange(92)))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(institutions(), st.randoms(use_true_random=False))
def test_laws_hold_and_the_order_of_the_input_does_not_matter(
    scene: tuple[dict[str, Any], str], chance: random.Random
) -> None:
    """All laws hold, and shuffled facts give the same plan."""
    facts, as_of = scene
    with planned(facts, as_of=as_of) as context:
        assert broken(context, LAWS) == []
        rows = visits(context)
    shuffled = {name: chance.sample(list(table), len(table)) for name, table in facts.items()}
    with planned(shuffled, as_of=as_of) as context:
        assert visits(context) == rows
