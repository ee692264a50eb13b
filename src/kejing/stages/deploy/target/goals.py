"""The goals that are spread, and the units whose RMs carry each of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from kejing.measure.rounding import round_fraction
from kejing.stages.context import StageContext
from kejing.stages.deploy.target.settings import TargetSettings
from kejing.stages.rule_file import day_literal


@dataclass(frozen=True, slots=True)
class Goal:
    """What one unit must add to one measure in one period [minor units]."""

    period: str
    measure: str
    unit_id: str
    amount: int


def read_goals(
    context: StageContext, settings: TargetSettings, stocks: Mapping[tuple[str, str], Mapping[str, int]]
) -> list[Goal]:
    """Goals brought for the periods of the run, or assumed from the stock where the policy says so."""
    if settings.goals.source == "growth":
        return _grown_goals(context, settings, stocks)
    _report_unmatched(context)
    rows = context.engine.fetch(
        """
        SELECT p.period, g.measure, g.unit_id, g.amount
        FROM goals AS g
        JOIN target_measure AS m ON m.measure = g.measure
        JOIN target_period AS p ON p.period_start = g.period_start AND p.period_end = g.period_end
        ORDER BY p.period, g.measure, g.unit_id
        """
    ).to_pylist()
    return [Goal(**row) for row in rows]


def carrying_units(context: StageContext) -> dict[tuple[str, str, str], set[str]]:
    """Units by (period, measure, unit of the goal): a unit carries the goal of its nearest ancestor that has one."""
    rows = context.engine.fetch(
        """
        SELECT period, measure, goal_unit_id, unit_id
        FROM (
          SELECT
            p.period, g.measure, g.unit_id AS goal_unit_id, t.unit_id,
            ROW_NUMBER() OVER (PARTITION BY p.period, g.measure, t.unit_id ORDER BY t.steps) AS place
          FROM unit_tree AS t
          JOIN goals AS g ON g.unit_id = t.ancestor_id
          JOIN target_period AS p ON p.period_start = g.period_start AND p.period_end = g.period_end
        ) AS near
        WHERE place = 1
        """
    ).to_pylist()
    units: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in rows:
        units[row["period"], row["measure"], row["goal_unit_id"]].add(row["unit_id"])
    return units


def all_units(context: StageContext, root: str) -> set[str]:
    """``root`` and everything below it."""
    quoted = root.replace("'", "''")
    return set(
        context.engine.fetch(f"SELECT unit_id FROM unit_tree WHERE ancestor_id = '{quoted}'").column(0).to_pylist()
    )


def units_of_other_lines(context: StageContext) -> set[str]:
    """Units with RMs of lines that another policy pays, and their ancestors: goals there may be theirs."""
    return set(
        context.engine.fetch(
            "SELECT t.ancestor_id FROM rms AS r JOIN unit_tree AS t ON t.unit_id = r.unit_id"
            " LEFT JOIN population_line AS l ON l.line = r.line WHERE l.line IS NULL GROUP BY t.ancestor_id"
        )
        .column(0)
        .to_pylist()
    )


def _report_unmatched(context: StageContext) -> None:
    rows = context.engine.fetch(
        f"""
        SELECT g.unit_id, g.measure, g.period_start, g.period_end
        FROM goals AS g
        JOIN target_measure AS m ON m.measure = g.measure
        LEFT JOIN target_period AS p ON p.period_start = g.period_start AND p.period_end = g.period_end
        WHERE p.period IS NULL
          AND g.period_end > {day_literal(context.year.start)} AND g.period_start < {day_literal(context.as_of)}
        ORDER BY g.unit_id, g.measure, g.period_start
        """
    ).to_pylist()
    for row in rows:
        span = f"{row['period_start']}..{row['period_end']}"
        context.note("target.goal_period_unmatched", "target", unit=row["unit_id"], measure=row["measure"], span=span)


def _grown_goals(
    context: StageContext, settings: TargetSettings, stocks: Mapping[tuple[str, str], Mapping[str, int]]
) -> list[Goal]:
    """An assumed goal for each root unit: its stock times the policy's growth."""
    assert settings.goals.growth is not None
    growth = context.policy.parameter(settings.goals.growth, context.as_of)
    assert isinstance(growth, Fraction)
    roots = (
        context.engine.fetch("SELECT unit_id FROM unit_now WHERE parent_id IS NULL ORDER BY unit_id")
        .column(0)
        .to_pylist()
    )
    root = roots[0] if roots else ""
    goals = [
        Goal(period, measure, root, round_fraction(sum(by_rm.values()) * growth, 0))
        for (period, measure), by_rm in sorted(stocks.items())
    ]
    context.simulated(
        "goals",
        "目标由存量乘以假定增长率得出",
        "goals are stock times an assumed growth",
        len(goals),
        settings.goals.growth,
    )
    return goals
