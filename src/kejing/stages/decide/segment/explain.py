"""Why a customer is in a tier: the measurement, its source row and the deciding rule."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from kejing.policy import Labels, Pack, Type
from kejing.policy.exact import Figure
from kejing.stages.decide.segment.review import unit_scale
from kejing.stages.decide.segment.settings import SegmentSettings
from kejing.warehouse.protocol import Engine


def explain(engine: Engine, pack: Pack, row: Mapping[str, Any]) -> Figure:
    """The tree behind one row of ``segment``; its value is the tier."""
    scheme = SegmentSettings.model_validate(pack.section("segment")).schemes[row["scheme"]]
    children = _measurements(engine, scheme.measure, row)
    rules = [rule for rule in pack.table(scheme.table).rows_on(row["valid_from"]) if rule.rule_id == row["reason"]]
    for rule in rules:
        zh, en = f"分层表 {scheme.table} 第 {rule.row} 行", f"table {scheme.table}, row {rule.row}"
        children.append(
            Figure(
                "rule",
                Labels(zh, en),
                rule.raw.get(scheme.input, ""),
                Type.TEXT,
                rule=f"{scheme.table}#{rule.rule_id}",
                source=rule.source,
            )
        )
    if row["boundary_distance"] is not None:
        labels = Labels("距最近界线(相对)", "distance to the nearest line, relative")
        children.append(Figure("boundary_distance", labels, Fraction(row["boundary_distance"]), Type.NUMBER))
    labels = Labels(f"{scheme.labels.zh}:层级", f"tier {scheme.labels.en}")
    return Figure(
        "tier",
        labels,
        row["tier"],
        Type.TEXT,
        rule=str(row["reason"]),
        source=scheme.source,
        key=(row["customer_id"],),
        children=tuple(children),
    )


def _measurements(engine: Engine, measure: str, row: Mapping[str, Any]) -> list[Figure]:
    if row["measured_to"] is None:
        return []
    who = str(row["decided_by"]).replace("'", "''")
    rows = engine.fetch(
        "SELECT m.customer_id, m.value, m.value_text, m.unit, m.period_start, m.period_end, m.source_file, m.source_row"
        " FROM measures AS m"
        " LEFT JOIN (SELECT customer_id, MAX(group_id) AS group_id FROM customers GROUP BY customer_id)"
        " AS c ON c.customer_id = m.customer_id"
        f" WHERE m.measure = '{measure}' AND (m.customer_id = '{who}' OR c.group_id = '{who}')"
        f" AND m.period_start >= CAST('{row['measured_from']}' AS DATE)"
        f" AND m.period_end <= CAST('{row['measured_to']}' AS DATE)"
        " ORDER BY m.customer_id, m.period_end"
    ).to_pylist()
    return [
        Figure(
            measure,
            Labels(
                f"指标 {measure} {m['period_start']} 至 {m['period_end']}",
                f"measure {measure} {m['period_start']} to {m['period_end']}",
            ),
            m["value_text"] if m["value"] is None else Fraction(m["value"], unit_scale(m["unit"])),
            Type.TEXT if m["value"] is None else Type.NUMBER,
            unit=m["unit"],
            source=f"{m['source_file']} #{m['source_row']}",
            key=(m["customer_id"],),
        )
        for m in rows
    ]
