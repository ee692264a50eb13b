"""What the API refuses."""

from __future__ import annotations

from kejing.measure.errors import KejingError


class WrongScopeError(KejingError):
    """The token is not meant for this."""

    code = "office.api_scope"


class WrongCursorError(KejingError):
    """The cursor is none of ours."""

    code = "office.api_cursor"


class KeyReusedError(KejingError):
    """The key of an earlier request came with another one."""

    code = "office.api_key_reused"


class WrongHookError(KejingError):
    """The address of a webhook is not one that the office may call."""

    code = "office.api_hook"


class TooWideError(KejingError):
    """A whole table was asked for where one customer should be named."""

    code = "office.api_too_wide"
