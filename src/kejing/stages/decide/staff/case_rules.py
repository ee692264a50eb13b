"""Cases of attention: what a customer of each tier is worth → visits and hours per value, inverted or not."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

from kejing.policy import Case, Pack, Type
from kejing.policy.literals import parse_value
from kejing.stages.decide.staff.attention import TierCare, compare
from kejing.stages.decide.staff.settings import StaffSettings
from kejing.stages.decide.staff.standard import read_standard

type Answer = dict[tuple[str, ...], dict[str, Fraction | str]]


def attention_case(pack: Pack, case: Case) -> Answer:
    """Each tier against the one below it, by kind of attention; ``value`` is that of one period of the scheme."""
    assert isinstance(case.as_of, dt.date), f"Expected as_of in case {case.name}."
    settings = StaffSettings.model_validate(pack.section("staff")).attention
    assert settings is not None, f"Expected an attention setting for case {case.name}."
    standard = read_standard(pack, case.as_of)
    tiers = []
    for row in case.given["tier"]:
        tier, value = str(row["tier"]), parse_value(str(row["value"]), Type.MONEY)
        assert isinstance(value, Fraction)
        discount = parse_value(str(row["discount"]), Type.NUMBER) if "discount" in row else None
        assert discount is None or isinstance(discount, Fraction)
        tiers.append(
            TierCare(
                tier,
                1,
                value * settings.periods_per_year,
                visits=standard.visits.get(tier, Fraction(0)),
                hours=standard.hours[tier][0],
                discount=discount,
            )
        )
    return {
        (one.upper.tier, one.measure): {
            "below": one.lower.tier,
            "intensity": one.intensity,
            "below_intensity": one.below,
            "difference": one.difference,
            "is_inverted": "true" if one.is_inverted else "false",
        }
        for one in compare(tiers, settings.per)
    }
