"""Acts of the studio that are no steps of a change set."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from kejing.measure.errors import KejingError
from kejing.office import scope
from kejing.office.acts.act import act
from kejing.office.books.models import Plan
from kejing.office.changes.errors import OutOfSightError
from kejing.office.people.models import Delegation, User
from kejing.office.people.roles import Power
from kejing.office.people.viewer import Viewer


class DelegationDaysError(KejingError):
    """A delegation ends before it begins, or begins in the past."""

    code = "office.delegation_days"


class DelegationToSelfError(KejingError):
    """Nobody stands in for himself, nor hands on what was handed to him."""

    code = "office.delegation_to_self"


def save_plan(*, viewer: Viewer, customer_id: str, expected_version: int, values: Mapping[str, object]) -> Plan:
    """Save the plan of a customer; version 0 begins it.

    Raises
    ------
    StaleRowError
        Somebody saved it since; the error carries both sides.
    OutOfSightError
        The viewer does not see the customer.
    """
    with viewer.act("realignment.plan_saved", power=Power.PLAN, customer_id=customer_id) as doing:
        if not scope.customers(viewer).filter(customer_id=customer_id).exists():
            raise OutOfSightError(count=1, example=customer_id)
        held = scope.plans(viewer).filter(customer_id=customer_id).first()
        if held is None:
            lead = scope.coverage(viewer).filter(customer_id=customer_id, role="lead").first()
            rm_id = lead.rm_id if lead is not None else ""
            return doing.add(Plan(customer_id=customer_id, rm_id=rm_id, **values))
        doing.change(held, expected_version=expected_version, **values)
    return held


def delegate(*, viewer: Viewer, taker: User, first: dt.date, last: dt.date, reason: str) -> Delegation:
    """Let a colleague stand in for the viewer from ``first`` to ``last``, both included.

    Raises
    ------
    DelegationDaysError
        The days are in the past or turned round.
    DelegationToSelfError
        The taker is the viewer, or the viewer himself stands in for somebody.
    """
    if first < viewer.today or last < first:
        raise DelegationDaysError(first=first, last=last)
    if viewer.user is None or taker == viewer.user or viewer.on_behalf_of is not None:
        raise DelegationToSelfError(name=taker.name)
    with act("realignment.delegated", by=viewer.user, reason=reason, name=taker.name) as doing:
        return doing.add(
            Delegation(
                giver=viewer.user,
                taker=taker,
                reason=reason,
                valid_from=first,
                valid_to=last + dt.timedelta(days=1),
            )
        )


def end_delegation(*, viewer: Viewer, delegation: Delegation) -> None:
    """End a delegation that the viewer gave, from today on; one that has not begun goes away."""
    with act("realignment.delegation_ended", by=viewer.user) as doing:
        if delegation.valid_from >= viewer.today:
            doing.remove_all([delegation])
        else:
            doing.change(delegation, expected_version=delegation.version, valid_to=viewer.today)
