"""What incidents take: unvested instalments first, then pay already paid; no cent twice."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from kejing.measure.period import Period
from kejing.measure.rounding import round_fraction

type Scope = Literal["unvested", "paid", "both"]
SCOPES: tuple[Scope, ...] = ("unvested", "paid", "both")


@dataclass(frozen=True, slots=True)
class Cell:
    """Pay that an incident can reach: an instalment, or (number 0) what was earned and not deferred in a period.

    ``amount`` is what is there at the start of the fiscal year [minor units, >= 0]; ``vests_on`` is None for number 0.
    """

    rm_id: str
    period: str
    span: Period
    number: int
    amount: int
    vests_on: dt.date | None = None

    @property
    def key(self) -> tuple[str, str, int]:
        """What names the cell."""
        return (self.rm_id, self.period, self.number)

    def is_unvested(self, day: dt.date) -> bool:
        """Whether the cell is a promise yet on ``day``."""
        return self.vests_on is not None and self.vests_on > day


@dataclass(frozen=True, slots=True)
class Demand:
    """An incident as the policy sees it: decided on a day, for ``share`` of the pay of the periods in ``window``."""

    incident_id: str
    rm_id: str
    cause: str
    decided_on: dt.date
    window: Period
    share: Fraction
    scope: Scope
    clause: str

    def reaches(self, cell: Cell) -> bool:
        """Whether the incident may touch the cell: in the window, begun by the decision, in the scope."""
        if cell.rm_id != self.rm_id or cell.span.start > self.decided_on:
            return False
        if cell.span.start >= self.window.end or cell.span.end <= self.window.start:
            return False
        unvested = cell.is_unvested(self.decided_on)
        return self.scope == "both" or unvested is (self.scope == "unvested")


@dataclass(frozen=True, slots=True)
class Taking:
    """What one incident takes from one cell [minor units]; ``kind`` malus (unvested) or recover (paid)."""

    demand: Demand
    cell: Cell
    amount: int

    @property
    def kind(self) -> str:
        """How it is taken."""
        return "malus" if self.cell.is_unvested(self.demand.decided_on) else "recover"


@dataclass(slots=True)
class _Taken:
    amounts: dict[tuple[str, str, int], int] = field(default_factory=lambda: defaultdict(int))


def take_back(cells: Iterable[Cell], demands: Iterable[Demand]) -> list[Taking]:
    """What every incident takes from every cell.

    Parameters
    ----------
    cells
        Instalments and paid amounts of any number of RMs, in any order.
    demands
        Incidents, in any order.

    Returns
    -------
    list
        One entry a cell touched, in the order of taking.

    Notes
    -----
    Incidents count in the order of (decision, id). Each asks for ``share`` of what its cells once held, rounded once,
    half up; it takes the unvested cells in the order in which they vest, then the others by period and number, never
    more than is left. What it asks for does not depend on other incidents, so one more incident never leaves more in
    any cell. Source: feature 38; 关于建立完善银行保险机构绩效薪酬追索扣回机制的指导意见 (2021).
    """
    by_rm: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        by_rm[cell.rm_id].append(cell)
    taken = _Taken()
    takings = []
    for demand in sorted(demands, key=lambda one: (one.decided_on, one.incident_id)):
        takings += _take_one(demand, by_rm[demand.rm_id], taken.amounts)
    return takings


def _take_one(demand: Demand, cells: list[Cell], taken: dict[tuple[str, str, int], int]) -> list[Taking]:
    reached = sorted((cell for cell in cells if demand.reaches(cell)), key=lambda cell: _turn(cell, demand))
    left = round_fraction(demand.share * sum(cell.amount for cell in reached), 0)
    takings = []
    for cell in reached:
        amount = min(left, cell.amount - taken[cell.key])
        if amount > 0:
            taken[cell.key] += amount
            left -= amount
            takings.append(Taking(demand, cell, amount))
    return takings


def _turn(cell: Cell, demand: Demand) -> tuple[bool, dt.date, dt.date, int]:
    unvested = cell.is_unvested(demand.decided_on)
    day = cell.vests_on if unvested and cell.vests_on is not None else cell.span.start
    return (not unvested, day, cell.span.start, cell.number)


def asked(demands: Iterable[Demand], takings: Iterable[Taking]) -> Mapping[str, int]:
    """What each incident took in all, by its id; zero where nothing was left."""
    total = dict.fromkeys((demand.incident_id for demand in demands), 0)
    for taking in takings:
        total[taking.demand.incident_id] += taking.amount
    return total
