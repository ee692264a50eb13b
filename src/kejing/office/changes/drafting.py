"""Drafting: who may put which lines together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from kejing.office import scope
from kejing.office.acts.act import Act
from kejing.office.books.models import Booking, Coverage, OpenItem, Plan
from kejing.office.changes.errors import EmptyChangeError, OutOfSightError, WrongStateError
from kejing.office.changes.models import ChangeLine, ChangeSet
from kejing.office.people.roles import Power
from kejing.office.people.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Change:
    """One line as somebody asks for it."""

    kind: ChangeLine.Kind
    customer_id: str = ""
    from_rm_id: str = ""
    to_rm_id: str = ""
    role: str = ""
    row_id: int | None = None
    values: Mapping[str, object] = field(default_factory=dict)


def draft(*, viewer: Viewer, title: str, reason: str, effective_on: dt.date, changes: Sequence[Change]) -> ChangeSet:
    """Write down a change set; nothing takes effect yet.

    Raises
    ------
    NotAllowedError
        No position of the viewer may draft changes.
    OutOfSightError
        A change is about a customer or an RM that he does not see on the day it takes effect.
    EmptyChangeError
        There is no change.
    """
    if not changes:
        raise EmptyChangeError
    with viewer.act(
        "changes.drafted", power=Power.DRAFT_CHANGE, reason=reason, title=title, lines=len(changes)
    ) as doing:
        _check_sight(viewer.at(max(effective_on, viewer.today)), changes)
        change_set = doing.add(
            ChangeSet(
                title=title,
                reason=reason,
                effective_on=effective_on,
                unit_id=viewer.positions[0].unit_id,
                drafted_by=viewer.user,
            )
        )
        add_lines(doing, change_set, changes)
        doing.facts["change_set"] = change_set.pk
    return change_set


def add_lines(doing: Act, change_set: ChangeSet, changes: Iterable[Change]) -> None:
    """Write the lines of a change set, in their order."""
    doing.add_all(
        [
            ChangeLine(
                change_set=change_set,
                place=place,
                kind=change.kind,
                customer_id=change.customer_id,
                from_rm_id=change.from_rm_id,
                to_rm_id=change.to_rm_id,
                role=change.role,
                row_id=change.row_id,
                values=dict(change.values),
            )
            for place, change in enumerate(changes, start=1)
        ]
    )


def strike(*, viewer: Viewer, change_set: ChangeSet, lines: Sequence[ChangeLine]) -> None:
    """Take lines out of a draft.

    Raises
    ------
    WrongStateError
        It is no draft any more.
    """
    if change_set.state != ChangeSet.State.DRAFT:
        raise WrongStateError(state=change_set.state)
    with viewer.act("changes.struck", power=Power.DRAFT_CHANGE, change_set_id=change_set.pk) as doing:
        doing.remove_all(lines)


def moves(*, rm_id: str, to: Mapping[str, str], day: dt.date) -> list[Change]:
    """Everything that goes along when customers leave an RM: coverage, bookings, open items, plans.

    Parameters
    ----------
    rm_id
        Who gives.
    to
        Customer to the RM who receives it.
    day
        The day from which it holds.
    """
    concerned = Q(rm_id=rm_id, customer_id__in=to)
    held = Coverage.objects.in_force(day).filter(concerned).order_by("customer_id", "role")
    changes = [Change(ChangeLine.Kind.COVERAGE, row.customer_id, rm_id, to[row.customer_id], row.role) for row in held]
    given = (
        (
            ChangeLine.Kind.BOOKING,
            Booking.objects.filter(concerned, contact=None, called_off="", due_at__date__gte=day),
        ),
        (ChangeLine.Kind.OPEN_ITEM, OpenItem.objects.filter(concerned, state=OpenItem.State.OPEN)),
        (ChangeLine.Kind.PLAN, Plan.objects.filter(concerned)),
    )
    for kind, rows in given:
        changes += [
            Change(kind, row.customer_id, rm_id, to[row.customer_id], row_id=row.pk) for row in rows.order_by("pk")
        ]
    return changes


def turned_values(line: ChangeLine) -> dict[str, object]:
    """What the opposite of a line puts in place."""
    match line.kind:
        case ChangeLine.Kind.CUSTOMER | ChangeLine.Kind.RM:
            return {"from": line.values["to"], "to": line.values["from"]}
        case ChangeLine.Kind.HANDLING:
            return {name: line.values[name] for name in ("customer_id", "business_type")}
        case _:
            return dict(line.values)


def _check_sight(viewer: Viewer, changes: Sequence[Change]) -> None:
    wanted = {change.customer_id for change in changes if change.customer_id}
    seen = set(scope.customers(viewer).filter(customer_id__in=wanted).values_list("customer_id", flat=True))
    people = {rm for change in changes for rm in (change.from_rm_id, change.to_rm_id) if rm}
    known = set(scope.rms(viewer).filter(rm_id__in=people).values_list("rm_id", flat=True))
    for unseen in (wanted - seen, people - known):
        if unseen:
            raise OutOfSightError(count=len(unseen), example=min(unseen))
