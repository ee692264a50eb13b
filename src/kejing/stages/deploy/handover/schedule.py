"""Handovers onto waves: forced ones first, groups together, nobody beyond the budget of a wave."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count

from kejing.measure.period import add_months


@dataclass(frozen=True, slots=True)
class Budget:
    """What one RM may be asked for in one wave, as giver and taker together: customers, and hours in millionths."""

    customers: int
    hours: int


@dataclass(frozen=True, slots=True)
class Waves:
    """Days on which waves begin: ``first``, then every ``months`` months."""

    first: dt.date
    months: int

    def start(self, wave: int) -> dt.date:
        """First day of ``wave``, counted from 0."""
        return add_months(self.first, wave * self.months)


@dataclass(frozen=True, slots=True)
class Burden:
    """What a block asks of one RM."""

    rm_id: str
    customers: int
    hours: int


@dataclass(frozen=True, slots=True)
class Block:
    """Customers that change hands in one wave; blocks are handed in by urgency.

    ``deadline`` is the first day without the old RM, None where he stays. ``is_forced`` blocks come first, and with a
    deadline they may go beyond a budget rather than come late.
    """

    burdens: tuple[Burden, ...]
    is_forced: bool = False
    deadline: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """The wave of a block, from 0, and whether it took more than the budget."""

    wave: int
    is_over: bool = False


class _Used:
    """What each RM is asked for in each wave so far."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._customers: dict[tuple[int, str], int] = defaultdict(int)
        self._hours: dict[tuple[int, str], int] = defaultdict(int)

    def excess(self, wave: int, block: Block) -> int:
        """Customers and hours beyond the budget of ``wave`` if ``block`` comes to it; 0 where it fits."""
        over = 0
        for burden in block.burdens:
            key = (wave, burden.rm_id)
            over += max(0, self._customers[key] + burden.customers - self._budget.customers)
            over += max(0, self._hours[key] + burden.hours - self._budget.hours)
        return over

    def is_free(self, wave: int, block: Block) -> bool:
        """Whether nobody whom ``block`` concerns has anything else in ``wave``."""
        return not any(self._customers[wave, burden.rm_id] for burden in block.burdens)

    def add(self, wave: int, block: Block) -> None:
        for burden in block.burdens:
            self._customers[wave, burden.rm_id] += burden.customers
            self._hours[wave, burden.rm_id] += burden.hours


def schedule(blocks: Sequence[Block], waves: Waves, budget: Budget) -> list[Slot]:
    """The wave of every block, in the order of ``blocks``.

    Notes
    -----
    Each block takes the earliest wave in which every RM concerned stays within the budget. A block larger than the
    budget takes the first wave in which nobody concerned has anything else. A block whose old RM leaves must begin
    before that day: if no such wave has room it takes the one with least excess, the earliest of several.

    Examples
    --------
    >>> block = Block((Burden("A", 3, 0), Burden("B", 3, 0)))
    >>> [slot.wave for slot in schedule([block, block], Waves(dt.date(2026, 1, 1), 1), Budget(4, 0))]
    [0, 1]
    """
    used = _Used(budget)
    slots: list[Slot | None] = [None] * len(blocks)
    for place in _by_urgency(blocks):
        block = blocks[place]
        slot = _forced(block, waves, used) if block.deadline is not None else _earliest(block, used)
        used.add(slot.wave, block)
        slots[place] = slot
    return [slot for slot in slots if slot is not None]


def _by_urgency(blocks: Sequence[Block]) -> Iterable[int]:
    """Places of ``blocks``: deadlines in their order, then other forced ones, then the rest as handed in."""
    return sorted(
        range(len(blocks)),
        key=lambda place: (not blocks[place].is_forced, blocks[place].deadline or dt.date.max, place),
    )


def _earliest(block: Block, used: _Used) -> Slot:
    for wave in count():
        if used.excess(wave, block) == 0:
            return Slot(wave)
        if used.is_free(wave, block):
            return Slot(wave, is_over=True)
    raise AssertionError


def _forced(block: Block, waves: Waves, used: _Used) -> Slot:
    assert block.deadline is not None
    least: tuple[int, int] | None = None
    for wave in count():
        if wave and waves.start(wave) >= block.deadline:
            break
        excess = used.excess(wave, block)
        if excess == 0:
            return Slot(wave)
        least = min(least or (excess, wave), (excess, wave))
    assert least is not None
    return Slot(least[1], is_over=True)
