"""A figure with the figures it comes from: what an explanation is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kejing.policy.literals import Value
from kejing.policy.parts import Labels
from kejing.policy.vocabulary import Type


@dataclass(frozen=True, slots=True)
class Figure:
    """One named figure of one row.

    ``rule`` is the clause it follows: ``formula@2025-01-01``, ``table#rule_id``, ``parameter@2025-01-01``
    or ``card@2025-01-01``; empty for a fact. ``children`` are the figures it was computed from.
    """

    name: str
    labels: Labels
    value: Value | None
    type: Type
    unit: str = ""
    rule: str = ""
    source: str = ""
    grain: str = ""
    key: tuple[object, ...] = ()
    children: tuple[Figure, ...] = ()

    def identity(self) -> tuple[object, ...]:
        """What makes two figures of one formula the same figure."""
        read = tuple((child.name, child.value) for child in self.children) if not self.grain else ()
        return (self.name, self.grain, self.key, self.rule, self.value, read)

    def walk(self) -> Iterator[Figure]:
        """The figure and everything below it, top first."""
        yield self
        for child in self.children:
            yield from child.walk()

    def leaves(self) -> Iterator[Figure]:
        """Figures that rest on nothing further: facts, parameters, rules without inputs."""
        return (figure for figure in self.walk() if not figure.children)
