"""The list, the page of one customer, and what the engine says of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from kejing.office import scope
from kejing.office.customer import listing, sheet
from kejing.office.customer.balances import balances
from kejing.office.customer.gathering import picture, role_word
from kejing.office.customer.income import splits
from kejing.office.feeds.run_tables import shown_runs
from kejing.office.people.roles import Power
from kejing.office.shell.requests import OfficeRequest
from kejing.office.shell.words import in_script, language, say
from kejing.office.standards.naming import coded, names_of, tiers_of

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
def customer_list(request: OfficeRequest) -> HttpResponse:
    """Customers by the filters of the address; a search that finds one opens it."""
    filters = listing.Filters.read(request.GET)
    page = listing.page_of(request.viewer, filters, request.GET.get("page"))
    rows = list(page.object_list)
    _tier_words(rows)
    if filters.text and page.paginator.count == 1:
        return redirect("customer:page", rows[0].customer_id)
    leads = listing.lead_names(request.viewer, rows)
    for row in rows:
        row.lead_word = leads.get(row.lead_rm, row.lead_rm or "")
    told = {
        "page": page,
        "rows": rows,
        "filters": filters,
        "all_tiers": _all_tiers(),
        "roles": [(role, role_word(role)) for role in ("lead", "assist", "backup", "treasury", "lending")],
        "sorts": list(listing.SORTS),
    }
    return render(request, "customer/list.html", told)


@require_GET
def export(request: OfficeRequest) -> HttpResponse:
    """The list as a workbook: the same rows that the page shows."""
    filters = listing.Filters.read(request.GET)
    rows = list(listing.listed(request.viewer, filters))
    with request.viewer.act("customer.exported", power=Power.EXPORT, rows=len(rows), filters=filters.as_query()):
        leads = listing.lead_names(request.viewer, rows)
        written = sheet.workbook(rows, tiers=_tier_words(rows), leads=leads)
    headers = {"Content-Disposition": 'attachment; filename="customers.xlsx"'}
    return HttpResponse(written, content_type=_WORKBOOK, headers=headers)


@require_GET
def page(request: OfficeRequest, customer_id: str) -> HttpResponse:
    """One customer's full picture."""
    customer = get_object_or_404(scope.customers(request.viewer), customer_id=customer_id)
    found = picture(request.viewer, customer)
    told = {
        "customer": customer,
        "found": found,
        "team": [(member, role_word(member.role)) for member in found.team],
        "owed": [(each, coded(each.due.channel), say(f"customer.state.{each.state}")) for each in found.owed],
        "is_today": request.viewer.as_of == request.viewer.today,
        "may_log": request.viewer.may(Power.LOG_CONTACT),
    }
    return render(request, "customer/page.html", told)


@require_GET
def money(request: OfficeRequest, customer_id: str) -> HttpResponse:
    """Products, balances, income and its split, from the engine."""
    customer = get_object_or_404(scope.customers(request.viewer), customer_id=customer_id)
    rows = []
    for each in splits(request.viewer, customer_id):
        names = names_of(each.run, language())
        rows.append((each, in_script(names.of(each.measure, "measure")), in_script(names.of(each.role, "role"))))
    held = balances(customer_id, request.viewer.as_of)
    told = {"customer": customer, "splits": rows, "balances": held, "is_alone": not request.htmx}
    return render(request, "customer/money.html", told)


def _tier_words(rows: list[Any]) -> dict[tuple[str, str], str]:
    """Tiers of the listed customers in words; each row gets its own as ``tier_word``."""
    runs = {run.run_id: run for run in shown_runs()}
    words: dict[tuple[str, str], str] = {}
    for row in rows:
        run = runs.get(row.run_id)
        key = (row.scheme, row.tier)
        if run is not None and row.tier and key not in words:
            words[key] = in_script(names_of(run, language()).of_tier(row.tier, row.scheme))
        row.tier_word = words.get(key, row.tier or "")
    return words


def _all_tiers() -> list[tuple[str, str]]:
    """Tiers that the policies of the shown runs know, for the filter."""
    found: dict[str, str] = {}
    for run in shown_runs():
        for tier, scheme in tiers_of(run):
            found.setdefault(tier, in_script(names_of(run, language()).of_tier(tier, scheme)))
    return sorted(found.items())
