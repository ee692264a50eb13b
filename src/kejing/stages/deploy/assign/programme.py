"""The books as a linear or integer programme for HiGHS: prices, exact small plans, polish.

Floats stay on this side: what comes back are pair numbers and prices that are checked in integers.
Work is limited by nodes, never by a clock, so that a run gives the same plan again.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from kejing.stages.deploy.assign.instance import HARD, NO_LIMIT, Instance, Ints

type Floats = NDArray[np.float64]

_INFINITY = highspy.kHighsInf
_ROUNDS = 12
_ENTERING = 3
"""Pairs of one decision that may enter in one round."""
_PRESOLVED = 100_000
"""Pairs up to which the solver looks for what it can take away before it solves a relaxation."""
_TAKEN = 0.5
"""An integer variable above this is one."""


@dataclass(frozen=True, slots=True)
class _Rows:
    """Row numbers of the programme: one per decision, then the limited RM rows, then the budgets."""

    first_limit: int
    limited_rm: Ints
    limited_resource: Ints
    number: Ints  # [m + 1, R] -> row number, -1 where unlimited
    first_budget: int
    count: int


@dataclass(frozen=True, slots=True)
class Relaxation:
    """Answer of the linear programme: duals per row side [points per unit] and the share of each pair."""

    high: Floats
    low: Floats
    cap: Floats
    share: Floats


def solve_relaxation(instance: Instance, core: Ints) -> Relaxation:
    """Prices and fractional plan of the programme over all pairs, starting from pairs ``core``.

    Notes
    -----
    Pairs outside the core enter when their reduced cost undercuts the decision's best; the basis is
    kept, so each further round is short. Rounds are counted: prices that miss a pair still bound.
    """
    programme = _Programme(instance, seed=0)
    programme.add_pairs(core)
    if len(core) > _PRESOLVED:
        programme.solve_as_it_is()
    for _ in range(_ROUNDS):
        programme.run()
        answer = programme.relaxation()
        missing = _undercutting(instance, answer, programme.columns)
        if len(missing) == 0:
            return answer
        programme.add_pairs(missing)
    programme.run()
    return programme.relaxation()


def solve_integer(instance: Instance, pairs: Ints, start: Ints, *, nodes: int, seed: int) -> tuple[Ints, bool]:
    """Best plan found among ``pairs`` and whether the search proved that none is better.

    Parameters
    ----------
    start
        A plan within ``pairs`` to begin with [n].
    nodes
        Branch-and-bound nodes allowed.
    """
    programme = _Programme(instance, seed=seed)
    programme.add_pairs(pairs)
    return programme.integer_plan(start, nodes=nodes)


def _undercutting(instance: Instance, answer: Relaxation, columns: Ints) -> Ints:
    """Up to 3 pairs per decision, not yet columns, that are cheaper at the duals than any column."""
    net = np.vstack([answer.high - answer.low, np.zeros((1, len(instance.resources)))])
    reduced = instance.cost + (net[instance.rm] * instance.use).sum(axis=1) + instance.draw @ answer.cap
    inside = np.zeros(instance.pairs, dtype=bool)
    inside[columns] = True
    best_inside = np.minimum.reduceat(np.where(inside, reduced, np.inf), instance.first[:-1])
    owner = instance.owner
    better = np.flatnonzero(~inside & (reduced < best_inside[owner] - 1e-4))
    order = better[np.lexsort((better, reduced[better], owner[better]))]
    place = np.arange(len(order)) - np.searchsorted(owner[order], owner[order], side="left")
    return order[place < _ENTERING]


class _QuietHighs(highspy.Highs):
    """HiGHS without its banner, which it prints as soon as callbacks are enabled."""

    def enableCallbacks(self) -> None:  # noqa: N802  # the name that HiGHS gives it
        """Fall silent first."""
        self.silent()
        super().enableCallbacks()  # type: ignore[no-untyped-call]  # highspy leaves it bare


class _Programme:
    """One HiGHS model whose columns are pairs, then slacks of the soft rows."""

    def __init__(self, instance: Instance, *, seed: int) -> None:
        self.instance = instance
        self.columns: Ints = np.zeros(0, dtype=np.int64)
        self._place: Ints = np.zeros(0, dtype=np.int64)  # column number of each pair
        self._width = 0
        self._rows = _number_rows(instance)
        self._solver = _QuietHighs()  # type: ignore[no-untyped-call]  # highspy leaves it bare
        for option, value in (("threads", 1), ("parallel", "off"), ("random_seed", seed % 2**31)):
            self._solver.setOptionValue(option, value)
        self._add_rows()
        self._add_slacks()

    def _add_rows(self) -> None:
        instance, rows = self.instance, self._rows
        ones = np.ones(len(instance.decisions))
        low = instance.low[rows.limited_rm, rows.limited_resource].astype(np.float64)
        high = instance.high[rows.limited_rm, rows.limited_resource].astype(np.float64)
        low[low <= -NO_LIMIT] = -_INFINITY
        high[high >= NO_LIMIT] = _INFINITY
        cap = instance.cap.astype(np.float64)
        lower = np.concatenate([ones, low, np.full(len(cap), -_INFINITY)])
        upper = np.concatenate([ones, high, cap])
        empty = np.zeros(0, dtype=np.int32)
        self._solver.addRows(rows.count, lower, upper, 0, np.zeros(rows.count, dtype=np.int32), empty, np.zeros(0))

    def _add_slacks(self) -> None:
        """A column per side of each soft row: leaving the limit by one unit at the row's penalty."""
        instance, rows = self.instance, self._rows
        numbers = np.arange(len(rows.limited_rm)) + rows.first_limit
        budgets = np.arange(len(instance.cap)) + rows.first_budget
        parts = [
            (numbers, instance.high_penalty[rows.limited_resource], -1.0),
            (numbers, instance.low_penalty[rows.limited_resource], 1.0),
            (budgets, instance.cap_penalty, -1.0),
        ]
        for row, penalty, sign in parts:
            soft = penalty != HARD
            count = int(soft.sum())
            if count:
                self._columns(penalty[soft].astype(np.float64), np.arange(count), row[soft], np.full(count, sign))

    def add_pairs(self, pairs: Ints) -> None:
        """Make ``pairs`` columns."""
        instance, rows = self.instance, self._rows
        owner = instance.owner[pairs]
        blocks = [(owner, np.ones(len(pairs)))]
        blocks += [
            (rows.number[instance.rm[pairs], resource], instance.use[pairs, resource].astype(np.float64))
            for resource in range(len(instance.resources))
        ]
        blocks += [
            (np.full(len(pairs), rows.first_budget + budget), instance.draw[pairs, budget].astype(np.float64))
            for budget in range(len(instance.budgets))
        ]
        index = np.stack([block[0] for block in blocks], axis=1)
        value = np.stack([block[1] for block in blocks], axis=1)
        kept = (index >= 0) & (value != 0)
        start = np.concatenate([[0], np.cumsum(kept.sum(axis=1))[:-1]])
        self._place = np.concatenate([self._place, self._width + np.arange(len(pairs))])
        self.columns = np.concatenate([self.columns, pairs])
        self._columns(instance.cost[pairs].astype(np.float64), start, index[kept], value[kept])

    def _columns(self, cost: Floats, start: Ints, index: Ints, value: Floats) -> None:
        count = len(cost)
        upper = np.full(count, _INFINITY)
        self._solver.addCols(
            count, cost, np.zeros(count), upper, len(index), start.astype(np.int32), index.astype(np.int32), value
        )
        self._width += count

    def solve_as_it_is(self) -> None:
        """Leave out the presolve: of a large relaxation it takes nothing away, and looks for long."""
        self._solver.setOptionValue("presolve", "off")

    def run(self) -> None:
        """Solve what is there."""
        self._solver.run()

    def relaxation(self) -> Relaxation:
        """Duals and shares of the last run."""
        instance, rows = self.instance, self._rows
        solution = self._solver.getSolution()
        dual = np.array(solution.row_dual)
        high, low = np.zeros(instance.high.shape), np.zeros(instance.low.shape)
        limits = dual[rows.first_limit : rows.first_budget]
        high[rows.limited_rm, rows.limited_resource] = np.maximum(0.0, -limits)
        low[rows.limited_rm, rows.limited_resource] = np.maximum(0.0, limits)
        share = np.zeros(instance.pairs)
        share[self.columns] = np.array(solution.col_value)[self._place]
        return Relaxation(high, low, np.maximum(0.0, -dual[rows.first_budget :]), share)

    def integer_plan(self, start: Ints, *, nodes: int) -> tuple[Ints, bool]:
        """Branch and bound from ``start``."""
        solver, count = self._solver, len(self.columns)
        kinds = np.full(count, highspy.HighsVarType.kInteger)
        solver.changeColsIntegrality(count, self._place.astype(np.int32), kinds)
        solver.changeColsBounds(count, self._place.astype(np.int32), np.zeros(count), np.ones(count))
        for option, setting in (("mip_rel_gap", 0.0), ("mip_abs_gap", 0.5), ("mip_max_nodes", nodes)):
            solver.setOptionValue(option, setting)
        chosen = np.isin(self.columns, start)
        solver.setSolution(count, self._place.astype(np.int32), chosen.astype(np.float64))
        solver.run()
        value = np.array(solver.getSolution().col_value)
        is_proved = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        if len(value) == 0:
            return start, False
        taken = self.columns[value[self._place] > _TAKEN]
        taken = taken[np.argsort(self.instance.owner[taken], kind="stable")]
        is_whole = np.array_equal(self.instance.owner[taken], np.arange(len(self.instance.decisions)))
        return (taken, is_proved) if is_whole else (start, False)


def _number_rows(instance: Instance) -> _Rows:
    limited = (instance.high < NO_LIMIT) | (instance.low > -NO_LIMIT)
    limited_rm, limited_resource = np.nonzero(limited)
    first_limit = len(instance.decisions)
    number = np.full((len(instance.rms) + 1, len(instance.resources)), -1, dtype=np.int64)
    number[limited_rm, limited_resource] = first_limit + np.arange(len(limited_rm))
    first_budget = first_limit + len(limited_rm)
    count = first_budget + len(instance.budgets)
    return _Rows(first_limit, limited_rm, limited_resource, number, first_budget, count)
