"""Disputes of pay: filed by the RM, answered in time by somebody who may, with the effect that is expected."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

from kejing.measure.errors import KejingError
from kejing.office import scope
from kejing.office.books.models import Dispute, Rm
from kejing.office.feeds.models import Run
from kejing.office.people.models import Position, Unit, User
from kejing.office.people.roles import Power, Role
from kejing.office.people.viewer import Viewer
from kejing.office.shell.voices import pack_of


class DisputeTwiceError(KejingError):
    """The line is disputed already, and the dispute has no answer yet."""

    code = "office.dispute_twice"


class DisputeAnsweredError(KejingError):
    """The dispute has its answer."""

    code = "office.dispute_answered"


class OwnDisputeError(KejingError):
    """Nobody answers a dispute that he filed."""

    code = "office.dispute_own"


def file(
    *,
    viewer: Viewer,
    run: Run,
    period: str,
    rm_id: str,
    line_id: str,
    customer_id: str,
    resting_minor: int | None,
    claimed_minor: int | None,
    reason: str,
) -> Dispute:
    """Contest a line of a statement; the deadline comes from the policy.

    Raises
    ------
    DisputeTwiceError
        An earlier dispute of the line waits for its answer.
    """
    with viewer.act("statements.disputed", power=Power.CHALLENGE, reason=reason, rm_id=rm_id, line=line_id) as doing:
        same = Dispute.objects.filter(rm_id=rm_id, line_id=line_id, period=period, state=Dispute.State.OPEN)
        if same.exists():
            raise DisputeTwiceError(line_id=line_id)
        return doing.add(
            Dispute(
                rm_id=rm_id,
                customer_id=customer_id,
                line_id=line_id,
                policy=run.policy,
                period=period,
                resting_minor=resting_minor,
                claimed_minor=claimed_minor,
                currency=run.currency,
                reason=reason,
                owner=_owner(rm_id, viewer.today),
                filed_by=viewer.user,
                filed_on=viewer.today,
                due_on=_due(run, viewer.today),
            )
        )


def answer(*, viewer: Viewer, dispute: Dispute, is_granted: bool, reason: str) -> None:
    """Grant or refuse a dispute; a granted one is put right by a change of the facts, which this does not make.

    Raises
    ------
    OwnDisputeError
        The viewer filed it himself.
    DisputeAnsweredError
        It has an answer.
    """
    with viewer.act("statements.answered", power=Power.ANSWER_DISPUTE, reason=reason, line=dispute.line_id) as doing:
        if dispute.filed_by in {viewer.user, viewer.on_behalf_of}:
            raise OwnDisputeError(line_id=dispute.line_id)
        if dispute.state != Dispute.State.OPEN:
            raise DisputeAnsweredError(line_id=dispute.line_id)
        state = Dispute.State.ACCEPTED if is_granted else Dispute.State.REFUSED
        doing.change(dispute, expected_version=dispute.version, state=state, answer=reason, decided_on=viewer.today)


def disputes(viewer: Viewer) -> list[Dispute]:
    """Disputes that the viewer sees: open ones first, the most urgent at the top."""
    rows = scope.disputes(viewer).select_related("owner", "filed_by")
    return sorted(rows, key=lambda row: (row.state != Dispute.State.OPEN, row.due_on or dt.date.max, row.pk))


def _due(run: Run, day: dt.date) -> dt.date | None:
    """The last day for an answer under the policy; None where it names none."""
    pack = pack_of(run)
    named = pack.section("dispute").get("answer_days")
    if not named:
        return None
    days = pack.parameter(str(named), day)
    assert isinstance(days, Fraction)
    return day + dt.timedelta(days=int(days))


def _owner(rm_id: str, day: dt.date) -> User | None:
    """The performance administrator nearest above the RM."""
    unit = Rm.objects.in_force(day).filter(rm_id=rm_id).values_list("unit_id", flat=True).first()
    path = Unit.objects.in_force(day).filter(unit_id=unit).values_list("path", flat=True).first() or "/"
    above = path.strip("/").split("/")
    posts = Position.objects.in_force(day).filter(role=Role.PERFORMANCE_ADMINISTRATOR, unit_id__in=above)
    nearest = sorted(posts.select_related("user"), key=lambda post: (-above.index(post.unit_id), post.pk))
    return nearest[0].user if nearest else None
