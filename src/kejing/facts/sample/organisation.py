"""Units and RMs of the sample: six branches, two departments each, unequal teams, joiners and leavers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kejing.facts.sample.parameters import Branch, Plan

type Ints = NDArray[np.int64]
type Floats = NDArray[np.float64]
type Flags = NDArray[np.bool_]
type Days = NDArray[np.datetime64]

NEVER = np.datetime64("NaT", "D")


@dataclass(frozen=True)
class Unit:
    """A unit of the hierarchy."""

    unit_id: str
    name: str
    level: int
    parent_id: str
    lat: float
    lon: float


@dataclass(frozen=True)
class Department:
    """A department, what it serves and the index of its branch."""

    unit_id: str
    kind: str
    branch: int


@dataclass
class Rm:
    """One RM or officer; ``left`` is the first day after the last."""

    rm_id: str
    name: str
    line: str
    grade: str
    unit_id: str
    lat: float
    lon: float
    hired: np.datetime64
    fte: float = 1.0
    skill: str = ""
    left: np.datetime64 = NEVER
    is_joiner: bool = False
    is_vacant_after: bool = False  # nobody took over the book
    promoted: np.datetime64 = NEVER
    earlier_grade: str = ""

    @property
    def is_leaver(self) -> bool:
        """Whether the RM left within the two years."""
        return not np.isnat(self.left)


@dataclass(frozen=True)
class Absence:
    """One RM away over ``[start, end)``, covered by a colleague."""

    rm: int
    cover: int
    reason: str
    start: np.datetime64
    end: np.datetime64


@dataclass(frozen=True)
class Organisation:
    """Units, departments (corporate and retail of each branch, in branch order), RMs and absences."""

    units: list[Unit]
    departments: list[Department]
    rms: list[Rm]
    absences: list[Absence]

    def members(self, department: int, *lines: str) -> list[int]:
        """Indexes of the RMs of ``lines`` in a department."""
        unit_id = self.departments[department].unit_id
        return [index for index, rm in enumerate(self.rms) if rm.unit_id == unit_id and rm.line in lines]

    def stable_members(self, department: int) -> list[int]:
        """Indexes of the RMs of a department's own line who were there from the first to the last day."""
        found = self.members(department, self.departments[department].kind)
        return [index for index in found if not self.rms[index].is_leaver and not self.rms[index].is_joiner]


def build_organisation(plan: Plan) -> Organisation:
    """The units and the people of the plan."""
    chance = plan.chance("organisation")
    units, departments = _units(plan)
    rms = _roster(plan, departments, chance)
    _turnover(plan, rms, chance)
    return Organisation(units, departments, rms, _absences(plan, rms, chance))


def _units(plan: Plan) -> tuple[list[Unit], list[Department]]:
    institution = plan.institution
    head = institution.head_office
    units = [Unit(head.unit_id, head.name, 0, "", head.lat, head.lon)]
    departments = []
    for index, branch in enumerate(institution.branches):
        level = 1 if branch.parent == head.unit_id else 2
        units.append(Unit(branch.unit_id, branch.name, level, branch.parent, branch.lat, branch.lon))
        for kind, department in institution.departments.items():
            unit_id = branch.unit_id + department.suffix
            units.append(Unit(unit_id, branch.name + department.name, 3, branch.unit_id, branch.lat, branch.lon))
            departments.append(Department(unit_id, kind, index))
    return sorted(units, key=lambda unit: (unit.level, unit.unit_id)), departments


def _posts(plan: Plan, departments: list[Department]) -> list[tuple[str, str, Branch | None]]:
    """Line, unit and branch of every RM; at least two RMs in a department, one of each kind of officer."""
    institution = plan.institution
    posts: list[tuple[str, str, Branch | None]] = []
    for department in departments:
        branch = institution.branches[department.branch]
        count = branch.corporate_rms if department.kind == "corporate" else branch.retail_rms
        posts += [(department.kind, department.unit_id, branch)] * plan.scaled(count, at_least=2)
    leading = [
        (department.unit_id, institution.branches[department.branch])
        for department in departments
        if department.kind == "corporate"
        and institution.branches[department.branch].parent == institution.head_office.unit_id
    ]
    for line, count in institution.officers.items():
        for index in range(plan.scaled(count)):
            unit_id, branch = leading[index % len(leading)]
            is_at_head_office = line == "risk_officer"
            posts.append(
                (line, institution.head_office.unit_id, None) if is_at_head_office else (line, unit_id, branch)
            )
    return posts


