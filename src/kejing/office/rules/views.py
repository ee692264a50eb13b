"""Pages of policies."""

from __future__ import annotations

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from kejing.office.acts import NotAllowedError
from kejing.office.feeds.models import PolicyVersion
from kejing.office.feeds.run_tables import shown_runs
from kejing.office.people.roles import Power
from kejing.office.rules import versions
from kejing.office.shell.papers import paper
from kejing.office.shell.receiving import NotAFileForUsError
from kejing.office.shell.requests import OfficeRequest
from kejing.office.shell.words import language, say
from kejing.policy import shipped_packs
from kejing.report.contracts import policy_html
from kejing.text.catalogue import finding_sentence
from kejing.verbs.policy_cases import failing_cases


@require_GET
def rules(request: OfficeRequest) -> HttpResponse:
    """The policies, and versions of them on their way."""
    _come_in(request)
    shown = {run.policy for run in shown_runs()}
    found = PolicyVersion.objects.select_related("drafted_by", "approved_by").order_by("policy", "-pk")
    return render(
        request,
        "rules/rules.html",
        {
            "policies": [(name, name in shown) for name in sorted(shipped_packs())],
            "versions": found,
            "may_bring": request.viewer.may(Power.DRAFT_CHANGE),
        },
    )


@require_GET
def document(request: OfficeRequest, policy: str) -> HttpResponse:
    """The policy in force as a document: decision tables, formulas, parameters, cases."""
    _come_in(request, policy)
    return paper(policy_html(versions.in_force(policy), lang=language()).encode())


@require_GET
def cases(request: OfficeRequest, policy: str) -> HttpResponse:
    """Every case of the policy in force, run now: passed or failed."""
    _come_in(request, policy)
    pack = versions.in_force(policy)
    failures: dict[str, list[str]] = {}
    for finding in failing_cases(pack):
        case = str(finding.facts.get("case", ""))
        failures.setdefault(case, []).append(finding_sentence(finding, language()).reason)
    rows = [(case, failures.get(case.name, [])) for case in pack.cases]
    failed = sum(bool(reasons) for _, reasons in rows)
    counts = {"passed": len(rows) - failed, "failed": failed}
    return render(request, "rules/cases.html", {"policy": policy, "pack": pack, "rows": rows, **counts})


@require_POST
def bring(request: OfficeRequest, policy: str) -> HttpResponse:
    """Bring a new version as a zip."""
    _come_in(request, policy)
    upload = request.FILES.get("overlay")
    if not isinstance(upload, UploadedFile):
        raise NotAFileForUsError(file="", kinds=".zip")
    made = versions.bring_version(
        viewer=request.viewer,
        policy=policy,
        title=request.POST.get("title", "").strip(),
        reason=request.POST.get("reason", "").strip(),
        upload=upload,
    )
    messages.success(request, say("rules.checked"))
    return redirect("rules:version", made.pk)


@require_GET
def version(request: OfficeRequest, pk: int) -> HttpResponse:
    """One version: which rules it changes."""
    _come_in(request)
    found = get_object_or_404(PolicyVersion.objects.select_related("drafted_by", "approved_by"), pk=pk)
    shown = {"version": found, "differences": versions.differences(found)}
    may = {"may_approve": request.viewer.may(Power.APPROVE_POLICY), "is_own": found.drafted_by == request.viewer.user}
    return render(request, "rules/version.html", {**shown, **may})


@require_POST
def approve(request: OfficeRequest, pk: int) -> HttpResponse:
    """Approve a version."""
    _come_in(request)
    versions.approve_version(viewer=request.viewer, version=get_object_or_404(PolicyVersion, pk=pk))
    messages.success(request, say("rules.now_in_force"))
    return redirect("rules:version", pk)


@require_POST
def withdraw(request: OfficeRequest, pk: int) -> HttpResponse:
    """Withdraw a version."""
    _come_in(request)
    reason = request.POST.get("reason", "").strip()
    versions.withdraw_version(viewer=request.viewer, version=get_object_or_404(PolicyVersion, pk=pk), reason=reason)
    return redirect("rules:version", pk)


def _come_in(request: OfficeRequest, policy: str | None = None) -> None:
    """Everybody with a position reads the policies: people are paid by them."""
    if not request.viewer.positions:
        raise NotAllowedError(power="read_policies")
    if policy is not None and policy not in shipped_packs():
        raise Http404
