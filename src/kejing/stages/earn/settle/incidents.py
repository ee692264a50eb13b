"""Incidents as demands, and the pay they can reach: this year's from the run, earlier years' from the ledger."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pyarrow as pa

from kejing.measure.findings import Severity
from kejing.measure.period import Period, add_months, named_period
from kejing.policy import DecisionTable, Value
from kejing.stages.context import StageContext
from kejing.stages.earn.settle.posts import clause_of
from kejing.stages.earn.settle.settings import MalusSettings
from kejing.stages.earn.settle.take_back import SCOPES, Cell, Demand, Scope, Taking, asked, take_back

MALUS = pa.schema(
    [
        ("incident_id", pa.string()),
        ("rm_id", pa.string()),
        ("cause", pa.string()),
        ("period", pa.string()),
        ("number", pa.int64()),
        ("decided_in", pa.string()),
        ("basis", pa.int64()),
        ("share", pa.int64()),
        ("amount", pa.int64()),
        ("kind", pa.string()),
        ("policy_clause", pa.string()),
    ]
)
_MICRO = 10**6
_SCOPES: Mapping[str, Scope] = {scope: scope for scope in SCOPES}
_REACHABLE = """
    SELECT l.rm_id, l.period, p.period_start, p.period_end, l.number, l.amount - l.cancelled AS amount, l.vests_on
    FROM liability AS l LEFT JOIN period AS p ON p.period = l.period
    WHERE l.amount > l.cancelled
    UNION ALL
    SELECT d.rm_id, d.period, p.period_start, p.period_end, CAST(0 AS $BIGINT) AS number,
      CAST(d.performance - d.deferred AS $BIGINT) AS amount, CAST(NULL AS DATE) AS vests_on
    FROM settle_due AS d JOIN period AS p ON p.period = d.period
    WHERE d.performance > d.deferred
    UNION ALL
    SELECT l.rm_id, l.period, CAST(NULL AS DATE) AS period_start, CAST(NULL AS DATE) AS period_end,
      CAST(0 AS $BIGINT) AS number, l.amount, CAST(NULL AS DATE) AS vests_on
    FROM ledger_paid AS l LEFT JOIN period AS p ON p.period = l.period
    WHERE p.period IS NULL AND l.amount > 0
"""


def attach_malus(context: StageContext, settings: MalusSettings | None) -> None:
    """Create relation ``malus``; empty where the policy has no rules for incidents."""
    takings: list[Taking] = []
    if settings is not None:
        binding, allowed = _demands(context, context.policy.table(settings.table), settings)
        cells = _cells(context, {demand.rm_id for demand in (*binding, *allowed)})
        takings = take_back(cells, binding)
        _report_allowed(context, cells, binding, allowed)
        _report_empty(context, binding, takings)
    rows = [_row(context, taking) for taking in takings]
    context.engine.attach_arrow("malus", pa.Table.from_pylist(rows, schema=MALUS))


def _demands(context: StageContext, table: DecisionTable, settings: MalusSettings) -> tuple[list[Demand], list[Demand]]:
    """Incidents decided in this fiscal year: those that take, and those that the policy only allows to take."""
    concerned = _concerned(context)
    rows = context.engine.fetch(
        "SELECT incident_id, rm_id, cause, happened_on, confirmed_on FROM incidents ORDER BY incident_id"
    ).to_pylist()
    binding: list[Demand] = []
    allowed: list[Demand] = []
    unknown: Counter[str] = Counter()
    pending = 0
    for row in rows:
        if row["happened_on"] > context.as_of or row["rm_id"] not in concerned:
            continue
        decided = row["confirmed_on"]
        if decided is None or decided > context.as_of:
            pending += 1
        elif decided >= context.year.start:  # earlier decisions stand in the ledger
            found = table.decide(decided, {"cause": row["cause"]})
            if not found:
                unknown[row["cause"]] += 1
                continue
            demand = demand_of(row, found.outputs, clause_of(table, found.rule_ids[0], decided))
            (binding if found["duty"] == "must" or settings.apply_may else allowed).append(demand)
    if pending:
        context.note("settle.pending_incidents", "settle", severity=Severity.INFO, count=pending)
    for cause, count in sorted(unknown.items()):
        context.note("settle.unknown_cause", "settle", cause=cause, count=count, table=table.name)
    return binding, allowed


def _concerned(context: StageContext) -> set[str]:
    """RMs who are or ever were in the policy's lines, and those the ledger owes anything; others have their own run."""
    lines = context.policy.population.rm_lines
    rows = context.engine.fetch("SELECT rm_id, line FROM rms GROUP BY rm_id, line").to_pylist()
    owed = context.engine.fetch(
        "SELECT rm_id FROM liability GROUP BY rm_id UNION ALL SELECT rm_id FROM ledger_paid GROUP BY rm_id"
    ).to_pylist()
    return {row["rm_id"] for row in rows if row["line"] in lines} | {row["rm_id"] for row in owed}


