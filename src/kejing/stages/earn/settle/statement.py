"""The stage: instalments, holds, what is taken back, and the settlement of every RM and period."""

from __future__ import annotations

import pyarrow as pa

from kejing.measure.errors import KejingError
from kejing.measure.findings import Severity
from kejing.stages.context import StageContext
from kejing.stages.earn.settle.incidents import attach_malus
from kejing.stages.earn.settle.posts import attach_terms
from kejing.stages.earn.settle.regulation_run import watch_regulation
from kejing.stages.earn.settle.settings import DeferralSettings, SettleSettings
from kejing.stages.rule_file import day_literal, run_rules

_PACKAGE = "kejing.stages.earn.settle"
_FROM_TABLE = (
    "CASE WHEN COALESCE(f.amount, 0) > 0 AND r.share_den IS NOT NULL"
    " THEN $WIDE_DIV(2 * CAST(f.amount AS $WIDE) * r.share_num + r.share_den, 2 * r.share_den) ELSE 0 END"
)
LEDGER_INSTALMENT = pa.schema(
    [
        ("rm_id", pa.string()),
        ("period", pa.string()),
        ("number", pa.int64()),
        ("vests_on", pa.date32()),
        ("amount", pa.int64()),
        ("cancelled", pa.int64()),
        ("paid", pa.int64()),
    ]
)
"""Instalments of earlier fiscal years as the ledger holds them at the start of the run's fiscal year, minor units."""
LEDGER_PAID = pa.schema([("rm_id", pa.string()), ("period", pa.string()), ("amount", pa.int64())])
"""Performance pay paid out in earlier fiscal years and not taken back by the start of the run's, minor units."""
LEDGER_BALANCE = pa.schema([("rm_id", pa.string()), ("amount", pa.int64())])
"""What an RM owes from earlier fiscal years at the start of the run's, minor units, > 0."""
LEDGER_HELD = pa.schema(
    [
        *((name, pa.string()) for name in ("rm_id", "period", "component", "measure", "line_id", "hold_id")),
        ("amount", pa.int64()),
    ]
)
"""Lines of pay withheld in earlier fiscal years and not paid by the start of the run's, minor units, > 0."""
FUND_REPAID = pa.schema([("period", pa.string()), ("rm_id", pa.string()), ("amount", pa.int64())])
"""Expenses that funds repaid in a period, minor units; not there where the policy has no funds."""
_FROM_OTHERS = {
    "fund_repaid": FUND_REPAID,
    "ledger_instalment": LEDGER_INSTALMENT,
    "ledger_held": LEDGER_HELD,
    "ledger_paid": LEDGER_PAID,
    "ledger_balance": LEDGER_BALANCE,
}


class NoDeferralRuleError(KejingError):
    """Pay is deferred for an RM, and no row of the deferral table says when it vests."""

    code = "settle.no_deferral_rule"


def run(context: StageContext) -> None:
    """Create relations ``instalment``, ``held``, ``malus`` and ``settlement``.

    Raises
    ------
    NoDeferralRuleError
        An amount is deferred and nothing says until when.
    BadScheduleError, UnknownTableInputError
        A row of the deferral table cannot be read.
    """
    settings = SettleSettings.model_validate(context.policy.section("settle"))
    engine = context.engine
    context.progress("settle", 0, 3)
    for name, schema in _FROM_OTHERS.items():
        if name not in engine.relations():
            engine.attach_arrow(name, schema.empty_table())
    _instalments(context, settings.deferral)
    context.progress("settle", 1, 3)
    values = {
        "AS_OF": day_literal(context.as_of),
        "PLANNED": str(int(settings.holds.release == "planned")),
        "REACH_ALL": str(int(settings.holds.reach == "all")),
        "CARRY": str(int(settings.negative == "carry")),
    }
    run_rules(engine, _PACKAGE, "held.sql", values)
    attach_malus(context, settings.malus)
    context.progress("settle", 2, 3)
    run_rules(engine, _PACKAGE, "settlement.sql", values)
    _report(context, settings)
    if settings.regulation is not None:
        watch_regulation(context, settings.regulation)
    context.progress("settle", 3, 3)
    context.step("settlement", "延期、暂缓、追索扣回与结算", "deferral, holds, recovery, settlement", is_present=True)


def _instalments(context: StageContext, settings: DeferralSettings) -> None:
    engine = context.engine
    components = pa.array(sorted(settings.performance), pa.string())
    engine.attach_arrow("performance_component", pa.table({"component": components}))
    attach_terms(context, settings)
    deferred = "t.deferred" if settings.source == "pay" else _FROM_TABLE
    run_rules(engine, _PACKAGE, "instalment.sql", {"DEFERRED": deferred, "AS_OF": day_literal(context.as_of)})
    lost = engine.fetch(
        "SELECT d.period, d.rm_id FROM settle_due AS d"
        " LEFT JOIN instalment_due AS i ON i.period = d.period AND i.rm_id = d.rm_id"
        " WHERE d.deferred <> 0 AND i.rm_id IS NULL ORDER BY d.period, d.rm_id"
    ).to_pylist()
    if lost:
        first = f"{lost[0]['rm_id']} {lost[0]['period']}"
        raise NoDeferralRuleError(table=settings.table, count=len(lost), example=first)
    if settings.source == "table":
        _report_two_amounts(context)


def _report_two_amounts(context: StageContext) -> None:
    """The pay section may defer by a formula of its own; the table wins, and the difference is told."""
    row = context.engine.fetch(
        "SELECT COUNT(*) AS rows, MIN(d.rm_id) AS example FROM settle_due AS d"
        " JOIN pay_total AS t ON t.period = d.period AND t.rm_id = d.rm_id"
        " WHERE t.deferred <> 0 AND t.deferred <> d.deferred"
    ).to_pylist()[0]
    if row["rows"]:
        context.note("settle.two_deferrals", "settle", count=row["rows"], example=row["example"])


def _report(context: StageContext, settings: SettleSettings) -> None:
    owed = context.engine.fetch(
        "SELECT rm_id, period, receivable FROM settlement WHERE receivable > 0 ORDER BY receivable DESC, rm_id, period"
    ).to_pylist()
    if owed:
        count, most = len({row["rm_id"] for row in owed}), owed[0]
        facts = {"count": count, "example": most["rm_id"], "period": most["period"], "minor": most["receivable"]}
        context.note(f"settle.receivable_{settings.negative}", "settle", **facts)
    late = context.engine.fetch(
        "SELECT COUNT(*) AS rows, MIN(rm_id) AS example FROM ledger_instalment"
        f" WHERE vests_on < {day_literal(context.year.start)} AND paid + cancelled < amount"
    ).to_pylist()[0]
    if late["rows"]:
        context.note("settle.vested_unpaid", "settle", count=late["rows"], example=late["example"])
    open_holds = context.engine.fetch(
        "SELECT COUNT(*) AS rows, SUM(amount) AS minor FROM held WHERE released_in IS NULL"
    ).to_pylist()[0]
    if open_holds["rows"]:
        facts = {"count": open_holds["rows"], "minor": open_holds["minor"]}
        context.note("settle.held", "settle", severity=Severity.INFO, **facts)
