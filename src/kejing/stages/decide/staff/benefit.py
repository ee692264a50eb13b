"""What one more RM saves and what he costs: revenue kept from churn against pay, and how many are worth it (E4-93)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import pyarrow as pa

from kejing.measure.findings import Severity
from kejing.measure.rounding import round_fraction
from kejing.policy.exact.tiers import read_curve
from kejing.stages.context import StageContext
from kejing.stages.decide.staff.methods import ALL_TIERS, Heads
from kejing.stages.decide.staff.settings import StaffSettings
from kejing.stages.decide.staff.standard import Standard, parameter

_YEAR = 12  # months
_NUMBERS = ("added", "coverage", "churn_factor", "lost", "saved", "cost", "net")
_BENEFIT = pa.schema(
    [
        ("unit_id", pa.string()),
        ("line", pa.string()),
        *((name, pa.int64()) for name in _NUMBERS),
        ("is_worth", pa.bool_()),
        ("is_best", pa.bool_()),
    ]
)


@dataclass(frozen=True, slots=True)
class Point:
    """So many RMs more: revenue saved and cost a year, in minor units."""

    added: int
    saved: int
    cost: int

    @property
    def net(self) -> int:
        """What is left of the revenue saved."""
        return self.saved - self.cost


def best_of(points: Sequence[Point]) -> Point:
    """The point that leaves most, of several the one with fewest RMs.

    Examples
    --------
    >>> best_of([Point(0, 0, 0), Point(2, 300, 240), Point(5, 400, 600)]).added
    2
    """
    return max(points, key=lambda point: (point.net, -point.added))


@dataclass(frozen=True, slots=True)
class Place:
    """A site and line: heads by workload before rounding, people there, revenue lost a year in minor units."""

    site: str
    line: str
    required: Fraction
    people: Fraction
    lost: Fraction


def write_benefit(
    context: StageContext,
    settings: StaffSettings,
    standard: Standard,
    heads: Sequence[Heads],
    supply: Mapping[tuple[str, str], Fraction],
) -> None:
    """Create relation ``staff_benefit`` and say where more RMs would pay for themselves.

    Notes
    -----
    ``coverage`` is people over heads by workload. Curve `churn_by_coverage` says how much is lost at a coverage
    relative to another; today's losses stand at today's coverage, so ``saved`` is what they shrink by. A year of full
    RMs: ramp-up stands in the hiring path.
    """
    assert settings.benefit is not None, "Expected a policy with a benefit."
    rows: list[dict[str, object]] = []
    for place in _places(context, settings, standard, heads, supply):
        found = list(_rows(context, place, settings.benefit.most_added))
        best = best_of([Point(int(str(r["added"])), int(str(r["saved"])), int(str(r["cost"]))) for r in found])
        rows += [row | {"is_best": row["added"] == best.added} for row in found]
        if best.added:
            context.note(
                "staff.more_pay_off",
                "staff",
                severity=Severity.INFO,
                site=place.site or "*",
                line=place.line,
                added=best.added,
                saved=_money(context, best.saved),
                cost=_money(context, best.cost),
            )
    context.engine.attach_arrow("staff_benefit", pa.Table.from_pylist(rows, schema=_BENEFIT))


def _places(
    context: StageContext,
    settings: StaffSettings,
    standard: Standard,
    heads: Sequence[Heads],
    supply: Mapping[tuple[str, str], Fraction],
) -> Iterator[Place]:
    """Sites and lines that lose revenue and have people; losses of a tier go to lines by their shares of it."""
    months = settings.churn.months if settings.churn else _YEAR
    lost: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for row in context.engine.fetch("SELECT site_id, tier, lost FROM staff_churn").to_pylist():
        for (tier, line), share in standard.lines.items():
            if tier == row["tier"]:
                lost[row["site_id"], line] += Fraction(int(row["lost"]) * _YEAR, months) * share
    for row in heads:
        place = (row.site, row.line)
        if row.method == "workload" and row.tier == ALL_TIERS and row.hours and lost[place] and supply.get(place):
            yield Place(*place, row.hours / standard.selling_hours, supply[place], lost[place])


def _rows(context: StageContext, place: Place, most: int) -> Iterator[dict[str, object]]:
    """One row for each number of RMs more; none where the curve does not say what today's coverage loses."""
    cost = parameter(context.policy, "staff_rm_cost", context.as_of) * context.minor
    today = _factor(context, place, 0)
    for added in range(most + 1 if today else 1):
        then = _factor(context, place, added)
        part = 1 - then / today if today and then is not None else Fraction(0)
        point = Point(added, round_fraction(place.lost * part, 0), round_fraction(cost * added, 0))
        yield {
            "unit_id": place.site,
            "line": place.line,
            "added": added,
            "coverage": round_fraction((place.people + added) / place.required, 6),
            "churn_factor": None if then is None else round_fraction(then, 6),
            "lost": round_fraction(place.lost, 0),
            "saved": point.saved,
            "cost": point.cost,
            "net": point.net,
            "is_worth": point.net > 0,
        }


def _factor(context: StageContext, place: Place, added: int) -> Fraction | None:
    """What the curve says of the losses with ``added`` RMs more."""
    table = context.policy.table("churn_by_coverage")
    coverage = (place.people + added) / place.required
    found = read_curve(table, "churn_factor", context.as_of, {table.axis.name: coverage})
    return found.value if found else None


def _money(context: StageContext, minor: int) -> str:
    """Whole units of the policy's currency."""
    return f"{round_fraction(Fraction(minor, context.minor), 0):,}"
