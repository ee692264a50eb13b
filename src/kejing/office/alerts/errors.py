"""What the handling of alerts refuses."""

from __future__ import annotations

from kejing.measure.errors import KejingError


class NoAlertReasonError(KejingError):
    """An alert is answered, dismissed or handed on with a reason, and dismissed on a ground."""

    code = "office.alert_no_reason"


class AlertAnsweredError(KejingError):
    """The alert has its answer."""

    code = "office.alert_answered"


class NotYourTurnError(KejingError):
    """The alert waits for somebody else yet."""

    code = "office.alert_not_your_turn"


class NoReceiverError(KejingError):
    """An alert goes to somebody who covers the customer."""

    code = "office.alert_receiver"


class NoOutflowRuleError(KejingError):
    """No shown run has rules of outflow, or there are no facts to look at."""

    code = "office.alert_no_rule"
