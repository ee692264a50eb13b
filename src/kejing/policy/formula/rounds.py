"""In which round a formula can be reckoned: after what it reads in other grains, or of other rows of its own."""

from __future__ import annotations

from collections.abc import Sequence

from kejing.policy.formula.binding import Binding
from kejing.policy.formula.phases import Phases


def rounds_of_all(binding: Binding, phases: Phases) -> dict[str, int]:
    """Rounds of all formulas: those before the loop, the loop as one round, those after it."""
    rounds = rounds_of(binding, phases.before)
    for names, is_loop in ((phases.loop, True), (phases.after, False)):
        start = max(rounds.values(), default=-1) + 1
        found = dict.fromkeys(names, 0) if is_loop else rounds_of(binding, names)
        rounds |= {name: start + number for name, number in found.items()}
    return rounds


def rounds_of(binding: Binding, names: Sequence[str], *, is_loop: bool = False) -> dict[str, int]:
    """Rounds of ``names``, which stand in order; inside a loop earlier rows are there already."""
    rounds: dict[str, int] = {}
    over = {name: formula.over for name, formula in binding.pack.formulas.items()}
    for name in names:
        across = [one for _, bound in binding.versions(name) for one in bound.across.values()]
        waited = {target.name for one in across if not (is_loop and one.is_backward) for target in one.reads()}
        read = [*binding.reads(name), *(() if is_loop else binding.earlier(name))]
        apart = {other: over[other] != over[name] or other in waited for other in read}
        rounds[name] = max((rounds[other] + apart[other] for other in read if other in rounds), default=0)
    return rounds
