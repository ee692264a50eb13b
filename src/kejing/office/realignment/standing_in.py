"""Standing in: who acts for whom, from when to when."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from kejing.measure.period import parse_day
from kejing.office import scope
from kejing.office.people.models import Delegation, Position, User
from kejing.office.people.viewer import Viewer
from kejing.office.realignment.acts import delegate, end_delegation
from kejing.office.shell.requests import OfficeRequest
from kejing.office.shell.words import say


@require_http_methods(["GET", "POST"])
def delegations(request: OfficeRequest) -> HttpResponse:
    """Delegations given and taken; a new one; begin to stand in."""
    viewer = request.viewer
    if request.method == "POST":
        taker = get_object_or_404(User.objects.filter(pk__in=_colleagues(viewer)), username=request.POST.get("taker"))
        delegate(
            viewer=viewer,
            taker=taker,
            first=parse_day(request.POST.get("first", "")),
            last=parse_day(request.POST.get("last", "")),
            reason=request.POST.get("reason", ""),
        )
        messages.success(request, say("realignment.delegation_kept"))
        return redirect("realignment:delegations")
    concerned = Delegation.objects.filter(Q(giver=viewer.user) | Q(taker=viewer.user))
    own = Q(actor=viewer.user) | Q(on_behalf_of=viewer.user)
    done = scope.events(viewer).filter(own, on_behalf_of__isnull=False)
    facts = {
        "delegations": concerned.select_related("giver", "taker").order_by("-valid_from", "-pk"),
        "colleagues": User.objects.filter(pk__in=_colleagues(viewer)).order_by("name"),
        "done": done.select_related("actor", "on_behalf_of").order_by("-number")[:20],
    }
    return render(request, "realignment/delegations.html", facts)


@require_POST
def end(request: OfficeRequest, number: int) -> HttpResponse:
    """End a delegation that one gave."""
    found = get_object_or_404(Delegation.objects.from_day(request.viewer.today), pk=number, giver=request.viewer.user)
    end_delegation(viewer=request.viewer, delegation=found)
    return redirect("realignment:delegations")


def _colleagues(viewer: Viewer) -> set[int]:
    """Users with a position in a unit of the viewer or of his unit's heads, the viewer not among them."""
    units = {position.unit_id for position in viewer.positions}
    near = set(scope.units(viewer).values_list("unit_id", flat=True)) | units
    held = Position.objects.in_force(viewer.today).filter(unit_id__in=near, user__is_active=True)
    return set(held.exclude(user=viewer.user).values_list("user_id", flat=True))
