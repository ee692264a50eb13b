"""New change sets: an RM leaves, the solver's proposal, picked customers, an exception from a tier."""

from __future__ import annotations

import datetime as dt

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from kejing.measure.period import NotAPeriodError, parse_day
from kejing.office import scope
from kejing.office.books.models import Standing
from kejing.office.changes.drafting import Change, draft, moves
from kejing.office.changes.models import ChangeLine
from kejing.office.people.roles import Power
from kejing.office.people.viewer import Viewer
from kejing.office.realignment import proposals
from kejing.office.realignment.spreading import Spread, colleagues, spread
from kejing.office.shell.requests import OfficeRequest
from kejing.office.shell.words import say

_NEAREST = 3  # receivers ticked to begin with


@require_http_methods(["GET", "POST"])
def leaver(request: OfficeRequest) -> HttpResponse:
    """An RM leaves: pick receivers, look at the spread, change it by hand, draft."""
    viewer = request.viewer
    viewer.require(Power.DRAFT_CHANGE)
    asked = request.POST if request.method == "POST" else request.GET
    rm_id, day = asked.get("rm", ""), _day(asked.get("day", ""), viewer)
    rm = scope.rms(viewer).filter(rm_id=rm_id).first()
    others = colleagues(viewer, rm_id, day) if rm is not None else []
    ticked = set(asked.getlist("receiver")) or {each.rm_id for each in others[:_NEAREST]}
    receivers = [each for each in others if each.rm_id in ticked]
    proposed = spread(viewer, rm_id, receivers, day) if rm is not None else Spread({}, ())
    if request.method == "POST" and rm is not None:
        to = {name: asked.get(f"to-{name}", receiver) for name, receiver in proposed.to.items()}
        to |= {name: asked[f"to-{name}"] for name in proposed.unplaced if asked.get(f"to-{name}")}
        made = draft(
            viewer=viewer,
            title=asked.get("title", "").strip() or say("realignment.leaver_title", name=rm.name),
            reason=asked.get("reason", ""),
            effective_on=day,
            changes=moves(rm_id=rm_id, to={name: taker for name, taker in to.items() if taker}, day=day),
        )
        return redirect("realignment:change_set", made.pk)
    facts = {
        "rms": scope.rms(viewer).order_by("unit_id", "rm_id"),
        "rm": rm,
        "day": day,
        "others": others,
        "ticked": {each.rm_id for each in receivers},
        "receivers": receivers,
        "rows": proposals.spread_rows(viewer, proposed, day),
    }
    return render(request, "realignment/leaver.html", facts)


@require_http_methods(["GET", "POST"])
def solver(request: OfficeRequest) -> HttpResponse:
    """What the assignment of the shown run proposes, as far as it differs from the books of today."""
    viewer = request.viewer
    viewer.require(Power.DRAFT_CHANGE)
    day = _day(request.POST.get("day", "") or request.GET.get("day", ""), viewer)
    proposal = proposals.solved(viewer, day)
    if request.method == "POST":
        made = draft(
            viewer=viewer,
            title=say("realignment.solver_title"),
            reason=request.POST.get("reason", ""),
            effective_on=day,
            changes=proposal.changes(day),
        )
        return redirect("realignment:change_set", made.pk)
    return render(request, "realignment/solver.html", {"proposal": proposal, "day": day})


@require_POST
def picked(request: OfficeRequest) -> HttpResponse:
    """Picked customers go to one RM, each with all that goes along."""
    viewer = request.viewer
    day, receiver = _day(request.POST.get("day", ""), viewer), request.POST.get("to", "")
    wanted = request.POST.getlist("customer")
    leads = scope.coverage(viewer.at(day)).filter(customer_id__in=wanted, role="lead").exclude(rm_id=receiver)
    by_giver: dict[str, dict[str, str]] = {}
    for row in leads:
        by_giver.setdefault(row.rm_id, {})[row.customer_id] = receiver
    changes = [change for giver, to in sorted(by_giver.items()) for change in moves(rm_id=giver, to=to, day=day)]
    without = (
        set(wanted)
        - {row.customer_id for row in leads}
        - set(
            scope.coverage(viewer.at(day))
            .filter(customer_id__in=wanted, role="lead")
            .values_list("customer_id", flat=True)
        )
    )
    changes += [Change(ChangeLine.Kind.COVERAGE, each, "", receiver, "lead") for each in sorted(without)]
    made = draft(
        viewer=viewer,
        title=request.POST.get("title", "").strip() or say("realignment.picked_title", count=len(wanted)),
        reason=request.POST.get("reason", ""),
        effective_on=day,
        changes=changes,
    )
    return redirect("realignment:change_set", made.pk)


@require_http_methods(["GET", "POST"])
def exception(request: OfficeRequest) -> HttpResponse:
    """A customer is kept in another tier than the rule's, until a day."""
    viewer = request.viewer
    viewer.require(Power.DRAFT_CHANGE)
    asked = request.POST if request.method == "POST" else request.GET
    customer_id = asked.get("customer", "")
    standings = scope.standings(viewer).filter(customer_id=customer_id).order_by("scheme")
    if request.method == "POST":
        made = draft(
            viewer=viewer,
            title=say("realignment.exception_title", customer=customer_id),
            reason=asked.get("reason", ""),
            effective_on=_day(asked.get("day", ""), viewer),
            changes=[_exception(customer_id, asked.get("tier", ""), asked.get("until", ""), asked.get("reason", ""))],
        )
        return redirect("realignment:change_set", made.pk)
    schemes = standings.values_list("scheme", flat=True)
    tiers = (
        Standing.objects.filter(scheme__in=schemes).values_list("scheme", "tier").distinct().order_by("scheme", "tier")
    )
    facts = {
        "customer": scope.customers(viewer).filter(customer_id=customer_id).first(),
        "customer_id": customer_id,
        "standings": standings,
        "tiers": [f"{scheme}/{tier}" for scheme, tier in tiers],
        "held": scope.tier_exceptions(viewer).filter(customer_id=customer_id).order_by("valid_from"),
    }
    return render(request, "realignment/exception.html", facts)


def _exception(customer_id: str, choice: str, until: str, reason: str) -> Change:
    """An exception without an end is refused: it would be another tier, not an exception."""
    scheme, _, tier = choice.partition("/")
    values = {"customer_id": customer_id, "scheme": scheme, "tier": tier, "reason": reason}
    return Change(
        ChangeLine.Kind.TIER_EXCEPTION, customer_id, values=values | {"valid_to": parse_day(until).isoformat()}
    )


def _day(text: str, viewer: Viewer) -> dt.date:
    """The day in the form; without one, the first of the next month."""
    try:
        return parse_day(text)
    except NotAPeriodError:
        return (viewer.today.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
