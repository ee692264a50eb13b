"""Why so much money rests on a dispute: the pay lines it is about."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from kejing.policy import Labels, Pack, Type
from kejing.policy.exact import Figure
from kejing.stages.earn.origin import quoted, source_text
from kejing.warehouse.protocol import Engine


def explain_dispute(engine: Engine, pack: Pack, row: Mapping[str, Any]) -> Figure:
    """The tree behind the amount in dispute: every pay line that rests on the line, or on the RM's period."""
    where = f"line_id = {quoted(row['line_id'])}" if row["line_id"] else f"rm_id = {quoted(row['rm_id'])}"
    if not row["line_id"]:
        where += f" AND period = {quoted(row['period'])}"
    lines = engine.fetch(
        "SELECT period, rm_id, component, measure, line_id, amount, policy_clause FROM pay"
        f" WHERE {where} ORDER BY period, rm_id, component, measure, line_id"
    ).to_pylist()
    filed = engine.fetch(
        f"SELECT source_file, source_sheet, source_row FROM disputes WHERE dispute_id = {quoted(row['dispute_id'])}"
    ).to_pylist()
    children = tuple(
        Figure(
            "pay_line",
            Labels(f"{line['rm_id']} {line['component']}", f"{line['component']} of {line['rm_id']}"),
            Fraction(line["amount"]),
            Type.MONEY,
            unit=pack.currency,
            rule=line["policy_clause"],
            key=(line["period"], line["rm_id"], line["measure"], line["line_id"]),
        )
        for line in lines
    )
    return Figure(
        "amount",
        Labels("争议金额 = 今日所涉薪酬明细合计", "amount in dispute = pay that rests on it today"),
        None if row["amount"] is None else Fraction(row["amount"]),
        Type.MONEY,
        unit=pack.currency,
        source=source_text(filed[0]) if filed else "",
        key=(row["dispute_id"],),
        children=children,
    )
