"""Why a balance is what it is: the grant, less every claim paid before."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from kejing.policy import Labels, Pack, Type
from kejing.policy.exact import Figure
from kejing.stages.earn.origin import quoted, source_text
from kejing.warehouse.protocol import Engine


def explain_fund(engine: Engine, pack: Pack, row: Mapping[str, Any]) -> Figure:
    """The tree behind one row of ``fund``; grant and payments sum to the balance after it."""
    rows = engine.fetch(
        f"""
        SELECT f.place, f.claim_id, f.day, f.amount, f.approver, f.state,
          COALESCE(c.source_file, g.source_file) AS source_file, COALESCE(c.source_row, g.source_row) AS source_row,
          COALESCE(c.source_sheet, g.source_sheet) AS source_sheet
        FROM fund AS f
        LEFT JOIN funds AS g ON g.fund_id = f.fund_id AND f.place = 0
        LEFT JOIN fund_claims AS c ON c.claim_id = f.claim_id
        WHERE f.fund_id = {quoted(row["fund_id"])} AND f.place <= {int(row["place"])} AND f.state IN ('grant', 'paid')
        ORDER BY f.place
        """
    ).to_pylist()
    labels = Labels("余额 = 基金额 − 已付", "balance = grant − payments")
    children = tuple(_entry(one, pack.currency) for one in rows)
    clause = f"fund.{row['reason']}" if row["reason"] else f"fund.{row['state']}"
    return Figure(
        "balance",
        labels,
        Fraction(row["balance"]),
        Type.MONEY,
        unit=pack.currency,
        rule=clause,
        key=(row["fund_id"], row["place"]),
        children=children,
    )


def explain_payment(engine: Engine, pack: Pack, row: Mapping[str, Any]) -> Figure:
    """The tree behind what a fund paid an RM: the claim, who approved it, and the balance that held it."""
    claims = engine.fetch(
        "SELECT purpose, source_file, source_sheet, source_row FROM fund_claims"
        f" WHERE claim_id = {quoted(row['claim_id'])}"
    ).to_pylist()
    purpose = claims[0]["purpose"] if claims else ""
    return Figure(
        "payment",
        Labels(
            f"{purpose}({row['applicant']} 申请,{row['day']} {row['approver']} 审批)",
            f"{purpose} (claimed by {row['applicant']}, approved by {row['approver']} on {row['day']})",
        ),
        Fraction(row["amount"]),
        Type.MONEY,
        unit=pack.currency,
        source=source_text(claims[0]) if claims else "",
        key=(row["fund_id"], row["place"]),
        children=(explain_fund(engine, pack, row),),
    )


def _entry(row: Mapping[str, Any], currency: str) -> Figure:
    source = source_text(row)
    if row["state"] == "grant":
        name, sign, labels = "grant", 1, Labels("基金额", "grant")
    else:
        zh = f"已付 {row['claim_id']},{row['day']} 由 {row['approver']} 审批"
        name, sign, labels = (
            "paid",
            -1,
            Labels(zh, f"paid {row['claim_id']}, approved {row['day']} by {row['approver']}"),
        )
    return Figure(name, labels, sign * Fraction(row["amount"]), Type.MONEY, unit=currency, source=source)
