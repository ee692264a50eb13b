"""What the policy says of the coming months: joiners, leavers, moves between tiers, projects, levers, ramp-up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from kejing.measure.errors import KejingError
from kejing.measure.period import add_months
from kejing.policy.pack import Pack
from kejing.stages.decide.staff.standard import Standard, number, parameter, selling_hours, word

type Levers = Mapping[str, Fraction]
"""A value for every lever of `PARAMETER_LEVERS` and `FACTOR_LEVERS`."""

PARAMETER_LEVERS = ("leave_share", "training_share", "selling_share", "support_factor", "quality_factor")
"""Levers whose middle is the parameter ``staff_<name>`` in force (E2-71, E4-82, E4-83)."""

FACTOR_LEVERS = ("contact_hours", "growth", "leaving", "tier_moves", "projects", "churn")
"""Levers that multiply what a table says, so that their middle is 1 (E4-58, E4-78, E4-81, E4-92)."""

_LONGEST_RAMP = 60  # months; a ramp that has not ended by then never does


class LeverRangeError(KejingError):
    """The range of a lever does not hold the value in force, or names no lever."""

    code = "staff.lever_range"


class RampError(KejingError):
    """A new RM never becomes a full one by table ``rm_ramp``."""

    code = "staff.ramp_without_end"


@dataclass(frozen=True, slots=True)
class Lever:
    """What may turn out differently: the least, the likeliest and the most it may be."""

    name: str
    low: Fraction
    base: Fraction
    high: Fraction
    rule: str
    source: str


@dataclass(frozen=True, slots=True)
class Projects:
    """Sudden projects of a customer: how many a year, hours each, and their coefficient of variation (E4-58)."""

    per_year: Fraction
    hours: Fraction
    spread: Fraction


@dataclass(frozen=True, slots=True)
class Outlook:
    """The coming months by the policy in force on the day of the run.

    Attributes
    ----------
    months
        First days of the months ahead.
    growth
        Customers joining the institution, by tier and month [customers a month] (E4-78).
    leaving
        Share of a tier's customers that leave [a year].
    moves
        Share of a tier's customers that change to another tier [a year].
    projects
        Sudden projects by tier.
    levers
        Levers that have a range; the others stand at their base.
    ramp
        Share of a full RM that a new one is, by month of service; 1 afterwards.
    rm_leaving
        Share of RMs that leave [a year].
    lead_months
        Months from the decision to hire until the RM is there.
    day_hours
        Paid hours of a year [h].
    """

    months: tuple[dt.date, ...]
    growth: Mapping[str, tuple[Fraction, ...]]
    leaving: Mapping[str, Fraction]
    moves: Mapping[tuple[str, str], Fraction]
    projects: Mapping[str, Projects]
    levers: Mapping[str, Lever]
    base: Levers
    ramp: tuple[Fraction, ...]
    rm_leaving: Fraction
    lead_months: int
    day_hours: Fraction

    def selling_hours(self, levers: Levers) -> Fraction:
        """Hours a year one RM has for customers, its quality included [h]."""
        hours = selling_hours(
            days=self.day_hours,
            hours_per_day=Fraction(1),
            leave=levers["leave_share"],
            training=levers["training_share"],
            selling=levers["selling_share"],
        )
        return hours * levers["quality_factor"]

    def service_hours(self, standard: Standard, tier: str, levers: Levers) -> Fraction:
        """Hours a year the service standard takes for a customer of ``tier``, churn left out [h]."""
        hours, _ = standard.hours.get(tier, (Fraction(0), ""))
        return hours * levers["contact_hours"] * levers["support_factor"]

    def project_hours(self, tier: str, levers: Levers) -> Fraction:
        """Hours a year that sudden projects of a customer of ``tier`` take in the mean [h]."""
        projects = self.projects.get(tier)
        return projects.per_year * projects.hours * levers["projects"] if projects else Fraction(0)

    def with_lever(self, name: str, value: Fraction) -> Levers:
        """Every lever at its base, but ``name`` at ``value``."""
        return {**self.base, name: value}


def read_outlook(policy: Pack, day: dt.date, months: int) -> Outlook:
    """The coming ``months`` by ``policy`` in force on ``day``; joiners by what is in force in their month.

    Raises
    ------
    LeverRangeError, RampError
        A range leaves out the value in force; the ramp has no end.
    """
    first = day.replace(day=1)
    ahead = tuple(add_months(first, step) for step in range(1, months + 1))
    base = {name: parameter(policy, f"staff_{name}", day) for name in PARAMETER_LEVERS}
    base |= dict.fromkeys(FACTOR_LEVERS, Fraction(1))
    return Outlook(
        months=ahead,
        growth=_growth(policy, ahead),
        leaving={
            word(row, "tier"): number(row, "share_per_year") for row in policy.table("staff_leaving").rows_on(day)
        },
        moves={
            (word(row, "tier"), word(row, "to_tier")): number(row, "share_per_year")
            for row in policy.table("staff_move").rows_on(day)
        },
        projects={
            word(row, "tier"): Projects(
                number(row, "projects_per_year"), number(row, "hours_per_project"), number(row, "hours_spread")
            )
            for row in policy.table("staff_project").rows_on(day)
        },
        levers=_levers(policy, day, base),
        base=base,
        ramp=_ramp(policy, day),
        rm_leaving=parameter(policy, "staff_rm_leaving_share", day),
        lead_months=int(parameter(policy, "staff_hire_lead_months", day)),
        day_hours=parameter(policy, "staff_working_days", day) * parameter(policy, "staff_hours_per_day", day),
    )


def _growth(policy: Pack, months: tuple[dt.date, ...]) -> dict[str, tuple[Fraction, ...]]:
    table = policy.table("staff_growth")
    joining = [
        {word(row, "tier"): number(row, "customers_per_month") for row in table.rows_on(month)} for month in months
    ]
    tiers = sorted({tier for by_tier in joining for tier in by_tier})
    return {tier: tuple(by_tier.get(tier, Fraction(0)) for by_tier in joining) for tier in tiers}


def _levers(policy: Pack, day: dt.date, base: Levers) -> dict[str, Lever]:
    levers = {}
    for row in policy.table("staff_lever").rows_on(day):
        name, low, high = word(row, "lever"), number(row, "low"), number(row, "high")
        if name not in base or not low <= base[name] <= high:
            value = f"{float(base[name]):g}" if name in base else ""
            raise LeverRangeError(
                lever=name, low=f"{float(low):g}", high=f"{float(high):g}", value=value, file=row.file, row=row.row
            )
        levers[name] = Lever(name, low, base[name], high, row.rule_id, row.source)
    return levers


def _ramp(policy: Pack, day: dt.date) -> tuple[Fraction, ...]:
    """Shares by month of service, up to the month before an RM is a full one."""
    table = policy.table("rm_ramp")
    shares: list[Fraction] = []
    for month in range(1, _LONGEST_RAMP + 1):
        share = table.decide(day, {"month_of_service": Fraction(month)}).get("share")
        if not isinstance(share, Fraction) or share >= 1:
            return tuple(shares)
        shares.append(share)
    raise RampError(months=_LONGEST_RAMP)
