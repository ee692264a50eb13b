"""What people do with an alert: answer it, dismiss it on a ground, hand it to somebody else who covers the customer."""

from __future__ import annotations

from kejing.office import scope
from kejing.office.alerts.errors import AlertAnsweredError, NoAlertReasonError, NoReceiverError, NotYourTurnError
from kejing.office.alerts.ladder import Ladders
from kejing.office.alerts.models import Alert
from kejing.office.books.models import OpenItem, Rm
from kejing.office.people.roles import Power
from kejing.office.people.viewer import Viewer


def answer(*, viewer: Viewer, alert: Alert, answer: str) -> None:
    """Say what was done about an alert.

    Raises
    ------
    NoAlertReasonError, NotYourTurnError, AlertAnsweredError
        Nothing is said; the alert waits for somebody else; it has its answer.
    """
    _check(viewer, alert, answer)
    with viewer.act("alerts.answered", power=Power.LOG_CONTACT, reason=answer, customer=alert.customer_id) as doing:
        _check_open(alert)
        doing.change(alert.item, expected_version=alert.item.version, state=OpenItem.State.DONE, answer=answer)
        doing.change(alert, expected_version=alert.version, closed_on=viewer.today)


def dismiss(*, viewer: Viewer, alert: Alert, ground: str, reason: str) -> None:
    """Say that nothing has to be done, on which ground, and why.

    Raises
    ------
    NoAlertReasonError, NotYourTurnError, AlertAnsweredError
        As for `answer`; a ground is needed as well.
    """
    if ground not in Alert.Ground.values:
        raise NoAlertReasonError
    _check(viewer, alert, reason)
    with viewer.act(
        "alerts.dismissed", power=Power.LOG_CONTACT, reason=reason, customer=alert.customer_id, ground=ground
    ) as doing:
        _check_open(alert)
        doing.change(alert.item, expected_version=alert.item.version, state=OpenItem.State.DISMISSED, answer=reason)
        doing.change(alert, expected_version=alert.version, ground=ground, closed_on=viewer.today)


def reassign(*, viewer: Viewer, alert: Alert, rm_id: str, reason: str) -> None:
    """Hand an alert that nobody answered to another RM who covers the customer.

    Raises
    ------
    NoAlertReasonError, AlertAnsweredError
        As for `answer`.
    NotYourTurnError
        The ladder has not come to where the viewer may.
    NoReceiverError
        The receiver does not cover the customer, or the viewer does not see him.
    """
    if not reason:
        raise NoAlertReasonError
    if not Ladders.shown().lets_reassign(alert, viewer):
        raise NotYourTurnError(customer_id=alert.customer_id)
    with viewer.act(
        "alerts.reassigned", power=Power.REASSIGN_ALERT, reason=reason, customer=alert.customer_id, to=rm_id
    ) as doing:
        _check_open(alert)
        if rm_id not in {rm.rm_id for rm in receivers(viewer, alert)}:
            raise NoReceiverError(rm_id=rm_id, customer_id=alert.customer_id)
        doing.change(alert.item, expected_version=alert.item.version, rm_id=rm_id)


def receivers(viewer: Viewer, alert: Alert) -> list[Rm]:
    """Who could take the alert: RMs who cover the customer today and whom the viewer sees, but for its RM now."""
    covering = scope.coverage(viewer.at(viewer.today)).filter(customer_id=alert.customer_id).values("rm_id")
    rows = scope.rms(viewer.at(viewer.today)).filter(rm_id__in=covering).exclude(rm_id=alert.item.rm_id)
    return list(rows.order_by("rm_id"))


def _check(viewer: Viewer, alert: Alert, reason: str) -> None:
    if not reason:
        raise NoAlertReasonError
    if not Ladders.shown().asks(alert, viewer):
        raise NotYourTurnError(customer_id=alert.customer_id)


def _check_open(alert: Alert) -> None:
    """The chain is locked by now, so nobody answers in between."""
    alert.item.refresh_from_db()
    alert.refresh_from_db(fields=("version", "closed_on"))
    if alert.item.state != OpenItem.State.OPEN:
        raise AlertAnsweredError(customer_id=alert.customer_id)