def _roster(plan: Plan, departments: list[Department], chance: np.random.Generator) -> list[Rm]:
    parameters, names = plan.institution.rms, plan.institution.names
    posts = _posts(plan, departments)
    grades = chance.choice(list(parameters.grades), len(posts), p=[grade.share for grade in parameters.grades.values()])
    skills = chance.choice(
        [*parameters.skills, ""], len(posts), p=[*parameters.skills.values(), 1 - sum(parameters.skills.values())]
    )
    surnames, given = chance.choice(names.surname, len(posts)), chance.choice(names.given, len(posts))
    hired = np.datetime64("2006-01-01") + chance.integers(0, 4600, len(posts)).astype("timedelta64[D]")
    is_part_time = chance.random(len(posts)) < parameters.part_time_share
    hours = chance.choice([0.5, 0.8], len(posts))
    shift = chance.normal(0, 0.01, (len(posts), 2))
    rms = []
    for index, (line, unit_id, branch) in enumerate(posts):
        lat, lon = (
            (branch.lat, branch.lon) if branch else (plan.institution.head_office.lat, plan.institution.head_office.lon)
        )
        rms.append(
            Rm(
                f"K{index + 1:05d}",
                f"{surnames[index]}{given[index]}",
                line,
                str(grades[index]),
                unit_id,
                round(float(lat + shift[index, 0]), 5),
                round(float(lon + shift[index, 1]), 5),
                hired[index],
                fte=float(hours[index]) if is_part_time[index] else 1.0,
                skill=str(skills[index]) if line == "corporate" else "",
            )
        )
    return rms


def _turnover(plan: Plan, rms: list[Rm], chance: np.random.Generator) -> None:
    """Mark leavers, joiners and promotions; the first RM of a department stays, so that there is a successor."""
    parameters = plan.institution.rms
    seen: set[str] = set()
    replaceable: dict[str, list[Rm]] = {"corporate": [], "retail": []}
    for rm in rms:
        if rm.unit_id in seen and rm.line in replaceable:
            replaceable[rm.line].append(rm)
        seen.add(rm.unit_id)
    for found in replaceable.values():
        chance.shuffle(found)
    pool = [rm for pair in zip(replaceable["corporate"], replaceable["retail"], strict=False) for rm in pair]
    leavers = pool[: min(plan.scaled(parameters.leavers, at_least=4), len(pool) // 2)]
    joiners = pool[len(leavers) : len(leavers) + min(plan.scaled(parameters.joiners), len(pool) // 4)]
    for index, rm in enumerate(leavers):
        rm.is_vacant_after = index < 2
        days = int(chance.integers(30, 300))
        rm.left = plan.day("-1:07-01" if index == 0 else "01-01") + np.timedelta64(days if index else 60, "D")
    for rm in joiners:
        rm.is_joiner = True
        rm.hired = plan.day("-1:04-01") + np.timedelta64(int(chance.integers(0, 400)), "D")
    _promote(plan, [rm for rm in rms if not rm.is_leaver and not rm.is_joiner], chance)


def _promote(plan: Plan, stable: list[Rm], chance: np.random.Generator) -> None:
    order = list(plan.institution.rms.grades)
    promoted = [rm for rm in stable if rm.grade != order[-1]]
    for index in chance.permutation(len(promoted))[: plan.scaled(plan.institution.rms.promotions)]:
        rm = promoted[index]
        rm.earlier_grade = order[order.index(rm.grade) + 1]
        rm.promoted = plan.day("07-01")


def _absences(plan: Plan, rms: list[Rm], chance: np.random.Generator) -> list[Absence]:
    reasons = plan.institution.rms.absence_reasons
    stable = [
        index
        for index, rm in enumerate(rms)
        if rm.line in ("corporate", "retail") and not rm.is_leaver and not rm.is_joiner
    ]
    absences = []
    for index in chance.permutation(len(stable))[: plan.scaled(plan.institution.rms.absences, at_least=2)]:
        away = stable[index]
        colleagues = [
            rm for rm in stable if rm != away and (rms[rm].unit_id, rms[rm].line) == (rms[away].unit_id, rms[away].line)
        ]
        cover = colleagues[int(chance.integers(len(colleagues)))] if colleagues else -1
        reason = str(chance.choice(list(reasons)))
        start = plan.day("-1:03-01") + np.timedelta64(int(chance.integers(0, 520)), "D")
        absences.append(Absence(away, cover, reason, start, start + np.timedelta64(reasons[reason], "D")))
    return sorted(absences, key=lambda absence: (absence.rm, absence.start))
