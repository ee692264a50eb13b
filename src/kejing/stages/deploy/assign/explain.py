"""Why this RM: the parts of the cost, and how much dearer the next RMs would be."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from kejing.policy import Labels, Pack, Type
from kejing.policy.exact import Figure
from kejing.warehouse.protocol import Engine

_PARTS = (
    ("travel", "路程代价", "travel"),
    ("misfit", "等级不匹配代价", "misfit of grade"),
    ("change", "更换客户经理代价", "change of RM"),
    ("hours_price", "占用紧缺工时的影子价格", "price of scarce hours"),
    ("value_price", "占用价值带的影子价格", "price of the value band"),
    ("load_price", "占用负荷带的影子价格", "price of the load band"),
    ("move_price", "占用调整额度的影子价格", "price of the move budget"),
)


def explain(engine: Engine, pack: Pack, row: Mapping[str, Any]) -> Figure:
    """The tree behind one row of ``assign``; its value is the RM.

    Parameters
    ----------
    engine
        Holds ``assign_option`` and ``assign_member`` of the run's certificate.
    row
        A row of ``assign``.

    Notes
    -----
    The first child is the chosen RM with the parts of its cost; the others are the next best at the
    prices, each with the difference in every part. Costs are in points (``docs/algorithms/assign.md``).
    """
    customer = str(row["customer_id"]).replace("'", "''")
    options = engine.fetch(
        "SELECT o.* FROM assign_option AS o JOIN assign_member AS m ON m.decision_id = o.decision_id"
        f" WHERE m.customer_id = '{customer}' ORDER BY o.place"
    ).to_pylist()
    children = [_chosen(pack, options[0])] + [_other(options[0], other) for other in options[1:]] if options else []
    return Figure(
        "rm_id",
        Labels("管户客户经理", "RM in charge"),
        str(row["rm_id"]),
        Type.TEXT,
        rule=f"assign.{row['reason']}",
        grain="assign",
        key=(row["customer_id"],),
        children=tuple(children),
    )


def _chosen(pack: Pack, option: Mapping[str, Any]) -> Figure:
    parts = [_part(name, zh, en, option[name]) for name, zh, en in _PARTS if option[name]]
    if option["is_pool"]:
        parts.append(
            _part("pool_cost", "无客户经理的代价", "cost of having no RM", _pool_cost(option), rule="pool_cost")
        )
    labels = Labels(f"选定:{option['rm_id'] or '未配'}", f"chosen: {option['rm_id'] or 'pool'}")
    source = pack.parameters["assign_km_cost"].values[0].source if "assign_km_cost" in pack.parameters else ""
    return Figure(
        "total", labels, Fraction(option["total"]), Type.COUNT, "point", "assign.cost", source, children=tuple(parts)
    )


def _other(chosen: Mapping[str, Any], other: Mapping[str, Any]) -> Figure:
    """One RM not chosen: positive figures say how much dearer it is."""
    difference = int(other["total"]) - int(chosen["total"])
    parts = [_part(name, zh, en, other[name] - chosen[name]) for name, zh, en in _PARTS if other[name] != chosen[name]]
    pool = _pool_cost(other) - _pool_cost(chosen)
    if pool:
        parts.append(_part("pool_cost", "无客户经理的代价", "cost of having no RM", pool, rule="pool_cost"))
    name = other["rm_id"]
    labels = Labels(f"为何不是 {name or '不配客户经理'}:相差", f"why not {name or 'the pool'}: difference")
    return Figure(
        "difference", labels, Fraction(difference), Type.COUNT, "point", "assign.price", children=tuple(parts)
    )


def _pool_cost(option: Mapping[str, Any]) -> int:
    """What the pool costs beside the change itself; nothing for an RM."""
    return int(option["cost"]) - int(option["change"]) if option["is_pool"] else 0


def _part(name: str, zh: str, en: str, value: object, *, rule: str = "") -> Figure:
    return Figure(name, Labels(zh, en), Fraction(int(str(value))), Type.COUNT, "point", rule)
