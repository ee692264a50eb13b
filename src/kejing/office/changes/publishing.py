"""The steps of a change set after the draft: submit, challenge, approve, publish, take back."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q, QuerySet
from django.utils import timezone

from kejing.office import scope
from kejing.office.acts.act import Act
from kejing.office.acts.models import ChainHead, Event
from kejing.office.changes.drafting import Change, add_lines, turned_values
from kejing.office.changes.errors import OpenChallengeError, OutOfSightError, OwnWorkError, WrongStateError
from kejing.office.changes.lines import put_lines
from kejing.office.changes.models import Challenge, ChangeLine, ChangeSet
from kejing.office.changes.undoing import restore
from kejing.office.people.roles import SIGHT, Power, Role, Sight
from kejing.office.people.viewer import Viewer

State = ChangeSet.State


def change_sets(viewer: Viewer) -> QuerySet[ChangeSet]:
    """Change sets of the viewer's units, and, once submitted, those that concern an RM that he sees."""
    if not viewer.positions:
        return ChangeSet.objects.none()
    own = Q(drafted_by__in=[user for user in (viewer.user, viewer.on_behalf_of) if user is not None])
    if any(SIGHT[Role(position.role)] is Sight.SUBTREE for position in viewer.positions):
        own |= Q(unit_id__in=scope.units(viewer).values("unit_id"))
    people = scope.rms(viewer).values("rm_id")
    concerned = ChangeLine.objects.filter(Q(from_rm_id__in=people) | Q(to_rm_id__in=people)).values("change_set")
    return ChangeSet.objects.filter(own | (~Q(state=State.DRAFT) & Q(pk__in=concerned)))


def told_events(viewer: Viewer) -> QuerySet[Event]:
    """Events that the viewer may read, and those of the change sets that he sees."""
    seen = Event.objects.filter(change_set_id__in=change_sets(viewer).values("pk"))
    return scope.events(viewer) | seen


def submit(*, viewer: Viewer, change_set: ChangeSet, challenge_by: dt.date | None = None) -> None:
    """Show a draft to those concerned; from now on it is not edited."""
    with viewer.act("changes.submitted", power=Power.DRAFT_CHANGE, change_set_id=change_set.pk) as doing:
        _step(doing, change_set, State.DRAFT, state=State.SUBMITTED, challenge_by=challenge_by)


def withdraw(*, viewer: Viewer, change_set: ChangeSet, reason: str) -> None:
    """Give up a change set that has not taken effect."""
    with viewer.act("changes.withdrawn", power=Power.DRAFT_CHANGE, reason=reason, change_set_id=change_set.pk) as doing:
        before = State(change_set.state)
        if before not in {State.DRAFT, State.SUBMITTED, State.APPROVED}:
            raise WrongStateError(state=change_set.state)
        _step(doing, change_set, before, state=State.WITHDRAWN)


def challenge(*, viewer: Viewer, change_set: ChangeSet, line: ChangeLine, reason: str) -> Challenge:
    """Say that a line is wrong.

    Raises
    ------
    OutOfSightError
        The line concerns no RM that the viewer sees.
    WrongStateError
        The change set is not open to challenges.
    """
    with viewer.act("changes.challenged", power=Power.CHALLENGE, reason=reason, change_set_id=change_set.pk) as doing:
        if change_set.state != State.SUBMITTED or (change_set.challenge_by or viewer.today) < viewer.today:
            raise WrongStateError(state=change_set.state)
        concerned = scope.rms(viewer).filter(rm_id__in=(line.from_rm_id, line.to_rm_id)).values_list("rm_id", flat=True)
        rm_id = concerned.first()
        if rm_id is None or line.change_set_id != change_set.pk:
            raise OutOfSightError(count=1, example=line.customer_id)
        return doing.add(
            Challenge(
                change_set=change_set,
                line=line,
                customer_id=line.customer_id,
                rm_id=rm_id,
                raised_by=viewer.user,
                reason=reason,
            )
        )


