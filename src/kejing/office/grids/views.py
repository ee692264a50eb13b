"""Out as XLSX, back as a preview of cells, then as a change set or acts."""

from __future__ import annotations

from dataclasses import astuple

from django.contrib import messages
from django.core import signing
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from kejing.measure.period import parse_day
from kejing.office.changes.drafting import draft
from kejing.office.grids.acts import change_plan_cell, record_download
from kejing.office.grids.errors import FileTooLargeError, NothingChangedError, NotOurFileError, RowMovedOnError
from kejing.office.grids.reading import MOST_BYTES, check_file, differences, read_file
from kejing.office.grids.sheets import SHEETS, Difference, Sheet
from kejing.office.grids.writing import heading_of, workbook
from kejing.office.people.viewer import Viewer
from kejing.office.shell.requests import OfficeRequest
from kejing.office.shell.words import say

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_HOURS = 12 * 3600
_SALT = "kejing.office.grids"
_MEGABYTE = 1024 * 1024


@require_GET
def grids(request: OfficeRequest) -> HttpResponse:
    """Grids to take out and to bring back."""
    listed = [(sheet, request.viewer.may(sheet.power)) for sheet in SHEETS.values()]
    return render(request, "grids/grids.html", {"sheets": listed})


@require_GET
def download(request: OfficeRequest, name: str) -> HttpResponse:
    """The grid as a workbook; that it was taken is an event."""
    sheet = _sheet(name)
    rows = sheet.rows(request.viewer)
    record_download(viewer=request.viewer, sheet=sheet, rows=rows)
    disposition = f'attachment; filename="kejing-{sheet.name}-{request.viewer.as_of.isoformat()}.xlsx"'
    return HttpResponse(workbook(sheet, rows), content_type=_XLSX, headers={"Content-Disposition": disposition})


@require_POST
def preview(request: OfficeRequest, name: str) -> HttpResponse:
    """What an uploaded workbook would change, cell by cell; nothing is changed yet."""
    sheet, viewer = _sheet(name), request.viewer
    viewer.require(sheet.power)
    upload = request.FILES.get("file")
    if upload is None:
        raise NotOurFileError(sheet=name)
    if upload.size is None or upload.size > MOST_BYTES:
        raise FileTooLargeError(most=MOST_BYTES // _MEGABYTE)
    content = upload.read()
    check_file(content)
    found = differences(viewer, sheet, read_file(sheet, content))
    if not found:
        raise NothingChangedError
    rows = {row.key: row for row in sheet.rows(viewer)}
    facts = {
        "sheet": sheet,
        "cells": [(cell, rows[cell.key], heading_of(cell.column)) for cell in found],
        "signed": signing.dumps([astuple(cell) for cell in found], salt=_salt(viewer, sheet), compress=True),
    }
    return render(request, "grids/preview.html", facts)


@require_POST
def apply(request: OfficeRequest, name: str) -> HttpResponse:
    """Make the previewed cells a change set, or one act each."""
    sheet, viewer = _sheet(name), request.viewer
    viewer.require(sheet.power)
    try:
        told = signing.loads(request.POST.get("cells", ""), salt=_salt(viewer, sheet), max_age=_HOURS)
    except signing.BadSignature:
        raise NotOurFileError(sheet=name) from None
    cells = [Difference(*cell) for cell in told]
    if sheet.lines is None:
        _act(viewer, cells)
        messages.success(request, say("grids.applied", count=len(cells)))
        return redirect("grids:grids")
    rows = {row.key: row for row in sheet.rows(viewer)}
    gone = [cell.key for cell in cells if cell.key not in rows or rows[cell.key].version != cell.version]
    if gone:
        raise RowMovedOnError(key=gone[0])
    made = draft(
        viewer=viewer,
        title=say("grids.draft_title", count=len(cells)),
        reason=request.POST.get("reason", ""),
        effective_on=parse_day(request.POST.get("day", "")),
        changes=[sheet.lines(rows[cell.key], cell) for cell in cells],
    )
    return redirect("realignment:change_set", made.pk)


def _act(viewer: Viewer, cells: list[Difference]) -> None:
    """One act a cell, all or none; cells of one row follow on each other's version."""
    versions: dict[str, int] = {}
    with transaction.atomic():
        for cell in cells:
            plan = change_plan_cell(viewer=viewer, cell=cell, version=versions.get(cell.key, cell.version))
            versions[cell.key] = plan.version


def _sheet(name: str) -> Sheet:
    if name not in SHEETS:
        raise Http404
    return SHEETS[name]


def _salt(viewer: Viewer, sheet: Sheet) -> str:
    """A preview is good for the person and the grid that it was made for."""
    holder = viewer.on_behalf_of.pk if viewer.on_behalf_of is not None else ""
    return f"{_SALT}:{sheet.name}:{viewer.user.pk if viewer.user else ''}:{holder}"
