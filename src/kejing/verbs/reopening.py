"""``kejing reopen``: the latest closed period opens again, when two people want it and one says why."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

from kejing.measure.errors import KejingError
from kejing.verbs.closing import NobodyError
from kejing.verbs.ledger_periods import REOPEN, REQUEST, LedgerPeriod, latest_closed, periods_of
from kejing.warehouse.ledger import Entry, Ledger


class NotTheLatestError(KejingError):
    """Only the period that was closed last may be opened again: later ones stand upon it."""

    code = "ledger.not_the_latest"


class OnePersonError(KejingError):
    """The person who asked for it cannot also agree to it."""

    code = "ledger.one_person"


class NoRequestError(KejingError):
    """Nobody has asked for the period to be opened."""

    code = "ledger.no_request"


class RequestWaitsError(KejingError):
    """Somebody else has asked already; a second person should agree to that request."""

    code = "ledger.request_waits"


def reopen(
    ledger: str | Path,
    *,
    period: str,
    request_by: str | None = None,
    reason: str = "",
    approve_by: str | None = None,
) -> Entry:
    """Ask for ``period`` to be opened again, or agree to the request.

    Parameters
    ----------
    request_by, reason
        Who asks, and why. A request asked again by the same person is the same request.
    approve_by
        Who agrees; another person than the one who asked.

    Returns
    -------
    Entry
        The request or the reopening. Postings and statements stay as they are; the next close posts differences and
        makes the next version of the statement.

    Raises
    ------
    NotTheLatestError, NobodyError, OnePersonError, NoRequestError, RequestWaitsError
        What is asked cannot be done.
    """
    book = Ledger.open(Path(ledger))
    found = periods_of(book)
    latest = latest_closed(found)
    if latest is None or latest.name != period:
        raise NotTheLatestError(period=period, latest=latest.name if latest is not None else "-")
    if approve_by is not None:
        return _approve(book, latest, approve_by)
    return _request(book, latest, request_by or "", reason)


def _request(ledger: Ledger, period: LedgerPeriod, by: str, reason: str) -> Entry:
    if not by.strip():
        raise NobodyError(role="request-by")
    if not reason.strip():
        raise NobodyError(role="reason")
    if period.request is not None:
        if _same_person(str(period.request.content["by"]), by):
            return period.request
        raise RequestWaitsError(period=period.name, by=period.request.content["by"])
    return ledger.append(_content(REQUEST, period, by=by, approved_by="", reason=reason), lambda _folder: None)


def _approve(ledger: Ledger, period: LedgerPeriod, by: str) -> Entry:
    if not by.strip():
        raise NobodyError(role="approve-by")
    if period.request is None:
        raise NoRequestError(period=period.name)
    asked = str(period.request.content["by"])
    if _same_person(asked, by):
        raise OnePersonError(period=period.name, by=by.strip())
    reason = str(period.request.content["reason"])
    return ledger.append(_content(REOPEN, period, by=asked, approved_by=by, reason=reason), lambda _folder: None)


def _same_person(one: str, other: str) -> bool:
    """Whether two spellings are one name: width, case and spaces do not make a second person."""
    folded = ["".join(unicodedata.normalize("NFKC", name).casefold().split()) for name in (one, other)]
    return folded[0] == folded[1]


def _content(kind: str, period: LedgerPeriod, *, by: str, approved_by: str, reason: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "period": period.name,
        "posted_in": "",
        "reopens": period.last_close.name,
        "by": by.strip(),
        "approved_by": approved_by.strip(),
        "reason": reason.strip(),
        "postings": {},
    }
