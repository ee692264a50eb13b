"""Prices, then plans: the way from a large problem to a plan with its bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from kejing.stages.deploy.assign.instance import Ints, Prices
from kejing.stages.deploy.assign.solver.anneal_loops import Best, Level, cool
from kejing.stages.deploy.assign.solver.dual import Climb, climb, near_pairs, reduced, taken
from kejing.stages.deploy.assign.solver.measure import Figures, figures_of
from kejing.stages.deploy.assign.solver.plan_state import (
    Weights,
    choice_in,
    choice_out,
    core_of,
    state_of,
)
from kejing.stages.deploy.assign.solver.problem import Problem, is_hard
from kejing.stages.deploy.assign.solver.settle_loops import relieve, settle

_SEED = 88_172_645_463_325_252
_SETTLING = 20
_HOTTEST = 1e12
_LAST_HARDNESS = 200.0
"""How many times its price a broken hard unit costs at the last temperature."""
_STRICT = (10.0, 100.0, 1e3, 1e6)
"""The same while a plan settles, step by step."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to search, in counts.

    Attributes
    ----------
    rounds
        Coolings, each from the cheapest pairs; the sweeps of each grow by ``growth``.
    levels, sweeps
        Temperatures of a cooling, and sweeps at each in the first round.
    loose
        Decisions per RM that chance leaves off their cheapest pair at the first temperature, by round in turn.
    most_loose
        The same as a share of all decisions, which counts where books are short.
    cooling
        Last temperature over the first.
    reach
        Pairs dearer than the cheapest by more first temperatures than this are not searched.
    width
        Pairs per decision that may be searched at all.
    """

    climb: Climb = field(default_factory=Climb)
    rounds: int = 3
    growth: float = 1.5
    levels: int = 60
    sweeps: int = 20
    loose: tuple[float, ...] = (1.0, 2.0)
    most_loose: float = 0.2
    cooling: float = 0.1
    reach: float = 15.0
    width: int = 10
    pairs_of_two: int = 160
    threads: int = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """A plan as pair numbers [n], its figures, and the prices it was searched with; no plan if none kept the rows."""

    choice: Ints | None
    figures: Figures | None
    prices: Prices


def solve_large(
    problem: Problem,
    effort: Effort,
    *,
    seed: int,
    starts: tuple[Ints, ...] = (),
    prices: Prices | None = None,
    is_over: Callable[[], bool] = bool,
) -> Answer:
    """The best plan found for a problem of any size.

    Parameters
    ----------
    starts
        Plans known before; each is settled too, and the answer is never worse than a feasible one of them.
    prices
        Prices known before; else they are climbed to.
    is_over
        Asked between temperatures whether time is up: by default never, so that work is counted and repeats itself.
    """
    found = prices if prices is not None else climb(problem, effort.climb, threads=effort.threads)
    search = _Search(problem, found, effort, seed, starts)
    for start in starts:
        search.offer(start)
        search.finish(start)
    for number in range(effort.rounds):
        if number and is_over():
            break
        search.round(number, is_over)
    return Answer(search.choice, search.figures, found)


class _Search:
    """Rounds of cooling and settling, and the best plan of all."""

    def __init__(self, problem: Problem, prices: Prices, effort: Effort, seed: int, starts: tuple[Ints, ...]) -> None:
        self.problem, self.prices, self.effort = problem, prices, effort
        self.chance = np.array([_SEED ^ (seed * 0x9E37_79B9 + 1)], dtype=np.uint64)
        kept, self.cheapest = near_pairs(problem, prices, effort.width)
        self.wide = np.unique(np.concatenate([kept, *starts]))
        self.first = np.searchsorted(self.wide, problem.pairs.first)
        value = reduced(taken(problem.pairs, self.wide), prices)
        self.regret = value - np.repeat(np.minimum.reduceat(value, self.first[:-1]), np.diff(self.first))
        self.hard = np.stack([is_hard(problem.high_penalty), is_hard(problem.low_penalty)])
        self.cap_hard = is_hard(problem.cap_penalty)
        self.choice: Ints | None = None
        self.figures: Figures | None = None

    def offer(self, choice: Ints) -> None:
        """Keep a plan if it keeps the hard rows and is cheaper than the one kept."""
        figures = figures_of(self.problem, choice)
        if figures.broken == 0 and (self.figures is None or figures.cost < self.figures.cost):
            self.choice, self.figures = choice, figures

    def temperature(self, loose: float) -> float:
        """The temperature at which ``loose`` decisions per RM, as far as the books are long, are off their cheapest."""
        step = max(1, self.problem.decisions // 50_000)
        sampled = np.arange(0, self.problem.decisions, step)
        size = np.diff(self.first)[sampled]
        first = np.concatenate([[0], np.cumsum(size)])[:-1]
        regret = self.regret[np.repeat(self.first[:-1][sampled] - first, size) + np.arange(size.sum())]
        wanted = min(loose * self.problem.rms, self.effort.most_loose * self.problem.decisions) / step
        temperature = 1.0
        while temperature < _HOTTEST:
            share = np.exp(-regret / temperature)
            away = np.add.reduceat(share * regret, first) / np.add.reduceat(share, first) / temperature
            if away.sum() >= wanted:
                break
            temperature *= 1.25
        return temperature

    def round(self, number: int, is_over: Callable[[], bool]) -> None:
        """Cool from the cheapest pairs, then settle."""
        effort = self.effort
        hot = self.temperature(effort.loose[number % len(effort.loose)])
        weights = Weights(self.problem, self.prices, fallback=hot)
        near = self.wide[self.regret <= effort.reach * hot]
        core = core_of(self.problem, self.prices, near, self.cheapest)
        state = state_of(core, choice_in(core, self.cheapest), rms=self.problem.rms)
        best = Best(state.choice.copy(), np.array([np.inf]), self.hard, self.cap_hard)
        sweeps = round(effort.sweeps * effort.growth**number)
        for level in self._levels(hot, weights, sweeps):
            if is_over():
                break
            cool(core, state, level, best, self.chance)
        if np.isfinite(best.value[0]):
            self.finish(choice_out(core, best.choice))
        self.finish(choice_out(core, state.choice))

    def _levels(self, hot: float, weights: Weights, sweeps: int) -> list[Level]:
        """From loose rows at the first temperature to rows at their prices at the last."""
        effort = self.effort
        price = max(float((weights.scale * weights.mean_use).max(initial=0.0)), 1e-9)
        ease = min(1.0, hot / price)
        true = weights.slopes(1.0, _STRICT[-1])
        levels = []
        for number in range(effort.levels):
            late = number / max(1, effort.levels - 1)
            slopes = weights.slopes(ease ** (1 - late), ease ** (1 - late) * _LAST_HARDNESS**late)
            levels.append(Level(hot * effort.cooling**late, sweeps, effort.pairs_of_two, slopes, true))
        return levels

    def finish(self, choice: Ints) -> None:
        """Settle a plan over the wide core and offer it."""
        self.offer(mended(self.problem, self.prices, self.wide, choice))


def mended(problem: Problem, prices: Prices, kept: Ints, choice: Ints) -> Ints:
    """``choice`` with crowded RMs relieved and every change made that pays, ever more strictly, over pairs ``kept``."""
    core = core_of(problem, prices, kept, choice)
    weights = Weights(problem, prices, fallback=1.0)
    state = state_of(core, choice_in(core, choice), rms=problem.rms)
    for strict in _STRICT:
        slopes = weights.slopes(1.0, strict)
        relieve(core, state, slopes)
        settle(core, state, slopes, _SETTLING)
    return choice_out(core, state.choice)
