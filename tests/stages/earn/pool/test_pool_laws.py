from __future__ import annotations

import random
from collections import defaultdict
from fractions import Fraction

from hypothesis import example, given, settings
from hypothesis import strategies as st

from kejing.measure.share import largest_remainder
from tests.stages.earn.pool.bench import EIGHT, Person, Scene, brought
from tests.stages.earn.pool.pool_oracle import Bounds, bounded
from tests.stages.flow.random_institution import WHOLE_RUNS

BOUNDED = {"persons": {"weight": "pool_weight", "floor": "least_bonus", "cap": "most_bonus"}}
UNITS = ("B1", "B2", "B1a")

_WEIGHT = st.one_of(st.just(0), st.integers(1, 50).map(lambda n: n * EIGHT), st.integers(1, 10**6 * EIGHT))
_BOUND = st.one_of(st.none(), st.integers(0, 300), st.integers(0, 10**7))


@st.composite
def persons(draw: st.DrawFn, most: int = 12) -> list[Person]:
    """RMs in three units, with any weight, floor and cap."""
    count = draw(st.integers(1, most))
    return [
        Person(
            f"R{place:02d}",
            draw(_WEIGHT),
            unit_id=draw(st.sampled_from(UNITS)),
            low=draw(_BOUND),
            high=draw(_BOUND),
            due=draw(st.integers(-(10**5), 10**7)),
            service_days=draw(st.integers(0, 90)),
            joined=draw(st.sampled_from(["2020-01-01", "2025-01-01", "2025-02-15", "2025-02-16", "2025-03-31"])),
        )
        for place in range(count)
    ]


@st.composite
def pools(draw: st.DrawFn) -> dict[str, int]:
    """A pool for each of the three units."""
    return {unit: draw(st.one_of(st.integers(0, 1000), st.integers(0, 10**8))) for unit in UNITS}


def takers(people: list[Person], unit: str) -> dict[str, Bounds]:
    """Weight, floor and cap of the persons of a unit."""
    return {p.rm_id: (Fraction(p.weight), p.low or 0, p.high) for p in people if p.unit_id == unit}


@settings(WHOLE_RUNS, max_examples=16)
@given(persons(), pools())
@example([Person("a", EIGHT, low=60), Person("b", EIGHT, high=10), Person("c", 3 * EIGHT)], {"B1": 100})
def test_floors_and_caps_hold_and_the_rest_is_shared_by_weight(people: list[Person], amounts: dict[str, int]) -> None:
    """Every purse is what a second reckoning gives: ``min(max(f * weight, floor), cap)`` with one factor, to the cent.

    Where no factor exists the purse stays whole, on its own row.
    """
    rows = Scene(people, [brought(amount, unit) for unit, amount in amounts.items()], BOUNDED).rows()
    got: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        if row["level"] == "rm":
            got[row["giver"]][row["taker"]] = row["amount"]
    for unit, amount in amounts.items():
        those = takers(people, unit)
        if not those:
            assert [row["amount"] for row in rows if row["giver"] == unit] == [amount]
            continue
        expected = bounded(amount, those)
        assert got.get(unit, {}) == (expected if expected is not None else {"": amount} if amount else {}), unit


@settings(WHOLE_RUNS, max_examples=6)
@given(persons(), pools(), st.integers(0, 99), st.sampled_from(["prorate", "leave_out"]))
def test_the_order_of_rows_changes_nothing(people: list[Person], amounts: dict[str, int], seed: int, late: str) -> None:
    """Persons and pools in another order give the same table, with units, late joiners, floors and caps."""
    rule = {
        **BOUNDED,
        "units": {"weigh": "formula", "weight": "pool_weight"},
        "late": {"cut_off": "joined_by", "rule": late},
    }
    pools_ = [brought(amount, unit) for unit, amount in amounts.items()] + [brought(12_345_67, "HQ")]
    chance = random.Random(seed)  # noqa: S311  # a shuffle from a seed
    first = Scene(people, pools_, rule).rows()
    assert Scene(chance.sample(people, len(people)), chance.sample(pools_, len(pools_)), rule).rows() == first


@settings(WHOLE_RUNS, max_examples=6)
@given(persons(), st.integers(1, 10**8), st.sampled_from(["prorate", "leave_out"]))
def test_late_joiners_weigh_by_service_days_or_not_at_all(people: list[Person], amount: int, late: str) -> None:
    """Who joined after half of the quarter weighs by days in service, or gets nothing; nobody else is touched.

    The quarter has 90 days: who begins on 15 February has joined on day 45 and is in time, on 16 February late.
    """
    parts = Scene(people, [brought(amount, "HQ")], {"late": {"cut_off": "joined_by", "rule": late}}).parts()
    weights = {}
    for p in people:
        is_late = p.joined >= "2025-02-16"
        days = p.service_days if late == "prorate" else 0
        weights[p.rm_id] = p.weight * days if is_late else p.weight * 90
    expected = largest_remainder(amount, weights) if any(weights.values()) else {}
    assert {rm: part for rm, part in parts.items() if rm} == expected
    assert sum(parts.values()) == amount


@settings(WHOLE_RUNS, max_examples=6)
@given(persons(), st.integers(1, 10**8))
def test_a_limit_scales_down_and_never_up(people: list[Person], amount: int) -> None:
    """What is due stays where it fits; else the limit is shared by it exactly, and nobody gets more than is due."""
    rule = {"mode": "limit", "due": "pool_due", "persons": {"weight": "pool_due"}}
    with Scene(people, [brought(amount, "HQ")], rule).ran() as context:
        parts = {row["taker"]: row for row in context.engine.fetch("SELECT * FROM pool_rm").to_pylist()}
        cuts = {row["rm_id"]: row["amount"] for row in context.engine.fetch("SELECT * FROM pool_share").to_pylist()}
    due = {p.rm_id: max(0, p.due) for p in people}
    whole = sum(due.values())
    expected = due if whole <= amount else largest_remainder(amount, due)
    assert {rm: row["amount"] for rm, row in parts.items()} == expected
    assert cuts == {rm: expected[rm] - due[rm] for rm in due if expected[rm] != due[rm]}


@settings(WHOLE_RUNS, max_examples=6)
@given(persons(), st.integers(1, 10**8), st.sampled_from(["formula", "equal"]))
def test_units_share_first_and_persons_after(people: list[Person], amount: int, weigh: str) -> None:
    """The head office's pool goes to units by the sum of their RMs' weights, or equally, and then to persons."""
    units = {"weigh": weigh} | ({"weight": "pool_weight"} if weigh == "formula" else {})
    scene = Scene(people, [brought(amount, "HQ")], {"units": units})
    sums: dict[str, int] = defaultdict(int)
    for p in people:
        sums[p.unit_id] += p.weight if weigh == "formula" else 0
    weights = dict(sums) if weigh == "formula" else dict.fromkeys(sums, 1)
    expected = largest_remainder(amount, weights) if any(weights.values()) else {"": amount}
    assert scene.parts("unit") == expected
    if any(weights.values()):
        inside = scene.parts()
        for unit in sums:
            own = {p.rm_id: p.weight for p in people if p.unit_id == unit}
            if any(own.values()):
                assert {rm: inside[rm] for rm in own} == largest_remainder(expected[unit], own)
