"""RMs of the months ahead: who leaves, who joins with what capacity, who may take a leaver's customers."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from kejing.measure.period import LAST_DAY
from kejing.policy.pack import Pack
from kejing.stages.context import StageContext

_MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class Person:
    """One RM of a line that leads customers; ``end_day`` is the first day without him."""

    rm_id: str
    line: str
    grade: str
    unit_id: str
    fte: Fraction
    skills: str
    first_day: dt.date
    end_day: dt.date

    def is_there(self, day: dt.date) -> bool:
        """Whether the RM is in post on ``day``."""
        return self.first_day <= day < self.end_day


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a block of customers asks of who takes it."""

    tiers: frozenset[str]
    skills: frozenset[str]
    unit_id: str
    hours: int
    banned: frozenset[str]


@dataclass(slots=True)
class People:
    """Everybody in post now or soon, and the hours of the books they have [millionths of an hour a year].

    ``selling_hours`` are what one full RM has for customers, ``look_until`` the first day not looked at.
    """

    policy: Pack
    as_of: dt.date
    look_until: dt.date
    selling_hours: int
    by_id: Mapping[str, Person]
    load: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _allowed: dict[tuple[str, str, str], bool] = field(default_factory=dict)
    _units: dict[str, list[Person]] = field(default_factory=dict)

    def leaving(self, rm_id: str) -> dt.date | None:
        """First day without the RM if he leaves within the days looked at."""
        person = self.by_id.get(rm_id)
        return person.end_day if person and person.end_day < self.look_until else None

    def receiver(self, wanted: Wanted, day: dt.date) -> str | None:
        """Who takes a block on ``day``: with room first, of the same unit first, then the least loaded.

        Returns
        -------
        str
            None where nobody eligible stays.
        """
        near = self._offers(self._of_unit().get(wanted.unit_id, ()), wanted, day)
        if near and not min(near)[0]:  # somebody of the unit has room: nobody elsewhere comes before
            return min(near)[-1]
        offers = self._offers(self.by_id.values(), wanted, day)
        return min(offers)[-1] if offers else None

    def _offers(self, people: Iterable[Person], wanted: Wanted, day: dt.date) -> list[tuple[bool, bool, Fraction, str]]:
        """Who of ``people`` may take the block, the best the least: over capacity, of another unit, load, id."""
        return [
            (load > 1, person.unit_id != wanted.unit_id, load, person.rm_id)
            for person in people
            if person.is_there(day) and person.end_day >= self.look_until and self._may(person, wanted)
            for load in [self._load_with(person, wanted.hours, day)]
        ]

    def _of_unit(self) -> Mapping[str, list[Person]]:
        """People by unit."""
        if not self._units:
            for person in self.by_id.values():
                self._units.setdefault(person.unit_id, []).append(person)
        return self._units

    def share(self, person: Person, day: dt.date) -> Fraction:
        """What a person is worth of a full RM on ``day``: a joiner ramps up, others are full."""
        if person.first_day <= self.as_of:
            return person.fte
        months = (day.year - person.first_day.year) * 12 + day.month - person.first_day.month + 1
        decision = self.policy.table("rm_ramp").decide(self.as_of, {"month_of_service": Fraction(max(1, months))})
        share = decision.get("share")
        return person.fte * share if isinstance(share, Fraction) else person.fte

    def _load_with(self, person: Person, hours: int, day: dt.date) -> Fraction:
        """Hours of the book with ``hours`` more, over what the person has on ``day``."""
        capacity = self.selling_hours * self.share(person, day)
        return (self.load[person.rm_id] + hours) / capacity if capacity else Fraction(LAST_DAY.toordinal())

    def _may(self, person: Person, wanted: Wanted) -> bool:
        return (
            person.rm_id not in wanted.banned
            and all(skill in person.skills for skill in wanted.skills)
            and all(self._is_eligible(tier, person.line, person.grade) for tier in wanted.tiers)
        )

    def _is_eligible(self, tier: str, line: str, grade: str) -> bool:
        key = (tier, line, grade)
        if key not in self._allowed:
            decision = self.policy.table("rm_eligibility").decide(
                self.as_of, {"tier": tier, "line": line, "grade": grade}
            )
            self._allowed[key] = bool(decision.get("allowed"))
        return self._allowed[key]


def read_people(context: StageContext, look_until: dt.date) -> People:
    """Everybody of the lines that lead, with the hours of the books proposed for them."""
    rows = context.engine.fetch("SELECT * FROM handover_rm ORDER BY rm_id").to_pylist()
    people = People(
        policy=context.policy,
        as_of=context.as_of,
        look_until=look_until,
        selling_hours=int(str(context.engine.value("SELECT selling_hours FROM staff_time"))),
        by_id={row["rm_id"]: _person(row) for row in rows},
    )
    books = context.engine.fetch("SELECT rm_id, SUM(required_hours) AS hours FROM assign GROUP BY rm_id").to_pylist()
    people.load.update((row["rm_id"], int(row["hours"])) for row in books)
    return people


def _person(row: Mapping[str, Any]) -> Person:
    return Person(
        rm_id=row["rm_id"],
        line=row["line"],
        grade=row["grade"] or "",
        unit_id=row["unit_id"],
        fte=Fraction(int(row["fte"]), _MICRO),
        skills=row["skills"] or "",
        first_day=row["first_day"],
        end_day=row["end_day"],
    )


def banned_pairs(rows: Iterable[Mapping[str, Any]]) -> dict[str, frozenset[str]]:
    """RMs whom a customer must not have, by customer."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        found[row["customer_id"]].add(row["rm_id"])
    return {customer: frozenset(rms) for customer, rms in found.items()}
