"""The tree behind the rows of a run that an address names."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from kejing.office.feeds.models import Run
from kejing.office.shell.evidence import evidence
from kejing.office.shell.requests import OfficeRequest
from kejing.office.shell.words import language
from kejing.stages.tables import OUT_TABLES
from kejing.verbs.explaining import KNOWN, NoSuchRowError, NoSuchTableError


@require_GET
def explain(request: OfficeRequest, run_id: str, table: str) -> HttpResponse:
    """Explain rows about customers, RMs and units that the viewer sees; of any others there is nothing here."""
    run = get_object_or_404(Run, run_id=run_id)
    if table not in KNOWN:
        raise Http404
    named = {column.name for column in OUT_TABLES[table].columns}
    key = {name: str(value) for name, value in request.GET.items() if name in named}
    if not key:
        raise Http404
    try:
        trees = evidence(request.viewer, run, table, key)
    except (NoSuchTableError, NoSuchRowError) as error:
        raise Http404 from error
    title = OUT_TABLES[table].zh if language() == "zh" else OUT_TABLES[table].en
    told = {"run": run, "table": title, "trees": trees, "key": key}
    return render(request, "figures/explain.html", told)
