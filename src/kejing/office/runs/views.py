"""Pages of runs."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from kejing.measure.period import parse_day
from kejing.office.feeds.models import LoadedSnapshot, Run, RunJob
from kejing.office.feeds.run_tables import run_folder, show_run
from kejing.office.people.roles import Power, Role
from kejing.office.runs import making
from kejing.office.shell.requests import OfficeRequest
from kejing.office.shell.words import say
from kejing.policy import shipped_packs
from kejing.verbs.policies import run_effects

_JOBS = 20


@require_GET
def runs(request: OfficeRequest) -> HttpResponse:
    """Runs that there are, those on their way, and the way to a new one."""
    _come_in(request)
    shown = {
        "runs": Run.objects.order_by("policy", "-as_of", "-pk"),
        "policies": sorted(shipped_packs()),
        "is_loaded": LoadedSnapshot.objects.exists(),
        "may_start": request.viewer.may(Power.START_RUN),
    }
    return render(request, "runs/runs.html", {**shown, **_jobs()})


@require_GET
def jobs(request: OfficeRequest) -> HttpResponse:
    """The part of the page that follows runs on their way."""
    _come_in(request)
    return render(request, "runs/jobs.html", _jobs() | {"may_start": request.viewer.may(Power.START_RUN)})


@require_POST
def ask(request: OfficeRequest) -> HttpResponse:
    """Ask for a run."""
    as_of = parse_day(request.POST.get("as_of", ""))
    making.ask_for_run(viewer=request.viewer, policy=request.POST.get("policy", ""), as_of=as_of)
    messages.success(request, say("runs.asked"))
    return redirect("runs:runs")


@require_POST
def cancel(request: OfficeRequest, pk: int) -> HttpResponse:
    """Cancel a run."""
    _come_in(request)
    making.cancel_run(viewer=request.viewer, job=get_object_or_404(RunJob, pk=pk))
    return redirect("runs:runs")


@require_POST
def show(request: OfficeRequest, run_id: str) -> HttpResponse:
    """Make a run the one that pages show."""
    user = request.viewer.require(Power.START_RUN)
    run = get_object_or_404(Run, run_id=run_id)
    show_run(run_folder(run), by=user)
    messages.success(request, say("runs.shown"))
    return redirect("runs:runs")


@require_GET
def compare(request: OfficeRequest) -> HttpResponse:
    """What moves between two runs: customers, heads, books, targets, money."""
    _come_in(request)
    before, after = (get_object_or_404(Run, run_id=request.GET.get(name, "")) for name in ("before", "after"))
    effects = run_effects(run_folder(before), run_folder(after))
    return render(request, "runs/compare.html", {"before": before, "after": after, "effects": effects})


def _come_in(request: OfficeRequest) -> None:
    """Runs are of the whole institution: for who starts them and who audits them."""
    if Role.AUDITOR not in request.viewer.roles:
        request.viewer.require(Power.START_RUN)


def _jobs() -> dict[str, object]:
    found = list(RunJob.objects.select_related("asked_by", "progress").order_by("-pk")[:_JOBS])
    waiting = {RunJob.State.WAITING, RunJob.State.RUNNING}
    return {"jobs": found, "is_moving": any(job.state in waiting for job in found)}
