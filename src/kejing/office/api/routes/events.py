"""Events that the user may read, and webhooks that tell of them."""

from __future__ import annotations

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Router

from kejing.office.api import schemas, webhooks
from kejing.office.api.keys import once
from kejing.office.api.models import Webhook
from kejing.office.api.paging import Page, page_of
from kejing.office.api.routes.books import Limit
from kejing.office.api.tokens import Scope, viewer_of
from kejing.office.changes.publishing import told_events

router = Router(tags=["events"])


@router.get("/events", response=schemas.PageOf[schemas.EventOut], operation_id="list_events")
def list_events(request: HttpRequest, cursor: str = "", limit: Limit = 100) -> Page[Model]:
    """All events for auditors; for others those that touch what they see, and their own."""
    return page_of(told_events(viewer_of(request, Scope.EVENTS_READ)), cursor=cursor, limit=limit)


@router.get("/webhooks", response=schemas.PageOf[schemas.HookOut], operation_id="list_webhooks")
def list_webhooks(request: HttpRequest, cursor: str = "", limit: Limit = 100) -> schemas.PageOf[schemas.HookOut]:
    """The user's webhooks."""
    viewer = viewer_of(request, Scope.HOOKS_WRITE)
    page = page_of(Webhook.objects.filter(user=viewer.user, is_active=True), cursor=cursor, limit=limit)
    told = [schemas.HookOut(id=int(hook.pk), url=hook.url, topics=hook.topics) for hook in page.items]
    return schemas.PageOf[schemas.HookOut](items=told, next=page.next)


@router.post("/webhooks", response={201: schemas.HookOut}, operation_id="make_webhook")
def make_webhook(request: HttpRequest, body: schemas.HookIn) -> HttpResponse:
    """Tell an address of events; the secret that signs them is in this answer only."""
    viewer = viewer_of(request, Scope.HOOKS_WRITE)

    def do() -> schemas.HookOut:
        hook, secret = webhooks.make_webhook(viewer=viewer, url=body.url, topics=body.topics)
        return schemas.HookOut(id=int(hook.pk), url=hook.url, topics=hook.topics, secret=secret)

    return once(request, do)


@router.delete("/webhooks/{int:number}", response={204: None}, operation_id="end_webhook")
def end_webhook(request: HttpRequest, number: int) -> tuple[int, None]:
    """Tell the address nothing more."""
    viewer = viewer_of(request, Scope.HOOKS_WRITE)
    hook = get_object_or_404(Webhook, pk=number, user=viewer.user, is_active=True)
    webhooks.end_webhook(viewer=viewer, hook=hook)
    return 204, None
