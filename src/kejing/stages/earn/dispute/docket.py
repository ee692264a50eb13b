"""Disputes of pay on the day of the run."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pyarrow as pa

from kejing.measure.findings import Severity
from kejing.stages.context import StageContext
from kejing.stages.earn.dispute.settings import DisputeSettings
from kejing.stages.earn.noted import note
from kejing.stages.rule_file import day_literal, run_rules

LEDGER_CORRECTION = pa.schema(
    [
        *((name, pa.string()) for name in ("posting_id", "period", "posted_in")),
        ("entry", pa.int64()),
        ("known_on", pa.date32()),
        *((name, pa.string()) for name in ("rm_id", "component", "measure", "line_id")),
        ("amount", pa.int64()),
    ]
)
"""Postings of pay [minor units] that changed a period after its first close."""


def run(context: StageContext) -> None:
    """Create relations ``dispute`` and ``dispute_posting``; who is late with an answer is a finding.

    Notes
    -----
    ``amount`` is the pay that rests on the dispute today, ``expected`` what rested on it before corrections that came
    of it; both are null where the disputed period is none of the run's. ``booked`` is what those corrections brought
    whoever disputes; null while nobody has decided, and where no ledger is at hand.
    """
    settings = DisputeSettings.model_validate(context.policy.section("dispute"))
    context.progress("dispute", 0, 1)
    values = {"AS_OF": day_literal(context.as_of), "NEXT_DAY": day_literal(context.as_of + dt.timedelta(days=1))}
    has_ledger = "ledger_correction" in context.engine.relations()
    if not has_ledger:
        context.engine.attach_arrow("ledger_correction", LEDGER_CORRECTION.empty_table())
    values["HAS_LEDGER"] = str(int(has_ledger))
    for file in ("booked.sql", "dispute.sql"):
        run_rules(context.engine, "kejing.stages.earn.dispute", file, values)
    _report(context, settings)
    context.progress("dispute", 1, 1)


def _report(context: StageContext, settings: DisputeSettings) -> None:
    days = context.policy.parameter(settings.answer_days, context.as_of)
    assert isinstance(days, Fraction)
    rows = context.engine.fetch(
        f"""
        SELECT d.dispute_id, d.rm_id, d.owner, d.filed_on, d.due_on, d.state, d.days_late,
          s.source_file, s.source_sheet, s.source_row,
          CASE WHEN $DAYS(d.due_on, d.filed_on) > {int(days)} THEN 1 ELSE 0 END AS is_due_late
        FROM dispute AS d
        JOIN dispute_seen AS s ON s.dispute_id = d.dispute_id
        WHERE d.state IN ('open', 'overdue')
        ORDER BY d.dispute_id
        """
    ).to_pylist()
    for row in rows:
        facts = {"dispute": row["dispute_id"], "rm_id": row["rm_id"], "owner": row["owner"], "due_on": row["due_on"]}
        if row["state"] == "overdue":
            note(context, "dispute.overdue", facts | {"days": row["days_late"]}, row=row)
        if row["is_due_late"]:
            facts |= {"filed_on": row["filed_on"], "days": int(days)}
            note(context, "dispute.due_too_late", facts, severity=Severity.INFO, row=row)
