"""Change sets: draft, preview, submit, approve, publish, take back; the same steps and rules as on the pages."""

from __future__ import annotations

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Router

from kejing.office.api import schemas
from kejing.office.api.keys import once
from kejing.office.api.paging import Page, page_of
from kejing.office.api.routes.books import Limit
from kejing.office.api.tokens import Scope, viewer_of
from kejing.office.changes import drafting, publishing
from kejing.office.changes.models import ChangeLine, ChangeSet
from kejing.office.changes.preview import Preview, preview
from kejing.office.people.viewer import Viewer

router = Router(tags=["change sets"])


@router.get("", response=schemas.PageOf[schemas.ChangeSetOut], operation_id="list_change_sets")
def list_change_sets(request: HttpRequest, cursor: str = "", limit: Limit = 100) -> Page[Model]:
    """Change sets of the user's units, and those that concern an RM that he sees."""
    viewer = viewer_of(request, Scope.BOOKS_READ)
    return page_of(publishing.change_sets(viewer), cursor=cursor, limit=limit)


@router.get("/{int:number}", response=schemas.ChangeSetOut, operation_id="get_change_set")
def get_change_set(request: HttpRequest, number: int) -> ChangeSet:
    """One change set."""
    return _found(viewer_of(request, Scope.BOOKS_READ), number)


@router.get("/{int:number}/preview", response=schemas.PreviewOut, operation_id="preview_change_set")
def preview_change_set(request: HttpRequest, number: int) -> Preview:
    """What it would do to each RM concerned."""
    return preview(_found(viewer_of(request, Scope.BOOKS_READ), number))


@router.post("", response={201: schemas.ChangeSetOut}, operation_id="draft_change_set")
def draft_change_set(request: HttpRequest, body: schemas.ChangeSetIn) -> HttpResponse:
    """Draft a change set; nothing takes effect yet."""
    viewer = viewer_of(request, Scope.CHANGES_WRITE)
    changes = [
        drafting.Change(ChangeLine.Kind.COVERAGE, each.customer_id, each.from_rm_id, each.to_rm_id, each.role)
        for each in body.changes
    ]

    def do() -> schemas.ChangeSetOut:
        drafted = drafting.draft(
            viewer=viewer, title=body.title, reason=body.reason, effective_on=body.effective_on, changes=changes
        )
        return schemas.ChangeSetOut.from_orm(drafted)

    return once(request, do)


@router.post("/{int:number}/submit", response={201: schemas.ChangeSetOut}, operation_id="submit_change_set")
def submit_change_set(request: HttpRequest, number: int, body: schemas.SubmitIn) -> HttpResponse:
    """Show a draft to those concerned."""
    viewer = viewer_of(request, Scope.CHANGES_WRITE)
    change_set = _found(viewer, number)

    def do() -> schemas.ChangeSetOut:
        publishing.submit(viewer=viewer, change_set=change_set, challenge_by=body.challenge_by)
        return schemas.ChangeSetOut.from_orm(change_set)

    return once(request, do)


@router.post("/{int:number}/withdraw", response={201: schemas.ChangeSetOut}, operation_id="withdraw_change_set")
def withdraw_change_set(request: HttpRequest, number: int, body: schemas.ReasonIn) -> HttpResponse:
    """Give up a change set that has not taken effect."""
    viewer = viewer_of(request, Scope.CHANGES_WRITE)
    change_set = _found(viewer, number)

    def do() -> schemas.ChangeSetOut:
        publishing.withdraw(viewer=viewer, change_set=change_set, reason=body.reason)
        return schemas.ChangeSetOut.from_orm(change_set)

    return once(request, do)


@router.post("/{int:number}/approve", response={201: schemas.ChangeSetOut}, operation_id="approve_change_set")
def approve_change_set(request: HttpRequest, number: int) -> HttpResponse:
    """Agree to a submitted change set; nobody approves what he drafted."""
    viewer = viewer_of(request, Scope.CHANGES_APPROVE)
    change_set = _found(viewer, number)

    def do() -> schemas.ChangeSetOut:
        publishing.approve(viewer=viewer, change_set=change_set)
        return schemas.ChangeSetOut.from_orm(change_set)

    return once(request, do)


@router.post("/{int:number}/publish", response={201: schemas.ChangeSetOut}, operation_id="publish_change_set")
def publish_change_set(request: HttpRequest, number: int) -> HttpResponse:
    """Put an approved change set in place: all of it or nothing."""
    viewer = viewer_of(request, Scope.CHANGES_APPROVE)
    change_set = _found(viewer, number)

    def do() -> schemas.ChangeSetOut:
        publishing.publish(viewer=viewer, change_set=change_set)
        return schemas.ChangeSetOut.from_orm(change_set)

    return once(request, do)


def _found(viewer: Viewer, number: int) -> ChangeSet:
    found: ChangeSet = get_object_or_404(publishing.change_sets(viewer), pk=number)
    return found
