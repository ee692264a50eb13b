"""Manual adjustments that two persons stand behind."""

from __future__ import annotations

import datetime as dt

from kejing.measure.findings import Severity
from kejing.measure.money import from_minor
from kejing.stages.context import StageContext
from kejing.stages.earn.adjustment.settings import AdjustmentSettings
from kejing.stages.earn.noted import note
from kejing.stages.rule_file import day_literal, run_rules


def run(context: StageContext) -> None:
    """Create relation ``adjustment_share``.

    Notes
    -----
    Columns of ``pool_share``: period, rm_id, component, line_id (``adj:`` and the adjustment's id), amount [minor
    units], clause. An adjustment of an RM who was not in post in the period is not paid here: nobody's statement
    would carry it.
    """
    settings = AdjustmentSettings.model_validate(context.policy.section("adjustment"))
    context.progress("adjustment", 0, 1)
    values = {
        "CURRENCY": f"'{context.policy.currency}'",
        "NEXT_DAY": day_literal(context.as_of + dt.timedelta(days=1)),
        "COMPONENT": f"'{settings.component}'",
    }
    run_rules(context.engine, "kejing.stages.earn.adjustment", "adjustment.sql", values)
    _report(context)
    context.progress("adjustment", 1, 1)


def _report(context: StageContext) -> None:
    rows = context.engine.fetch("SELECT * FROM adjustment_seen WHERE refusal <> '' ORDER BY adjustment_id").to_pylist()
    for row in rows:
        facts = {name: row[name] for name in ("rm_id", "period", "made_by", "approved_by")}
        facts |= {"id": row["adjustment_id"], "amount": from_minor(row["amount"], context.policy.currency)}
        note(context, f"adjustment.{row['refusal']}", facts, row=row)
    elsewhere = context.engine.fetch(
        "SELECT a.period, COUNT(*) AS adjustments FROM adjustments AS a"
        " LEFT JOIN period AS d ON d.period = a.period WHERE d.period IS NULL GROUP BY a.period ORDER BY a.period"
    ).to_pylist()
    for row in elsewhere:
        facts = {"period": row["period"], "count": row["adjustments"]}
        note(context, "adjustment.other_period", facts, severity=Severity.INFO)
