"""Sweeps over all decisions at one temperature: shifts, swaps and ejections, taken by the rule of Metropolis."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kejing.stages.deploy.assign.instance import Ints
from kejing.stages.deploy.assign.solver.compiled import compiled, inlined
from kejing.stages.deploy.assign.solver.plan_state import (
    Core,
    Slopes,
    State,
    broken,
    cap_weight,
    change,
    dearness,
    move,
)
from kejing.stages.deploy.assign.solver.problem import Floats

_TABLE = 4096
_SMALL = 20_000
PATIENCE: Floats = -np.log((np.arange(_TABLE) + 0.5) / _TABLE)
"""Minus the logarithm of an even draw: times the temperature, how much dearer a change may be."""


class Best(NamedTuple):
    """The best plan seen that keeps the hard rows, its dearness, and what is hard [2, R] and [B]."""

    choice: Ints
    value: Floats
    hard: NDArray[np.bool_]
    cap_hard: NDArray[np.bool_]


class Level(NamedTuple):
    """One temperature [1/1024 points]: softened slopes to search by, true ones to judge by, and how much is tried."""

    temperature: float
    sweeps: int
    pairs_of_two: int
    slopes: Slopes
    true: Slopes


@inlined
def _drawn(chance: NDArray[np.uint64]) -> np.uint64:
    """The next of a row of numbers (xorshift, 64 bits)."""
    word: np.uint64 = chance[0]
    word ^= word << np.uint64(13)
    word ^= word >> np.uint64(7)
    word ^= word << np.uint64(17)
    chance[0] = word
    return word


@inlined
def _budget_change(core: Core, state: State, slopes: Slopes, old: int, new: int) -> float:
    total = 0.0
    for budget in range(core.draw.shape[1]):
        step = core.draw[new, budget] - core.draw[old, budget]
        if step != 0:
            spent = state.spent[budget]
            total += cap_weight(slopes, budget, spent + step) - cap_weight(slopes, budget, spent)
    return total


@inlined
def _budget_change_of_two(
    core: Core, state: State, slopes: Slopes, one: tuple[int, int], two: tuple[int, int]
) -> float:
    total = 0.0
    for budget in range(core.draw.shape[1]):
        step = (
            core.draw[one[1], budget]
            - core.draw[one[0], budget]
            + core.draw[two[1], budget]
            - core.draw[two[0], budget]
        )
        if step != 0:
            spent = state.spent[budget]
            total += cap_weight(slopes, budget, spent + step) - cap_weight(slopes, budget, spent)
    return total


@inlined
def shift_gain(core: Core, state: State, slopes: Slopes, decision: int, pair: int) -> float:
    """How much dearer the plan gets if ``decision`` takes core pair ``pair``."""
    old = state.choice[decision]
    total = float(core.regret[pair] - core.regret[old])
    total += change(core, state, slopes, old, -1, core.rm[old])
    total += change(core, state, slopes, -1, pair, core.rm[pair])
    return total + _budget_change(core, state, slopes, old, pair)


@inlined
def pair_with(core: Core, decision: int, rm: int) -> int:
    """The core pair of a decision with an RM; -1 if there is none."""
    for pair in range(core.first[decision], core.first[decision + 1]):
        if core.rm[pair] == rm:
            return pair
    return -1


@inlined
def chain_gain(core: Core, state: State, slopes: Slopes, one: tuple[int, int], two: tuple[int, int]) -> float:
    """How much dearer the plan gets if ``one`` takes its pair and ``two``, of that RM, makes room.

    ``one`` and ``two`` are (decision, core pair).
    """
    left, right = state.choice[one[0]], state.choice[two[0]]
    total = float(core.regret[one[1]] - core.regret[left] + core.regret[two[1]] - core.regret[right])
    home, crowded, away = core.rm[left], core.rm[one[1]], core.rm[two[1]]
    total += change(core, state, slopes, right, one[1], crowded)
    if away == home:
        total += change(core, state, slopes, left, two[1], home)
    else:
        total += change(core, state, slopes, left, -1, home) + change(core, state, slopes, -1, two[1], away)
    return total + _budget_change_of_two(core, state, slopes, (left, one[1]), (right, two[1]))


@inlined
def _partner(core: Core, state: State, decision: int, pair: int, word: np.uint64) -> tuple[int, int]:
    """A member of the RM of ``pair`` and the pair it would take: with the home of ``decision``, else any other."""
    crowded = core.rm[pair]
    held = state.held[crowded]
    if held == 0:
        return -1, -1
    place = int(np.int64((word >> np.uint64(34)) % np.uint64(held)))
    other = int(np.int64(state.members[state.first_seat[crowded] + place]))
    away = pair_with(core, other, core.rm[state.choice[decision]])
    if away < 0:
        width = core.first[other + 1] - core.first[other]
        away = int(core.first[other] + np.int64((word >> np.uint64(50)) % np.uint64(width)))
        if away == state.choice[other]:
            return -1, -1
    return other, away


@compiled
def sweep(
    core: Core, state: State, slopes: Slopes, temperature: float, pairs_of_two: int, chance: NDArray[np.uint64]
) -> int:
    """One proposal for each decision that has a choice; how many were taken.

    Of 256 proposals ``pairs_of_two`` move a second decision out of the way.
    """
    made = 0
    for decision in core.open:
        width = core.first[decision + 1] - core.first[decision]
        word = _drawn(chance)
        allowed = temperature * PATIENCE[word & np.uint64(_TABLE - 1)]
        pair = core.first[decision] + np.int64((word >> np.uint64(20)) % np.uint64(width))
        if pair == state.choice[decision]:
            continue
        if ((word >> np.uint64(12)) & np.uint64(255)) >= pairs_of_two:
            if shift_gain(core, state, slopes, decision, pair) <= allowed:
                move(core, state, decision, pair)
                made += 1
            continue
        other, away = _partner(core, state, decision, pair, word)
        if other >= 0 and chain_gain(core, state, slopes, (decision, pair), (other, away)) <= allowed:
            move(core, state, decision, pair)
            move(core, state, other, away)
            made += 1
    return made


@compiled
def cool(core: Core, state: State, level: Level, best: Best, chance: NDArray[np.uint64]) -> None:
    """The sweeps of one temperature; a plan that keeps the hard rows and is better than ``best`` is kept.

    Plans are looked at after every sweep where that is cheap, else at the end.
    """
    is_small = len(state.choice) <= _SMALL
    for number in range(level.sweeps):
        sweep(core, state, level.slopes, level.temperature, level.pairs_of_two, chance)
        if (is_small or number == level.sweeps - 1) and broken(state, level.true, best.hard, best.cap_hard) == 0:
            value = dearness(core, state, level.true)
            if value < best.value[0]:
                best.value[0] = value
                best.choice[:] = state.choice
