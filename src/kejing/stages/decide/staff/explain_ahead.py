"""Why a lever moves heads so far, why more RMs save so much, why a month has so many hires."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from kejing.policy.exact import Figure
from kejing.policy.exact.tiers import read_curve
from kejing.policy.pack import Pack
from kejing.policy.parts import Labels
from kejing.policy.vocabulary import Type
from kejing.stages.decide.staff.explain import selling_hours_figure
from kejing.stages.decide.staff.standard import word
from kejing.warehouse.protocol import Engine

_ENDS = (("low", Labels("低值", "low")), ("base", Labels("基准", "base")), ("high", Labels("高值", "high")))
_CURVE = "churn_by_coverage"


def explain_lever(engine: Engine, pack: Pack, row: Mapping[str, Any]) -> Figure:
    """The tree behind one row of ``staff_lever``; its value is how many heads lie between the two ends.

    ``engine`` holds the run's day in ``run_days.as_of``.
    """
    table = pack.table("staff_lever")
    (rule,) = (rule for rule in table.rows_on(_day(engine)) if rule.rule_id == row["reason"])
    clause = f"staff_lever#{rule.rule_id}"
    ends = [
        Figure(
            end,
            labels,
            _exact(row[f"exact_heads_{end}"]),
            Type.NUMBER,
            "head",
            clause,
            rule.source,
            children=(
                Figure("value", Labels("因素取值", "value of the lever"), _exact(row[end]), Type.NUMBER),
                Figure(
                    "required_heads",
                    Labels("应配人数(取整)", "required heads, whole"),
                    Fraction(row[f"required_heads_{end}"]),
                    Type.COUNT,
                    "head",
                ),
            ),
        )
        for end, labels in _ENDS
    ]
    names = pack.code_lists.get(table.inputs["lever"].codes or "", {})
    name = word(rule, "lever")
    return Figure(
        "swing",
        names.get(name, Labels(name, name)),
        _exact(row["exact_heads_high"]) - _exact(row["exact_heads_low"]),
        Type.NUMBER,
        "head",
        clause,
        grain="staff_lever",
        key=tuple(str(row[part]) for part in ("unit_id", "line", "lever")),
        children=(*ends, selling_hours_figure(pack, _day(engine))),
    )


def explain_benefit(engine: Engine, pack: Pack, row: Mapping[str, Any]) -> Figure:
    """The tree behind one row of ``staff_benefit``; its value is what is left of the revenue saved.

    ``engine`` holds the run's ``staff_benefit`` and its day in ``run_days.as_of``.
    """
    day, currency = _day(engine), pack.currency
    unit, line = (str(row[name]).replace("'", "''") for name in ("unit_id", "line"))
    (today,) = engine.fetch(
        f"SELECT * FROM staff_benefit WHERE unit_id = '{unit}' AND line = '{line}' AND added = 0"
    ).to_pylist()
    cost = pack.parameters["staff_rm_cost"]
    dated = cost.on(day)
    saved = Figure(
        "saved",
        Labels("年挽回收入 = 流失收入 × (1 − 届时倍数 ÷ 目前倍数)", "saved = lost × (1 − factor then ÷ factor today)"),
        _exact(row["saved"]),
        Type.MONEY,
        currency,
        f"staff.{_CURVE}",
        children=(
            Figure(
                "lost", Labels("目前年流失收入", "revenue lost a year today"), _exact(row["lost"]), Type.MONEY, currency
            ),
            _on_curve(pack, today, day, Labels("目前流失倍数", "churn factor today")),
            _on_curve(pack, row, day, Labels("届时流失倍数", "churn factor then")),
        ),
    )
    spent = Figure(
        "cost",
        Labels("年人工成本", "cost a year"),
        _exact(row["cost"]),
        Type.MONEY,
        currency,
        children=(
            Figure("added", Labels("增加人数", "RMs added"), Fraction(row["added"]), Type.COUNT, "head"),
            Figure("staff_rm_cost", cost.labels, dated.value, Type.MONEY, currency, "staff_rm_cost", dated.source),
        ),
    )
    return Figure(
        "net",
        Labels("净效益", "left after cost"),
        _exact(row["net"]),
        Type.MONEY,
        currency,
        "staff.benefit",
        "E4-93",
        grain="staff_benefit",
        key=tuple(str(row[part]) for part in ("unit_id", "line", "added")),
        children=(saved, spent),
    )


def explain_path(engine: Engine, pack: Pack, row: Mapping[str, Any]) -> Figure:
    """The tree behind one row of ``staff_path``; its value is how many to hire in the month.

    ``engine`` holds the run's ``staff_path`` and its day in ``run_days.as_of``.
    """
    day = _day(engine)
    unit, line = (str(row[name]).replace("'", "''") for name in ("unit_id", "line"))
    months = engine.fetch(
        f"SELECT month, required_heads FROM staff_path WHERE unit_id = '{unit}' AND line = '{line}' ORDER BY month"
    ).to_pylist()
    ramp = [
        Figure(
            "ramp",
            Labels(
                f"上手进度:第{rule.cells['month_of_service']}月", f"ramp-up: month {rule.cells['month_of_service']}"
            ),
            rule.outputs["share"],
            Type.NUMBER,
            "share",
            f"rm_ramp#{rule.rule_id}",
            rule.source,
        )
        for rule in pack.table("rm_ramp").rows_on(day)
    ]
    parameters = [
        Figure(name, pack.parameters[name].labels, dated.value, Type.NUMBER, rule=name, source=dated.source)
        for name in ("staff_rm_leaving_share", "staff_hire_lead_months")
        for dated in [pack.parameters[name].on(day)]
    ]
    ahead = [
        Figure(
            "required_heads",
            Labels(f"{one['month']} 拟满足人数", f"heads to be met in {one['month']}"),
            Fraction(one["required_heads"]),
            Type.COUNT,
            "head",
        )
        for one in months
        if one["month"] >= row["month"]
    ]
    return Figure(
        "hires",
        Labels("新入职:满足上手之后缺的人", "hires: who will be missing once they are full RMs"),
        Fraction(row["hires"]),
        Type.COUNT,
        "head",
        "staff.path",
        "E4-79",
        grain="staff_path",
        key=tuple(str(row[part]) for part in ("unit_id", "line", "month")),
        children=(
            Figure("staying", Labels("留任人数", "heads that stay"), _exact(row["staying_heads"]), Type.NUMBER, "head"),
            Figure("available", Labels("可用人数", "available"), _exact(row["available_heads"]), Type.NUMBER, "head"),
            *ahead,
            *parameters,
            *ramp,
        ),
    )


def _on_curve(pack: Pack, row: Mapping[str, Any], day: dt.date, labels: Labels) -> Figure:
    """The factor at the coverage of ``row`` and the points of the curve that it lies between."""
    table = pack.table(_CURVE)
    coverage = _exact(row["coverage"])
    found = read_curve(table, "churn_factor", day, {table.axis.name: coverage})
    points = found.points if found else ()
    return Figure(
        "churn_factor",
        labels,
        None if row["churn_factor"] is None else _exact(row["churn_factor"]),
        Type.NUMBER,
        children=(
            Figure("coverage", Labels("配备率", "people over heads needed"), coverage, Type.NUMBER),
            *(
                Figure(
                    "point",
                    Labels("曲线上的点", "point of the curve"),
                    point.outputs["churn_factor"],
                    Type.NUMBER,
                    "",
                    f"{_CURVE}#{point.rule_id}",
                    point.source,
                )
                for point in points
            ),
        ),
    )


def _day(engine: Engine) -> dt.date:
    day = engine.value("SELECT as_of FROM run_days")
    assert isinstance(day, dt.date)
    return day


def _exact(value: object) -> Fraction:
    assert isinstance(value, int | Decimal | Fraction)
    return Fraction(value)
