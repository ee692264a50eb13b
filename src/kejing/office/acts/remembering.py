"""What was worked out from tables, kept until an act writes one of them: by the process, and for all beside it."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import Any

from django.core.cache import caches
from django.db import connection

from kejing.office.acts.models import Mark

_MOST = 256
_NOTHING = object()
_kept: OrderedDict[str, Any] = OrderedDict()
_making: dict[str, threading.Lock] = {}
_lock = threading.Lock()


def remembered[T](what: object, rests_on: Collection[str], make: Callable[[], T]) -> T:
    """What ``make`` gives, made anew only after an act wrote a table that it rests on.

    Parameters
    ----------
    what
        Everything else that it depends on: what the viewer sees, at which day, for which part. Its ``repr`` says it.
    rests_on
        Tables, as ``books.coverage``: all that ``make`` reads, but for runs, which never change.

    Notes
    -----
    The marks of the tables belong to the key, and an act sets them in its own transaction. They are read before the
    tables: what is written in between is kept under marks that nobody asks for again. Inside a transaction nothing is
    kept, because it may be taken back. What one process of the server made lies in the cache ``remembered`` for the
    others and for those after a restart; of those who ask one process for the same at once, one makes it.
    """
    if connection.in_atomic_block:
        return make()
    key = hashlib.sha256(repr((what, marks_of(rests_on))).encode()).hexdigest()
    found = _looked_up(key)
    if found is _NOTHING:
        with _lock:
            making = _making.setdefault(key, threading.Lock())
        with making:
            found = _looked_up(key)
            if found is _NOTHING:
                found = _made(key, make)
        with _lock:
            _making.pop(key, None)
    kept: T = found
    return kept


def marks_of(tables: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Each of the tables that an act wrote, with the seal of the newest event that did."""
    return tuple(Mark.objects.filter(entity__in=tables).order_by("entity").values_list("entity", "seal"))


def _looked_up(key: str) -> Any:  # noqa: ANN401 - whatever was kept
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    return _NOTHING


def _made(key: str, make: Callable[[], Any]) -> Any:  # noqa: ANN401 - the same
    shelf = caches["remembered"]
    made = shelf.get(key, _NOTHING)
    if made is _NOTHING:
        made = make()
        shelf.set(key, made)
    with _lock:
        _kept[key] = made
        while len(_kept) > _MOST:
            _kept.popitem(last=False)
    return made
