"""Why a score or a pay line is what it is: the policy's formulas over one RM's own rows, down to the source."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import groupby
from typing import Any

from kejing.policy import Labels, Pack, Type
from kejing.policy.exact import Figure, Results
from kejing.stages.earn.evidence import Evidence
from kejing.stages.earn.fund.explain import explain_payment
from kejing.stages.earn.origin import Origins, credited_amount, quoted, source_text
from kejing.stages.earn.pay.settings import HANDED, ComponentSettings, PaySettings
from kejing.stages.earn.pool.explain import explain_pool
from kejing.stages.earn.pool.settings import PoolSettings
from kejing.stages.earn.score.settings import ScoreSettings
from kejing.warehouse.protocol import Engine

type Row = Mapping[str, Any]


def explain_pay(engine: Engine, pack: Pack, rows: Sequence[Row]) -> list[Figure]:
    """The trees behind pay lines; the value of each is the amount paid."""
    settings = PaySettings.model_validate(pack.section("pay"))
    components = {one.component: one for one in settings.components}
    handed = [components[row["component"]].over in HANDED for row in rows]
    reckoned = iter(
        _together(
            engine,
            pack,
            [row for row, is_handed in zip(rows, handed, strict=True) if not is_handed],
            lambda evidence, row: _reckoned(evidence, pack, components[row["component"]], row),
        )
    )
    return [
        _handed(engine, pack, components[row["component"]], row) if is_handed else next(reckoned)
        for row, is_handed in zip(rows, handed, strict=True)
    ]


def _reckoned(evidence: Evidence, pack: Pack, component: ComponentSettings, row: Row) -> Figure:
    """The tree behind what a formula pays."""
    tree = _component_tree(evidence.results, component, row)
    parts = (tree, _weight(evidence.results, component, row)) if component.split and row["line_id"] else (tree,)
    figure = Figure(
        component.component,
        Labels(component.labels.zh, component.labels.en),
        Fraction(row["amount"]),
        Type.MONEY,
        unit=pack.currency,
        rule=str(row["policy_clause"]),
        key=(row["rm_id"], row["line_id"]),
        children=parts,
    )
    return evidence.followed(figure, row["line_id"])


def _handed(engine: Engine, pack: Pack, component: ComponentSettings, row: Row) -> Figure:
    """The tree behind what a pool, a fund or an adjustment handed over."""
    if component.over == "pool":
        parts = engine.fetch(
            "SELECT * FROM pool WHERE level = 'rm'"
            f" AND taker = {quoted(row['rm_id'])} AND period = {quoted(row['period'])} ORDER BY pool, giver"
        ).to_pylist()
        rules = PoolSettings.model_validate(pack.section("pool")).pools
        own = [part for part in parts if rules[part["pool"]].component == component.component]
        children = tuple(explain_pool(engine, pack, part) for part in own)
    elif component.over == "fund":
        paid = engine.fetch(
            "SELECT * FROM fund WHERE state = 'paid'"
            f" AND 'fund:' || claim_id = {quoted(row['line_id'])} ORDER BY fund_id"
        ).to_pylist()
        children = tuple(explain_payment(engine, pack, one) for one in paid)
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


def explain_score(engine: Engine, pack: Pack, rows: Sequence[Row]) -> list[Figure]:
    """The trees behind points: of one RM and measure each, or of all measures together."""
    settings = ScoreSettings.model_validate(pack.section("score"))

    def points(evidence: Evidence, row: Row) -> Figure:
        if row["measure"]:
            return evidence.results.trace("task", (row["period"], row["rm_id"], row["measure"]), settings.points)
        return evidence.results.trace("rm", (row["period"], row["rm_id"]), settings.total)

    return _together(engine, pack, rows, points)


def explain_pay_total(engine: Engine, pack: Pack, row: Row) -> Figure:
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


def explain_credit(engine: Engine, pack: Pack, row: Row) -> Figure:
    """The tree behind one credited amount."""
    lines = engine.fetch(
        "SELECT day, product FROM credit_rows"
        f" WHERE line_id = {quoted(row['line_id'])} AND measure = {quoted(row['measure'])} LIMIT 1"
    ).to_pylist()
    minor = int(Fraction(row["amount"]) * 10**pack.minor_digits)
    return credited_amount(
        Origins(engine, pack.currency), {**row, **lines[0], "credit_measure": row["measure"], "amount": minor}
    )


def _component_tree(results: Results, component: ComponentSettings, row: Row) -> Figure:
    key: tuple[object, ...] = (row["period"], row["rm_id"])
    if component.over != "rm":
        key = (*key, row["measure"])
    if component.over == "line":
        key = (*key, row["line_id"])
    return results.trace(component.over, key, component.amount)


def _weight(results: Results, component: ComponentSettings, row: Row) -> Figure:
    assert component.weight is not None
    figure = results.trace("line", (row["period"], row["rm_id"], row["measure"], row["line_id"]), component.weight)
    return replace(figure, labels=Labels(f"分摊权重:{figure.labels.zh}", f"weight in the split: {figure.labels.en}"))


def _together(engine: Engine, pack: Pack, rows: Sequence[Row], tree: Callable[[Evidence, Row], Figure]) -> list[Figure]:
    """Trees of rows in their order, reckoned RM by RM and period by period."""
    found: dict[int, Figure] = {}
    places = sorted(range(len(rows)), key=lambda place: _of_whom(rows[place]))
    for (period, rm_id), group in groupby(places, key=lambda place: _of_whom(rows[place])):
        evidence = Evidence(engine, pack, period, rm_id)
        found |= {place: tree(evidence, rows[place]) for place in group}
    return [found[place] for place in range(len(rows))]


def _of_whom(row: Row) -> tuple[str, str]:
    return row["period"], row["rm_id"]
