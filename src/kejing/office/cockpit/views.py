"""The cockpit: one page, every number a link to its rows."""

from __future__ import annotations

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
from kejing.office.shell.requests import OfficeRequest

_LATEST = 5
State = ChangeSet.State


@require_GET
def cockpit(request: OfficeRequest) -> HttpResponse:
    """Can the standard be met, heat, headcount, money, boundary, books, inbox, change sets."""
    part = part_of(request)
    figures = figures_of(part)
    facts = {"part": part, "unit": part.unit, **_place(part), **_inbox(part)}
    facts |= _standard(figures) | _money(part, figures)
    facts |= {"books": figures.books, "names": names_of(part), "inversions": figures.inversions}
    return render(request, "cockpit/cockpit.html", facts)


def _place(part: Part) -> dict[str, Any]:
    """Where one stands in the tree, and the units to go down into."""
    seen, top = scope.units(part.viewer).order_by("path"), part.unit
    if top is None:
        above, below = seen.none(), seen.exclude(parent_id__in=scope.units(part.viewer).values("unit_id"))
    else:
        *above_ids, _ = top.path.strip("/").split("/")
        above, below = seen.filter(unit_id__in=above_ids), seen.filter(parent_id=top.unit_id)
    return {"above": above, "below": below, "quarters": _quarters(part)}


def _quarters(part: Part) -> list[str]:
    """Quarters of the year looked at, and the one picked."""
    year = part.viewer.as_of.year
    return sorted({f"{year}-Q{number}" for number in range(1, 5)} | {part.quarter, quarter_of(part.viewer.as_of)})


def _standard(figures: Figures) -> dict[str, Any]:
    return {
        "hours": figures.hours,
        "heat": figures.heat,
        "staff": figures.staff,
        "staff_total": sums.total(figures.staff),
        "team_chart": [
            {"name": name, "required": float(required), "available": float(available)}
            for name, (required, available) in figures.hours.teams.items()
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
