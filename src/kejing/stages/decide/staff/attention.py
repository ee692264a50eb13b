"""Head of a chicken, tail of a phoenix (鸡头凤尾): is more spent on a customer just below a tier line than above it?

Every standard may be met and a better customer still get fewer visits, fewer hours or a smaller discount for its money
than one a tier below (E4-57, E4-59).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import pyarrow as pa

from kejing.measure.findings import Severity
from kejing.measure.rounding import round_fraction
from kejing.stages.context import StageContext
from kejing.stages.decide.staff.settings import AttentionSettings
from kejing.stages.decide.staff.standard import Standard
from kejing.stages.rule_file import day_literal, run_rules

VISITS, HOURS, DISCOUNT = "visits", "hours", "discount"

_ATTENTION = pa.schema(
    [
        ("tier", pa.string()),
        ("below", pa.string()),
        ("measure", pa.string()),
        ("customers", pa.int64()),
        ("value_per_year", pa.int64()),
        ("amount_per_year", pa.int64()),
        ("intensity", pa.int64()),
        ("below_intensity", pa.int64()),
        ("difference", pa.int64()),
        ("is_inverted", pa.bool_()),
    ]
)


@dataclass(frozen=True, slots=True)
class TierCare:
    """What a mean customer of a tier brings and gets in a year.

    ``value`` is in whole units of the scheme's currency; ``discount`` the share of the price let off, None where
    nobody said.
    """

    tier: str
    customers: int
    value: Fraction
    visits: Fraction
    hours: Fraction
    discount: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One kind of attention across one tier line: ``upper`` gets ``intensity``, the tier below it ``below``."""

    upper: TierCare
    lower: TierCare
    measure: str
    amount: Fraction
    intensity: Fraction
    below: Fraction

    @property
    def difference(self) -> Fraction:
        """How much more the upper tier gets, relative to the lower."""
        return self.intensity / self.below - 1

    @property
    def is_inverted(self) -> bool:
        """Whether the customer that is worth more gets less."""
        return self.intensity < self.below


def compare(tiers: Sequence[TierCare], per: int) -> Iterator[Comparison]:
    """Neighbours in value, each kind of attention; visits and hours ``per`` so much of a year's value.

    Examples
    --------
    >>> a = TierCare("a", 1, Fraction(27_000), visits=Fraction(4), hours=Fraction(11))
    >>> crystal = TierCare("crystal", 1, Fraction(78_000), visits=Fraction(8), hours=Fraction(19))
    >>> found = next(compare([a, crystal], 1000))
    >>> round(float(found.intensity), 3), round(float(found.below), 3), found.is_inverted
    (0.103, 0.148, True)
    """
    for lower, upper in pairwise(sorted(tiers, key=lambda care: (care.value, care.tier))):
        for measure in (VISITS, HOURS):
            below = getattr(lower, measure) * per / lower.value
            amount = getattr(upper, measure)
            if below and amount:
                yield Comparison(upper, lower, measure, amount, amount * per / upper.value, below)
        if upper.discount is not None and lower.discount:
            yield Comparison(upper, lower, DISCOUNT, upper.discount, upper.discount, lower.discount)


def compare_attention(context: StageContext, settings: AttentionSettings, standard: Standard) -> None:
    """Create relation ``attention``; a finding for each tier line across which attention is inverted."""
    values = {
        "AS_OF": day_literal(context.as_of),
        "NEXT_DAY": day_literal(context.as_of + dt.timedelta(days=1)),
        "SCHEME": f"'{context.policy.section('staff')['scheme']}'",
        "DISCOUNT": f"'{settings.discount or ''}'",
    }
    run_rules(context.engine, "kejing.stages.decide.staff", "attention.sql", values)
    served = {tier for (tier, _), share in standard.lines.items() if share}
    rows = context.engine.fetch("SELECT * FROM attention_tier ORDER BY tier").to_pylist()
    tiers = [_care(row, settings, standard) for row in rows if row["tier"] in served & set(standard.hours)]
    found = list(compare(tiers, settings.per))
    context.engine.attach_arrow("attention", pa.Table.from_pylist([_row(one) for one in found], schema=_ATTENTION))
    for one in found:
        if one.is_inverted:
            context.note(
                f"staff.inverted_{one.measure}",
                "staff",
                severity=Severity.WARNING,
                upper=one.upper.tier,
                lower=one.lower.tier,
                intensity=_shown(one.intensity),
                below=_shown(one.below),
                less=f"{round_fraction(-one.difference * 100, 0)}%",
                per=settings.per,
            )


def _care(row: dict[str, object], settings: AttentionSettings, standard: Standard) -> TierCare:
    customers, value = int(str(row["customers"])), Fraction(int(str(row["value"])), 1_000_000)
    discounted = int(str(row["discounted"]))
    tier = str(row["tier"])
    return TierCare(
        tier,
        customers,
        value * settings.periods_per_year / customers,
        visits=standard.visits.get(tier, Fraction(0)),
        hours=standard.hours[tier][0],
        discount=Fraction(int(str(row["discount"])), 1_000_000 * discounted) if discounted else None,
    )


def _row(one: Comparison) -> dict[str, object]:
    return {
        "tier": one.upper.tier,
        "below": one.lower.tier,
        "measure": one.measure,
        "customers": one.upper.customers,
        "value_per_year": round_fraction(one.upper.value, 6),
        "amount_per_year": round_fraction(one.amount, 6),
        "intensity": round_fraction(one.intensity, 6),
        "below_intensity": round_fraction(one.below, 6),
        "difference": round_fraction(one.difference, 6),
        "is_inverted": one.is_inverted,
    }


def _shown(value: Fraction) -> str:
    return f"{round_fraction(value, 3) / 1000:.3f}"
