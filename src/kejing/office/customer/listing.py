"""The list of customers: what the address filters by, and how it is ordered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import OrderBy
from django.http import QueryDict

from kejing.office import scope
from kejing.office.acts.remembering import remembered
from kejing.office.acts.rows import DatedQuery
from kejing.office.books.models import Contact, Coverage, Rm, Standing
from kejing.office.people.viewer import Viewer

A_PAGE = 50
SORTS: dict[str, str] = {
    "name": "name",
    "tier": "tier",
    "income": "income_minor",
    "boundary": "boundary_micro",
    "met": "last_met",
}
_BY_STANDING = {"tier", "income", "boundary"}
RESTS_ON = (*scope.RESTS_ON, "books.standing")
"""Tables that an order by standing rests on."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What an address asks for; anything else in it counts as nothing.

    Attributes
    ----------
    text
        Part of the name or the beginning of the id.
    sort
        A key of `SORTS`, with ``-`` before it for the other way round.
    """

    text: str = ""
    tier: str = ""
    role: str = ""
    rm_id: str = ""
    is_on_watch: bool = False
    sort: str = "name"

    @classmethod
    def read(cls, asked: QueryDict) -> Filters:
        """The filters of an address."""
        sort = asked.get("sort", "name")
        return cls(
            text=asked.get("q", "").strip()[:100],
            tier=asked.get("tier", ""),
            role=asked.get("role", ""),
            rm_id=asked.get("rm", ""),
            is_on_watch=asked.get("watch") == "1",
            sort=sort if sort.removeprefix("-") in SORTS else "name",
        )

    def as_query(self) -> dict[str, str]:
        """The filters as an address says them."""
        said = {"q": self.text, "tier": self.tier, "role": self.role, "rm": self.rm_id}
        said |= {"watch": "1" if self.is_on_watch else "", "sort": "" if self.sort == "name" else self.sort}
        return {name: value for name, value in said.items() if value}


def listed(viewer: Viewer, filters: Filters) -> DatedQuery:
    """Customers that the viewer sees and the filters keep, with tier, income, lead and day of the last contact."""
    standing = Standing.objects.filter(customer_id=OuterRef("customer_id")).order_by("scheme")
    held = Coverage.objects.in_force(viewer.as_of).filter(customer_id=OuterRef("customer_id"))
    lead = held.filter(role="lead").order_by("-share", "rm_id")
    met = Contact.objects.filter(
        customer_id=OuterRef("customer_id"), called_off="", happened_at__date__lte=viewer.as_of
    ).order_by("-happened_at")
    rows = scope.customers(viewer).annotate(
        tier=Subquery(standing.values("tier")[:1]),
        scheme=Subquery(standing.values("scheme")[:1]),
        run_id=Subquery(standing.values("run_id")[:1]),
        income_minor=Subquery(standing.values("income_minor")[:1]),
        currency=Subquery(standing.values("currency")[:1]),
        boundary_micro=Subquery(standing.values("boundary_micro")[:1]),
        lead_rm=Subquery(lead.values("rm_id")[:1]),
        last_met=Subquery(met.values("happened_at")[:1]),
    )
    rows = rows.filter(_wanted(filters, held))
    if filters.is_on_watch:
        rows = rows.filter(Exists(standing.filter(is_on_watch=True)))
    found: DatedQuery = rows.order_by(*_order(filters.sort))
    return found


def _order(sort: str) -> tuple[str | OrderBy, str]:
    """Columns to order by: those that may be empty stand last; the name never is, and has an index as it is."""
    name = sort.removeprefix("-")
    if name == "name":
        return sort, "customer_id"
    column = F(SORTS[name])
    return column.desc(nulls_last=True) if sort != name else column.asc(nulls_last=True), "customer_id"


def page_of(viewer: Viewer, filters: Filters, number: str | None) -> Page[Any]:
    """One page of the list; an order that asks for all customers' standings is made once, not for each page."""
    rows = listed(viewer, filters)
    if filters.text or filters.sort.removeprefix("-") not in _BY_STANDING:
        return Paginator(rows, A_PAGE).get_page(number)
    key = ("listed", scope.sight(viewer), sorted(filters.as_query().items()))
    ordered = remembered(key, RESTS_ON, lambda: tuple(rows.values_list("customer_id", flat=True)))
    page = Paginator[Any](ordered, A_PAGE).get_page(number)
    shown = {row.customer_id: row for row in rows.filter(customer_id__in=page.object_list)}
    page.object_list = [shown[one] for one in page.object_list]
    return page


def lead_names(viewer: Viewer, rows: list[Any]) -> dict[str, str]:
    """Names of the leads of the listed customers."""
    wanted = {row.lead_rm for row in rows if row.lead_rm}
    return dict(Rm.objects.in_force(viewer.as_of).filter(rm_id__in=wanted).values_list("rm_id", "name"))


def _wanted(filters: Filters, held: QuerySet[Coverage]) -> Q:
    wanted = Q()
    if filters.text:
        wanted &= Q(name__icontains=filters.text) | Q(customer_id__startswith=filters.text)
    if filters.tier:
        wanted &= Q(tier=filters.tier)
    if filters.role and filters.rm_id:
        wanted &= Q(Exists(held.filter(role=filters.role, rm_id=filters.rm_id)))
    elif filters.role or filters.rm_id:
        asked = {"role": filters.role} if filters.role else {"rm_id": filters.rm_id}
        wanted &= Q(Exists(held.filter(**asked)))
    return wanted
