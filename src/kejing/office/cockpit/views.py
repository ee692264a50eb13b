"""The cockpit: one page, every number a link to its rows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kejing.office import scope
from kejing.office.changes import publishing
from kejing.office.changes.models import Challenge, ChangeSet
from kejing.office.cockpit import sums
from kejing.office.cockpit.figures import Figures, figures_of
from kejing.office.cockpit.naming import names_of
from kejing.office.cockpit.part import Part, part_of, quarter_of
from kejing.office.people.models import Unit
from kejing.office.shell.requests import OfficeRequest

_LATEST = 5
State = ChangeSet.State


@require_GET
def cockpit(request: OfficeRequest) -> HttpResponse:
    """Can the standard be met, heat, headcount, money, boundary, books, inbox, change sets."""
    part = part_of(request)
    figures = figures_of(part)
    facts = {"part": part, "unit": part.unit, **_place(part), **_inbox(part)}
    facts |= _standard(part, figures) | _money(part, figures)
    facts |= {"books": figures.books, "names": names_of(part), "inversions": figures.inversions}
    return render(request, "cockpit/cockpit.html", facts)


def _place(part: Part) -> dict[str, Any]:
    """Where one stands in the tree, and the units to go down into."""
    seen = list(scope.units(part.viewer).order_by("path"))
    top = part.unit
    above = [unit for unit in seen if top is not None and top.path.startswith(unit.path) and unit.pk != top.pk]
    return {"above": above, "below": _below(seen, top), "quarters": _quarters(part)}


def _below(seen: list[Unit], top: Unit | None) -> list[Unit]:
    if top is not None:
        return [unit for unit in seen if unit.parent_id == top.unit_id]
    known = {unit.unit_id for unit in seen}
    return [unit for unit in seen if unit.parent_id not in known]


def _quarters(part: Part) -> list[str]:
    """Quarters of the year looked at, and the one picked."""
    year = part.viewer.as_of.year
    return sorted({f"{year}-Q{number}" for number in range(1, 5)} | {part.quarter, quarter_of(part.viewer.as_of)})


def _standard(part: Part, figures: Figures) -> dict[str, Any]:
    people = figures.people
    required = sum((each.required for each in people), Decimal(0))
    available = sum((each.available for each in people), Decimal(0))
    by_team: dict[str, list[Decimal]] = {}
    for each in people:
        pair = by_team.setdefault(part.unit_name(part.row(each.rm_id)), [Decimal(0), Decimal(0)])
        pair[0] += each.required
        pair[1] += each.available
    return {
        "people": people,
        "required": required,
        "available": available,
        "ratio": required / available if available else None,
        "over": sum(each.is_over for each in people),
        "idle": sum(not each.required for each in people),
        "heat": figures.heat,
        "staff": figures.staff,
        "staff_total": sums.total(figures.staff),
        "team_chart": [
            {"name": name, "required": float(pair[0]), "available": float(pair[1])} for name, pair in by_team.items()
        ],
    }


def _money(part: Part, figures: Figures) -> dict[str, Any]:
    names, reached = names_of(part), figures.completion
    shares = [
        {"name": f"{names.code(each.measure, 'measure')} {each.run.policy}", "share": float(each.share)}
        for each in reached
        if each.share is not None
    ]
    return {
        "income": figures.income,
        "completion": reached,
        "measure_chart": shares,
        "dispute_count": figures.dispute_count,
    }


def _inbox(part: Part) -> dict[str, Any]:
    found = publishing.change_sets(part.viewer)
    return {
        "waiting": found.filter(state=State.SUBMITTED).count(),
        "approved": found.filter(state=State.APPROVED).count(),
        "challenges": Challenge.objects.filter(change_set__in=found, state=Challenge.State.OPEN).count(),
        "latest": found.select_related("drafted_by").order_by("-pk")[:_LATEST],
    }
