"""Plans of customers: two people may edit one; the second to save sees a merge."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from kejing.measure.errors import KejingError
from kejing.office import scope
from kejing.office.acts.errors import StaleRowError
from kejing.office.acts.merge import Merge
from kejing.office.books.models import Plan
from kejing.office.people.roles import Power
from kejing.office.realignment.acts import save_plan
from kejing.office.shell.requests import OfficeRequest
from kejing.office.shell.words import say

_ON_A_PAGE = 50
_TEXTS = ("needs", "goal", "steps")


class NotACountError(KejingError):
    """Text stands where a whole number of visits should."""

    code = "office.not_a_count"


@require_GET
def plans(request: OfficeRequest) -> HttpResponse:
    """Customers with their plan, those without one last."""
    asked = request.GET.get("q", "")
    customers = scope.customers(request.viewer).filter(name__icontains=asked).order_by("customer_id")
    page = Paginator(customers, _ON_A_PAGE).get_page(request.GET.get("page"))
    ids = [each.customer_id for each in page]
    held = {each.customer_id: each for each in scope.plans(request.viewer).filter(customer_id__in=ids)}
    rows = [(each, held.get(each.customer_id)) for each in page]
    return render(request, "realignment/plans.html", {"rows": rows, "page": page, "asked": asked})


@require_http_methods(["GET", "POST"])
def plan(request: OfficeRequest, customer_id: str) -> HttpResponse:
    """The plan of one customer; whoever saves second gets the merge page."""
    viewer = request.viewer
    customer = get_object_or_404(scope.customers(viewer), customer_id=customer_id)
    held = scope.plans(viewer).filter(customer_id=customer_id).first()
    facts = {
        "customer": customer,
        "plan": held or Plan(customer_id=customer_id, version=0),
        "may": viewer.may(Power.PLAN),
    }
    if request.method == "GET":
        return render(request, "realignment/plan.html", facts)
    values = _values(request.POST)
    version = request.POST.get("version", "")
    try:
        save_plan(
            viewer=viewer,
            customer_id=customer_id,
            expected_version=int(version) if version.isdecimal() else 0,
            values=values,
        )
    except StaleRowError as error:
        merged = facts | {"merge": error.merge, "fields": _fields(error.merge, values)}
        return render(request, "realignment/merge.html", merged, status=409)
    messages.success(request, say("realignment.plan_kept"))
    return redirect("realignment:plan", customer_id)


def _values(form: Mapping[str, str]) -> dict[str, object]:
    """What the form says; a field that it does not have is left alone."""
    values: dict[str, object] = {name: form[name].strip().replace("\r\n", "\n") for name in _TEXTS if name in form}
    visits = form.get("visits_per_quarter")
    if visits is None:
        return values
    if not visits.isdecimal():
        raise NotACountError(value=visits)
    return values | {"visits_per_quarter": int(visits)}


def _fields(merge: Merge, values: Mapping[str, object]) -> list[dict[str, object]]:
    """Fields of the merge page: what goes in by itself, and where both sides wrote something else."""
    clashes = {clash.field: clash for clash in merge.clashes}
    return [
        {"name": name, "words": f"realignment.kind.plan_{name}", "mine": mine, "clash": clashes.get(name)}
        for name, mine in values.items()
        if name in clashes or name in merge.values
    ]
