"""Pages of the auditor."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from kejing.office import scope
from kejing.office.acts import chain
from kejing.office.audit import asking
from kejing.office.audit.packing import evidence_pack
from kejing.office.people.roles import Power
from kejing.office.shell.requests import OfficeRequest

_A_PAGE = 50


@require_GET
def events(request: OfficeRequest) -> HttpResponse:
    """Events, filtered."""
    request.viewer.require(Power.READ_EVENTS)
    question = asking.Question.of(request.GET)
    page = Paginator(asking.matching(request.viewer, question), _A_PAGE).get_page(request.GET.get("page"))
    rows = [(event, asking.sentence(event)) for event in page]
    shown = {"question": question, "page": page, "rows": rows, "codes": asking.known_codes(request.viewer)}
    return render(request, "audit/events.html", shown)


@require_GET
def event(request: OfficeRequest, number: int) -> HttpResponse:
    """One event: what each row was before and after."""
    request.viewer.require(Power.READ_EVENTS)
    found = get_object_or_404(scope.events(request.viewer).select_related("actor", "on_behalf_of"), pk=number)
    touches = scope.touches(request.viewer).filter(event=found).order_by("place")
    page = Paginator(touches, _A_PAGE).get_page(request.GET.get("page"))
    rows = [(touch, asking.changes_of(touch)) for touch in page]
    shown = {"event": found, "said": asking.sentence(found), "page": page, "rows": rows}
    return render(request, "audit/event.html", shown)


@require_GET
def customer(request: OfficeRequest, customer_id: str) -> HttpResponse:
    """Who could see a customer on the day looked at, and who changed or exported what of his."""
    request.viewer.require(Power.READ_EVENTS)
    if asking.is_walled(request.viewer, customer_id):
        raise Http404
    people = asking.who_could_see(customer_id, request.viewer.as_of, request.viewer.today)
    found = asking.matching(request.viewer, asking.Question(customer_id=customer_id))
    page = Paginator(found, _A_PAGE).get_page(request.GET.get("page"))
    rows = [(event, asking.sentence(event)) for event in page]
    exports = asking.matching(request.viewer, asking.Question()).filter(code__endswith="exported")[:_A_PAGE]
    shown = {"customer_id": customer_id, "people": people, "page": page, "rows": rows}
    return render(
        request, "audit/customer.html", {**shown, "exports": [(one, asking.sentence(one)) for one in exports]}
    )


@require_POST
def check_chain(request: OfficeRequest) -> HttpResponse:
    """Walk along the chain."""
    request.viewer.require(Power.READ_EVENTS)
    return render(request, "audit/chain.html", {"report": chain.verify()})


@require_POST
def evidence(request: OfficeRequest) -> HttpResponse:
    """The evidence pack of a question."""
    question = asking.Question.of(request.POST)
    content = evidence_pack(viewer=request.viewer, question=question, reason=request.POST.get("reason", "").strip())
    answer = HttpResponse(content, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="evidence-{request.viewer.today.isoformat()}.zip"'
    return answer