def demand_of(row: Mapping[str, Any], outputs: Mapping[str, Value], clause: str) -> Demand:
    """An incident under a row of the malus table: whose pay of which days, and how much of it."""
    anchor = row["happened_on" if outputs["counts_from"] == "happened" else "confirmed_on"]
    decided, share, months, scope = row["confirmed_on"], outputs["share"], outputs["months"], outputs["scope"]
    assert isinstance(anchor, dt.date)
    assert isinstance(decided, dt.date)
    assert isinstance(share, Fraction)
    assert isinstance(months, Fraction)
    window = Period(add_months(anchor, -int(months)), anchor + dt.timedelta(days=1))
    names = (str(row["incident_id"]), str(row["rm_id"]), str(row["cause"]))
    return Demand(*names, decided_on=decided, window=window, share=share, scope=_SCOPES[str(scope)], clause=clause)


def _cells(context: StageContext, rms: set[str]) -> list[Cell]:
    """What the RMs of some incidents hold or were paid."""
    if not rms:
        return []
    context.engine.attach_arrow("malus_rm", pa.table({"rm_id": pa.array(sorted(rms), pa.string())}))
    rows = context.engine.fetch(
        f"SELECT r.* FROM ({_REACHABLE}) AS r JOIN malus_rm AS m ON m.rm_id = r.rm_id"
        " ORDER BY r.rm_id, r.period, r.number"
    ).to_pylist()
    return [
        Cell(
            row["rm_id"],
            row["period"],
            _span(context, row),
            int(row["number"]),
            int(row["amount"]),
            row["vests_on"],
        )
        for row in rows
    ]


def _span(context: StageContext, row: Mapping[str, Any]) -> Period:
    """The days of a row's period; those of an earlier fiscal year follow from its name."""
    if row["period_start"] is not None:
        return Period(row["period_start"], row["period_end"])
    return named_period(row["period"], context.calendar.start_month)[1]


def _report_allowed(context: StageContext, cells: list[Cell], binding: list[Demand], allowed: list[Demand]) -> None:
    """What incidents would take that the institution may, but need not, act on."""
    if not allowed:
        return
    takings = take_back(cells, [*binding, *allowed])
    ids = {demand.incident_id for demand in allowed}
    amount = sum(taking.amount for taking in takings if taking.demand.incident_id in ids)
    example = min(ids)
    context.note("settle.may_take_back", "settle", count=len(ids), minor=amount, example=example)


def _report_empty(context: StageContext, demands: list[Demand], takings: list[Taking]) -> None:
    empty = [incident for incident, amount in sorted(asked(demands, takings).items()) if not amount]
    if empty:
        context.note("settle.nothing_to_take", "settle", count=len(empty), example=empty[0])


def _row(context: StageContext, taking: Taking) -> dict[str, object]:
    demand, cell = taking.demand, taking.cell
    decided_in = next(name for name, period in context.periods if demand.decided_on in period)
    return {
        "incident_id": demand.incident_id,
        "rm_id": demand.rm_id,
        "cause": demand.cause,
        "period": cell.period,
        "number": cell.number,
        "decided_in": decided_in,
        "basis": cell.amount,
        "share": int(demand.share * _MICRO),
        "amount": taking.amount,
        "kind": taking.kind,
        "policy_clause": demand.clause,
    }
