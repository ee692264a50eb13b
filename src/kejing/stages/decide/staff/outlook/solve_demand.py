"""The distribution: draws of customers, projects and levers, month by month; floats, for they are forecasts.

Levers are drawn once for the whole institution, because a bad year is bad everywhere; what happens to single
customers is drawn per site, from a generator of the site's own, so that a site's draws do not depend on the others.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from kejing.stages.decide.staff.outlook.expected import Drift, Expectation, SiteNow
from kejing.stages.decide.staff.outlook.rules import FACTOR_LEVERS, PARAMETER_LEVERS

type Floats = NDArray[np.float64]
type Counts = NDArray[np.int64]

P90 = 0.9
_SLACK = 1e-9  # heads; a sum of floats a hair above a whole number is that number


@dataclass(frozen=True, slots=True)
class Draws:
    """Draws of one site; arrays are ``[n_draws]`` unless said otherwise.

    ``heads`` are those of a line at the end of each month, before rounding, ``[n_months, n_draws]``;
    ``tier_heads`` those of a tier and line at the end; ``customers`` by tier at the end.
    """

    heads: Mapping[str, Floats]
    tier_heads: Mapping[tuple[str, str], Floats]
    customers: Mapping[str, Counts]


def p90(values: NDArray[np.float64] | Counts) -> int:
    """The least whole number of heads that is enough in nine draws of ten."""
    return int(np.quantile(np.ceil(values - _SLACK), P90, method="higher"))


def draw_levers(expectation: Expectation, draws: int, seed: int) -> dict[str, Floats]:
    """A value of every lever for each draw: triangular between its ends, or its base."""
    chance = np.random.default_rng([seed, 0])
    found = {}
    for name in (*PARAMETER_LEVERS, *FACTOR_LEVERS):
        lever = expectation.outlook.levers.get(name)
        if lever is None or lever.low == lever.high:
            found[name] = np.full(draws, float(expectation.outlook.base[name]))
        else:
            found[name] = chance.triangular(float(lever.low), float(lever.base), float(lever.high), draws)
    return found


def draw_site(expectation: Expectation, now: SiteNow, levers: Mapping[str, Floats], seed: int) -> Draws:
    """Draw what the coming months bring to one site.

    Parameters
    ----------
    levers
        As `draw_levers` gives them, the same for every site of a run.
    seed
        The run's; the site's name makes it the site's own.

    Notes
    -----
    A month: binomial leavers and movers, then Poisson joiners. Work is said for a year at the customers of the month:
    the service standard times the churn factor, and a year's projects, Poisson in number and gamma in hours.
    """
    chance = np.random.default_rng([seed, 1 + zlib.crc32(now.site.encode())])
    outlook = expectation.outlook
    draws = len(levers["growth"])
    customers = {tier: np.full(draws, now.customers.get(tier, 0), dtype=np.int64) for tier in expectation.tiers}
    selling = _selling_hours(expectation, levers)
    service = {tier: _service_hours(expectation, now, tier, levers) for tier in expectation.tiers}
    by_month: dict[str, list[Floats]] = {}
    of_tier: dict[tuple[str, str], Floats] = {}
    for month in range(len(outlook.months)):
        customers = _next_month(expectation, now, customers, levers, month, chance)
        of_tier = {}
        for tier, count in customers.items():
            if not count.any():
                continue
            hours = count * service[tier] + _project_hours(expectation, tier, count, levers, chance)
            for (served, line), share in expectation.standard.lines.items():
                if served == tier and share:
                    of_tier[tier, line] = hours * float(share) / selling
        for line in sorted({line for _, line in expectation.standard.lines}):
            parts = [heads for (_, of_line), heads in of_tier.items() if of_line == line]
            by_month.setdefault(line, []).append(np.sum(parts, axis=0) if parts else np.zeros(draws))
    return Draws({line: np.array(rows) for line, rows in by_month.items()}, of_tier, customers)


def _selling_hours(expectation: Expectation, levers: Mapping[str, Floats]) -> Floats:
    left = (1 - levers["leave_share"]) * (1 - levers["training_share"]) * levers["selling_share"]
    return float(expectation.outlook.day_hours) * left * levers["quality_factor"]


def _service_hours(expectation: Expectation, now: SiteNow, tier: str, levers: Mapping[str, Floats]) -> Floats:
    """Hours a year of one customer of ``tier``, its churn factor included."""
    hours = float(expectation.standard.hours.get(tier, (Fraction(0), ""))[0])
    rate = float(now.churn.get(tier, Fraction(0)))
    churn = _factors(expectation, rate * levers["churn"])
    of_one: Floats = hours * levers["contact_hours"] * levers["support_factor"] * churn
    return of_one


def _factors(expectation: Expectation, rates: Floats) -> Floats:
    """Hours factor of each churn rate, by rates to a hundredth of a percent: a table of steps is asked few times."""
    steps, place = np.unique(np.round(rates, 4), return_inverse=True)
    asked = [float(expectation.factor_of(Fraction(round(float(step) * 10_000), 10_000))) for step in steps]
    factors: Floats = np.array(asked, dtype=np.float64)[place]
    return factors


def _project_hours(
    expectation: Expectation, tier: str, customers: Counts, levers: Mapping[str, Floats], chance: np.random.Generator
) -> Floats:
    projects = expectation.outlook.projects.get(tier)
    if projects is None or not projects.per_year:
        return np.zeros(len(customers))
    number = chance.poisson(customers * float(projects.per_year) * levers["projects"])
    hours, spread = float(projects.hours), float(projects.spread)
    if not spread:
        return np.asarray(number * hours, dtype=np.float64)
    return chance.gamma(number / spread**2) * hours * spread**2  # a sum of that many gammas is one


def _next_month(
    expectation: Expectation,
    now: SiteNow,
    customers: Mapping[str, Counts],
    levers: Mapping[str, Floats],
    month: int,
    chance: np.random.Generator,
) -> dict[str, Counts]:
    outlook = expectation.outlook
    drift = Drift(outlook, outlook.base, expectation.tiers)
    found = {tier: count.copy() for tier, count in customers.items()}
    for tier, count in customers.items():
        staying, left = count, np.ones(len(count))
        for end, share in drift.exits(tier):
            chance_of = float(share) * levers["tier_moves" if end else "leaving"]
            if not share or not staying.any():
                continue
            gone = chance.binomial(staying, np.clip(chance_of / left, 0, 1))
            staying, left = staying - gone, np.maximum(left - chance_of, _SLACK)
            found[tier] -= gone
            if end:
                found[end] = found[end] + gone
        joining = outlook.growth.get(tier)
        if joining and joining[month]:
            mean = float(joining[month] * now.part.get(tier, Fraction(0))) * levers["growth"]
            found[tier] += chance.poisson(mean)
    return found
