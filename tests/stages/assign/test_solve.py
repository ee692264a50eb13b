"""Plans and bounds on instances small enough to try every plan, and on published ones."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kejing.stages.deploy.assign.instance import (
    NO_LIMIT,
    PRICE_SCALE,
    Instance,
    Prices,
    cheapest,
    loads,
    lower_bound,
    measure_plan,
    reduced_costs,
)
from kejing.stages.deploy.assign.rows import with_implied
from kejing.stages.deploy.assign.solve import Limits, solve
from tests.stages.assign.tiny import LIMITS, array, brute_force, instance_of, instances, read_gap

EXACT = Limits(**LIMITS)
SEARCH = Limits(exact_pairs=0, lp_pairs=400_000, core_rms=12, polish_rounds=5)
STEPS = Limits(exact_pairs=0, lp_pairs=0, core_rms=12, polish_rounds=0)


def nine_by_three() -> Instance:
    """Nine customers, three RMs: unequal hours, a dear pool, a value band and at most four moves."""
    rng = np.random.default_rng(23)
    cost, use = rng.integers(1, 60, (9, 3)), rng.integers(3, 12, (9, 3))
    value, today = rng.integers(1, 40, 9), rng.integers(0, 3, 9)
    moves = (np.arange(3)[None, :] != today[:, None]).astype(np.int64)
    return instance_of(cost, use, array([22, 22, 22]), pool=np.full(9, 300), value=value, band=12, moves=moves, cap=4)


def test_nine_customers_three_rms() -> None:
    """Nine customers and three RMs: the plan costs what trying all 262,144 plans finds (E1-23)."""
    instance = nine_by_three()
    solution = solve(instance, [], EXACT, seed=1)
    assert measure_plan(instance, solution.choice).cost == brute_force(instance)
    assert solution.bound <= measure_plan(instance, solution.choice).cost
    assert solution.method == "exact"


@settings(max_examples=30)
@given(instance=instances())
def test_exact_plans_are_optimal(instance: Instance) -> None:
    """On instances with bands, budgets and a pool the plan is the cheapest of all, and the bound is below it."""
    solution = solve(instance, [], EXACT, seed=1)
    figures = measure_plan(instance, solution.choice)
    assert figures.is_feasible
    assert figures.cost == brute_force(instance)
    assert solution.bound <= figures.cost


@settings(max_examples=30)
@given(instance=instances(), factor=st.integers(0, 3_000))
def test_no_prices_prove_too_much(instance: Instance, factor: int) -> None:
    """Whatever the prices, the bound never exceeds the cheapest plan; implied rows do not change that."""
    best = brute_force(instance)
    assert best is not None
    sharp = with_implied(instance)
    high = np.full(sharp.high.shape, factor / 1_000)
    prices = Prices.rounded(sharp, high, high / 2, np.full(sharp.cap.shape, factor / 50))
    assert lower_bound(sharp, prices) <= best


@settings(max_examples=30)
@given(instance=instances())
def test_search_is_feasible_and_bounded(instance: Instance) -> None:
    """Without the exact step the plan still keeps every hard row, and its bound still holds."""
    for limits in (SEARCH, STEPS):
        solution = solve(with_implied(instance), [], limits, seed=1)
        figures = measure_plan(instance, solution.choice)
        best = brute_force(instance)
        assert figures.is_feasible
        assert best is not None
        assert solution.bound <= best <= figures.cost


@settings(max_examples=20)
@given(instance=instances(), more=st.integers(1, 10))
def test_more_capacity_never_hurts(instance: Instance, more: int) -> None:
    """With more hours the cheapest plan costs no more, and at equal prices the bound does not rise."""
    roomy = replace(instance, high=instance.high + np.array([more, 0])[: instance.high.shape[1]])
    tight, loose = solve(instance, [], EXACT, seed=1), solve(roomy, [], EXACT, seed=1)
    assert measure_plan(roomy, loose.choice).cost <= measure_plan(instance, tight.choice).cost
    assert lower_bound(roomy, tight.prices) <= lower_bound(instance, tight.prices)


@settings(max_examples=20)
@given(instance=instances(), more=st.integers(1, 10), data=st.data())
def test_a_price_is_what_more_saves_at_most(instance: Instance, more: int, data: st.DataObject) -> None:
    """Hours added to one RM save, by trying all plans, no more than their price and the gap together."""
    solution = solve(instance, [], EXACT, seed=1)
    rm = data.draw(st.integers(0, len(instance.rms) - 1))
    high = instance.high.copy()
    high[rm, 0] += more
    before, after = brute_force(instance), brute_force(replace(instance, high=high))
    assert before is not None
    assert after is not None
    paid = int(solution.prices.high[rm, 0]) * more
    assert (before - after) * PRICE_SCALE <= (before - solution.bound + 1) * PRICE_SCALE + paid


@settings(max_examples=30)
@given(instance=instances())
def test_move_budget_is_kept(instance: Instance) -> None:
    """A dear budget of moves is kept wherever the plan of least moves, by trying all plans, keeps it."""
    dear = replace(instance, cap_penalty=np.full_like(instance.cap_penalty, 10_000))
    fewest = brute_force(
        replace(
            dear,
            cost=np.zeros_like(dear.cost),
            low_penalty=dear.low_penalty.clip(max=0),
            high_penalty=dear.high_penalty.clip(max=0),
        )
    )
    spent = dear.draw[solve(dear, [], EXACT, seed=1).choice].sum(axis=0)
    assert fewest is not None
    assert int(np.maximum(spent - dear.cap, 0).sum()) * 10_000 == fewest


@settings(max_examples=20)
@given(instance=instances(), data=st.data())
def test_known_plans_are_never_beaten_by_ours(instance: Instance, data: st.DataObject) -> None:
    """The answer costs no more than a feasible plan that was given to start from."""
    start = np.array(
        [
            data.draw(st.integers(int(left), int(right) - 1))
            for left, right in zip(instance.first, instance.first[1:], strict=False)
        ],
        dtype=np.int64,
    )
    given_figures = measure_plan(instance, start)
    for limits in (EXACT, SEARCH):
        found = measure_plan(instance, solve(instance, [start], limits, seed=1).choice)
        assert not given_figures.is_feasible or found.cost <= given_figures.cost


@settings(max_examples=20)
@given(instance=instances())
def test_gap_has_addresses(instance: Instance) -> None:
    """Chosen reduced costs above the cheapest and priced room add up to the gap: each point of it has an address."""
    solution = solve(instance, [], EXACT, seed=1)
    figures = measure_plan(instance, solution.choice)
    prices, load = solution.prices, loads(instance, solution.choice)
    reduced = reduced_costs(instance, prices)
    regret = int((reduced[solution.choice] - cheapest(instance, reduced)).sum())
    is_open = instance.high < NO_LIMIT
    room = int((prices.high * np.where(is_open, instance.high - load, 0)).sum())
    room += int((prices.low * np.where(instance.low > -NO_LIMIT, load - instance.low, 0)).sum())
    room += int((prices.cap * (instance.cap - instance.draw[solution.choice].sum(axis=0))).sum())
    gap = (figures.pair_cost * PRICE_SCALE) - (regret + room)
    assert solution.bound == -(-gap // PRICE_SCALE)


GAP_SMALL = [f"gap{size}-{number}" for size in (1, 3, 5, 7, 9, 11) for number in range(5)]


@pytest.mark.parametrize("name", GAP_SMALL)
def test_published_instances(name: str, shared_data: Path) -> None:
    """Each small instance of the OR-Library is solved to its best known cost, under a bound that holds."""
    folder = shared_data / "data" / "gap"
    with (folder / "best_known.csv").open(encoding="utf-8") as handle:
        known = {row[0]: int(row[5]) for row in csv.reader(handle) if row[5].isdigit()}
    instance = with_implied(read_gap(folder / "orlib-small" / f"{name}.txt"))
    solution = solve(instance, [], EXACT, seed=1)
    figures = measure_plan(instance, solution.choice)
    assert figures.is_feasible
    assert figures.cost == known[f"orlib-small/{name}.txt"]
    assert figures.cost * 93 <= solution.bound * 100 <= figures.cost * 100


def test_middle_size_gap() -> None:
    """400 customers and 20 RMs by search alone come within one percent of the bound, twice the same."""
    rng = np.random.default_rng(4)
    there, here = rng.uniform(0, 500, (400, 2)), rng.uniform(0, 500, (20, 2))
    cost = np.rint(np.hypot(*(there[:, None] - here[None]).transpose(2, 0, 1)) * 100).astype(np.int64)
    use = np.repeat(rng.choice([60, 120, 300, 600], 400, p=[0.5, 0.3, 0.15, 0.05])[:, None], 20, axis=1)
    high = np.full(20, int(use[:, 0].sum() * 1.08) // 20)
    instance = instance_of(cost, use, high, pool=np.full(400, 500_000))
    solution = solve(with_implied(instance), [], SEARCH, seed=1)
    figures = measure_plan(instance, solution.choice)
    assert figures.is_feasible
    assert figures.cost <= solution.bound * 1.01
    assert np.array_equal(solve(with_implied(instance), [], SEARCH, seed=1).choice, solution.choice)
