"""Change sets: the list, and one of them with all that speaks for and against it."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kejing.office import scope
from kejing.office.changes import publishing
from kejing.office.changes.models import Challenge, ChangeLine, ChangeSet
from kejing.office.changes.preview import preview
from kejing.office.feeds.run_tables import shown_runs
from kejing.office.people.roles import Power
from kejing.office.people.viewer import Viewer
from kejing.office.realignment.centralising import accepted_by_rule, business_income
from kejing.office.realignment.checks import checks
from kejing.office.realignment.map_points import map_points
from kejing.office.realignment.sight import change_set_of, customers_of, lines_of
from kejing.office.realignment.unit_loads import unit_loads
from kejing.office.shell.requests import OfficeRequest

State = ChangeSet.State
_ON_A_PAGE = 50


@require_GET
def change_sets(request: OfficeRequest) -> HttpResponse:
    """Change sets of the viewer, the newest first, with what waits for an answer."""
    state = request.GET.get("state", "")
    found = publishing.change_sets(request.viewer).select_related("drafted_by").order_by("-pk")
    if state in State.values:
        found = found.filter(state=state)
    counted = found.annotate(
        customers=Count("lines__customer_id", distinct=True),
        waiting=Count("challenges", filter=Q(challenges__state=Challenge.State.OPEN), distinct=True),
    )
    page = Paginator(counted, _ON_A_PAGE).get_page(request.GET.get("page"))
    may_draft = request.viewer.may(Power.DRAFT_CHANGE)
    facts = {"page": page, "states": State.values, "state": state, "may_draft": may_draft}
    return render(request, "realignment/change_sets.html", facts)


@require_GET
def change_set(request: OfficeRequest, number: int) -> HttpResponse:
    """One change set: what it does to each RM, what speaks against it, its lines, its steps."""
    viewer = request.viewer
    found = change_set_of(viewer, number)
    lines = list(lines_of(viewer, found))
    customers = customers_of(lines, found)
    shown = preview(found)
    people = set(scope.rms(viewer).values_list("rm_id", flat=True))
    names = dict(scope.rms(viewer.at(found.effective_on)).values_list("rm_id", "name"))
    picked = [line for line in lines if _is_asked(line, request.GET.get("rm", ""), request.GET.get("kind", ""))]
    page = Paginator(picked, _ON_A_PAGE).get_page(request.GET.get("page"))
    is_open = found.state in {State.DRAFT, State.SUBMITTED, State.APPROVED}
    income = business_income() if is_open and any(line.kind == ChangeLine.Kind.HANDLING for line in lines) else {}
    units = unit_loads(found, income) if is_open else ()
    unit_names = dict(scope.units(viewer).values_list("unit_id", "name")) if units else {}
    facts = {
        "change_set": found,
        "is_settled": found.state in {State.PUBLISHED, State.TAKEN_BACK, State.WITHDRAWN},
        "previews": [each for each in shown.rms if each.rm_id in people],
        "units": [each for each in units if each.unit_id in unit_names],
        "unit_names": unit_names,
        "challenged_kinds": (ChangeLine.Kind.COVERAGE, ChangeLine.Kind.CUSTOMER, ChangeLine.Kind.RM),
        "by_rule": accepted_by_rule(found, income),
        "shown": shown,
        "currency": next((run.currency for run in shown_runs()), ""),
        "names": names,
        "checks": checks(found, lines, customers, shown)
        if found.state not in {State.PUBLISHED, State.TAKEN_BACK}
        else [],
        "kinds": _kinds(lines),
        "asked": {"rm": request.GET.get("rm", ""), "kind": request.GET.get("kind", "")},
        "page": page,
        "customers": {name: customer.name for name, customer in customers.items()},
        "challenges": _challenges(viewer, found),
        "events": scope.events(viewer).filter(change_set_id=found.pk).select_related("actor", "on_behalf_of"),
        "points": map_points(lines, customers, names),
        "may": _may(viewer, found),
    }
    return render(request, "realignment/change_set.html", facts)


def _is_asked(line: ChangeLine, rm: str, kind: str) -> bool:
    return (not rm or rm in {line.from_rm_id, line.to_rm_id}) and (not kind or kind == line.kind)


def _kinds(lines: list[ChangeLine]) -> dict[str, int]:
    """Lines of each kind, in the order of kinds."""
    counted = {kind: sum(line.kind == kind for line in lines) for kind in ChangeLine.Kind.values}
    return {kind: count for kind, count in counted.items() if count}


def _challenges(viewer: Viewer, found: ChangeSet) -> list[Challenge]:
    people = scope.rms(viewer).values("rm_id")
    walls = scope.walled(viewer)
    seen = found.challenges.filter(Q(rm_id__in=people) | Q(raised_by=viewer.user)).exclude(customer_id__in=walls)
    return list(seen.select_related("raised_by", "answered_by").order_by("pk"))


def _may(viewer: Viewer, found: ChangeSet) -> dict[str, Any]:
    """Steps that the page offers: those the viewer's position allows where the change set stands."""
    drafts, approves = viewer.may(Power.DRAFT_CHANGE), viewer.may(Power.APPROVE_CHANGE)
    is_maker = found.drafted_by in {viewer.user, viewer.on_behalf_of}
    state = found.state
    return {
        "submit": drafts and state == State.DRAFT,
        "strike": drafts and state == State.DRAFT,
        "withdraw": drafts and state in {State.DRAFT, State.SUBMITTED, State.APPROVED},
        "challenge": viewer.may(Power.CHALLENGE) and state == State.SUBMITTED,
        "answer": approves and state == State.SUBMITTED,
        "approve": approves and state == State.SUBMITTED and not is_maker,
        "is_maker": is_maker and approves and state == State.SUBMITTED,
        "publish": approves and state == State.APPROVED,
        "invert": drafts and state == State.PUBLISHED and not hasattr(found, "inverse"),
    }
