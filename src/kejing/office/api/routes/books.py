"""Customers and the work on them, each by the one scope of its entity; contacts are logged as on the page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema

from kejing.office import scope
from kejing.office.api import schemas
from kejing.office.api.keys import once
from kejing.office.api.paging import MOST_ROWS, Page, page_of
from kejing.office.api.tokens import Scope, viewer_of
from kejing.office.contacts.acts import log_contact
from kejing.office.contacts.entry import Entry, Outcome
from kejing.office.contacts.errors import IncompleteContactError
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


@router.get("/customers/{path:customer_id}", response=schemas.CustomerOut, operation_id="get_customer")
def get_customer(request: HttpRequest, customer_id: str) -> Model:
    """One customer; 404 where it is not there or not to be seen."""
    viewer = viewer_of(request, Scope.BOOKS_READ)
    found: Model = get_object_or_404(scope.customers(viewer), customer_id=customer_id)
    return found


@router.post("/contacts", response={201: schemas.ContactOut}, operation_id="log_contact")
def log_a_contact(request: HttpRequest, body: schemas.ContactIn) -> HttpResponse:
    """Log a contact of the token's user; sent again with the same ``client_key``, it is logged once."""
    viewer = viewer_of(request, Scope.WORK_WRITE)
    if body.outcome is Outcome.CALLED_OFF and not body.called_off.strip():
        raise IncompleteContactError(field="called_off")
    entry = Entry(
        client_key=body.client_key,
        customer_id=body.customer_id,
        channel=body.channel,
        outcome=body.outcome,
        happened_at=body.happened_at.astimezone(dt.UTC),
        tags=tuple(dict.fromkeys(body.tags)),
        needs=body.needs.strip(),
        next_step=body.next_step.strip(),
        next_on=body.next_on,
        called_off=body.called_off.strip() if body.outcome is Outcome.CALLED_OFF else "",
        booking_id=body.booking,
    )
    return once(request, lambda: schemas.ContactOut.from_orm(log_contact(viewer=viewer, entry=entry).contact))
