"""Customers and the work on them: read only, each by the one scope of its entity."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema

from kejing.office import scope
from kejing.office.api import schemas
from kejing.office.api.paging import MOST_ROWS, Page, page_of
from kejing.office.api.tokens import Scope, viewer_of
from kejing.office.people.viewer import Viewer

router = Router(tags=["books"])

type Rows = Callable[[Viewer], QuerySet[Any, Any]]
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS)]

LISTS: dict[str, tuple[Rows, type[Schema]]] = {
    "customers": (scope.customers, schemas.CustomerOut),
    "coverage": (scope.coverage, schemas.CoverageOut),
    "standings": (scope.standings, schemas.StandingOut),
    "rms": (scope.rms, schemas.RmOut),
    "units": (scope.units, schemas.UnitOut),
    "contacts": (scope.contacts, schemas.ContactOut),
    "bookings": (scope.bookings, schemas.BookingOut),
    "open-items": (scope.open_items, schemas.OpenItemOut),
    "plans": (scope.plans, schemas.PlanOut),
    "tier-exceptions": (scope.tier_exceptions, schemas.TierExceptionOut),
    "targets": (scope.targets, schemas.TargetOut),
    "disputes": (scope.disputes, schemas.DisputeOut),
}
"""Every list: its address, the scope that it takes, and what is said of a row."""


def _listing(rows: Rows) -> Callable[..., Page[Model]]:
    def listing(request: HttpRequest, cursor: str = "", limit: Limit = 100, as_of: str = "") -> Page[Model]:  # noqa: ARG001 - as_of: the viewer reads it
        return page_of(rows(viewer_of(request, Scope.BOOKS_READ)), cursor=cursor, limit=limit)

    return listing


for _address, (_rows, _schema) in LISTS.items():
    router.get(
        f"/{_address}",
        response=schemas.PageOf[_schema],  # type: ignore[valid-type]  # a page of each
        operation_id=f"list_{_address.replace('-', '_')}",
        summary=f"{_address.replace('-', ' ').capitalize()} that the token's user sees on the day",
    )(_listing(_rows))


@router.get("/customers/{customer_id}", response=schemas.CustomerOut, operation_id="get_customer")
def get_customer(request: HttpRequest, customer_id: str) -> Model:
    """One customer; 404 where it is not there or not to be seen."""
    viewer = viewer_of(request, Scope.BOOKS_READ)
    found: Model = get_object_or_404(scope.customers(viewer), customer_id=customer_id)
    return found
