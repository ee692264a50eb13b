"""What My Day refuses."""

from __future__ import annotations

from kejing.measure.errors import KejingError


class NoReasonError(KejingError):
    """Dismissing and asking for relief need a reason."""

    code = "office.no_reason"


class NotSeenError(KejingError):
    """The customer is none that the viewer sees, or the book is not his."""

    code = "office.suggestion_unseen"
