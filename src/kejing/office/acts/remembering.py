"""What was worked out from tables, kept by the process until an act writes one of them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable
from typing import Any

from django.db import connection

from kejing.office.acts.models import Mark

_MOST = 256
_kept: OrderedDict[Hashable, Any] = OrderedDict()
_lock = threading.Lock()


def remembered[T](what: Hashable, rests_on: Collection[str], make: Callable[[], T]) -> T:
    """What ``make`` gives, made anew only after an act wrote a table that it rests on.

    Parameters
    ----------
    what
        Everything else that it depends on: who looks, at which day, for which part.
    rests_on
        Tables, as ``books.coverage``: all that ``make`` reads, but for runs, which never change.

    Notes
    -----
    The marks of the tables belong to the key, and an act sets them in its own transaction. They are read before the
    tables: what is written in between is kept under marks that nobody asks for again. Inside a transaction nothing is
    kept, because it may be taken back.
    """
    if connection.in_atomic_block:
        return make()
    marks = tuple(Mark.objects.filter(entity__in=rests_on).order_by("entity").values_list("entity", "seal"))
    key = (what, marks)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            found: T = _kept[key]
            return found
    made = make()
    with _lock:
        _kept[key] = made
        while len(_kept) > _MOST:
            _kept.popitem(last=False)
    return made
