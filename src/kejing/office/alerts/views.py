"""The list of alerts, one alert with its evidence, and what is done with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from kejing.measure.money import to_minor
from kejing.measure.period import parse_day
from kejing.office import scope
from kejing.office.alerts import acts
from kejing.office.alerts.drawing import draw
from kejing.office.alerts.ladder import Ladders
from kejing.office.alerts.models import Alert
from kejing.office.alerts.raising import raise_alerts
from kejing.office.alerts.rates import quality
from kejing.office.books.models import Customer, OpenItem, Rm
from kejing.office.feeds.models import LoadedSnapshot
from kejing.office.people.roles import Power
from kejing.office.people.viewer import Viewer
from kejing.office.shell.requests import OfficeRequest
from kejing.office.shell.words import in_script, say
from kejing.stages.guard.outflow import OutflowRule, outflow_rules

A_PAGE = 50
SHOWN = ("mine", "open", "closed", "all")


@dataclass(frozen=True, slots=True)
class ShownRule:
    """A rule in force, its policy, and its least norm in minor units."""

    policy: str
    rule: OutflowRule
    least_minor: int
    currency: str


@require_GET
def alerts(request: OfficeRequest) -> HttpResponse:
    """Alerts in sight, the longest unanswered first; how good they were; by which rules they are raised."""
    viewer, ladders = request.viewer, Ladders.shown()
    seen = seen_by(viewer)
    mine = seen.filter(ladders.waiting_for(viewer))
    asked_for = request.GET.get("show", "")
    shown = asked_for if asked_for in SHOWN else ("mine" if mine.exists() else "open")
    kept = {
        "mine": mine,
        "open": seen.filter(item__state=OpenItem.State.OPEN),
        "closed": seen.exclude(item__state=OpenItem.State.OPEN),
        "all": seen,
    }[shown]
    page = Paginator(kept.order_by("raised_on", "pk"), A_PAGE).get_page(request.GET.get("page"))
    told = {
        "page": page,
        "rows": _rows(viewer, ladders, list(page.object_list)),
        "shown": shown,
        "choices": SHOWN,
        "quality": quality(seen.defer("balances"), ladders, viewer.as_of),
        "rules": _rules(viewer, ladders),
        "is_ready": bool(ladders.watches) and LoadedSnapshot.objects.exists(),
        "may_look": viewer.may(Power.START_RUN),
    }
    return render(request, "alerts/alerts.html", told)


@require_POST
def look(request: OfficeRequest) -> HttpResponse:
    """Look for outflows now."""
    raised = raise_alerts(viewer=request.viewer)
    messages.success(request, say("alerts.raised_count", count=raised))
    return redirect("alerts:alerts")


@require_GET
def alert(request: OfficeRequest, item_id: int) -> HttpResponse:
    """One alert: what was seen, whose turn it is, and what may be done."""
    viewer, ladders = request.viewer, Ladders.shown()
    found = _found(request, item_id)
    is_open = found.item.state == OpenItem.State.OPEN
    (row,) = _rows(viewer, ladders, [found])
    rules = {(each.policy, each.rule.rule_id): each for each in _rules(viewer, ladders)}
    told = {
        "row": row,
        "alert": found,
        "turns": [(turn, say(f"people.role.{turn.role.value}")) for turn in ladders.turns(found, viewer.today)],
        "rule": rules.get((found.policy, found.rule_id)),
        "drawing": draw(found),
        "balances": [(parse_day(day), minor) for day, minor in reversed(found.balances)],
        "may_answer": is_open and viewer.may(Power.LOG_CONTACT) and ladders.asks(found, viewer),
        "may_reassign": is_open and viewer.may(Power.REASSIGN_ALERT) and ladders.lets_reassign(found, viewer),
        "receivers": acts.receivers(viewer, found),
        "grounds": Alert.Ground.values,
    }
    return render(request, "alerts/alert.html", told)


@require_POST
def answer(request: OfficeRequest, item_id: int) -> HttpResponse:
    """Say what was done."""
    acts.answer(viewer=request.viewer, alert=_found(request, item_id), answer=_said(request, "answer"))
    messages.success(request, say("alerts.answered"))
    return redirect("alerts:alert", item_id)


@require_POST
def dismiss(request: OfficeRequest, item_id: int) -> HttpResponse:
    """Say that nothing has to be done."""
    ground, reason = _said(request, "ground"), _said(request, "reason")
    acts.dismiss(viewer=request.viewer, alert=_found(request, item_id), ground=ground, reason=reason)
    messages.success(request, say("alerts.dismissed"))
    return redirect("alerts:alert", item_id)


@require_POST
def reassign(request: OfficeRequest, item_id: int) -> HttpResponse:
    """Hand the alert to somebody else."""
    found = _found(request, item_id)
    acts.reassign(viewer=request.viewer, alert=found, rm_id=_said(request, "rm"), reason=_said(request, "reason"))
    messages.success(request, say("alerts.reassigned"))
    return redirect("alerts:alert", item_id)


def seen_by(viewer: Viewer) -> QuerySet[Alert]:
    """Alerts of the customers that the viewer sees, up to the day looked at."""
    rows = Alert.objects.filter(raised_on__lte=viewer.as_of).select_related("item")
    return scope.of_customers(rows, viewer)


def _found(request: OfficeRequest, item_id: int) -> Alert:
    return get_object_or_404(seen_by(request.viewer), item_id=item_id)


def _said(request: OfficeRequest, name: str) -> str:
    text = request.POST.get(name, "").strip()
    if "\0" in text:
        raise Http404
    return text[:2_000]


def _rows(viewer: Viewer, ladders: Ladders, found: list[Alert]) -> list[dict[str, Any]]:
    """Alerts with the names of customer and RM, days without an answer, and whose turn it is."""
    customers = scope.customers(viewer).filter(customer_id__in={each.customer_id for each in found})
    names = _names(customers)
    people = dict(
        Rm.objects.in_force(viewer.as_of)
        .filter(rm_id__in={each.item.rm_id for each in found})
        .values_list("rm_id", "name")
    )
    return [
        {
            "alert": each,
            "name": names.get(each.customer_id, each.customer_id),
            "rm": in_script(people.get(each.item.rm_id, each.item.rm_id)),
            "days": ((each.closed_on or viewer.today) - each.raised_on).days,
            "turn": next((turn for turn in reversed(ladders.turns(each, viewer.today)) if turn.is_reached), None),
        }
        for each in found
    ]


def _names(customers: QuerySet[Customer]) -> dict[str, str]:
    return {row.customer_id: in_script(row.name) for row in customers}


def _rules(viewer: Viewer, ladders: Ladders) -> list[ShownRule]:
    return [
        ShownRule(watch.policy, rule, to_minor(rule.least_norm, watch.pack.currency), watch.pack.currency)
        for watch in ladders.watches.values()
        for rule in outflow_rules(watch.pack, watch.settings, viewer.as_of)
    ]
