"""My Day and what is answered on it."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from kejing.office import scope
from kejing.office.books.models import OpenItem
from kejing.office.changes.models import ChangeLine
from kejing.office.changes.publishing import challenge as challenge_line
from kejing.office.changes.publishing import change_sets
from kejing.office.myday import acts, wording
from kejing.office.myday.errors import NoReasonError
from kejing.office.myday.gathering import gather
from kejing.office.shell.requests import OfficeRequest
from kejing.office.shell.words import say

_ON_A_PAGE = 200


@require_GET
def day(request: OfficeRequest) -> HttpResponse:
    """The day of one RM: the viewer's own, or of one that he looks after."""
    viewer = request.viewer
    asked = request.GET.get("rm", viewer.rm_ids[0] if viewer.rm_ids else "")
    if not asked:
        rms = scope.rms(viewer).order_by("unit_id", "rm_id")
        page = Paginator(rms, _ON_A_PAGE).get_page(request.GET.get("page"))
        return render(request, "myday/choose.html", {"page": page})
    rm = get_object_or_404(scope.rms(viewer), rm_id=asked)
    found = gather(viewer, rm.rm_id)
    told = {
        "rm": rm,
        "day": found,
        "is_own": rm.rm_id in viewer.rm_ids,
        "now": wording.lines(found.now, found.names, viewer.as_of),
        "paces": wording.pace_lines(found.pace.channels if found.pace else ()),
        "pay": wording.pay_lines(found.credit, rm.rm_id),
        "disputes": [(each, say(f"myday.state.{each.state}")) for each in found.disputes],
        "lost": [(each, found.names.get(each, each)) for each in (found.pace.lost_customers if found.pace else ())],
        "bookings": [(each, found.names.get(each.customer_id, each.customer_id)) for each in found.today],
        "handovers": [
            (each, found.names.get(each.line.customer_id, each.line.customer_id)) for each in found.handovers
        ],
    }
    return render(request, "myday/day.html", told)


@require_POST
def answer_item(request: OfficeRequest, item_id: int) -> HttpResponse:
    """Close an open item."""
    item = get_object_or_404(scope.open_items(request.viewer).filter(alert=None), pk=item_id)
    state = request.POST.get("state", "")
    if state not in {OpenItem.State.DONE, OpenItem.State.DISMISSED}:
        raise Http404
    answer = request.POST.get("reason", "").strip()
    acts.answer_item(viewer=request.viewer, item=item, state=OpenItem.State(state), answer=answer)
    messages.success(request, say("myday.answered"))
    return redirect("myday:day")


@require_POST
def dismiss(request: OfficeRequest) -> HttpResponse:
    """Put a suggestion aside."""
    acts.dismiss(viewer=request.viewer, key=request.POST.get("key", "")[:200], **_about(request))
    messages.success(request, say("myday.dismissed"))
    return redirect("myday:day")


@require_POST
def relief(request: OfficeRequest) -> HttpResponse:
    """Tell the leader that a standard can no longer be met."""
    acts.ask_for_relief(viewer=request.viewer, **_about(request))
    messages.success(request, say("myday.relief_asked"))
    return redirect("myday:day")


@require_POST
def challenge(request: OfficeRequest, line_id: int) -> HttpResponse:
    """Say that a handover is wrong."""
    seen = ChangeLine.objects.filter(change_set__in=change_sets(request.viewer))
    line = get_object_or_404(seen.select_related("change_set"), pk=line_id)
    reason = request.POST.get("reason", "").strip()
    if not reason:
        raise NoReasonError
    challenge_line(viewer=request.viewer, change_set=line.change_set, line=line, reason=reason)
    messages.success(request, say("myday.challenged"))
    return redirect("myday:day")


def _about(request: OfficeRequest) -> dict[str, str]:
    """Whose book, which customer, and why."""
    return {
        "rm_id": request.viewer.rm_ids[0] if request.viewer.rm_ids else "",
        "customer_id": request.POST.get("customer", ""),
        "reason": request.POST.get("reason", "").strip(),
    }
