"""What a stage tells the policy about itself: grains, their keys, and the variables a formula may read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Type(StrEnum):
    """What a variable, parameter, table column or formula holds."""

    MONEY = "money"  # currency units outside the engine, BIGINT minor units inside
    NUMBER = "number"  # exact number with a declared count of decimals
    COUNT = "count"  # whole number
    TEXT = "text"  # a word, usually a code of a code list
    DATE = "date"  # a day
    FLAG = "flag"  # true or false


NUMERIC = frozenset({Type.MONEY, Type.NUMBER, Type.COUNT})
"""Types that arithmetic is done on."""

VARIABLE_DECIMALS = 6
"""Decimals of a NUMBER variable that does not say its own: stages store millionths."""

FORMULA_DECIMALS = 12
"""Decimals that a NUMBER formula is rounded at when it does not say."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One column of a grain that formulas may read.

    ``unit`` is written as in a policy (``CNY/h``, ``days``); ``decimals`` is the stored scale of a NUMBER.
    ``codes`` names the code list of a TEXT.
    """

    name: str
    type: Type
    zh: str
    en: str
    unit: str = ""
    decimals: int | None = None
    nullable: bool = False
    codes: str | None = None


@dataclass(frozen=True, slots=True)
class Grain:
    """What one row of a sheet is: a credit line, a task, a person.

    ``key`` names the row, ``date`` is the column that says which dated rules apply to it.
    ``parent_key`` are the columns of this grain that hold the parent's key, in the parent's order.
    ``sequence`` is the column of the key that counts time: rows that differ in it alone follow one another, by
    ``date``. ``peers`` are the columns whose values make rows of one time peers, where a formula names none.
    """

    name: str
    key: tuple[str, ...]
    date: str
    variables: tuple[Variable, ...]
    parent: str | None = None
    parent_key: tuple[str, ...] = ()
    sequence: str = ""
    peers: tuple[str, ...] = ()

    @property
    def lasting(self) -> tuple[str, ...]:
        """The key without time: what stays the same from one period to the next."""
        return tuple(column for column in self.key if column != self.sequence)

    def columns(self) -> tuple[str, ...]:
        """Every column of the grain's relation: key, parent key, date, then variables; each once."""
        names = (*self.key, *self.parent_key, self.date, *(variable.name for variable in self.variables))
        return tuple(dict.fromkeys(names))


class Vocabulary:
    """The grains a stage hands to its policy, parents linked by name."""

    def __init__(self, grains: tuple[Grain, ...] | list[Grain]) -> None:
        self.grains = {grain.name: grain for grain in grains}
        assert len(self.grains) == len(grains), "Expected each grain once."
        for grain in grains:
            assert not grain.sequence or grain.sequence in grain.key, f"Expected the time of {grain.name} in its key."
            assert set(grain.peers) <= {one.name for one in grain.variables}, f"Expected what makes {grain.name} peers."
            if grain.parent is not None:
                assert grain.parent in self.grains, f"Expected {grain.parent} among the grains."
                parent = self.grains[grain.parent]
                assert len(grain.parent_key) == len(parent.key), f"Expected the key of {grain.parent}."

    def __iter__(self) -> Iterator[Grain]:
        return iter(self.grains.values())

    def __getitem__(self, name: str) -> Grain:
        return self.grains[name]

    def __contains__(self, name: object) -> bool:
        return name in self.grains

    def ancestors(self, name: str) -> list[str]:
        """Grains above ``name``, nearest first."""
        above = []
        parent = self.grains[name].parent
        while parent is not None:
            above.append(parent)
            parent = self.grains[parent].parent
        return above

    def descendants(self, name: str) -> list[str]:
        """Grains below ``name``, in the order of the vocabulary."""
        return [other for other in self.grains if name in self.ancestors(other)]

    def from_the_top(self) -> list[Grain]:
        """Grains with every parent before its children."""
        return sorted(self.grains.values(), key=lambda grain: len(self.ancestors(grain.name)))
