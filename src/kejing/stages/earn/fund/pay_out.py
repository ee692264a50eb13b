"""Claims on funds, paid or refused."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa

from kejing.measure.findings import Severity
from kejing.measure.money import from_minor
from kejing.stages.context import StageContext
from kejing.stages.earn.fund.balance import paid_in_order, running_sum
from kejing.stages.earn.fund.settings import FundSettings
from kejing.stages.earn.noted import note
from kejing.stages.rule_file import day_literal, run_rules

_PACKAGE = "kejing.stages.earn.fund"


def run(context: StageContext) -> None:
    """Create relation ``fund``, the balance after each claim, and what the policy makes of what was paid.

    Notes
    -----
    ``fund_share`` has the columns of ``pool_share``; ``fund_repaid`` what an RM gets back in a period [minor units].
    A payment belongs to the period of its approval. Pay of somebody who was not in post in it has no statement to
    stand on: it is paid from the fund all the same, and a finding says so.

    Raises
    ------
    FundTooLargeError
        Amounts beyond 64 bits of minor units.
    """
    settings = FundSettings.model_validate(context.policy.section("fund"))
    engine = context.engine
    context.progress("fund", 0, 1)
    engine.attach_arrow("fund_kind", pa.table({"kind": pa.array(sorted(set(settings.kinds)), pa.string())}))
    values = {
        "CURRENCY": f"'{context.policy.currency}'",
        "YEAR_START": day_literal(context.year.start),
        "NEXT_DAY": day_literal(context.as_of + dt.timedelta(days=1)),
    }
    run_rules(engine, _PACKAGE, "claims.sql", values)
    engine.attach_arrow("claim_paid", _pay(context))
    run_rules(engine, _PACKAGE, "fund.sql")
    engine.attach_arrow("fund_use", _uses(settings))
    run_rules(engine, _PACKAGE, "share.sql")
    _report(context)
    context.progress("fund", 1, 1)


def _uses(settings: FundSettings) -> pa.Table:
    rows = [{"kind": kind, "component": component, "is_repaid": 0} for kind, component in settings.pays.items()]
    rows += [{"kind": kind, "component": "", "is_repaid": 1} for kind in settings.reimburses]
    return pa.Table.from_pylist(rows, schema=_USE)


_USE = pa.schema([("kind", pa.string()), ("component", pa.string()), ("is_repaid", pa.int64())])


def _pay(context: StageContext) -> pa.Table:
    """Claims of all funds in the order in which they bind, whether each is paid, and the balance after it."""
    grants = context.engine.fetch("SELECT fund_id, granted FROM fund_granted ORDER BY fund_id")
    claims = context.engine.fetch(
        """
        SELECT p.fund_id, p.place, n.number, p.amount,
          CASE WHEN p.is_open = 0 AND p.refusal = '' THEN 1 ELSE 0 END AS may_be_paid
        FROM claim_placed AS p
        JOIN (SELECT fund_id, ROW_NUMBER() OVER (ORDER BY fund_id) AS number FROM fund_granted) AS n
          ON n.fund_id = p.fund_id
        ORDER BY n.number, p.place
        """
    )
    granted = grants.column("granted").to_numpy().astype(np.int64)
    fund = claims.column("number").to_numpy().astype(np.int64) - 1
    amount = claims.column("amount").to_numpy().astype(np.int64)
    is_paid = paid_in_order(fund, amount, granted, claims.column("may_be_paid").to_numpy() == 1)
    balance = granted[fund] - running_sum(fund, np.where(is_paid, amount, 0))
    return pa.table(
        {
            "fund_id": claims.column("fund_id"),
            "place": claims.column("place").cast(pa.int64()),
            "is_paid": pa.array(is_paid.astype(np.int64)),
            "balance": pa.array(balance),
        }
    )


def _report(context: StageContext) -> None:
    currency = context.policy.currency
    rows = context.engine.fetch(
        """
        SELECT f.*, c.source_file, c.source_sheet, c.source_row
        FROM fund AS f
        JOIN claim_placed AS c ON c.fund_id = f.fund_id AND c.place = f.place
        WHERE f.state = 'refused'
        ORDER BY f.fund_id, f.place
        """
    ).to_pylist()
    for row in rows:
        facts = {name: row[name] for name in ("applicant", "approver", "day")}
        facts |= {"claim": row["claim_id"], "fund": row["fund_id"]}
        facts |= {name: from_minor(row[name], currency) for name in ("amount", "balance")}
        note(context, f"fund.{row['reason']}", facts, row=row)
    _report_without_statement(context)
    unused = context.engine.fetch(
        "SELECT f.fund_id, f.currency FROM fund_seen AS f LEFT JOIN fund_granted AS g ON g.fund_id = f.fund_id"
        " WHERE g.fund_id IS NULL ORDER BY f.fund_id"
    ).to_pylist()
    for row in unused:
        facts = {"fund": row["fund_id"], "currency": row["currency"], "home": currency}
        note(context, "fund.not_usable", facts, severity=Severity.ERROR)


def _report_without_statement(context: StageContext) -> None:
    rows = context.engine.fetch(
        """
        SELECT d.fund_id, d.claim_id, d.rm_id, d.period, d.amount, c.source_file, c.source_sheet, c.source_row
        FROM fund_due AS d
        JOIN claim_placed AS c ON c.fund_id = d.fund_id AND c.claim_id = d.claim_id
        WHERE d.rm_id IS NULL OR (d.is_repaid = 0 AND d.is_in_post = 0)
        ORDER BY d.fund_id, d.claim_id
        """
    ).to_pylist()
    for row in rows:
        facts = {"claim": row["claim_id"], "fund": row["fund_id"], "rm_id": row["rm_id"], "period": row["period"]}
        note(
            context,
            "fund.no_statement",
            facts | {"amount": from_minor(row["amount"], context.policy.currency)},
            row=row,
        )
