"""The parts of a pack as the rest of the product sees them: parameters, formulas, cards, cases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kejing.measure.findings import Place
from kejing.measure.rounding import Rounding
from kejing.policy.formula.syntax import Node
from kejing.policy.literals import Value
from kejing.policy.problems import PolicyGapError
from kejing.policy.vocabulary import Type


@dataclass(frozen=True, slots=True)
class Labels:
    """What a thing is called in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Population:
    """Whom the policy is about: kinds of customers and lines of RMs."""

    customer_kinds: tuple[str, ...] = ()
    rm_lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DatedValue:
    """A value of a parameter from the day it comes into force."""

    valid_from: dt.date
    value: Value
    source: str
    place: Place


@dataclass(frozen=True, slots=True)
class Parameter:
    """One named value with its history, earliest first."""

    name: str
    labels: Labels
    type: Type
    unit: str
    values: tuple[DatedValue, ...]
    place: Place

    def on(self, day: dt.date) -> DatedValue:
        """The value in force on ``day``.

        Raises
        ------
        PolicyGapError
            ``day`` lies before the first value.
        """
        return in_force(self.name, self.values, day)


@dataclass(frozen=True, slots=True)
class FormulaVersion:
    """The text of a formula from the day it comes into force, and its tree."""

    valid_from: dt.date
    text: str
    node: Node
    source: str
    place: Place


@dataclass(frozen=True, slots=True)
class Formula:
    """One measure, computed for every row of the grain it stands over.

    Within a version arithmetic is exact; the result is rounded once at ``decimals``.
    """

    name: str
    over: str
    labels: Labels
    type: Type
    unit: str
    decimals: int
    rounding: Rounding
    nullable: bool
    versions: tuple[FormulaVersion, ...]
    place: Place

    def on(self, day: dt.date) -> FormulaVersion:
        """The version in force on ``day``.

        Raises
        ------
        PolicyGapError
            ``day`` lies before the first version.
        """
        return in_force(self.name, self.versions, day)


@dataclass(frozen=True, slots=True)
class RateCardRule:
    """Tables whose outputs are multiplied out and rounded once at ``decimals``."""

    name: str
    labels: Labels
    tables: tuple[str, ...]
    decimals: int
    place: Place


@dataclass(frozen=True, slots=True)
class Case:
    """Given rows and expected figures, in natural notation. A case with a stage is run by that stage."""

    name: str
    source: str
    as_of: dt.date | None
    stage: str
    given: Mapping[str, Sequence[Mapping[str, object]]]
    expect: Mapping[str, Sequence[Mapping[str, object]]]
    raw: Mapping[str, object]
    place: Place
    places: Mapping[tuple[str | int, ...], Place]

    def place_of(self, *path: str | int) -> Place:
        """Where a leaf of the case stands."""
        return self.places.get(path, self.place)


def in_force[Dated: (DatedValue, FormulaVersion)](name: str, dated: Sequence[Dated], day: dt.date) -> Dated:
    """The last of ``dated`` (earliest first) that has begun by ``day``.

    Raises
    ------
    PolicyGapError
        None has begun.
    """
    begun = [one for one in dated if one.valid_from <= day]
    if not begun:
        earliest = dated[0].valid_from.isoformat() if dated else None
        raise PolicyGapError(name=name, as_of=day.isoformat(), earliest=earliest)
    return begun[-1]
