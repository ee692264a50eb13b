"""Lists by cursor: a page holds on to the last row that it told, so that rows that come or go move nobody's page."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet

from kejing.office.api.errors import WrongCursorError

MOST_ROWS = 500


@dataclass(frozen=True, slots=True)
class Page[M: Model]:
    """Rows of one page, and the cursor of the next; None where this is the last."""

    items: list[M]
    next: str | None


def page_of[M: Model](rows: QuerySet[M, Any], *, cursor: str, limit: int) -> Page[M]:
    """The rows after ``cursor``, at most ``limit``.

    Raises
    ------
    WrongCursorError
        The cursor is none of ours.
    """
    if cursor:
        rows = rows.filter(pk__gt=_place_of(cursor))
    found = list(rows.order_by("pk")[: limit + 1])
    more = len(found) > limit
    kept = found[:limit]
    return Page(kept, _cursor_of(int(kept[-1].pk)) if more else None)


def _cursor_of(place: int) -> str:
    return base64.urlsafe_b64encode(f"after:{place}".encode()).decode().rstrip("=")


def _place_of(cursor: str) -> int:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError) as cause:
        raise WrongCursorError(cursor=cursor) from cause
    word, _, place = text.partition(":")
    if word != "after" or not place.isdigit() or len(place) > len(str(2**63)) - 1:
        raise WrongCursorError(cursor=cursor)
    return int(place)
