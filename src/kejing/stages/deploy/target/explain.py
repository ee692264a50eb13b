"""Why a target is what it is: the goal, everybody's weight, and the guard rail."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from kejing.policy import Labels, Pack, Type
from kejing.policy.exact import Figure
from kejing.stages.deploy.target.settings import TargetSettings
from kejing.warehouse.protocol import Engine

_METHODS = {
    "linear_complement": ("目标 × 权重 ×(1 − 贡献度)÷ 合计", "goal × weight × (1 − contribution) ÷ total"),
    "reciprocal": ("目标 × 权重 × 贡献度的负幂 ÷ 合计", "goal × weight × contribution to a negative power ÷ total"),
    "equal": ("目标 × 权重 ÷ 合计", "goal × weight ÷ total"),
    "fair_share": ("目标 × 权重 ×(历史占比与均分)÷ 合计", "goal × weight × (history and even share) ÷ total"),
}


def explain(engine: Engine, pack: Pack, row: Mapping[str, Any]) -> Figure:
    """The tree behind one row of ``target``; the increments of the team sum to the goal."""
    settings = TargetSettings.model_validate(pack.section("target"))
    unit, measure, period = (str(row[name]).replace("'", "''") for name in ("goal_unit_id", "measure", "period"))
    team = engine.fetch(
        "SELECT rm_id, stock, contribution, weight, increment_target FROM target"
        f" WHERE measure = '{measure}' AND period = '{period}' AND goal_unit_id = '{unit}' ORDER BY rm_id"
    ).to_pylist()
    parts = tuple(
        Figure(
            "increment_target",
            Labels(f"{rm['rm_id']} 目标增量", f"increment target of {rm['rm_id']}"),
            Fraction(rm["increment_target"]),
            Type.MONEY,
            unit=pack.currency,
            children=_basis(rm, pack.currency),
        )
        for rm in team
    )
    goals = engine.fetch(
        f"SELECT amount, source_file, source_row FROM goals WHERE unit_id = '{unit}' AND measure = '{measure}'"
        f" AND period_start = (SELECT period_start FROM run_periods WHERE period = '{period}')"
    ).to_pylist()
    source = f"{goals[0]['source_file']} #{goals[0]['source_row']}" if goals else ""
    total = sum((Fraction(rm["increment_target"]) for rm in team), Fraction(0))
    goal = Figure(
        "goal",
        Labels(f"机构 {row['goal_unit_id']} 的目标", f"goal of unit {row['goal_unit_id']}"),
        total,
        Type.MONEY,
        unit=pack.currency,
        source=source,
        children=parts,
    )
    zh, en = _METHODS[settings.method]
    own = Figure(
        "increment_target",
        Labels(f"目标增量:{zh}", f"increment target: {en}"),
        Fraction(row["increment_target"]),
        Type.MONEY,
        unit=pack.currency,
        rule=f"target.method={settings.method}",
        children=(goal,),
    )
    stock = Figure("stock", Labels("存量", "stock"), Fraction(row["stock"]), Type.MONEY, unit=pack.currency)
    labels = Labels("目标任务量 = 存量 + 目标增量", "total target = stock + increment")
    return Figure(
        "total_target",
        labels,
        Fraction(row["total_target"]),
        Type.MONEY,
        unit=pack.currency,
        key=(row["rm_id"], row["measure"]),
        children=(stock, own),
    )


def _basis(rm: Mapping[str, Any], currency: str) -> tuple[Figure, ...]:
    figures = [
        Figure("stock", Labels("存量", "stock"), Fraction(rm["stock"]), Type.MONEY, unit=currency),
        Figure(
            "weight",
            Labels("折算权重(等级 × 折合人数 × 在岗天数)", "weight (grade × FTE × service days)"),
            Fraction(rm["weight"]),
            Type.NUMBER,
        ),
    ]
    if rm["contribution"] is not None:
        figures.append(
            Figure("contribution", Labels("任务贡献度", "task contribution"), Fraction(rm["contribution"]), Type.NUMBER)
        )
    return tuple(figures)
