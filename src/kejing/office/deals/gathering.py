"""A deal with its parts, and how it stands against the gates of the policy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from kejing.office.deals.models import Deal, Need, PackageLine, StageStay, Teammate
from kejing.office.feeds.run_tables import shown_runs
from kejing.office.shell.voices import pack_of
from kejing.policy import Pack
from kejing.stages.serve.deal import STAGES, DealSettings, GateRule, Requirement, Stage, gate_rules

WHOLE = 10_000  # basis points
CORE_ROLES = ("lead", "treasury", "lending")
OFFICERS = ("treasury", "lending")


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate of the stage that a deal is in, and how far the deal has come."""

    rule: GateRule
    have: Fraction

    @property
    def is_met(self) -> bool:
        """Whether the deal has enough of it."""
        return self.have >= self.rule.at_least

    @property
    def is_up_to_somebody(self) -> bool:
        """Whether somebody could do something about it; days pass by themselves."""
        return not self.is_met and self.rule.requirement is not Requirement.DAYS_SINCE_DELIVERY


@dataclass(frozen=True, slots=True)
class DealFile:
    """One deal with everything in it."""

    deal: Deal
    needs: tuple[Need, ...]
    package: tuple[PackageLine, ...]
    team: tuple[Teammate, ...]
    stays: tuple[StageStay, ...]

    @classmethod
    def of(cls, deal: Deal) -> Self:
        """The file of a deal; parts that were fetched along are not fetched again."""
        return cls(
            deal,
            tuple(sorted(deal.needs.all(), key=lambda row: row.pk)),
            tuple(sorted(deal.package.all(), key=lambda row: row.pk)),
            tuple(sorted(deal.team.all(), key=lambda row: (CORE_ROLES.index(row.role), row.rm_id))),
            tuple(sorted(deal.stays.all(), key=lambda row: row.pk)),
        )

    @property
    def stage(self) -> Stage:
        """Where it stands."""
        return Stage(self.deal.stage)

    @property
    def delivered_on(self) -> dt.date | None:
        """The day of the last delivery; None while a product is still to come."""
        days = [line.delivered_on for line in self.package]
        return max((day for day in days if day is not None), default=None) if all(days) else None

    def days_in(self, stage: Stage, day: dt.date) -> int | None:
        """Days spent in a stage, all stays together; None if it was never entered [days]."""
        stays = [stay for stay in self.stays if stay.stage == stage]
        return sum(((stay.left_on or day) - stay.entered_on).days for stay in stays) if stays else None

    def gates(self, rules: Iterable[GateRule], day: dt.date) -> list[Gate]:
        """The gates of the stage that it is in."""
        return [Gate(rule, _MEASURES[rule.requirement](self, day)) for rule in rules if rule.stage is self.stage]


@dataclass(frozen=True, slots=True)
class DealRules:
    """Gates by policy, of the shown runs that have some; read once for a page."""

    packs: Mapping[str, Pack]

    @classmethod
    def shown(cls) -> Self:
        """Those of the shown runs."""
        found = {run.policy: pack_of(run) for run in shown_runs()}
        return cls({policy: pack for policy, pack in found.items() if pack.section("deal")})

    def of(self, policy: str, day: dt.date) -> list[GateRule]:
        """Gates of a policy on ``day``; none where it is no longer shown."""
        pack = self.packs.get(policy)
        return [] if pack is None else gate_rules(pack, DealSettings.model_validate(pack.section("deal")), day)

    def for_kind(self, kind: str) -> tuple[str, Pack] | None:
        """The policy for customers of a kind."""
        fitting = [(name, pack) for name, pack in self.packs.items() if kind in pack.population.customer_kinds]
        return fitting[0] if fitting else None

    def check_days(self, policy: str, day: dt.date) -> int | None:
        """After how many days promise and result are compared; None where the policy asks for none [days]."""
        wanted = [rule for rule in self.of(policy, day) if rule.requirement is Requirement.DAYS_SINCE_DELIVERY]
        return int(max(rule.at_least for rule in wanted)) if wanted else None


def next_stage(stage: Stage) -> Stage | None:
    """The stage after; None after the last."""
    place = STAGES.index(stage) + 1
    return STAGES[place] if place < len(STAGES) else None


def _share(part: int, whole: int) -> Fraction:
    return Fraction(part, whole) if whole else Fraction(0)


def _signed(file: DealFile, role: str) -> Fraction:
    return Fraction(sum(mate.role == role and mate.signed_on is not None for mate in file.team))


def _days_since_delivery(file: DealFile, day: dt.date) -> Fraction:
    return Fraction(0) if file.delivered_on is None else Fraction((day - file.delivered_on).days)


_MEASURES: dict[Requirement, Callable[[DealFile, dt.date], Fraction]] = {
    Requirement.CONFIRMED_NEEDS: lambda file, _: Fraction(len(file.needs)),
    Requirement.CORE_TEAM: lambda file, _: Fraction(len({mate.role for mate in file.team} & set(CORE_ROLES))),
    Requirement.PRODUCTS: lambda file, _: Fraction(len(file.package)),
    Requirement.PRICED_SHARE: lambda file, _: _share(
        sum(bool(line.price) and line.promised_minor is not None for line in file.package), len(file.package)
    ),
    Requirement.SIGNED_TREASURY: lambda file, _: _signed(file, "treasury"),
    Requirement.SIGNED_LENDING: lambda file, _: _signed(file, "lending"),
    Requirement.DELIVERED_SHARE: lambda file, _: _share(
        sum(line.delivered_on is not None for line in file.package), len(file.package)
    ),
    Requirement.DAYS_SINCE_DELIVERY: _days_since_delivery,
    Requirement.RESULT_ACCEPTED: lambda file, _: Fraction(file.deal.verdict == Deal.Verdict.ACCEPTED),
    Requirement.THANKED: lambda file, _: Fraction(bool(file.deal.thanks)),
    Requirement.SPLIT_SHARE: lambda file, _: Fraction(sum(mate.share or 0 for mate in file.team), WHOLE),
}
