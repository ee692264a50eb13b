"""Why a part of a pool is what it is: the purse, everybody's part, and the weight between floor and cap."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from kejing.policy import Labels, Pack, Type
from kejing.policy.exact import Figure
from kejing.stages.earn.origin import quoted, source_text
from kejing.stages.earn.pool.settings import PoolSettings
from kejing.warehouse.protocol import Engine

_BOUNDS = {
    "floor": Labels("分得金额(保底)", "part, held at the floor"),
    "cap": Labels("分得金额(封顶)", "part, held at the cap"),
    "late": Labels("分得金额(中途加入)", "part of one who joined late"),
    "": Labels("分得金额 = 可分 × 权重 ÷ 权重合计", "part = purse × weight ÷ sum of weights"),
}


def explain_pool(engine: Engine, pack: Pack, row: Mapping[str, Any]) -> Figure:
    """The tree behind one row of ``pool``; the parts of a purse sum to it."""
    rule = PoolSettings.model_validate(pack.section("pool")).pools[row["pool"]]
    currency = pack.currency
    if row["level"] == "unit":
        formula = rule.units.weight if rule.units is not None and rule.units.weight else "equal"
        children: tuple[Figure, ...] = (_brought(engine, currency, row), _own(row, "weight", formula, ""))
    else:
        terms = {"weight": rule.persons.weight, "floor": rule.persons.floor, "cap": rule.persons.cap}
        own = tuple(_own(row, name, str(terms[name]), currency) for name in terms if row[name] is not None)
        children = (_unit_part(engine, currency, row), *own)
    labels = _BOUNDS[row["bound"]] if row["taker"] else Labels("留存", "kept back")
    clause = f"pool.{row['pool']}.mode={rule.mode}"
    key = (row["period"], row["giver"], row["taker"])
    return _money("amount", labels, row["amount"], currency, rule=clause, key=key, children=children)


def _own(row: Mapping[str, Any], name: str, rule: str, currency: str) -> Figure:
    labels = {"weight": Labels("分配权重", "weight"), "floor": Labels("保底", "floor"), "cap": Labels("封顶", "cap")}
    if name == "weight":
        value = None if row[name] is None else Fraction(row[name])
        return Figure(name, labels[name], value, Type.NUMBER, rule=rule)
    return _money(name, labels[name], row[name], currency, rule=rule)


def _unit_part(engine: Engine, currency: str, row: Mapping[str, Any]) -> Figure:
    """The part of the person's unit: what all of its persons get and what it keeps; then where it came from."""
    shared = _parts(engine, currency, row, level="rm", giver=row["giver"])
    above = engine.fetch(
        "SELECT * FROM pool WHERE level = 'unit'"
        f" AND period = {quoted(row['period'])} AND pool = {quoted(row['pool'])} AND taker = {quoted(row['giver'])}"
    ).to_pylist()
    labels = Labels(f"机构 {row['giver']} 分得", f"part of unit {row['giver']}")
    total = sum((Fraction(str(part.value)) for part in shared), Fraction(0))
    origin = tuple(_brought(engine, currency, one) for one in above)
    return _money("unit_part", labels, total, currency, key=(row["giver"],), children=(*shared, *origin))


def _brought(engine: Engine, currency: str, row: Mapping[str, Any]) -> Figure:
    """The pool as the institution brought it, and the units that it went to."""
    parts = _parts(engine, currency, row, level="unit", giver=row["giver"])
    rows = engine.fetch(
        "SELECT p.source_file, p.source_sheet, p.source_row FROM pools AS p"
        " JOIN run_periods AS d ON d.period_start = p.period_start"
        f" WHERE p.pool = {quoted(row['pool'])} AND p.unit_id = {quoted(row['giver'])}"
        f" AND d.period = {quoted(row['period'])} ORDER BY p.pool_id"
    ).to_pylist()
    source = ", ".join(source_text(one) for one in rows)
    total = sum((Fraction(str(part.value)) for part in parts), Fraction(0))
    labels = Labels(f"机构 {row['giver']} 的奖金包", f"pool of unit {row['giver']}")
    return _money("pool", labels, total, currency, source=source, key=(row["giver"],), children=parts)


def _parts(engine: Engine, currency: str, row: Mapping[str, Any], *, level: str, giver: str) -> tuple[Figure, ...]:
    rows = engine.fetch(
        "SELECT taker, amount FROM pool"
        f" WHERE period = {quoted(row['period'])} AND pool = {quoted(row['pool'])} AND level = {quoted(level)}"
        f" AND giver = {quoted(giver)} ORDER BY taker"
    ).to_pylist()
    return tuple(
        _money(
            "part",
            Labels(one["taker"], one["taker"]) if one["taker"] else Labels("留存", "kept back"),
            one["amount"],
            currency,
            key=(one["taker"],),
        )
        for one in rows
    )


def _money(name: str, labels: Labels, value: object, currency: str, **more: Any) -> Figure:  # noqa: ANN401 # a figure's own fields
    return Figure(name, labels, Fraction(str(value)), Type.MONEY, unit=currency, **more)
