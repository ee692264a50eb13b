"""The questions of the report, in the order of the flow; each module answers one."""

from __future__ import annotations

from collections.abc import Callable

from kejing.report.blocks import Section
from kejing.report.read_run import Run
from kejing.report.sections import books, completion, control, credit, findings, headcount, pay, targets, tiers
from kejing.report.speech import Speech

SECTIONS: dict[str, Callable[[Run, Speech], Section]] = {
    "tiers": tiers.build,
    "headcount": headcount.build,
    "books": books.build,
    "targets": targets.build,
    "credit": credit.build,
    "completion": completion.build,
    "pay": pay.build,
    "findings": findings.build,
    "control": control.build,
}
