"""Targets by unit, and each RM's contract."""

from __future__ import annotations

from itertools import groupby

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from kejing.office import scope
from kejing.office.books.models import Acceptance
from kejing.office.feeds.models import Run
from kejing.office.feeds.run_tables import run_rows, shown_runs
from kejing.office.people.viewer import Viewer
from kejing.office.shell.papers import paper
from kejing.office.shell.requests import OfficeRequest
from kejing.office.shell.units import unit_names
from kejing.office.shell.voices import periods_of, shown_run, voice_of
from kejing.office.shell.whose import asked_run
from kejing.office.shell.words import language, say
from kejing.office.targets import accepting

_ON_A_PAGE = 50


@require_GET
def targets(request: OfficeRequest) -> HttpResponse:
    """Targets of everybody whom the viewer sees, by unit, and who has accepted them."""
    runs = shown_runs()
    run = asked_run(request.viewer, runs, "target", request.GET.get("policy", ""))
    if run is None:
        return render(request, "targets/targets.html", {"runs": []})
    periods = list(periods_of(run))
    asked = request.GET.get("period", "")
    period = asked if asked in periods else periods[-1]
    names = _names(request.viewer, run)
    rows = run_rows(
        run, "target", where={"period": period, "rm_id": list(names)}, order=("unit_id", "rm_id", "measure")
    )
    year = period.partition("-")[0]
    accepted = {row.rm_id: row for row in Acceptance.objects.filter(rm_id__in=names, policy=run.policy, period=year)}
    people = [(rm, names[rm], accepted.get(rm), list(own)) for rm, own in groupby(rows, lambda row: row["rm_id"])]
    page = Paginator(people, _ON_A_PAGE).get_page(request.GET.get("page"))
    units = [(unit, list(of_unit)) for unit, of_unit in groupby(page, lambda each: each[3][0]["unit_id"])]
    with_target = {row["rm_id"] for row in rows}
    shown = {"runs": runs, "run": run, "periods": periods, "period": period, "year": year, "units": units, "page": page}
    counts = {"people": len(with_target), "waiting": len(with_target - set(accepted))}
    named = unit_names((unit for unit, _ in units), run.as_of)
    return render(request, "targets/targets.html", {**shown, **counts, "unit_names": named, "voice": voice_of(run)})


@require_GET
def contract(request: OfficeRequest, policy: str, year: str, rm_id: str) -> HttpResponse:
    """The contract of an RM: its hash, whether it is accepted as it reads now, and the way to accept it."""
    run, name = _whose(request, policy, rm_id)
    file = accepting.contract_of(run, year, rm_id, language())
    rows = Acceptance.objects.filter(rm_id=rm_id, policy=policy, period=year)
    own = list(rows.order_by("-pk").select_related("accepted_by"))
    shown = {"run": run, "year": year, "rm_id": rm_id, "name": name, "sha256": file.sha256, "accepted": own}
    is_mine = rm_id in request.viewer.rm_ids and request.viewer.on_behalf_of is None
    is_current = any(row.document_sha256 == file.sha256 for row in own)
    return render(request, "targets/contract.html", {**shown, "is_mine": is_mine, "is_current": is_current})


@require_GET
def document(request: OfficeRequest, policy: str, year: str, rm_id: str) -> HttpResponse:
    """The contract itself, byte for byte what its hash stands for."""
    run, _ = _whose(request, policy, rm_id)
    file = accepting.contract_of(run, year, rm_id, language())
    return paper(file.content)


@require_POST
def accept(request: OfficeRequest, policy: str, year: str, rm_id: str) -> HttpResponse:
    """Accept the contract that was read."""
    run, _ = _whose(request, policy, rm_id)
    file = accepting.contract_of(run, year, rm_id, language())
    accepting.accept(viewer=request.viewer, run=run, year=year, file=file, read_sha256=request.POST.get("sha256", ""))
    messages.success(request, say("targets.done"))
    return redirect("targets:contract", policy, year, rm_id)


def _names(viewer: Viewer, run: Run) -> dict[str, str]:
    return dict(scope.rms(viewer.at(run.as_of)).order_by("rm_id").values_list("rm_id", "name"))


def _whose(request: OfficeRequest, policy: str, rm_id: str) -> tuple[Run, str]:
    run = shown_run(policy)
    names = _names(request.viewer, run) if run is not None else {}
    if run is None or rm_id not in names:
        raise Http404
    return run, names[rm_id]
