"""The questions of the report, in the order of the flow; each module answers one."""

from __future__ import annotations

from collections.abc import Callable

from kejing.report.blocks import Section
from kejing.report.read_run import Run
from kejing.report.sections import (
    books,
    completion,
    control,
    credit,
    deferral,
    disputes,
    findings,
    funds,
    grades,
    handovers,
    headcount,
    hotline,
    pay,
    pools,
    targets,
    tiers,
    value,
    visits,
)
from kejing.report.speech import Speech

SECTIONS: dict[str, Callable[[Run, Speech], Section]] = {
    "tiers": tiers.build,
    "headcount": headcount.build,
    "hotline": hotline.build,
    "books": books.build,
    "handovers": handovers.build,
    "visits": visits.build,
    "targets": targets.build,
    "credit": credit.build,
    "value": value.build,
    "completion": completion.build,
    "pay": pay.build,
    "pools": pools.build,
    "funds": funds.build,
    "disputes": disputes.build,
    "deferral": deferral.build,
    "grades": grades.build,
    "findings": findings.build,
    "control": control.build,
}
