"""Why so many heads: the figures behind one row of ``staff``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from kejing.policy.exact import Figure
from kejing.policy.pack import Pack
from kejing.policy.parts import Labels
from kejing.policy.tables import TableRow
from kejing.policy.vocabulary import Type
from kejing.stages.decide.staff.methods import ALL_TIERS
from kejing.stages.decide.staff.standard import number, word
from kejing.warehouse.protocol import Engine

type Row = Mapping[str, object]
"""A row of ``staff`` as it stands in the output: decimals, not millionths."""

_HOURS_PARAMETERS = (
    "staff_working_days",
    "staff_hours_per_day",
    "staff_leave_share",
    "staff_training_share",
    "staff_selling_share",
    "staff_quality_factor",
)

_HEADS = Labels("应配人数", "required heads")
_SHARED_OUT = Labels("应配人数(由合计分摊的整数)", "required heads, a whole share of the rounded total")

_COLUMNS = {
    "contacts_per_year": Labels("每年联系次数", "contacts a year"),
    "hours_per_contact": Labels("每次工时", "hours a contact"),
    "customers_lo": Labels("每人管户数下限", "customers per RM, low"),
    "customers_hi": Labels("每人管户数上限", "customers per RM, high"),
    "rms_lo": Labels("每名主管对应客户经理下限", "RMs per officer, low"),
    "low": Labels("低值", "low value"),
    "high": Labels("高值", "high value"),
    "rms_hi": Labels("每名主管对应客户经理上限", "RMs per officer, high"),
}
"""Columns of the staffing tables that a policy need not name again."""


def explain(engine: Engine, pack: Pack, row: Row) -> Figure:
    """The tree behind one row of ``staff``; its value is the heads required.

    ``engine`` holds the run's ``staff`` and its day in ``run_days.as_of``.
    """
    day = engine.value("SELECT as_of FROM run_days")
    assert isinstance(day, dt.date)
    rows = engine.fetch("SELECT * FROM staff ORDER BY method, unit_id, line, tier").to_pylist()
    return figure_of(rows, row, pack, day)


def figure_of(rows: Sequence[Row], row: Row, policy: Pack, day: dt.date) -> Figure:
    """The tree of ``row`` among ``rows`` by the policy in force on ``day``."""
    method = str(row["method"])
    return Figure(
        name="required_heads",
        labels=_SHARED_OUT if method == "workload" and row["tier"] != ALL_TIERS else _HEADS,
        value=_exact(row["required_heads"]),
        type=Type.COUNT,
        unit="head",
        rule=f"staff.{method}#{row['reason']}",
        grain="staff",
        key=tuple(str(row[name]) for name in ("method", "unit_id", "line", "tier")),
        children=(*_children(rows, row, policy, day), *_prospect_figures(row, policy, day)),
    )


def _prospect_figures(row: Row, policy: Pack, day: dt.date) -> list[Figure]:
    """The P90 of the coming months, its mean, and what is let vary between which ends (E4-84)."""
    if row.get("required_heads_p90") is None or row["tier"] != ALL_TIERS:
        return []
    parts = []
    if row.get("expected_heads") is not None:
        expected = _exact(row["expected_heads"])
        parts.append(
            _fact("expected_heads", "预期应配人数(均值)", "heads to be expected", expected, Type.NUMBER, "head")
        )
    levers = policy.table("staff_lever")
    names = policy.code_lists.get(levers.inputs["lever"].codes or "", {})
    parts += [
        Figure(
            "lever",
            names.get(word(rule, "lever"), Labels(word(rule, "lever"), word(rule, "lever"))),
            None,
            Type.NUMBER,
            "",
            f"staff_lever#{rule.rule_id}",
            rule.source,
            children=tuple(_output_figure(rule, "staff_lever", policy, column) for column in rule.outputs),
        )
        for rule in levers.rows_on(day)
    ]
    return [
        Figure(
            "required_heads_p90",
            Labels("应配人数P90", "required heads, P90"),
            _exact(row["required_heads_p90"]),
            Type.COUNT,
            "head",
            "staff.outlook",
            "E4-84",
            children=tuple(parts),
        )
    ]


def _children(rows: Sequence[Row], row: Row, policy: Pack, day: dt.date) -> list[Figure]:
    method, tier = str(row["method"]), str(row["tier"])
    if method == "workload" and tier != ALL_TIERS:
        return [_exact_figure(row, policy, day)]
    customers = _fact("customers", "客户数", "customers", _exact(row["customers"]), Type.COUNT)
    if tier == ALL_TIERS:
        tiers = [other for other in rows if _is_part(other, row)]
        if method == "workload":
            parts = [_exact_figure(other, policy, day) for other in tiers]
        else:
            parts = [figure_of(rows, other, policy, day) for other in tiers]
        if row["required_hours"] is None:
            return [customers, *parts]
        hours = _fact("required_hours", "应需工时", "required hours", _exact(row["required_hours"]), Type.NUMBER, "h")
        return [hours, selling_hours_figure(policy, day), *parts]
    table = "officer_ratio" if method == "ratio" else "rm_span"
    return [customers, *_rule_figures(policy, table, day, str(row["reason"]))]


def _exact_figure(row: Row, policy: Pack, day: dt.date) -> Figure:
    """Heads of one tier before the site's total is rounded: its hours over the selling hours of one RM."""
    hours = _exact(row["required_hours"])
    support = _parameter_figure(policy, "staff_support_factor", day)
    return Figure(
        name="exact_heads",
        labels=Labels("应配人数(未取整)", "required heads before rounding"),
        value=hours / _exact(selling_hours_figure(policy, day).value),
        type=Type.NUMBER,
        unit="head",
        rule=f"staff.workload#{row['reason']}",
        grain="staff",
        key=tuple(str(row[name]) for name in ("method", "unit_id", "line", "tier")),
        children=(
            _fact("customers", "客户数", "customers", _exact(row["customers"]), Type.COUNT),
            _fact("required_hours", "应需工时", "required hours", hours, Type.NUMBER, "h"),
            *_standard_figures(policy, day, str(row["tier"])),
            support,
        ),
    )


