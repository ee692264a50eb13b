"""Why a score or a pay line is what it is: the policy's formulas over one RM's own rows, down to the source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from kejing.policy import Labels, Pack, Type
from kejing.policy.exact import Figure, Results, evaluate
from kejing.policy.exact.evaluate import Readings
from kejing.policy.exact.sheet import RowId
from kejing.policy.formula.across import Across
from kejing.policy.formula.binding import bind_or_refuse
from kejing.policy.literals import Value
from kejing.policy.readings import natural_readings, reading_relation
from kejing.stages.earn.natural import natural_row
from kejing.stages.earn.origin import credited_amount, money, quoted, source_text
from kejing.stages.earn.pay.settings import HANDED, ComponentSettings, PaySettings
from kejing.stages.earn.pool.explain import explain_pool
from kejing.stages.earn.pool.settings import PoolSettings
from kejing.stages.earn.score.settings import ScoreSettings
from kejing.stages.earn.sheets import INPUTS
from kejing.stages.earn.vocabulary import EARN_VOCABULARY
from kejing.warehouse.protocol import Engine

_ORIGINS = 200
"""Lines of one tree that are followed to their source rows."""


def explain_pay(engine: Engine, pack: Pack, row: Mapping[str, Any]) -> Figure:
    """The tree behind one pay line; its value is the amount paid."""
    settings = PaySettings.model_validate(pack.section("pay"))
    component = next(c for c in settings.components if c.component == row["component"])
    if component.over in HANDED:
        return _handed(engine, pack, component, row)
    results = results_of(engine, pack, row["period"], row["rm_id"])
    labels = Labels(component.labels.zh, component.labels.en)
    tree = _component_tree(results, component, row)
    amount = Fraction(row["amount"])
    parts = (tree, _weight(results, component, row)) if component.split and row["line_id"] else (tree,)
    clause = str(row["policy_clause"])
    figure = Figure(
        component.component,
        labels,
        amount,
        Type.MONEY,
        unit=pack.currency,
        rule=clause,
        key=(row["rm_id"], row["line_id"]),
        children=parts,
    )
    return _with_origins(engine, pack, figure, row)


def _handed(engine: Engine, pack: Pack, component: ComponentSettings, row: Mapping[str, Any]) -> Figure:
    """The tree behind what a pool or an adjustment handed over."""
    if component.over == "pool":
        parts = engine.fetch(
            "SELECT * FROM pool WHERE level = 'rm'"
            f" AND taker = {quoted(row['rm_id'])} AND period = {quoted(row['period'])} ORDER BY pool, giver"
        ).to_pylist()
        rules = PoolSettings.model_validate(pack.section("pool")).pools
        own = [part for part in parts if rules[part["pool"]].component == component.component]
        children = tuple(explain_pool(engine, pack, part) for part in own)
    else:
        made = engine.fetch(
            f"SELECT * FROM adjustments WHERE 'adj:' || adjustment_id = {quoted(row['line_id'])} ORDER BY known_at"
        ).to_pylist()
        children = tuple(
            Figure(
                one["adjustment_id"],
                Labels(
                    f"{one['reason']}(录入 {one['made_by']},复核 {one['approved_by']})",
                    f"{one['reason']} (made by {one['made_by']}, approved by {one['approved_by']})",
                ),
                Fraction(row["amount"]),
                Type.MONEY,
                unit=pack.currency,
                source=source_text(one),
            )
            for one in made[-1:]
        )
    return Figure(
        component.component,
        Labels(component.labels.zh, component.labels.en),
        Fraction(row["amount"]),
        Type.MONEY,
        unit=pack.currency,
        rule=str(row["policy_clause"]),
        key=(row["rm_id"], row["line_id"]),
        children=children,
    )


def explain_score(engine: Engine, pack: Pack, row: Mapping[str, Any]) -> Figure:
    """The tree behind the points of one RM and measure, or of all measures together."""
    settings = ScoreSettings.model_validate(pack.section("score"))
    results = results_of(engine, pack, row["period"], row["rm_id"])
    if row["measure"]:
        return results.trace("task", (row["period"], row["rm_id"], row["measure"]), settings.points)
    return results.trace("rm", (row["period"], row["rm_id"]), settings.total)


def explain_pay_total(engine: Engine, pack: Pack, row: Mapping[str, Any]) -> Figure:
    """Gross pay as the sum of its components, each the sum of its lines."""
    rows = engine.fetch(
        "SELECT component, measure, line_id, amount, policy_clause FROM pay"
        f" WHERE period = {quoted(row['period'])} AND rm_id = {quoted(row['rm_id'])}"
        " ORDER BY component, measure, line_id"
    ).to_pylist()
    labels = {
        c.component: Labels(c.labels.zh, c.labels.en)
        for c in PaySettings.model_validate(pack.section("pay")).components
    }
    children = []
    for name in dict.fromkeys(line["component"] for line in rows):
        lines = [line for line in rows if line["component"] == name]
        leaves = tuple(
            Figure(
                "pay_line",
                labels[name],
                Fraction(line["amount"]),
                Type.MONEY,
                unit=pack.currency,
                rule=line["policy_clause"],
                key=(line["measure"], line["line_id"]),
            )
            for line in lines
        )
        total = sum((Fraction(line["amount"]) for line in lines), Fraction(0))
        children.append(Figure(name, labels[name], total, Type.MONEY, unit=pack.currency, children=leaves))
    gross = Labels("应发合计", "gross pay")
    return Figure(
        "gross",
        gross,
        Fraction(row["gross"]),
        Type.MONEY,
        unit=pack.currency,
        key=(row["period"], row["rm_id"]),
        children=tuple(children),
    )


def explain_credit(engine: Engine, pack: Pack, row: Mapping[str, Any]) -> Figure:
    """The tree behind one credited amount."""
    lines = engine.fetch(
        "SELECT day, product FROM credit_rows"
        f" WHERE line_id = {quoted(row['line_id'])} AND measure = {quoted(row['measure'])} LIMIT 1"
    ).to_pylist()
    minor = int(Fraction(row["amount"]) * 10**pack.minor_digits)
    return credited_amount(
        engine, {**row, **lines[0], "credit_measure": row["measure"], "amount": minor}, pack.currency
    )


def _component_tree(results: Results, component: ComponentSettings, row: Mapping[str, Any]) -> Figure:
    key: tuple[object, ...] = (row["period"], row["rm_id"])
    if component.over != "rm":
        key = (*key, row["measure"])
    if component.over == "line":
        key = (*key, row["line_id"])
    return results.trace(component.over, key, component.amount)


def _weight(results: Results, component: ComponentSettings, row: Mapping[str, Any]) -> Figure:
    assert component.weight is not None
    figure = results.trace("line", (row["period"], row["rm_id"], row["measure"], row["line_id"]), component.weight)
    return replace(figure, labels=Labels(f"分摊权重:{figure.labels.zh}", f"weight in the split: {figure.labels.en}"))


def results_of(engine: Engine, pack: Pack, period: str, rm_id: str) -> Results:
    """The exact evaluator over the rows of one RM and period."""
    where = f"WHERE period = {quoted(period)} AND rm_id = {quoted(rm_id)}"
    rows = {
        grain.name: [
            natural_row(row, EARN_VOCABULARY, grain.name, pack.minor_digits)
            for row in engine.fetch(
                f"SELECT * FROM {INPUTS[grain.name]} {where} ORDER BY {', '.join(grain.key)}"
            ).to_pylist()
        ]
        for grain in EARN_VOCABULARY
        if grain.name in INPUTS and INPUTS[grain.name] in engine.relations()
    }
    return evaluate(pack, EARN_VOCABULARY, rows, readings=_readings(engine, pack, where))


def _readings(engine: Engine, pack: Pack, where: str) -> Readings:
    """What the rows read of earlier periods and of peers, as the run kept it."""
    binding = bind_or_refuse(pack, EARN_VOCABULARY)
    kept = [grain.name for grain in EARN_VOCABULARY if reading_relation(grain.name) in engine.relations()]
    found: dict[tuple[RowId, Across], Value | None] = {}
    for grain in kept:
        rows = engine.fetch(f"SELECT * FROM {reading_relation(grain)} {where}").to_pylist()
        found |= natural_readings(binding, grain, rows)
    return found


def _lines_of(lines: list[dict[str, Any]], task: tuple[object, ...], pack: Pack) -> tuple[Figure, ...]:
    """The credited lines that an actual is the sum of."""
    return tuple(
        replace(
            money("credited_line", "归属明细", "credited line", line["amount"], pack.currency),
            key=(line["customer_id"], line["line_id"]),
        )
        for line in lines
        if (line["period"], line["rm_id"], line["measure"]) == task
    )


def _with_origins(engine: Engine, pack: Pack, figure: Figure, row: Mapping[str, Any]) -> Figure:
    """Follow each line's amount to the ledger, once per line, up to `_ORIGINS` lines."""
    lines = engine.fetch(
        "SELECT * FROM line_input"
        f" WHERE period = {quoted(row['period'])} AND rm_id = {quoted(row['rm_id'])} ORDER BY line_id"
    ).to_pylist()
    by_key = {(line["period"], line["rm_id"], line["measure"], line["line_id"]): line for line in lines}
    wanted = {key for key in by_key if not row["line_id"] or key[3] == row["line_id"]}
    wanted = set(sorted(wanted)[:_ORIGINS])
    known: dict[tuple[object, ...], tuple[Figure, ...]] = {}

    def origins(key: tuple[object, ...]) -> tuple[Figure, ...]:
        if key not in known:
            line = by_key[key]  # type: ignore[index]  # keys of the grain are text
            is_balance = str(line["line_id"]).startswith("bal:")
            credit_measure = line["measure"] if is_balance else "income"
            found = credited_amount(
                engine, {**line, "day": line["booked_on"], "credit_measure": credit_measure}, pack.currency
            )
            known[key] = found.children
        return known[key]

    def grow(node: Figure) -> Figure:
        if node.grain == "line" and node.name == "amount" and node.key in wanted:
            return replace(node, children=origins(node.key))
        if node.grain == "task" and node.name == "actual":
            return replace(node, children=_lines_of(lines, node.key, pack))
        return replace(node, children=tuple(grow(child) for child in node.children)) if node.children else node

    return grow(figure)


__all__ = ["explain_credit", "explain_pay", "explain_pay_total", "explain_score", "money"]
