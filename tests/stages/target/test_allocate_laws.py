from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kejing.stages.deploy.target import allocate as rules
from kejing.stages.deploy.target.allocate import CapsCannotHoldError, Share

type Method = Callable[[Mapping[str, Share]], dict[str, Fraction]]

METHODS: dict[str, Method] = {
    "linear_complement": rules.linear_complement,
    "reciprocal": lambda shares: rules.reciprocal(shares, alpha=Fraction(1), epsilon=Fraction(1, 100)),
    "reciprocal_root": lambda shares: rules.reciprocal(shares, alpha=Fraction(1, 2), epsilon=Fraction(1, 100)),
    "fair_share": lambda shares: rules.fair_share(shares, history_share=Fraction(2, 5)),
    "equal": rules.equal,
}
_STOCK = st.one_of(st.just(0), st.integers(1, 10**13))
_WEIGHT = st.fractions(Fraction(1, 100), 3, max_denominator=1000)
_GOAL = st.integers(-(10**12), 10**13)


@st.composite
def books(draw: st.DrawFn, *, one_weight: bool = False) -> dict[str, Share]:
    """One to eight RMs with contributions from their stock, of equal weight if so asked."""
    stock = draw(st.lists(_STOCK, min_size=1, max_size=8))
    assume(sum(stock) > 0)
    weight = draw(_WEIGHT)
    found = rules.contributions({"deposit": {f"R{n}": held for n, held in enumerate(stock)}}, {"deposit": Fraction(1)})
    return {rm: Share(weight if one_weight else draw(_WEIGHT), share) for rm, share in found.items()}


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=40)
@given(shares=books(), goal=_GOAL)
def test_targets_sum_to_the_goal(method: str, shares: dict[str, Share], goal: int) -> None:
    """By every method the targets sum to the goal to the cent, whatever its sign."""
    assert sum(rules.allocate(goal, METHODS[method](shares), shares).values()) == goal


@pytest.mark.parametrize("method", ["linear_complement", "reciprocal"])
@settings(max_examples=60)
@given(shares=books(one_weight=True), goal=st.integers(0, 10**13))
def test_a_higher_contribution_never_means_a_larger_increment(method: str, shares: dict[str, Share], goal: int) -> None:
    """Among RMs of equal weight and before guard rails a higher contribution is never asked more (E1-28).

    It is asked less where the difference is a cent or more; the reciprocal method asks the same of all below its
    epsilon, a cent apart.
    """
    weights = METHODS[method](shares)
    targets = rules.allocate(goal, weights, shares)
    whole = sum(weights.values())
    for one, a in shares.items():
        for other, b in shares.items():
            assert a.contribution is not None
            assert b.contribution is not None
            if a.contribution > b.contribution and len(shares) > 1:
                assert weights[one] <= weights[other]
                assert targets[one] <= targets[other] + (weights[one] == weights[other])
                if whole and goal * (weights[other] - weights[one]) / whole >= 1:
                    assert targets[one] < targets[other]


@given(stock=st.lists(_STOCK, min_size=1, max_size=8), factor=st.fractions(Fraction(1, 1000), 1000))
def test_scaling_all_stock_changes_no_contribution(stock: list[int], factor: Fraction) -> None:
    """Contributions, and so targets, are shares: stock in another unit or currency gives the same ones."""
    assume(sum(stock) > 0)
    scaled = [int(held * factor.numerator) for held in stock]
    weights = {"deposit": Fraction(1)}
    named = [{"deposit": {f"R{n}": held for n, held in enumerate(one)}} for one in (stock, scaled)]
    assert rules.contributions(named[0], weights) == rules.contributions(named[1], weights)


@given(
    stocks=st.lists(st.lists(_STOCK, min_size=3, max_size=3), min_size=1, max_size=4),
    weights=st.lists(st.fractions(0, 1, max_denominator=100), min_size=4, max_size=4),
)
def test_contributions_sum_to_one_or_there_are_none(stocks: list[list[int]], weights: list[Fraction]) -> None:
    """Over several measures contributions sum to one exactly; a measure without any stock drops out (F4)."""
    by_measure = {f"m{m}": {f"R{n}": held for n, held in enumerate(held)} for m, held in enumerate(stocks)}
    found = rules.contributions(by_measure, {f"m{m}": weight for m, weight in enumerate(weights)})
    has_stock = any(sum(held) and weight for held, weight in zip(stocks, weights, strict=False))
    assert sum(found.values()) == (1 if has_stock else 0)


