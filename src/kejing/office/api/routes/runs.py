"""Runs, and rows of their tables about customers and RMs that the user sees."""

from __future__ import annotations

from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router

from kejing.office import scope
from kejing.office.api import schemas
from kejing.office.api.errors import TooWideError
from kejing.office.api.paging import MOST_ROWS, Page, page_of
from kejing.office.api.routes.books import Limit
from kejing.office.api.tokens import Scope, viewer_of
from kejing.office.feeds.models import Run
from kejing.office.feeds.run_tables import run_rows
from kejing.office.people.viewer import Viewer
from kejing.office.shell.voices import last_day, periods_of
from kejing.office.shell.whose import seen_rows, walled_ids
from kejing.stages.tables import OUT_TABLES

router = Router(tags=["runs"])

TABLES = {
    "segment": "customer_id",
    "assign": "customer_id",
    "target": "rm_id",
    "credit": "rm_id",
    "score": "rm_id",
    "pay": "rm_id",
    "pay_total": "rm_id",
    "settlement": "rm_id",
}
"""Tables that are told, and the column by which a row is somebody's."""


@router.get("", response=schemas.PageOf[schemas.RunOut], operation_id="list_runs")
def list_runs(request: HttpRequest, cursor: str = "", limit: Limit = 100) -> Page[Model]:
    """Runs that the office knows, for everybody with a position."""
    viewer = viewer_of(request, Scope.RUNS_READ)
    return page_of(_runs(viewer), cursor=cursor, limit=limit)


@router.get("/{run_id}/tables/{table}", response=schemas.RunRowsOut, operation_id="get_run_rows")
def get_run_rows(
    request: HttpRequest, run_id: str, table: str, customer_id: str = "", rm_id: str = "", limit: Limit = 100
) -> schemas.RunRowsOut:
    """Rows of a table: of a customer, or of RMs that the user sees; at most 500 in one answer."""
    viewer = viewer_of(request, Scope.RUNS_READ)
    run = get_object_or_404(_runs(viewer), run_id=run_id)
    whose = TABLES.get(table)
    if whose is None:
        raise Http404
    if whose == "customer_id" and not customer_id:
        raise TooWideError(table=table, name=whose)
    wanted = {"customer_id": customer_id, "rm_id": rm_id}
    where: dict[str, object] = {name: value for name, value in wanted.items() if value and _has(table, name)}
    where[whose] = _seen(viewer, run, whose, wanted[whose])
    if not where[whose]:
        return schemas.RunRowsOut(table=table, rows=[])
    rows = seen_rows(viewer, run, table, run_rows(run, table, where=where))
    if whose == "rm_id" and _has(table, "customer_id"):
        walled = walled_ids(viewer, {row["customer_id"] for row in rows})
        rows = [row for row in rows if row["customer_id"] not in walled]
    rows = rows[: min(limit, MOST_ROWS)]
    return schemas.RunRowsOut(table=table, rows=rows)


def _seen(viewer: Viewer, run: Run, whose: str, wanted: str) -> list[str]:
    """Ids to look for: customers of the day looked at, RMs of any day on which a period of the run ends."""
    if whose == "customer_id":
        return list(scope.customers(viewer).filter(customer_id=wanted).values_list("customer_id", flat=True))
    days = {viewer.as_of, *(last_day(run, period) for period in periods_of(run))}
    seen = {rm_id for day in days for rm_id in scope.rms(viewer.at(day)).values_list("rm_id", flat=True)}
    return sorted(seen & {wanted} if wanted else seen)


def _has(table: str, column: str) -> bool:
    return any(each.name == column for each in OUT_TABLES[table].columns)


def _runs(viewer: Viewer) -> QuerySet[Run]:
    return Run.objects.all() if viewer.positions else Run.objects.none()
