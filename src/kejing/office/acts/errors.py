"""What an act refuses."""

from __future__ import annotations

from kejing.measure.errors import KejingError
from kejing.office.acts.merge import Merge


class NotAllowedError(KejingError):
    """The position of the person does not allow the act."""

    code = "office.not_allowed"


class StaleRowError(KejingError):
    """Somebody saved the row in the meantime; ``merge`` tells what both sides wanted."""

    code = "office.stale_row"

    def __init__(self, merge: Merge, **facts: object) -> None:
        self.merge = merge
        super().__init__(**facts)


class BrokenChainError(KejingError):
    """The chain of events does not hold."""

    code = "office.broken_chain"
