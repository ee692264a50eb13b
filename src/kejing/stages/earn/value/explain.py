"""Why an account, a customer, an RM or a unit has this simulated profit: down to formulas, balances and income."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from kejing.policy import Labels, Pack, Type
from kejing.policy.exact import Figure, evaluate
from kejing.stages.earn.natural import natural_row
from kejing.stages.earn.origin import money, quoted, source_text
from kejing.stages.earn.value.settings import ValueSettings
from kejing.stages.earn.vocabulary import ACCOUNT, EARN_VOCABULARY
from kejing.warehouse.protocol import Engine

_PARTS = 50
"""Parts of a unit or RM that a tree lists, largest first; the rest is one sum."""
_OF_LEVEL = {
    "total": "SELECT id AS part, profit AS amount FROM profit WHERE level = 'unit' AND period = {period}",
    "unit": (
        "SELECT p.id AS part, p.profit AS amount FROM profit AS p"
        " JOIN ("
        "SELECT customer_id, MIN(unit_id) AS unit_id FROM value WHERE period = {period} GROUP BY customer_id"
        ") AS c ON c.customer_id = p.id WHERE p.level = 'customer' AND p.period = {period} AND c.unit_id = {id}"
    ),
}


def explain_value(engine: Engine, pack: Pack, row: Mapping[str, Any]) -> Figure:
    """The tree behind an account's economic value added (E1-25): every formula, then balances and income brought."""
    (tree,) = _accounts(engine, pack, row, ValueSettings.model_validate(pack.section("value")).eva)
    return tree


def explain_profit(engine: Engine, pack: Pack, row: Mapping[str, Any]) -> Figure:
    """The tree behind a level's simulated profit (E3-86): its parts sum to it; RAROC stands beside them."""
    level = row["level"]
    if level == "customer":
        formula = ValueSettings.model_validate(pack.section("value")).profit
        key = {"period": row["period"], "customer_id": row["id"]}
        parts: tuple[Figure, ...] = tuple(_named(tree) for tree in _accounts(engine, pack, key, formula))
    elif level == "rm":
        parts = _shares(engine, pack, row)
    else:
        text = _OF_LEVEL[level].format(period=quoted(row["period"]), id=quoted(row["id"]))
        rows = engine.fetch(text).to_pylist()
        parts = _largest([_part(pack, one["part"], one["amount"]) for one in rows], pack)
    labels = Labels("模拟利润", "simulated profit")
    if level == "rm" and not row["id"]:
        labels = Labels("未分配模拟利润", "unassigned simulated profit")
    return Figure(
        "profit",
        labels,
        Fraction(row["profit"]),
        Type.MONEY,
        unit=pack.currency,
        key=(row["period"], level, row["id"]),
        children=(*parts, *_raroc(pack, row)),
    )


def _accounts(engine: Engine, pack: Pack, key: Mapping[str, Any], formula: str) -> Sequence[Figure]:
    """``formula`` of each account that has ``key``, by the exact evaluator."""
    grain = EARN_VOCABULARY[ACCOUNT]
    where = " AND ".join(f"{name} = {quoted(key[name])}" for name in grain.key if name in key)
    rows = engine.fetch(f"SELECT * FROM account_input WHERE {where} ORDER BY {', '.join(grain.key)}").to_pylist()
    natural = [natural_row(row, EARN_VOCABULARY, ACCOUNT, pack.minor_digits) for row in rows]
    results = evaluate(pack, EARN_VOCABULARY, {ACCOUNT: natural})
    trees = [results.trace(ACCOUNT, tuple(row[name] for name in grain.key), formula) for row in rows]
    return [_grown(tree, _origins(engine, pack, row)) for tree, row in zip(trees, rows, strict=True)]


def _named(tree: Figure) -> Figure:
    """The tree of an account among others of its customer says which product it is."""
    product = tree.key[-1]
    return replace(tree, labels=Labels(f"{tree.labels.zh}({product})", f"{tree.labels.en} ({product})"))


def _grown(node: Figure, origins: Mapping[str, tuple[Figure, ...]]) -> Figure:
    if node.grain == ACCOUNT and node.name in origins:
        return replace(node, children=origins[node.name])
    return replace(node, children=tuple(_grown(child, origins) for child in node.children)) if node.children else node


