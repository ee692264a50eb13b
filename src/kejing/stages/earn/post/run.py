"""Differences into postings, held to their laws."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from kejing.measure.errors import BrokenLawError
from kejing.stages.earn.post.laws import LAWS
from kejing.stages.rule_file import run_rules
from kejing.warehouse.protocol import Engine

_PACKAGE = "kejing.stages.earn.post"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingRule:
    """What all postings of one entry share.

    Attributes
    ----------
    entry
        Number of the entry that carries them.
    period
        What they are for: the time for which they hold.
    posted_in
        The open period that carries them.
    known_on
        The day of the knowledge that they rest on.
    is_true_up
        Whether a longer period settles the shorter ones inside it.
    """

    entry: int
    period: str
    posted_in: str
    known_on: dt.date
    is_true_up: bool = False


def run(engine: Engine, rule: PostingRule) -> None:
    """Create relation ``posting`` from ``fresh``, ``posted`` and ``fresh_control``.

    Raises
    ------
    BrokenLawError
        The postings break a law; nothing was written.

    Notes
    -----
    ``posting = fresh - sum(posted)`` per full key: pay handbook 2.4 E6.
    """
    values = {
        "ENTRY": f"{rule.entry:06d}",
        "PERIOD": rule.period,
        "POSTED_IN": rule.posted_in,
        "KNOWN_ON": rule.known_on.isoformat(),
        "TRUE_UP": "yes" if rule.is_true_up else "no",
    }
    run_rules(engine, _PACKAGE, "post.sql", values)
    for law in LAWS:
        broken = engine.fetch(f"SELECT * FROM ({law.sql}) AS broken LIMIT 1")
        if broken.num_rows:
            row = ", ".join(f"{name}={value}" for name, value in broken.to_pylist()[0].items())
            raise BrokenLawError(stage="post", law=law.name, detail=row)
