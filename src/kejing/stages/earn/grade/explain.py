"""Why an RM is proposed for a grade: the conditions of the rule, the figures of each period, the clause."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from kejing.policy import Labels, Pack, TableRow, Type
from kejing.policy.exact import Figure
from kejing.policy.literals import show_value
from kejing.stages.earn.grade.settings import GradeReviewSettings
from kejing.warehouse.protocol import Engine

_VERDICTS = {
    "promote": ("拟晋级", "to be promoted"),
    "watch": ("观察", "on watch"),
    "demote": ("拟降级", "to be demoted"),
    "exit": ("拟退出", "to leave"),
    "keep": ("维持现等级", "keeps the grade"),
    "not_reviewed": ("未参评", "not reviewed"),
}


def explain_review(engine: Engine, pack: Pack, row: Mapping[str, Any]) -> Figure:
    """The proposal: every condition of the rule with the figures it looked at, appeals, and the row of the table."""
    evidence = json.loads(row["evidence"]) if row["evidence"] else {}
    zh, en = _VERDICTS[str(row["verdict"])]
    move = f"{row['grade']} → {row['proposed_grade'] or '–'}"
    parts = tuple(_part(pack, str(row["rule_id"]), part) for part in evidence.get("parts", ()))
    service = _service(evidence)
    return Figure(
        "grade_review",
        Labels(f"{zh}:{move}", f"{en}: {move}"),
        str(row["verdict"]),
        Type.TEXT,
        rule=str(row["rule_id"]),
        key=(row["period"], row["rm_id"]),
        children=(*parts, *service, *_appeals(engine, row)),
    )


def _part(pack: Pack, rule: str, part: Mapping[str, Any]) -> Figure:
    table = GradeReviewSettings.model_validate(pack.section("grade_review")).rules
    found = _row_of(pack, table, rule, int(part["part"]))
    needed = f"{part['figure']} {part['comparison']} {part['threshold']}"
    zh = f"条件 {part['part']}:最近 {part['over']} 期中 {part['times']} 期 {needed}"
    en = f"condition {part['part']}: {needed} in {part['times']} of the last {part['over']} periods"
    values = tuple(
        Figure(
            part["figure"],
            Labels(f"{period} {part['figure']}", f"{period} {part['figure']}"),
            Fraction(value),
            Type.NUMBER,
        )
        for period, value in part["values"].items()
    )
    limit = Figure(
        "threshold",
        Labels("界线", "threshold"),
        Fraction(part["threshold"]),
        Type.NUMBER,
        rule=f"{table}#{found.rule_id}@{found.valid_from}" if found else table,
        source=found.source if found else "",
    )
    measure = str(part["measure"])
    return Figure(
        "condition",
        Labels(f"{zh} {measure}".strip(), f"{en} {measure}".strip()),
        value=True,
        type=Type.FLAG,
        children=(limit, *values),
    )


def _row_of(pack: Pack, table: str, rule: str, part: int) -> TableRow | None:
    """The latest row of a condition; its dates stand in the clause."""
    rows = [
        row
        for row in pack.table(table).rows
        if rule in getattr(row.cells["rule"], "words", ()) and row.cells["part"].holds(Fraction(part))
    ]
    return max(rows, key=lambda row: row.valid_from) if rows else None


def _service(evidence: Mapping[str, Any]) -> tuple[Figure, ...]:
    if "needed" not in evidence:
        return ()
    served = Figure("service_days", Labels("在岗天数", "service days"), Fraction(evidence["service_days"]), Type.COUNT)
    needed = Figure("needed", Labels("参评所需天数", "days needed"), Fraction(evidence["needed"]), Type.COUNT)
    return (served, needed)


def _appeals(engine: Engine, row: Mapping[str, Any]) -> tuple[Figure, ...]:
    rm, period = (str(row[name]).replace("'", "''") for name in ("rm_id", "period"))
    rows = engine.fetch(
        "SELECT appeal_id, subject, filed_on, decided_on, outcome, source_file, source_row FROM appeals"
        f" WHERE rm_id = '{rm}' AND period = '{period}' ORDER BY filed_on, appeal_id"
    ).to_pylist()
    return tuple(
        Figure(
            "appeal",
            Labels(
                f"申诉 {one['appeal_id']}({one['subject']}):{one['filed_on']} 提出,{one['decided_on'] or '未决'}",
                f"appeal {one['appeal_id']} ({one['subject']}): filed {one['filed_on']}, {one['decided_on'] or 'open'}",
            ),
            one["outcome"] or show_value(None),
            Type.TEXT,
            source=f"{one['source_file']} #{one['source_row']}",
        )
        for one in rows
    )
