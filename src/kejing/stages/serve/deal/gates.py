"""Gates between the stages of a deal, as the policy has them on a day; and what is wrong with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from kejing.measure.findings import Finding, Place, Severity
from kejing.policy import Pack, TableRow
from kejing.stages.serve.deal.settings import DealSettings
from kejing.stages.sound_section import sound_section


class Stage(StrEnum):
    """Stages of the client management process, in order."""

    ASSESS = "assess"
    DESIGN = "design"
    EXECUTE = "execute"
    CHECK = "check"
    CELEBRATE = "celebrate"


STAGES = tuple(Stage)


class Requirement(StrEnum):
    """What a gate may ask for; each is a number that a deal has."""

    CONFIRMED_NEEDS = "confirmed_needs"  # needs that the customer confirmed [count]
    CORE_TEAM = "core_team"  # of RM, treasury and credit product officer, those in the team [count]
    PRODUCTS = "products"  # products of the package [count]
    PRICED_SHARE = "priced_share"  # products with a price and a promised fee [share of the products]
    SIGNED_TREASURY = "signed_treasury"  # treasury product officers who signed the design [count]
    SIGNED_LENDING = "signed_lending"  # lending product officers who did [count]
    DELIVERED_SHARE = "delivered_share"  # products delivered [share of the products]
    DAYS_SINCE_DELIVERY = "days_since_delivery"  # since the last product was delivered [calendar days]
    RESULT_ACCEPTED = "result_accepted"  # promised against realised, looked at and accepted [0 or 1]
    THANKED = "thanked"  # the customer was thanked [0 or 1]
    SPLIT_SHARE = "split_share"  # of the credit, what is given to members of the team [share]


OUTPUTS = ("stage", "requirement", "at_least", "owner")
OWNERS = ("lead", "treasury", "lending")


@dataclass(frozen=True, slots=True)
class GateRule:
    """Before ``stage`` is left, ``requirement`` must have reached ``at_least``; ``owner`` sees to it.

    ``source`` says where the number comes from; ``assumption:`` marks what the institution has to set.
    """

    rule_id: str
    stage: Stage
    requirement: Requirement
    at_least: Fraction
    owner: str
    source: str


def gate_rules(pack: Pack, settings: DealSettings, day: dt.date) -> list[GateRule]:
    """Gates in force on ``day``, in the order of the table."""
    return [
        GateRule(
            rule_id=row.rule_id,
            stage=Stage(str(row.outputs["stage"])),
            requirement=Requirement(str(row.outputs["requirement"])),
            at_least=_number(row),
            owner=str(row.outputs["owner"]),
            source=row.source,
        )
        for row in pack.table(settings.gates).rows_on(day)
    ]


def check_deal(pack: Pack) -> list[Finding]:
    """What is wrong with the ``deal`` section of a pack beyond its shape."""
    settings = sound_section(pack, "deal", DealSettings)
    return [] if settings is None else list(_wrong(pack, settings))


def _wrong(pack: Pack, settings: DealSettings) -> Iterator[Finding]:
    place = Place(file="policy.yaml", column="deal.gates", value=settings.gates)
    if settings.gates not in pack.tables:
        yield _finding("deal.unknown_table", place)
        return
    table = pack.table(settings.gates)
    missing = [column for column in OUTPUTS if column not in table.outputs]
    if missing:
        yield _finding("deal.wrong_columns", place, columns=", ".join(missing))
        return
    known = {"stage": STAGES, "requirement": tuple(Requirement), "owner": OWNERS}
    for row in table.rows:
        for column, words in known.items():
            if row.outputs[column] not in words:
                yield _finding("deal.bad_word", row.place(column), rule=row.rule_id, known=", ".join(words))


def _number(row: TableRow) -> Fraction:
    value = row.outputs["at_least"]
    assert isinstance(value, Fraction)
    return value


def _finding(code: str, place: Place, **facts: str) -> Finding:
    return Finding(code=code, severity=Severity.ERROR, place=place, stage="policy", facts=facts)
