"""What is answered on My Day: items done or dismissed, suggestions put aside, relief asked for."""

from __future__ import annotations

from kejing.office import scope
from kejing.office.books.models import OpenItem
from kejing.office.myday.errors import NoReasonError, NotSeenError
from kejing.office.myday.models import Verdict
from kejing.office.people.roles import Power
from kejing.office.people.viewer import Viewer

RELIEF = "relief"


def answer_item(*, viewer: Viewer, item: OpenItem, state: OpenItem.State, answer: str) -> None:
    """Close an open item; one that is dismissed needs a reason.

    Raises
    ------
    NoReasonError
        It is dismissed and no reason is given.
    """
    if state == OpenItem.State.DISMISSED and not answer:
        raise NoReasonError
    with viewer.act(
        "myday.item_answered", power=Power.LOG_CONTACT, reason=answer, title=item.title, state=state.value
    ) as doing:
        doing.change(item, expected_version=item.version, state=state, answer=answer)


def dismiss(*, viewer: Viewer, rm_id: str, customer_id: str, key: str, reason: str) -> None:
    """Put a suggestion aside.

    Raises
    ------
    NoReasonError
        No reason is given.
    NotSeenError
        The customer is none that the viewer sees, or the book is not his.
    """
    if not reason:
        raise NoReasonError
    _check(viewer, rm_id, customer_id)
    with viewer.act("myday.dismissed", power=Power.LOG_CONTACT, reason=reason, customer=customer_id) as doing:
        if not Verdict.objects.filter(rm_id=rm_id, key=key).exists():
            doing.add(Verdict(rm_id=rm_id, customer_id=customer_id, key=key, reason=reason))


def ask_for_relief(*, viewer: Viewer, rm_id: str, customer_id: str, reason: str) -> OpenItem:
    """Tell the leader that a customer's standard can no longer be met; he sees it among his RMs' open items.

    Raises
    ------
    NoReasonError, NotSeenError
        As for `dismiss`.
    """
    if not reason:
        raise NoReasonError
    _check(viewer, rm_id, customer_id)
    with viewer.act("myday.relief_asked", power=Power.CHALLENGE, reason=reason, customer=customer_id) as doing:
        return doing.add(
            OpenItem(customer_id=customer_id, rm_id=rm_id, kind=RELIEF, title=reason[:300], due_on=viewer.today)
        )


def _check(viewer: Viewer, rm_id: str, customer_id: str) -> None:
    if rm_id not in viewer.rm_ids or not scope.customers(viewer).filter(customer_id=customer_id).exists():
        raise NotSeenError(customer_id=customer_id)
