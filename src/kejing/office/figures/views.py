"""The tree behind the rows of one customer that an address names."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render

from kejing.office import scope
from kejing.office.feeds.models import Run
from kejing.office.feeds.run_tables import run_folder
from kejing.office.figures.tree import branch
from kejing.office.shell.requests import OfficeRequest
from kejing.office.shell.words import language
from kejing.stages.tables import OUT_TABLES
from kejing.verbs.explaining import EXPLAINED, explain_rows


def explain(request: OfficeRequest, run_id: str, table: str) -> HttpResponse:
    """Explain rows of one customer that the viewer sees; of anybody else there is nothing here."""
    run = get_object_or_404(Run, run_id=run_id)
    named = {column.name for column in OUT_TABLES[table].columns} if table in EXPLAINED else set()
    if "customer_id" not in named:
        raise Http404
    key = {name: str(value) for name, value in request.GET.items() if name in named}
    customer = get_object_or_404(scope.customers(request.viewer), customer_id=key.get("customer_id", ""))
    walled = set(scope.walled(request.viewer).values_list("customer_id", flat=True))
    branches = [branch(tree, language(), walled) for tree in explain_rows(run_folder(run), table, key)]
    title = OUT_TABLES[table].zh if language() == "zh" else OUT_TABLES[table].en
    told = {"run": run, "table": title, "branches": branches, "key": key, "customer": customer}
    return render(request, "figures/explain.html", told)