def answer(*, viewer: Viewer, objection: Challenge, is_accepted: bool, reason: str) -> None:
    """Answer a challenge; an accepted one strikes its line and all that goes with the customer."""
    change_set = objection.change_set
    with viewer.act(
        "changes.answered", power=Power.APPROVE_CHANGE, reason=reason, change_set_id=change_set.pk
    ) as doing:
        if change_set.state != State.SUBMITTED or objection.state != Challenge.State.OPEN:
            raise WrongStateError(state=change_set.state)
        state = Challenge.State.ACCEPTED if is_accepted else Challenge.State.REFUSED
        doing.change(objection, expected_version=objection.version, state=state, answer=reason, answered_by=viewer.user)
        if is_accepted and objection.line is not None:
            line = objection.line
            same = change_set.lines.filter(customer_id=line.customer_id, from_rm_id=line.from_rm_id)
            doing.remove_all(list(same))


def approve(*, viewer: Viewer, change_set: ChangeSet) -> None:
    """Agree to a submitted change set.

    Raises
    ------
    OwnWorkError
        The viewer drafted it, himself or on behalf of somebody; nobody checks his own work.
    OpenChallengeError
        A challenge has no answer.
    OutOfSightError
        It is not one of the viewer's change sets.
    """
    with viewer.act("changes.approved", power=Power.APPROVE_CHANGE, change_set_id=change_set.pk) as doing:
        if change_set.drafted_by in {viewer.user, viewer.on_behalf_of}:
            raise OwnWorkError(title=change_set.title)
        _check_within(viewer, change_set)
        waiting = change_set.challenges.filter(state=Challenge.State.OPEN).count()
        if waiting:
            raise OpenChallengeError(count=waiting)
        _step(
            doing,
            change_set,
            State.SUBMITTED,
            state=State.APPROVED,
            approved_by=viewer.user,
            approved_at=timezone.now(),
        )


def publish(*, viewer: Viewer, change_set: ChangeSet) -> None:
    """Put an approved change set in place: all of it, from its day on, or nothing.

    Raises
    ------
    MovedOnError
        What a line was drafted upon is no longer so.
    """
    day = change_set.effective_on
    with viewer.act(
        "changes.published",
        power=Power.APPROVE_CHANGE,
        reason=change_set.reason,
        change_set_id=change_set.pk,
        title=change_set.title,
    ) as doing:
        _check_within(viewer, change_set)
        number = ChainHead.objects.get(pk=1).number + 1  # the head is locked: this act gets that number
        _step(
            doing,
            change_set,
            State.APPROVED,
            state=State.PUBLISHED,
            published_at=timezone.now(),
            published_event=number,
        )
        undone = change_set.inverse_of
        if undone is not None and undone.effective_on == day:
            restore(doing, undone)
        else:
            put_lines(doing, change_set.lines.order_by("place"), day)
        if undone is not None:
            _step(doing, undone, State.PUBLISHED, state=State.TAKEN_BACK)


def draft_inverse(*, viewer: Viewer, change_set: ChangeSet, reason: str, effective_on: dt.date) -> ChangeSet:
    """Draft the opposite of a published change set.

    Notes
    -----
    From the day of the original it restores every row exactly as it was. From a later day it is an ordinary change set
    with every line turned round: what held in between stays in the history.
    """
    if change_set.state != State.PUBLISHED or effective_on < change_set.effective_on:
        raise WrongStateError(state=change_set.state)
    with viewer.act("changes.drafted", power=Power.DRAFT_CHANGE, reason=reason, title=change_set.title) as doing:
        _check_within(viewer, change_set)
        inverse = doing.add(
            ChangeSet(
                title=change_set.title,
                reason=reason,
                effective_on=effective_on,
                unit_id=change_set.unit_id,
                drafted_by=viewer.user,
                inverse_of=change_set,
            )
        )
        turned = [
            Change(
                ChangeLine.Kind(line.kind),
                line.customer_id,
                line.to_rm_id,
                line.from_rm_id,
                line.role,
                line.row_id,
                turned_values(line),
            )
            for line in change_set.lines.order_by("place")
        ]
        add_lines(doing, inverse, turned)
    return inverse


def _check_within(viewer: Viewer, change_set: ChangeSet) -> None:
    if not change_sets(viewer).filter(pk=change_set.pk).exists():
        raise OutOfSightError(count=1, example=change_set.title)


def _step(doing: Act, change_set: ChangeSet, expected: ChangeSet.State, **values: object) -> None:
    change_set.refresh_from_db()
    if change_set.state != expected:
        raise WrongStateError(state=change_set.state)
    doing.change(change_set, expected_version=change_set.version, **values)
