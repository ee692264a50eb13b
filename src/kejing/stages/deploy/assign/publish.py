"""The tables of the stage: books customer by customer, the summary plan by plan, and what the laws read."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from kejing.measure.period import LAST_DAY
from kejing.measure.rounding import round_fraction
from kejing.stages.context import StageContext
from kejing.stages.deploy.assign.book import Flags
from kejing.stages.deploy.assign.instance import NO_LIMIT, Ints, loads, lower_bound, measure_plan
from kejing.stages.deploy.assign.measures import MICRO, CustomerPlan, measure, pair_cost

if TYPE_CHECKING:
    from kejing.stages.deploy.assign.books import Books, SolvedPart

ALL_PARTS = ""

_ASSIGN = pa.schema(
    [
        ("customer_id", pa.string()),
        ("rm_id", pa.string()),
        ("role", pa.string()),
        ("share", pa.int64()),
        ("valid_from", pa.date32()),
        ("valid_to", pa.date32()),
        ("previous_rm_id", pa.string()),
        ("unit_id", pa.string()),
        ("tier", pa.string()),
        ("required_hours", pa.int64()),
        ("distance_km", pa.int64()),
        ("value", pa.int64()),
        ("cost", pa.int64()),
        ("reason", pa.string()),
    ]
)
_SUMMARY = pa.schema(
    [("part", pa.string()), ("plan", pa.string())]
    + [
        (name, pa.int64())
        for name in (
            "customers",
            "rms",
            "objective",
            "lower_bound",
            "gap",
            "moved_customers",
            "moved_value",
            "fairness_before",
            "fairness_after",
            "load_spread",
            "mean_distance_km",
            "pooled_customers",
            "overloaded_rms",
        )
    ]
    + [("method", pa.string())]
)


def publish(context: StageContext, books: Books) -> None:
    """Create ``assign``, ``assign_summary`` and the relations of the laws."""
    context.engine.attach_arrow("assign", _assign_table(context, books))
    context.engine.attach_arrow("assign_summary", pa.Table.from_pylist(_summary_rows(books), schema=_SUMMARY))
    context.engine.attach_arrow("assign_decision", _decision_table(books))
    context.engine.attach_arrow("assign_allowed", _allowed_table(books))
    context.engine.attach_arrow("assign_load", _load_table(books))


def _assign_table(context: StageContext, books: Books) -> pa.Table:
    book, figures = books.book, books.figures
    m = len(book.roll.ids)
    everyone = np.arange(len(book.customers.ids))
    rm = books.proposed.rm
    led = (rm >= 0) & (rm < m)
    seat = np.where(led, rm, 0)
    metres = np.where(led, figures.metres(everyone, seat), 0) if m else np.zeros(len(rm), dtype=np.int64)
    minutes = np.where(led, figures.minutes(everyone, metres), book.customers.minutes)
    pool = np.where(rm == m, figures.pool_cost(everyone), 0)
    cost = np.where(led, figures.cost(everyone, seat, metres), pool) if m else pool
    ids = np.array([*book.roll.ids, ""], dtype=object)
    return pa.table(
        {
            "customer_id": pa.array(book.customers.ids, pa.string()),
            "rm_id": pa.array(ids[np.where(led, rm, m)], pa.string()),
            "role": pa.array(["lead"] * len(rm), pa.string()),
            "share": pa.array(np.full(len(rm), MICRO)),
            "valid_from": pa.array([context.as_of] * len(rm), pa.date32()),
            "valid_to": pa.array([LAST_DAY] * len(rm), pa.date32()),
            "previous_rm_id": pa.array(book.customers.today_ids, pa.string()),
            "unit_id": pa.array(book.customers.units, pa.string()),
            "tier": pa.array(book.customers.tiers, pa.string()),
            "required_hours": pa.array((2 * minutes * MICRO + 60) // 120),
            "distance_km": pa.array(metres * 1000, mask=~(led & figures.travels[seat]) if m else ~led),
            "value": pa.array(book.customers.value),
            "cost": pa.array(cost),
            "reason": pa.array(_reasons(books, led), pa.string()),
        },
        schema=_ASSIGN,
    )


def _reasons(books: Books, led: Flags) -> list[str]:
    decisions = books.decisions
    pinned = {
        int(member)
        for decision in decisions.pins
        for member in decisions.members[decisions.first[decision] : decisions.first[decision + 1]]
    }
    reasons = []
    for customer, rm in enumerate(books.proposed.rm):
        today = int(books.book.customers.today[customer])
        if not led[customer]:
            reasons.append("pool")
        elif customer in pinned:
            reasons.append("pinned")
        else:
            reasons.append("kept" if today == rm else "new" if today == -1 else "moved")
    return reasons


def _summary_rows(books: Books) -> list[dict[str, object]]:
    """A row per plan for the whole, and per island where there are several with RMs."""
    book = books.book
    served = np.flatnonzero(book.customers.is_served)
    rows = _plan_rows(books, ALL_PARTS, served, np.arange(len(book.roll.ids)), None)
    parts = [solved for solved in books.parts if len(solved.part.rms)]
    if len(parts) > 1:
        names = _part_names(books, parts)
        for name, solved in sorted(zip(names, parts, strict=True), key=lambda one: one[0]):
            rows += _plan_rows(books, name, _members(books, solved), solved.part.rms, solved)
    return rows


def _members(books: Books, solved: SolvedPart) -> Ints:
    decisions = books.decisions
    owner = np.repeat(np.arange(len(decisions.ids)), np.diff(decisions.first))
    return np.sort(decisions.members[np.isin(owner, solved.part.decisions)])


def _part_names(books: Books, parts: list[SolvedPart]) -> list[str]:
    """The tier a part consists of, else its line, else its first RM; never the same twice."""
    names: list[str] = []
    for solved in parts:
        tiers = {books.decisions.tiers[decision] for decision in solved.part.decisions}
        lines = {books.book.roll.lines[rm] for rm in solved.part.rms}
        candidates = [next(iter(tiers))] if len(tiers) == 1 else [next(iter(lines))] if len(lines) == 1 else []
        names.append(next((name for name in candidates if name not in names), books.book.roll.ids[solved.part.rms[0]]))
    return names


def _plan_rows(
    books: Books, part: str, customers: Ints, rms: Ints, solved: SolvedPart | None
) -> list[dict[str, object]]:
    plans: dict[str, CustomerPlan] = {"proposed": books.proposed}
    if (books.book.customers.today != -1).any():
        plans["today"] = books.today
    plans |= books.baselines
    before = measure(books.book, books.figures, books.today, customers, rms).gini
    rows = []
    for name, plan in plans.items():
        figures = measure(books.book, books.figures, plan, customers, rms)
        objective, bound, method = pair_cost(books.book, books.figures, plan, customers), None, name
        if name == "proposed":
            objective, bound, method = _proposed(books, solved)
        rows.append(
            {
                "part": part,
                "plan": name,
                "customers": figures.customers,
                "rms": figures.rms,
                "objective": objective,
                "lower_bound": bound,
                "gap": None if bound is None or bound <= 0 else round_fraction(Fraction(objective - bound, bound), 6),
                "moved_customers": figures.moved_customers,
                "moved_value": figures.moved_value,
                "fairness_before": before,
                "fairness_after": figures.gini,
                "load_spread": figures.load_spread,
                "mean_distance_km": figures.mean_distance_km,
                "pooled_customers": figures.pooled,
                "overloaded_rms": figures.overloaded,
                "method": method,
            }
        )
    return rows


def _proposed(books: Books, solved: SolvedPart | None) -> tuple[int, int, str]:
    if solved is None:
        methods = {one.solution.method for one in books.parts if len(one.part.rms)}
        return books.measured.cost, books.bound, "+".join(sorted(methods)) or "none"
    cost = measure_plan(solved.part.instance, solved.solution.choice).cost
    return cost, lower_bound(solved.part.instance, solved.solution.prices), solved.solution.method


def _decision_table(books: Books) -> pa.Table:
    decisions = books.decisions
    owner = np.repeat(np.arange(len(decisions.ids)), np.diff(decisions.first))
    return pa.table(
        {
            "customer_id": pa.array([books.book.customers.ids[member] for member in decisions.members], pa.string()),
            "decision_id": pa.array([decisions.ids[one] for one in owner], pa.string()),
            "lead_tier": pa.array([decisions.tiers[one] for one in owner], pa.string()),
            "is_pinned": pa.array([int(one) in decisions.pins for one in owner], pa.bool_()),
        }
    )


def _allowed_table(books: Books) -> pa.Table:
    """Every tier and RM that the eligibility of the policy admits, skills and bans aside."""
    eligibility, roll = books.figures.eligibility, books.book.roll
    rows = [
        {"lead_tier": tier, "rm_id": roll.ids[rm]}
        for tier, number in eligibility.tiers.items()
        for rm in (np.flatnonzero(eligibility.allowed[number][eligibility.kind]) if len(roll.ids) else ())
    ]
    return pa.Table.from_pylist(rows, schema=pa.schema([("lead_tier", pa.string()), ("rm_id", pa.string())]))


def _load_table(books: Books) -> pa.Table:
    """Loads and limits of the RM rows; ``excess`` is what the stage reports beyond them."""
    instance = books.instance
    load = loads(instance, books.choice)
    schema = pa.schema(
        [
            ("rm_id", pa.string()),
            ("resource", pa.string()),
            ("used", pa.int64()),
            ("low", pa.int64()),
            ("high", pa.int64()),
            ("is_hard", pa.bool_()),
        ]
    )
    rows = [
        {
            "rm_id": instance.rms[rm],
            "resource": name,
            "used": int(load[rm, index]),
            "low": int(instance.low[rm, index]) if instance.low[rm, index] > -NO_LIMIT else None,
            "high": int(instance.high[rm, index]) if instance.high[rm, index] < NO_LIMIT else None,
            "is_hard": bool(instance.high_penalty[index] < 0),
        }
        for index, name in enumerate(instance.resources[: len(instance.resources) - len(instance.implied)])
        for rm in range(len(instance.rms))
    ]
    return pa.Table.from_pylist(rows, schema=schema)
