"""The exact mean: customers to be expected, the heads they take, and what each lever does to them alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import ceil

from kejing.stages.decide.staff.outlook.rules import Levers, Outlook
from kejing.stages.decide.staff.standard import Standard

_YEAR = 12  # months


@dataclass(frozen=True, slots=True)
class SiteNow:
    """A site on the day of the run.

    ``customers`` by tier; ``part`` is the share of a tier's joiners that come to the site; ``churn`` the
    churn rate by tier.
    """

    site: str
    customers: Mapping[str, int]
    part: Mapping[str, Fraction]
    churn: Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class Swing:
    """Heads of one site and line with one lever at its low, base and high value, the others at their base."""

    site: str
    line: str
    lever: str
    heads: tuple[Fraction, Fraction, Fraction]

    @property
    def whole(self) -> tuple[int, int, int]:
        """The heads rounded up, as posts are counted."""
        low, base, high = self.heads
        return ceil(low), ceil(base), ceil(high)


class Drift:
    """How customers join, leave and change tier over the coming months, in the mean.

    Linear in the customers of today and in the joiners, so one pass per tier serves every site.
    """

    def __init__(self, outlook: Outlook, levers: Levers, tiers: list[str]) -> None:
        self._outlook = outlook
        self._levers = levers
        self._tiers = tiers

    def customers(self, now: SiteNow) -> dict[str, Fraction]:
        """Customers by tier at the end of the months ahead."""
        found: dict[str, Fraction] = defaultdict(Fraction)
        for tier in self._tiers:
            for end, share in self._kept[tier].items():
                found[end] += now.customers.get(tier, 0) * share
            for end, count in self._joined[tier].items():
                found[end] += now.part.get(tier, Fraction(0)) * count
        return dict(found)

    @cached_property
    def _kept(self) -> dict[str, dict[str, Fraction]]:
        """Where one customer of each tier is at the end."""
        months = len(self._outlook.months)
        return {tier: self._walked({tier: Fraction(1)}, months) for tier in self._tiers}

    @cached_property
    def _joined(self) -> dict[str, dict[str, Fraction]]:
        """Where those who join each tier are at the end: a joiner of a month is there from the next on."""
        found = {}
        for tier in self._tiers:
            place: dict[str, Fraction] = {}
            for joining in self._outlook.growth.get(tier, ()):
                place = self._walked(place, 1)
                place[tier] = place.get(tier, Fraction(0)) + joining * self._levers["growth"]
            found[tier] = place
        return found

    def _walked(self, place: dict[str, Fraction], months: int) -> dict[str, Fraction]:
        for _ in range(months):
            step: dict[str, Fraction] = defaultdict(Fraction)
            for tier, count in place.items():
                step[tier] += count
                for end, share in self.exits(tier):
                    step[tier] -= count * share
                    if end:
                        step[end] += count * share
            place = dict(step)
        return place

    def exits(self, tier: str) -> Iterator[tuple[str, Fraction]]:
        """Where a customer of ``tier`` goes in a month, and how likely; '' is away."""
        yield "", self._outlook.leaving.get(tier, Fraction(0)) * self._levers["leaving"] / _YEAR
        for (start, end), share in self._outlook.moves.items():
            if start == tier:
                yield end, share * self._levers["tier_moves"] / _YEAR


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What is needed to say the heads to be expected of any lever's value."""

    outlook: Outlook
    standard: Standard
    tiers: list[str]
    factor_of: Callable[[Fraction], Fraction]
    """Hours factor of a churn rate."""

    def heads(self, sites: list[SiteNow], levers: Levers) -> dict[tuple[str, str], Fraction]:
        """Heads by site and line at the end of the months ahead, before they are rounded."""
        drift = Drift(self.outlook, levers, self.tiers)
        selling = self.outlook.selling_hours(levers)
        found: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
        for now in sites:
            customers = drift.customers(now)
            for (tier, line), share in self.standard.lines.items():
                count = customers.get(tier, Fraction(0)) * share
                if count:
                    found[now.site, line] += count * self._hours(now, tier, levers) / selling
        return dict(found)

    def _hours(self, now: SiteNow, tier: str, levers: Levers) -> Fraction:
        churn = self.factor_of(now.churn.get(tier, Fraction(0)) * levers["churn"])
        service = self.outlook.service_hours(self.standard, tier, levers)
        return service * churn + self.outlook.project_hours(tier, levers)

    def swings(self, sites: list[SiteNow]) -> list[Swing]:
        """Each lever alone between its ends: exact, by site and line."""
        base = self.heads(sites, self.outlook.base)
        found = []
        for name, lever in sorted(self.outlook.levers.items()):
            low = self.heads(sites, self.outlook.with_lever(name, lever.low))
            high = self.heads(sites, self.outlook.with_lever(name, lever.high))
            found += [
                Swing(site, line, name, (low[site, line], heads, high[site, line]))
                for (site, line), heads in sorted(base.items())
            ]
        return found
