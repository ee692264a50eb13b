"""Loops of mending: crowded RMs let go of as few as they can, and who has no RM is let in where room can be made."""

from __future__ import annotations

import numpy as np

from kejing.stages.deploy.assign.instance import Ints
from kejing.stages.deploy.assign.solver.anneal_loops import shift_gain
from kejing.stages.deploy.assign.solver.compiled import compiled, inlined
from kejing.stages.deploy.assign.solver.plan_state import Core, Slopes, State, move
from kejing.stages.deploy.assign.solver.settle_loops import is_crowded

_LEAST = 0.5
"""A change pays if it is worth half of 1/1024 point, as when a plan settles."""
_MOST_OUT = 8
"""Customers that may make room for one."""


@inlined
def _best_out(core: Core, state: State, slopes: Slopes, rm: int, kept: int) -> tuple[float, int, int]:
    """The best single move out of an RM, of anybody but ``kept``: gain, who, and the pair taken."""
    least, mover, target = np.inf, -1, -1
    for place in range(state.held[rm]):
        member = state.members[state.first_seat[rm] + place]
        if member != kept:
            for pair in range(core.first[member], core.first[member + 1]):
                if pair != state.choice[member]:
                    gain = shift_gain(core, state, slopes, member, pair)
                    if gain < least:
                        least, mover, target = gain, int(member), pair
    return least, mover, target


@compiled
def relieve_by_shifts(core: Core, state: State, slopes: Slopes) -> int:
    """Free crowded RMs one by one as far as single moves that pay do it, the best first; how many were made."""
    made = 0
    for rm in range(len(state.held) - 1):
        while is_crowded(core, state, slopes, rm):
            gain, mover, target = _best_out(core, state, slopes, rm, -1)
            if gain >= -_LEAST:
                break
            move(core, state, mover, target)
            made += 1
    return made


@compiled
def _let_in(core: Core, state: State, slopes: Slopes, decision: int, pair: int, least: float) -> float:
    """Gain if ``decision`` takes ``pair`` and others leave that RM until it has room; undone unless under ``least``."""
    log = np.empty((_MOST_OUT + 1, 2), dtype=np.int64)
    log[0, 0], log[0, 1] = decision, state.choice[decision]
    total, made = shift_gain(core, state, slopes, decision, pair), 1
    rm = core.rm[pair]
    move(core, state, decision, pair)
    while made <= _MOST_OUT and is_crowded(core, state, slopes, rm):
        gain, mover, target = _best_out(core, state, slopes, rm, decision)
        if mover < 0 or gain >= -_LEAST:
            break
        log[made, 0], log[made, 1] = mover, state.choice[mover]
        move(core, state, mover, target)
        total += gain
        made += 1
    if total >= least:
        for back in range(made - 1, -1, -1):
            move(core, state, log[back, 0], log[back, 1])
    return total


@compiled
def let_in(core: Core, state: State, slopes: Slopes, who: Ints) -> int:
    """Let each of ``who`` in at the RM where that pays most, room being made there; how many found one."""
    made = 0
    for decision in who:
        least, best = -_LEAST, -1
        for pair in range(core.first[decision], core.first[decision + 1]):
            if pair != state.choice[decision]:
                gain = _let_in(core, state, slopes, decision, pair, -np.inf)
                if gain < least:
                    least, best = gain, pair
        if best >= 0:
            _let_in(core, state, slopes, decision, best, np.inf)
            made += 1
    return made
