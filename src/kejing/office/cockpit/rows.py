"""The rows behind the numbers of the cockpit."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kejing.office import scope
from kejing.office.acts.remembering import remembered
from kejing.office.acts.rows import DatedQuery
from kejing.office.books.models import Standing
from kejing.office.cockpit import books, capacity, sums
from kejing.office.cockpit.naming import names_of
from kejing.office.cockpit.part import RESTS_ON, Part, part_of
from kejing.office.people.roles import Power
from kejing.office.shell.requests import OfficeRequest
from kejing.office.shell.units import unit_names

_ON_A_PAGE = 50
BEHIND = "behind"


@require_GET
def rms(request: OfficeRequest) -> HttpResponse:
    """RMs with hours asked for and hours there are; only those over, if asked."""
    part = part_of(request)
    people = capacity.loads(part)
    shown = request.GET.get("show", "")
    picked = [each for each in people if shown != "over" or each.is_over]
    if shown == "idle":
        picked = [each for each in people if not each.required]
    page = Paginator(picked, _ON_A_PAGE).get_page(request.GET.get("page"))
    units = unit_names((each.unit_id for each in page), request.viewer.as_of)
    facts = {"part": part, "names": names_of(part), "page": page, "people": page.object_list, "shown": shown}
    return render(request, "cockpit/rms.html", {**facts, "unit_names": units})


@require_GET
def customers(request: OfficeRequest) -> HttpResponse:
    """Customers of a list; behind their standard, by tier, with what is owed and done."""
    part = part_of(request)
    name, tier = request.GET.get("list", "all"), request.GET.get("tier")
    asked = request.GET.get("q", "").strip()
    page, owed = _page(part, name, tier, asked, request.GET.get("page"))
    ids = [each.customer_id for each in page]
    standings: dict[str, list[Standing]] = {}
    for standing in scope.standings(part.viewer).filter(customer_id__in=ids).order_by("scheme"):
        standings.setdefault(standing.customer_id, []).append(standing)
    leads = dict(
        scope.coverage(part.viewer).filter(customer_id__in=ids, role=books.LEAD).values_list("customer_id", "rm_id")
    )
    facts = {
        "part": part,
        "names": names_of(part),
        "list_name": name,
        "tier": tier,
        "asked": asked,
        "page": page,
        "rows": [
            {
                "customer": each,
                "standings": standings.get(each.customer_id, []),
                "lead": leads.get(each.customer_id, ""),
                "contacts": owed.get(each.customer_id),
            }
            for each in page
        ],
        "run": part.runs[0] if part.runs else None,
        "may_draft": part.viewer.may(Power.DRAFT_CHANGE),
        "receivers": list(part.rms.values()),
    }
    return render(request, "cockpit/customers.html", facts)


class _Counted(Paginator[Any]):
    """Pages of rows whose number is known."""

    def __init__(self, rows: DatedQuery, count: int) -> None:
        super().__init__(rows, _ON_A_PAGE)
        self.__dict__["count"] = count  # in the place where Django keeps what it counted


def _page(
    part: Part, name: str, tier: str | None, asked: str, number: str | None
) -> tuple[Page[Any], dict[str, capacity.Contacts]]:
    """One page of a list, and, of those behind, what is owed; a whole list is counted once, a search each time."""
    if name == BEHIND:
        owed = capacity.behind(part, tier)
        if not asked:
            page = Paginator[Any](tuple(owed), _ON_A_PAGE).get_page(number)
            page.object_list = part.customers.filter(customer_id__in=page.object_list).order_by("customer_id")
            return page, owed
        found = part.customers.filter(customer_id__in=list(owed))
    elif name in books.LISTS:
        owed, found = {}, books.LISTS[name](part)
    else:
        raise Http404
    if asked:
        found = found.filter(Q(name__icontains=asked) | Q(customer_id=asked))
        return Paginator(found.order_by("customer_id"), _ON_A_PAGE).get_page(number), owed
    count = remembered(("count", name, *part.key), RESTS_ON, found.count)
    return _Counted(found.order_by("customer_id"), count).get_page(number), owed


@require_GET
def headcount(request: OfficeRequest) -> HttpResponse:
    """RMs needed, there and missing by unit."""
    part = part_of(request)
    staff = sums.headcount(part)
    return render(
        request,
        "cockpit/headcount.html",
        {"part": part, "names": names_of(part), "staff": staff, "total": sums.total(staff)},
    )


@require_GET
def money(request: OfficeRequest) -> HttpResponse:
    """One measure by RM: target and what was reached."""
    part = part_of(request)
    measure = request.GET.get("measure", "")
    rows = [(run, row, part.rms[row["rm_id"]]) for run, row in sums.completion_rows(part, measure)]
    return render(
        request, "cockpit/money.html", {"part": part, "names": names_of(part), "measure": measure, "rows": rows}
    )


@require_GET
def disputes(request: OfficeRequest) -> HttpResponse:
    """Disputes that wait for an answer."""
    part = part_of(request)
    rows = [(run, row, part.rms[row["rm_id"]]) for run, row in sums.open_disputes(part)]
    return render(request, "cockpit/disputes.html", {"part": part, "names": names_of(part), "rows": rows})


@require_GET
def inversions(request: OfficeRequest) -> HttpResponse:
    """Tiers whose customers get less for their value than those below."""
    part = part_of(request)
    return render(
        request, "cockpit/inversions.html", {"part": part, "names": names_of(part), "rows": sums.inversions(part)}
    )
