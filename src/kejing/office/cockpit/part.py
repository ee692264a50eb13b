"""The part of the institution that somebody looks at: what he sees, narrowed to a unit, a day and a quarter."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q
from django.shortcuts import get_object_or_404

from kejing.office import scope
from kejing.office.acts.rows import DatedQuery
from kejing.office.books.models import Rm
from kejing.office.feeds.models import Run
from kejing.office.feeds.run_tables import shown_runs
from kejing.office.people.models import Unit
from kejing.office.people.viewer import Viewer
from kejing.office.shell.requests import OfficeRequest

_MOST_TEAMS = 40
RUNS = ("feeds.run",)
RESTS_ON = (*scope.RESTS_ON, "books.standing", "books.tierexception", *RUNS)
"""Tables that the figures of the cockpit rest on."""


@dataclass(frozen=True)
class Part:
    """Whose numbers a page shows.

    Parameters
    ----------
    viewer
        Who looks, at which day.
    unit
        The unit picked; None for all that the viewer sees.
    quarter
        Such as ``2025-Q4``.
    """

    viewer: Viewer
    unit: Unit | None
    quarter: str

    @cached_property
    def units(self) -> list[Unit]:
        """Units of the part, from the top down."""
        seen = scope.units(self.viewer)
        if self.unit is not None:
            seen = seen.filter(path__startswith=self.unit.path)
        return list(seen.order_by("path"))

    @cached_property
    def rms(self) -> dict[str, Rm]:
        """RMs of the part by id."""
        seen = scope.rms(self.viewer)
        if self.unit is not None:
            seen = seen.filter(unit_id__in=[unit.unit_id for unit in self.units])
        return {rm.rm_id: rm for rm in seen.order_by("unit_id", "rm_id")}

    @property
    def customers(self) -> DatedQuery:
        """Customers of the part: those that its units manage and those that its RMs cover."""
        seen = scope.customers(self.viewer)
        if self.unit is None:
            return seen
        units = [unit.unit_id for unit in self.units]
        covered = scope.coverage(self.viewer).filter(rm_id__in=list(self.rms)).values("customer_id")
        return seen.filter(Q(unit_id__in=units) | Q(customer_id__in=covered))

    @cached_property
    def customer_ids(self) -> frozenset[str]:
        """Ids of the customers."""
        return frozenset(self.customers.values_list("customer_id", flat=True))

    @cached_property
    def runs(self) -> list[Run]:
        """Runs that pages show."""
        return shown_runs()

    @cached_property
    def unit_names(self) -> dict[str, str]:
        """What the units are called."""
        return {unit.unit_id: unit.name for unit in self.units}

    def unit_name(self, unit_id: str) -> str:
        """What a unit is called."""
        return self.unit_names.get(unit_id, unit_id)

    @cached_property
    def rows(self) -> dict[str, str]:
        """Team to the unit whose row shows it: itself, or, where teams are many, the unit right below the top."""
        teams = {rm.unit_id for rm in self.rms.values()}
        if len(teams) <= _MOST_TEAMS:
            return {team: team for team in teams}
        tops = [self.unit] if self.unit is not None else list(self.viewer.tops)
        return {unit.unit_id: _below(unit.path, [top.path for top in tops]) for unit in self.units}

    def row(self, rm_id: str) -> str:
        """The unit whose row shows the RM."""
        team = self.rms[rm_id].unit_id
        return self.rows.get(team, team)

    @cached_property
    def key(self) -> tuple[object, ...]:
        """What its figures depend on, beside the tables."""
        unit = self.unit.unit_id if self.unit is not None else ""
        return (scope.sight(self.viewer), unit, self.quarter)

    @cached_property
    def key_of_rms(self) -> str:
        """What figures of its RMs depend on, beside the runs: a write that leaves these as they are leaves those."""
        rms = [(rm.rm_id, rm.name, rm.unit_id) for rm in self.rms.values()]
        return _digest(
            (self.quarter, [(unit.unit_id, unit.name) for unit in self.units], sorted(self.rows.items()), rms)
        )

    @cached_property
    def key_of_customers(self) -> str:
        """What figures of its RMs with its customers depend on, beside the runs."""
        return _digest((self.key_of_rms, sorted(self.customer_ids)))


def _digest(what: object) -> str:
    return hashlib.sha256(repr(what).encode()).hexdigest()


def _below(path: str, tops: list[str]) -> str:
    """Id of the unit on ``path`` right below the top that it is under; of the top itself for its own path."""
    top = max((top for top in tops if path.startswith(top)), key=len, default="/")
    return (path.removeprefix(top) or path.rstrip("/").rpartition("/")[2]).partition("/")[0]


def part_of(request: OfficeRequest) -> Part:
    """The part that an address names; 404 for a unit that the viewer does not see."""
    viewer = request.viewer
    wanted = request.GET.get("unit", "")
    unit = get_object_or_404(scope.units(viewer), unit_id=wanted) if wanted else None
    return Part(viewer, unit, request.GET.get("quarter", "") or quarter_of(viewer.as_of))


def quarter_of(day: dt.date) -> str:
    """The quarter of a day, as plans of visits name it."""
    return f"{day.year}-Q{(day.month - 1) // 3 + 1}"
