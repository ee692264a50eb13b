"""From a nearly right plan to one that keeps its rows: every shift and every chain of two that pays, in turn."""

from __future__ import annotations

from kejing.stages.deploy.assign.solver.anneal_loops import chain_gain, shift_gain
from kejing.stages.deploy.assign.solver.compiled import compiled, inlined
from kejing.stages.deploy.assign.solver.plan_state import Core, Slopes, State, move

_LEAST = 0.5
"""A change pays if it is worth half of 1/1024 point: below that floats only tremble."""


@inlined
def is_crowded(core: Core, state: State, slopes: Slopes, rm: int) -> bool:
    """Whether an RM carries more than a limit of its rows."""
    for row in range(core.use.shape[1]):  # noqa: SIM110  # the compiler knows no generators
        if state.load[rm, row] > slopes.high[rm, row]:
            return True
    return False


@inlined
def _is_starved(core: Core, state: State, slopes: Slopes, rm: int) -> bool:
    for row in range(core.use.shape[1]):  # noqa: SIM110  # the same
        if state.load[rm, row] < slopes.low[rm, row]:
            return True
    return False


@compiled
def _chain_of(
    core: Core, state: State, slopes: Slopes, decision: int, pair: int, limit: float
) -> tuple[float, int, int]:
    """The best chain that starts with ``decision`` taking ``pair``: gain, who makes room, and its new pair."""
    crowded = core.rm[pair]
    least, other, away = limit, -1, -1
    first = state.first_seat[crowded]
    for place in range(state.held[crowded]):
        member = state.members[first + place]
        now = state.choice[member]
        for target in range(core.first[member], core.first[member + 1]):
            if target != now:
                gain = chain_gain(core, state, slopes, (decision, pair), (member, target))
                if gain < least:
                    least, other, away = gain, member, target
    return least, other, away


@compiled
def _best_change(core: Core, state: State, slopes: Slopes, decision: int, limit: float) -> tuple[float, int, int, int]:
    """The best change that starts with ``decision``: gain, its new pair, and who makes room with which pair."""
    now = state.choice[decision]
    is_urgent = is_crowded(core, state, slopes, core.rm[now])
    least, best, other, away = limit, -1, -1, -1
    for pair in range(core.first[decision], core.first[decision + 1]):
        if pair == now:
            continue
        gain = shift_gain(core, state, slopes, decision, pair)
        if gain < least:
            least, best, other = gain, pair, -1
        is_wanted = core.regret[pair] < core.regret[now] or is_urgent or _is_starved(core, state, slopes, core.rm[pair])
        if is_wanted and core.rm[pair] < len(state.held) - 1:
            gain, member, target = _chain_of(core, state, slopes, decision, pair, least)
            if member >= 0:
                least, best, other, away = gain, pair, member, target
    return least, best, other, away


@compiled
def _take(core: Core, state: State, decision: int, change: tuple[float, int, int, int]) -> None:
    move(core, state, decision, change[1])
    if change[2] >= 0:
        move(core, state, change[2], change[3])


@compiled
def relieve(core: Core, state: State, slopes: Slopes) -> int:
    """Free crowded RMs one by one, each time by the best change that starts with any of its members."""
    made = 0
    for rm in range(len(state.held) - 1):
        while is_crowded(core, state, slopes, rm):
            best, chosen = (-_LEAST, -1, -1, -1), -1
            for place in range(state.held[rm]):
                decision = state.members[state.first_seat[rm] + place]
                change = _best_change(core, state, slopes, decision, best[0])
                if change[1] >= 0:
                    best, chosen = change, decision
            if chosen < 0:
                break
            _take(core, state, chosen, best)
            made += 1
    return made


@compiled
def settle(core: Core, state: State, slopes: Slopes, passes: int) -> int:
    """Up to ``passes`` rounds over the decisions where the gap has its addresses; how many changes were made.

    Looked at are decisions dearer than their cheapest pair, members of a crowded RM, and those a starved RM may have.
    """
    total = 0
    for _ in range(passes):
        made = 0
        for decision in core.open:
            now = state.choice[decision]
            is_due = core.regret[now] > 0 or is_crowded(core, state, slopes, core.rm[now])
            if not is_due:
                for pair in range(core.first[decision], core.first[decision + 1]):
                    is_due = is_due or _is_starved(core, state, slopes, core.rm[pair])
            change = _best_change(core, state, slopes, decision, -_LEAST) if is_due else (0.0, -1, -1, -1)
            if change[1] >= 0:
                _take(core, state, decision, change)
                made += 1
        total += made
        if made == 0:
            break
    return total