@given(goal=_GOAL, weight=_WEIGHT)
def test_one_rm_alone_takes_the_whole_goal(goal: int, weight: Fraction) -> None:
    """With a single RM, whose contribution is 1 and complement 0, the target is the goal."""
    shares = {"R1": Share(weight, Fraction(1))}
    assert rules.allocate(goal, rules.linear_complement(shares), shares) == {"R1": goal}


@given(shares=books(), goal=st.integers(1, 10**13), caps=st.lists(st.integers(0, 4 * 10**12), min_size=8, max_size=8))
def test_guard_rails_hold_or_the_goal_is_refused(shares: dict[str, Share], goal: int, caps: list[int]) -> None:
    """No target stands above its cap; what a cap turns away goes to the others and the sum is still the goal.

    Caps that cannot hold the goal are an error that names the shortfall, never a smaller goal.
    """
    capped = {rm: Share(s.weight, s.contribution, cap) for (rm, s), cap in zip(shares.items(), caps, strict=False)}
    room = sum(share.cap or 0 for share in capped.values())
    weights = rules.linear_complement(capped)
    if room < goal:
        with pytest.raises(CapsCannotHoldError) as refused:
            rules.allocate(goal, weights, capped)
        assert refused.value.facts == {"goal": str(goal), "caps": str(room), "shortfall": str(goal - room)}
        return
    targets = rules.allocate(goal, weights, capped)
    assert sum(targets.values()) == goal
    assert all(0 <= targets[rm] <= (share.cap or 0) for rm, share in capped.items())
    free = [rm for rm, share in capped.items() if targets[rm] < (share.cap or 0) and weights[rm] > 0]
    for one in free:
        for other in free:
            assert abs(targets[one] * weights[other] - targets[other] * weights[one]) <= weights[one] + weights[other]


@given(shares=books(), goal=_GOAL, order=st.permutations(range(8)))
def test_the_order_of_rms_changes_nothing(shares: dict[str, Share], goal: int, order: list[int]) -> None:
    """RMs listed in another order get the same targets: ties go to the smaller id, not to the earlier row."""
    other = {f"R{place}": shares[f"R{place}"] for place in order if place < len(shares)}
    first = rules.allocate(goal, rules.linear_complement(shares), shares)
    assert rules.allocate(goal, rules.linear_complement(other), other) == first


def test_the_worked_table_of_four_rms() -> None:
    """Stock 40,000 / 24,000 / 12,000 / 4,000 and a goal of 12,000 give the published targets by each method."""
    stock = {"A": 40_000_00, "B": 24_000_00, "C": 12_000_00, "D": 4_000_00}
    found = rules.contributions({"deposit": stock}, {"deposit": Fraction(1)})
    shares = {rm: Share(Fraction(1), share) for rm, share in found.items()}
    capped = {rm: Share(Fraction(1), share, stock[rm] * 60 // 100) for rm, share in found.items()}
    goal = 12_000_00

    def targets(weights: dict[str, Fraction], held: dict[str, Share] = shares) -> list[int]:
        return list(rules.allocate(goal, weights, held).values())

    power = {"epsilon": Fraction(1, 100)}
    assert targets(rules.linear_complement(shares)) == [2_000_00, 2_800_00, 3_400_00, 3_800_00]
    assert targets(rules.reciprocal(shares, alpha=Fraction(1), **power)) == [750_00, 1_250_00, 2_500_00, 7_500_00]
    root = targets(rules.reciprocal(shares, alpha=Fraction(1, 2), **power))
    assert sum(root) == goal
    assert all(abs(a - b) <= 1 for a, b in zip(root, [1_648_57, 2_128_30, 3_009_87, 5_213_25], strict=True))
    assert targets(rules.linear_complement(capped), capped) == [2_341_46, 3_278_05, 3_980_49, 2_400_00]
