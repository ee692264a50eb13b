"""Headcount, money, disputes and inversions of a part, from the tables of the shown runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kejing.office.cockpit.part import Part
from kejing.office.feeds.models import Run
from kejing.office.feeds.run_tables import run_rows, run_totals

OPEN_STATES = ("open", "overdue")


@dataclass(frozen=True, slots=True)
class Headcount:
    """RMs needed, there, and missing in one unit and line."""

    run: Run
    unit_id: str
    unit: str
    line: str
    customers: int
    required: int
    available: Decimal
    gap: Decimal


@dataclass(frozen=True, slots=True)
class Income:
    """Income of a run's fiscal year, credited in the ledger view and in the shadow view [major units]."""

    run: Run
    ledger: Decimal
    shadow: Decimal

    @property
    def overlay(self) -> Decimal | None:
        """Credited to anybody over what there is: above 1 where overlay roles count as well."""
        return self.shadow / self.ledger if self.ledger else None


@dataclass(frozen=True, slots=True)
class Completion:
    """A measure in a period: target and what was reached [major units]."""

    run: Run
    period: str
    measure: str
    actual: Decimal
    target: Decimal

    @property
    def share(self) -> Decimal | None:
        """Reached of the target."""
        return self.actual / self.target if self.target else None


def headcount(part: Part) -> list[Headcount]:
    """Units by workload, all tiers together."""
    names = {unit.unit_id: unit.name for unit in part.units}
    where = {"method": "workload", "tier": "", "unit_id": list(names)}
    return [
        Headcount(
            run,
            row["unit_id"],
            names[row["unit_id"]],
            row["line"],
            row["customers"],
            row["required_heads"] or 0,
            row["available_heads"] or Decimal(0),
            row["gap"] or Decimal(0),
        )
        for run in part.runs
        for row in run_rows(run, "staff", where=where)
    ]


def income(part: Part) -> list[Income]:
    """Income of customers that the viewer sees, credited to RMs of the part."""
    found = []
    for run in part.runs:
        sums = {"ledger": Decimal(0), "shadow": Decimal(0)}
        where = {"measure": "income", "rm_id": list(part.rms), "customer_id": list(part.customer_ids)}
        for row in run_totals(run, "credit", by=("view",), sums=("amount",), where=where):
            sums[row["view"]] += row["amount"]
        if any(sums.values()):
            found.append(Income(run, sums["ledger"], sums["shadow"]))
    return found


def completion(part: Part) -> list[Completion]:
    """Measures of the quarter with targets, summed over RMs of the part."""
    found = []
    for run in part.runs:
        where = {"period": part.quarter, "rm_id": list(part.rms)}
        for row in run_totals(run, "score", by=("measure",), sums=("actual", "target"), where=where):
            if row["measure"] and row["target"]:
                actual = row["actual"] or Decimal(0)
                found.append(Completion(run, part.quarter, row["measure"], actual, row["target"]))
    return found


def completion_rows(part: Part, measure: str) -> list[tuple[Run, dict[str, Any]]]:
    """One measure of the quarter by RM."""
    where = {"period": part.quarter, "rm_id": list(part.rms), "measure": measure}
    return [(run, row) for run in part.runs for row in run_rows(run, "score", where=where)]


def open_disputes(part: Part) -> list[tuple[Run, dict[str, Any]]]:
    """Disputes of RMs of the part that wait for an answer."""
    where = {"rm_id": list(part.rms), "state": OPEN_STATES}
    return [(run, row) for run in part.runs for row in run_rows(run, "dispute", where=where)]


def inversions(part: Part) -> list[tuple[Run, dict[str, Any]]]:
    """Tiers whose customers get less for their value than those of the tier below; of the whole institution."""
    return [(run, row) for run in part.runs for row in run_rows(run, "attention", where={"is_inverted": True})]


def total(rows: Iterable[Headcount]) -> dict[str, Decimal | int]:
    """Required, there, missing over units."""
    listed = list(rows)
    return {
        "required": sum(row.required for row in listed),
        "available": sum((row.available for row in listed), Decimal(0)),
        "gap": sum((row.gap for row in listed), Decimal(0)),
    }
