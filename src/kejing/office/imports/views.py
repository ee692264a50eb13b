"""Pages of imports."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from kejing.office.feeds.models import ImportBatch, LoadedSnapshot
from kejing.office.imports import bringing
from kejing.office.people.roles import Power
from kejing.office.shell.requests import OfficeRequest
from kejing.office.shell.words import say
from kejing.verbs.fact_changes import fact_changes

_SHOWN = 50


def imports(request: OfficeRequest) -> HttpResponse:
    """Imports so far, and the way to bring files; a POST previews what was brought."""
    request.viewer.require(Power.IMPORT_FACTS)
    if request.method == "POST":
        made = bringing.preview(viewer=request.viewer, uploads=request.FILES.getlist("files"))
        return redirect("imports:batch", made.pk)
    found = ImportBatch.objects.select_related("brought_by").order_by("-pk")[:_SHOWN]
    return render(request, "imports/imports.html", {"batches": found, "is_empty": not LoadedSnapshot.objects.exists()})


@require_POST
def sample(request: OfficeRequest) -> HttpResponse:
    """Preview the sample institution."""
    return redirect("imports:batch", bringing.preview_sample(viewer=request.viewer).pk)


@require_GET
def batch(request: OfficeRequest, pk: int) -> HttpResponse:
    """One import: what it would change, or changed."""
    request.viewer.require(Power.IMPORT_FACTS)
    found = get_object_or_404(ImportBatch, pk=pk)
    changes = []
    if found.state == ImportBatch.State.COMMITTED and found.snapshot_before:
        changes = fact_changes(bringing.facts_folder(), found.snapshot_before, found.snapshot_after)[:_SHOWN]
    shown = {"batch": found, "has_errors": bringing.errors_file(found) is not None, "changes": changes}
    return render(request, "imports/batch.html", shown)


@require_GET
def errors(request: OfficeRequest, pk: int) -> HttpResponseBase:
    """Rejected rows as a workbook to correct and bring again."""
    request.viewer.require(Power.IMPORT_FACTS)
    path = bringing.errors_file(get_object_or_404(ImportBatch, pk=pk))
    if path is None:
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=path.name)


@require_POST
def commit(request: OfficeRequest, pk: int) -> HttpResponse:
    """Bring the files in."""
    request.viewer.require(Power.IMPORT_FACTS)
    bringing.commit(viewer=request.viewer, batch=get_object_or_404(ImportBatch, pk=pk))
    messages.success(request, say("imports.done"))
    return redirect("imports:batch", pk)


@require_POST
def undo(request: OfficeRequest, pk: int) -> HttpResponse:
    """Take the import back."""
    request.viewer.require(Power.IMPORT_FACTS)
    bringing.undo(viewer=request.viewer, batch=get_object_or_404(ImportBatch, pk=pk))
    messages.success(request, say("imports.taken_back"))
    return redirect("imports:batch", pk)


@require_POST
def discard(request: OfficeRequest, pk: int) -> HttpResponse:
    """Throw the preview away."""
    request.viewer.require(Power.IMPORT_FACTS)
    bringing.discard(viewer=request.viewer, batch=get_object_or_404(ImportBatch, pk=pk))
    return redirect("imports:imports")
