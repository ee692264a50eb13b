"""The page on which corporate banking of sub-branches is drafted to go up to their branch."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from kejing.measure.period import NotAPeriodError, parse_day
from kejing.office import scope
from kejing.office.changes.drafting import draft
from kejing.office.people.models import Unit
from kejing.office.people.roles import Power
from kejing.office.realignment.centralising import business_income, lines_to_centralise, outlets_of
from kejing.office.shell.requests import OfficeRequest
from kejing.office.shell.words import say

_FIRST_TICKED = {"loan"}  # what is centralised first; deposits and fees stay with the outlets (E5-31, E5-32)


@require_http_methods(["GET", "POST"])
def centralise(request: OfficeRequest) -> HttpResponse:
    """Pick the branch, its sub-branches and the kinds of business; draft."""
    viewer = request.viewer
    viewer.require(Power.DRAFT_CHANGE)
    asked = request.POST if request.method == "POST" else request.GET
    try:
        day = parse_day(asked.get("day", ""))
    except NotAPeriodError:
        day = viewer.today.replace(year=viewer.today.year + 1, month=1, day=1)
    units = scope.units(viewer)
    branch: Unit | None = units.filter(unit_id=asked.get("branch", "")).first()
    if request.method == "POST":
        branch = get_object_or_404(units, unit_id=asked.get("branch", ""))
        outlets, business = asked.getlist("outlet"), asked.getlist("business")
        made = draft(
            viewer=viewer,
            title=asked.get("title", "").strip() or say("realignment.centralise_title", branch=branch.name),
            reason=asked.get("reason", ""),
            effective_on=day,
            changes=lines_to_centralise(viewer, branch=branch, outlets=outlets, business=business, day=day),
        )
        return redirect("realignment:change_set", made.pk)
    known = {business for _, business in business_income()} | _FIRST_TICKED
    facts = {
        "branches": units.filter(unit_id__in=units.exclude(parent_id="").values("parent_id")).order_by("path"),
        "branch": branch,
        "outlets": outlets_of(viewer, branch) if branch is not None else [],
        "business": sorted(known - {""}),
        "ticked": _FIRST_TICKED,
        "day": day,
    }
    return render(request, "realignment/centralise.html", facts)
