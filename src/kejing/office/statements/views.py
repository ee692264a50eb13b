"""Pages of pay: everybody's, one statement, the tree behind a figure, one line among its team, disputes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from kejing.measure.money import to_minor
from kejing.measure.period import parse_day
from kejing.office import scope
from kejing.office.books.models import Dispute
from kejing.office.feeds.models import Run
from kejing.office.feeds.run_tables import shown_runs
from kejing.office.people.roles import Power
from kejing.office.shell.evidence import evidence
from kejing.office.shell.requests import OfficeRequest
from kejing.office.shell.units import unit_names
from kejing.office.shell.voices import last_day, periods_of, shown_run, voice_of
from kejing.office.shell.whose import asked_run
from kejing.office.shell.words import say
from kejing.office.statements import disputing
from kejing.office.statements.reading import ZERO, earners, pay_of, totals
from kejing.office.statements.splitting import draft_split, split_of

_PERCENT = 100
_ON_A_PAGE = 100


@require_GET
def everybody(request: OfficeRequest) -> HttpResponse:
    """Pay of everybody whom the viewer sees in one period, summed."""
    runs = shown_runs()
    run = asked_run(request.viewer, runs, "pay_total", request.GET.get("policy", ""))
    if run is None:
        return render(request, "statements/everybody.html", {"runs": []})
    periods = list(periods_of(run))
    asked = request.GET.get("period", "")
    period = asked if asked in periods else periods[-1]
    rows = totals(request.viewer, run, period)
    sums = {name: sum((row[name] for row in rows), ZERO) for name in ("gross", "deferred", "paid_now")}
    page = Paginator(rows, _ON_A_PAGE).get_page(request.GET.get("page"))
    shown = {"runs": runs, "run": run, "periods": periods, "period": period, "page": page, "sums": sums}
    units = unit_names((row["unit_id"] for row in page), last_day(run, period))
    told = {"rows": page.object_list, "unit_names": units, "voice": voice_of(run)}
    return render(request, "statements/everybody.html", {**shown, **told})


@require_GET
def statement(request: OfficeRequest, policy: str, period: str, rm_id: str) -> HttpResponse:
    """One RM's statement."""
    run, name = _whose(request, policy, period, rm_id)
    pay = pay_of(request.viewer, run, period, rm_id)
    if pay is None:
        raise Http404
    own = Dispute.objects.filter(pk__in=scope.disputes(request.viewer).filter(rm_id=rm_id, period=period).values("pk"))
    shown = {"run": run, "period": period, "rm_id": rm_id, "name": name, "pay": pay, "voice": voice_of(run)}
    may = {"may_dispute": request.viewer.may(Power.CHALLENGE), "disputes": {row.line_id: row for row in own}}
    return render(request, "statements/statement.html", {**shown, **may, "periods": list(periods_of(run))})


@require_GET
def why(request: OfficeRequest, policy: str, period: str, rm_id: str) -> HttpResponse:
    """The tree behind one figure of a statement."""
    run, name = _whose(request, policy, period, rm_id)
    asked = {key: request.GET[key] for key in ("component", "measure", "line_id") if key in request.GET}
    table = "pay" if asked else "pay_total"
    trees = evidence(request.viewer, run, table, {"period": period, "rm_id": rm_id, **asked})
    shown = {"trees": trees, "run": run, "period": period, "rm_id": rm_id, "name": name}
    template = "shell/evidence.html" if request.htmx else "statements/why.html"
    return render(request, template, shown)


@require_POST
def dispute(request: OfficeRequest, policy: str, period: str, rm_id: str) -> HttpResponse:
    """Contest a line."""
    run, _ = _whose(request, policy, period, rm_id)
    pay = pay_of(request.viewer, run, period, rm_id)
    line_id = request.POST.get("line_id", "")
    lines = [line for part in pay.parts for line in part.lines if line.line_id == line_id] if pay else []
    if line_id and not lines:
        raise Http404
    claimed = request.POST.get("claimed", "").strip().replace(",", "")
    resting = sum((line.amount for line in lines), ZERO)
    disputing.file(
        viewer=request.viewer,
        run=run,
        period=period,
        rm_id=rm_id,
        line_id=line_id,
        customer_id=lines[0].customer_id if lines else "",
        resting_minor=to_minor(resting, run.currency) if lines else None,
        claimed_minor=to_minor(claimed, run.currency) if claimed else None,
        reason=request.POST.get("reason", "").strip(),
    )
    messages.success(request, say("statements.filed"))
    return redirect("statements:statement", policy, period, rm_id)


def line(request: OfficeRequest, policy: str, period: str, line_id: str) -> HttpResponse:
    """One line among its team; a POST drafts other shares."""
    run = _run(policy, period)
    split = split_of(request.viewer, run, period, line_id)
    if split is None:
        raise Http404
    if request.method == "POST":
        shares = {
            (row["rm_id"], row["role"]): int(
                Decimal(request.POST.get(f"share:{row['rm_id']}:{row['role']}", "0") or 0) * _PERCENT
            )
            for row in split.within
        }
        draft_split(
            viewer=request.viewer,
            customer_id=split.customer_id,
            shares=shares,
            effective_on=parse_day(request.POST.get("effective_on", "")),
            reason=request.POST.get("reason", "").strip(),
        )
        messages.success(request, say("statements.split_drafted"))
        return redirect(reverse("statements:line", args=(policy, period, line_id)))
    shown = {"run": run, "period": period, "split": split, "voice": voice_of(run)}
    return render(request, "statements/line.html", {**shown, "may_draft": request.viewer.may(Power.DRAFT_CHANGE)})


@require_GET
def docket(request: OfficeRequest) -> HttpResponse:
    """Disputes: who answers, until when, how late."""
    today = request.viewer.today
    rows: list[dict[str, Any]] = [
        {"dispute": row, "late": row.days_late(today), "is_own": row.filed_by == request.viewer.user}
        for row in disputing.disputes(request.viewer)
    ]
    may = request.viewer.may(Power.ANSWER_DISPUTE)
    return render(request, "statements/disputes.html", {"rows": rows, "may_answer": may})


@require_POST
def answer(request: OfficeRequest, pk: int) -> HttpResponse:
    """Grant or refuse a dispute."""
    found = get_object_or_404(scope.disputes(request.viewer), pk=pk)
    disputing.answer(
        viewer=request.viewer,
        dispute=found,
        is_granted=request.POST.get("verdict") == "grant",
        reason=request.POST.get("reason", "").strip(),
    )
    messages.success(request, say("statements.answered"))
    return redirect("statements:disputes")


def _run(policy: str, period: str) -> Run:
    run = shown_run(policy)
    if run is None or period not in periods_of(run):
        raise Http404
    return run


def _whose(request: OfficeRequest, policy: str, period: str, rm_id: str) -> tuple[Run, str]:
    run = _run(policy, period)
    names = earners(request.viewer, run, period)
    if rm_id not in names:
        raise Http404
    return run, names[rm_id]
