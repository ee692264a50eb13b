"""Which formulas are reckoned for all times at once, and which one time after the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


class Reading(Protocol):
    """What formulas read: of their own time, and of earlier ones."""

    def reads(self, formula: str) -> list[str]:
        """Formulas read of the same time."""
        ...

    def earlier(self, formula: str) -> list[str]:
        """Formulas read of earlier times."""
        ...


@dataclass(frozen=True, slots=True)
class Phases:
    """Formulas in order: those that rest on no loop, those in a loop through PREVIOUS or TO_DATE, those that read it.

    What lies between two loops is reckoned with them.
    """

    before: tuple[str, ...]
    loop: tuple[str, ...]
    after: tuple[str, ...]


def phases_of(binding: Reading, wanted: Sequence[str]) -> Phases:
    """``wanted`` in three parts, each in an order in which it can be reckoned."""
    known = frozenset(wanted)
    read = {
        name: [other for other in (*binding.reads(name), *binding.earlier(name)) if other in known] for name in wanted
    }
    under = {name: _below(name, read) for name in wanted}
    turning = {name for name in wanted if name in under[name]}
    resting = {name for name in wanted if not turning.isdisjoint(under[name])}
    borne: set[str] = set()
    for name in turning:
        borne |= under[name]
    loop = turning | (resting & borne)
    after = [name for name in _ordered(wanted, read) if name in resting - loop]
    before = [name for name in _ordered(wanted, read) if name not in resting | loop]
    return Phases(tuple(before), tuple(name for name in wanted if name in loop), tuple(after))


def _below(name: str, read: Mapping[str, list[str]]) -> set[str]:
    """Everything that ``name`` rests on; itself only where it turns back to itself."""
    found: set[str] = set()
    waiting = list(read[name])
    while waiting:
        other = waiting.pop()
        if other not in found:
            found.add(other)
            waiting += read[other]
    return found


def _ordered(names: Iterable[str], read: Mapping[str, list[str]]) -> list[str]:
    """``names`` with what each reads before it; inside a loop in any order."""
    order: list[str] = []
    seen: set[str] = set()

    def visit(name: str) -> None:
        if name in seen:
            return
        seen.add(name)
        for other in read[name]:
            visit(other)
        order.append(name)

    for name in names:
        visit(name)
    return order
