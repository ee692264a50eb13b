"""The one door for writes: every act is one transaction with one event in a hash chain."""

from kejing.office.acts.errors import BrokenChainError, NotAllowedError, StaleRowError

__all__ = ["BrokenChainError", "NotAllowedError", "StaleRowError"]