def _origins(engine: Engine, pack: Pack, row: Mapping[str, Any]) -> dict[str, tuple[Figure, ...]]:
    """The rows brought that an account's balance and income rest on, in the currency they were brought in."""
    whose = f"t.customer_id = {quoted(row['customer_id'])} AND t.product = {quoted(row['product'])}"
    during = f"r.period = {quoted(row['period'])} AND t.{{day}} >= r.period_start AND t.{{day}} < r.period_end"
    balances = engine.fetch(
        f"SELECT t.* FROM balances AS t JOIN run_periods AS r ON {during.format(day='month')}"
        f" JOIN run_days AS d ON t.month <= d.as_of WHERE {whose} ORDER BY t.month"
    ).to_pylist()
    lines = engine.fetch(
        f"SELECT t.* FROM income AS t JOIN run_periods AS r ON {during.format(day='booked_on')}"
        f" JOIN run_days AS d ON t.booked_on <= d.as_of WHERE {whose} ORDER BY t.booked_on, t.line_id"
    ).to_pylist()
    months = tuple(
        _brought(one, "average_balance", f"月日均余额 {one['month']:%Y-%m}", f"average of {one['month']:%Y-%m}")
        for one in balances
    )
    booked = [
        _brought(one, "amount", f"收入明细 {one['booked_on']}", f"income line {one['booked_on']}") for one in lines
    ]
    return {"average_balance": months, "income": tuple(booked[:_PARTS]) + _rest(booked[_PARTS:], pack)}


def _brought(row: Mapping[str, Any], column: str, zh: str, en: str) -> Figure:
    return replace(money("brought", zh, en, row[column], row["currency"]), source=source_text(row))


def _shares(engine: Engine, pack: Pack, row: Mapping[str, Any]) -> tuple[Figure, ...]:
    """An RM's part of each customer: the customer's profit by weights and days."""
    held = engine.fetch(
        "SELECT h.customer_id, h.weight, h.whole, h.profit, p.profit AS of_customer FROM profit_holding AS h"
        " JOIN profit AS p ON p.level = 'customer' AND p.period = h.period AND p.id = h.customer_id"
        f" WHERE h.period = {quoted(row['period'])} AND h.rm_id = {quoted(row['id'])}"
    ).to_pylist()
    figures = []
    for one in held:
        customer = Figure(
            "customer_profit",
            Labels("客户模拟利润", "profit of the customer"),
            Fraction(one["of_customer"]),
            Type.MONEY,
            unit=pack.currency,
        )
        share = Figure(
            "share",
            Labels("权重与天数占比", "share by weight and days"),
            Fraction(one["weight"], one["whole"]),
            Type.NUMBER,
            rule=f"{one['weight']}/{one['whole']}",
        )
        amount = Fraction(one["profit"], 10**pack.minor_digits)
        figures.append(replace(_part(pack, one["customer_id"], amount), children=(customer, share)))
    return _largest(figures, pack)


def _part(pack: Pack, name: str, amount: Any) -> Figure:  # noqa: ANN401 # a decimal of a table, or a fraction
    return Figure("part", Labels(name, name), Fraction(amount), Type.MONEY, unit=pack.currency, key=(name,))


def _largest(parts: Sequence[Figure], pack: Pack) -> tuple[Figure, ...]:
    ordered = sorted(parts, key=lambda part: (-abs(_value(part)), part.key))
    return (*ordered[:_PARTS], *_rest(ordered[_PARTS:], pack))


def _rest(parts: Sequence[Figure], pack: Pack) -> tuple[Figure, ...]:
    if not parts:
        return ()
    labels = Labels(f"其余 {len(parts)} 项", f"{len(parts)} more")
    total = sum((_value(part) for part in parts), Fraction(0))
    return (Figure("part", labels, total, Type.MONEY, unit=pack.currency),)


def _value(figure: Figure) -> Fraction:
    assert isinstance(figure.value, Fraction)
    return figure.value


def _raroc(pack: Pack, row: Mapping[str, Any]) -> tuple[Figure, ...]:
    """The rate a year on the capital held; nothing where no capital is held."""
    if row["raroc"] is None:
        return ()
    labels = Labels("风险调整后资本回报率 = 利润 ÷ 资本,折成年率", "RAROC = profit ÷ capital, a year")
    capital = Figure("capital", Labels("占用资本", "capital"), Fraction(row["capital"]), Type.MONEY, unit=pack.currency)
    return (Figure("raroc", labels, Fraction(row["raroc"]), Type.NUMBER, children=(capital,)),)
