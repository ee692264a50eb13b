"""Small pages of the frame."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import i18n
from django.views.decorators.http import require_GET, require_POST

from kejing.office.acts.act import act
from kejing.office.acts.models import ChainHead
from kejing.office.people.models import User
from kejing.office.people.viewer import Viewer
from kejing.office.shell.middleware import STANDS_IN_FOR
from kejing.office.shell.requests import OfficeRequest

set_language = login_not_required(i18n.set_language)


@require_POST
def stand_in(request: OfficeRequest) -> HttpResponse:
    """Begin or end standing in for somebody under a delegation."""
    asked = request.POST.get("user", "")
    request.session.pop(STANDS_IN_FOR, None)
    if asked:
        if not asked.isdecimal():
            return HttpResponseBadRequest()
        giver = get_object_or_404(User.objects.filter(delegations_given__taker=request.user).distinct(), pk=asked)
        own = Viewer(request.user, request.viewer.today, request.viewer.today)
        if own.stands_in_for(giver):
            with act("people.stood_in", by=request.user, on_behalf_of=giver):
                request.session[STANDS_IN_FOR] = giver.pk
    there = request.POST.get("next", "/")
    return redirect(there if url_has_allowed_host_and_scheme(there, {request.get_host()}) else "/")


@login_not_required
@require_GET
def health(request: OfficeRequest) -> HttpResponse:  # noqa: ARG001 - as Django calls it
    """Whether the office answers and its database does."""
    ChainHead.objects.exists()
    return HttpResponse("ok", content_type="text/plain")