def _is_part(other: Row, whole: Row) -> bool:
    """Whether ``other`` is one tier of the row of all tiers ``whole``."""
    return other["tier"] != ALL_TIERS and all(other[name] == whole[name] for name in ("unit_id", "line", "method"))


def selling_hours_figure(policy: Pack, day: dt.date) -> Figure:
    """Hours a year one RM has for customers, and the parameters they are made of."""
    parts = [_parameter_figure(policy, name, day) for name in _HOURS_PARAMETERS]
    days, hours, leave, training, selling, quality = (_exact(part.value) for part in parts)
    value = days * hours * (1 - leave) * (1 - training) * selling * quality
    labels = Labels("每人年营销工时", "selling hours a year of one RM")
    return Figure("selling_hours", labels, value, Type.NUMBER, "h", "staff.selling_hours", children=tuple(parts))


def _standard_figures(policy: Pack, day: dt.date, tier: str) -> list[Figure]:
    figures = []
    for rule in policy.table("service_standard").rows_on(day):
        if word(rule, "tier") == tier:
            hours = number(rule, "contacts_per_year") * number(rule, "hours_per_contact")
            channel = word(rule, "channel")
            said = _channel(policy, channel)
            labels = Labels(f"每户工时:{said.zh}", f"hours a customer: {said.en}")
            clause = f"service_standard#{rule.rule_id}"
            children = tuple(_output_figure(rule, "service_standard", policy, column) for column in rule.outputs)
            figures.append(
                Figure("hours_per_customer", labels, hours, Type.NUMBER, "h", clause, rule.source, children=children)
            )
    return figures


def _channel(policy: Pack, channel: str) -> Labels:
    """The label of a channel in the policy's code list."""
    declared = policy.table("service_standard").inputs["channel"]
    return policy.code_lists.get(declared.codes or "", {}).get(channel) or Labels(channel, channel)


def _rule_figures(policy: Pack, table: str, day: dt.date, rule_id: str) -> list[Figure]:
    return [
        _output_figure(rule, table, policy, column)
        for rule in policy.table(table).rows_on(day)
        if rule.rule_id == rule_id
        for column in rule.outputs
    ]


def _output_figure(rule: TableRow, table: str, policy: Pack, column: str) -> Figure:
    declared = policy.table(table).outputs[column]
    return Figure(
        column,
        _COLUMNS.get(column, declared.labels) if declared.labels.zh == column else declared.labels,
        rule.outputs[column],
        declared.type,
        declared.unit,
        f"{table}#{rule.rule_id}",
        rule.source,
    )


def _parameter_figure(policy: Pack, name: str, day: dt.date) -> Figure:
    declared = policy.parameters[name]
    dated = declared.on(day)
    return Figure(
        name, declared.labels, dated.value, declared.type, declared.unit, f"{name}@{dated.valid_from}", dated.source
    )


def _fact(name: str, zh: str, en: str, value: Fraction, type_: Type, unit: str = "") -> Figure:
    return Figure(name, Labels(zh, en), value, type_, unit)


def _exact(value: object) -> Fraction:
    assert isinstance(value, int | Decimal | Fraction)
    return Fraction(value)
