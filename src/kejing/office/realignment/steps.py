"""The steps of a change set, each one act."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from kejing.measure.period import parse_day
from kejing.office.changes import drafting, publishing
from kejing.office.changes.models import Challenge, ChangeLine, ChangeSet
from kejing.office.people.viewer import Viewer
from kejing.office.realignment.centralising import accepted_by_rule, business_income
from kejing.office.realignment.sight import change_set_of, lines_of
from kejing.office.shell.requests import OfficeRequest
from kejing.office.shell.words import say

type Step = Callable[[OfficeRequest, Viewer, ChangeSet], ChangeSet]


@require_POST
def step(request: OfficeRequest, number: int) -> HttpResponse:
    """Submit, withdraw, approve, publish or take back; which one, the button says."""
    found = change_set_of(request.viewer, number)
    asked = _STEPS.get(request.POST.get("step", ""))
    if asked is None:
        raise Http404
    there = asked(request, request.viewer, found)
    messages.success(request, say("realignment.done"))
    return redirect("realignment:change_set", there.pk)


@require_POST
def strike(request: OfficeRequest, number: int, line: int) -> HttpResponse:
    """Take a customer, with all that goes along, out of a draft."""
    found = change_set_of(request.viewer, number)
    struck = _line(request.viewer, found, line)
    same = lines_of(request.viewer, found).filter(customer_id=struck.customer_id, from_rm_id=struck.from_rm_id)
    drafting.strike(viewer=request.viewer, change_set=found, lines=list(same))
    return redirect("realignment:change_set", number)


@require_POST
def challenge(request: OfficeRequest, number: int, line: int) -> HttpResponse:
    """Say that a line is wrong, and why."""
    found = change_set_of(request.viewer, number)
    contested = _line(request.viewer, found, line)
    publishing.challenge(viewer=request.viewer, change_set=found, line=contested, reason=request.POST.get("reason", ""))
    messages.success(request, say("realignment.challenge_kept"))
    return redirect("realignment:change_set", number)


@require_POST
def answer(request: OfficeRequest, number: int, challenge: int) -> HttpResponse:
    """Accept or refuse a challenge, with a reason."""
    found = change_set_of(request.viewer, number)
    objection = get_object_or_404(Challenge.objects.filter(change_set=found), pk=challenge)
    is_accepted = request.POST.get("verdict") == "accept"
    publishing.answer(
        viewer=request.viewer, objection=objection, is_accepted=is_accepted, reason=request.POST.get("reason", "")
    )
    return redirect("realignment:change_set", number)


def _line(viewer: Viewer, found: ChangeSet, line: int) -> ChangeLine:
    visible: ChangeLine = get_object_or_404(lines_of(viewer, found), pk=line)
    return visible


def _submit(request: OfficeRequest, viewer: Viewer, found: ChangeSet) -> ChangeSet:
    until = request.POST.get("challenge_by", "")
    publishing.submit(viewer=viewer, change_set=found, challenge_by=parse_day(until) if until else None)
    return found


def _withdraw(request: OfficeRequest, viewer: Viewer, found: ChangeSet) -> ChangeSet:
    publishing.withdraw(viewer=viewer, change_set=found, reason=request.POST.get("reason", ""))
    return found


def _approve(_request: OfficeRequest, viewer: Viewer, found: ChangeSet) -> ChangeSet:
    publishing.approve(viewer=viewer, change_set=found)
    return found


def _publish(_request: OfficeRequest, viewer: Viewer, found: ChangeSet) -> ChangeSet:
    publishing.publish(viewer=viewer, change_set=found)
    return found


def _invert(request: OfficeRequest, viewer: Viewer, found: ChangeSet) -> ChangeSet:
    day = parse_day(request.POST.get("effective_on", ""))
    reason = request.POST.get("reason", "")
    return publishing.draft_inverse(viewer=viewer, change_set=found, reason=reason, effective_on=day)


def _rule(_request: OfficeRequest, viewer: Viewer, found: ChangeSet) -> ChangeSet:
    """Accept what the rule accepts; everything else waits for a person."""
    reason = say("realignment.rule_reason")
    for objection in accepted_by_rule(found, business_income()):
        publishing.answer(viewer=viewer, objection=objection, is_accepted=True, reason=reason)
    return found


_STEPS: dict[str, Step] = {
    "submit": _submit,
    "withdraw": _withdraw,
    "approve": _approve,
    "publish": _publish,
    "invert": _invert,
    "rule": _rule,
}
