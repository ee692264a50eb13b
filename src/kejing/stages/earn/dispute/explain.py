"""Why so much money rests on a dispute: the pay lines it is about, and what was booked for it."""

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
    today = Figure(
        "amount",
        Labels("争议金额 = 今日所涉薪酬明细合计", "amount in dispute = pay that rests on it today"),
        None if row["amount"] is None else Fraction(row["amount"]),
        Type.MONEY,
        unit=pack.currency,
        source=source_text(filed[0]) if filed else "",
        key=(row["dispute_id"],),
        children=children,
    )
    booked = _booked(engine, pack, row)
    if booked is None or today.value is None:
        return booked or today
    before = Labels("更正前金额 = 今日金额 − 已入账更正", "amount before corrections = amount today − what was booked")
    return Figure(
        "expected",
        before,
        Fraction(row["expected"]),
        Type.MONEY,
        unit=pack.currency,
        key=today.key,
        children=(today, booked),
    )


def _booked(engine: Engine, pack: Pack, row: Mapping[str, Any]) -> Figure | None:
    """What corrections brought everybody, taken off; None where nothing was booked."""
    rows = engine.fetch(
        f"SELECT * FROM dispute_posting WHERE dispute_id = {quoted(row['dispute_id'])} ORDER BY posting_id"
    ).to_pylist()
    if not rows:
        return None
    sign = 1 if row["amount"] is None else -1
    postings = tuple(
        Figure(
            "posting",
            Labels(
                f"{one['rm_id']} {one['component']},入 {one['posted_in']} 账",
                f"{one['component']} of {one['rm_id']}, posted in {one['posted_in']}",
            ),
            sign * Fraction(one["amount"]),
            Type.MONEY,
            unit=pack.currency,
            rule=one["posting_id"],
            key=(one["period"], one["rm_id"], one["measure"], one["line_id"]),
        )
        for one in rows
    )
    labels = (
        Labels("已入账更正合计", "corrections booked")
        if sign > 0
        else Labels("减:已入账更正合计", "less corrections booked")
    )
    total = sum((Fraction(str(one.value)) for one in postings), Fraction(0))
    return Figure("booked", labels, total, Type.MONEY, unit=pack.currency, children=postings)
