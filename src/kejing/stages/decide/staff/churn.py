"""Churn of a place and tier, and what it does to the hours of a customer (E4-92)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction

import pyarrow as pa

from kejing.measure.rounding import round_fraction
from kejing.policy.pack import Pack
from kejing.stages.context import StageContext

type Place = tuple[str, str]
"""Site and tier."""


def churn_rates(context: StageContext) -> dict[Place, Fraction]:
    """Confirmed losses over the base measure, by site and tier; 0 where there is no base."""
    rows = context.engine.fetch("SELECT * FROM staff_churn ORDER BY site_id, tier").to_pylist()
    return {
        (row["site_id"], row["tier"]): Fraction(int(row["lost"]), int(row["base"])) if row["base"] > 0 else Fraction(0)
        for row in rows
    }


def hours_factor(policy: Pack, day: dt.date, rate: Fraction) -> Fraction:
    """What table ``churn_hours`` multiplies the hours of a customer by at churn ``rate``; 1 where it is silent."""
    factor = policy.table("churn_hours").decide(day, {"churn_rate": rate}).get("hours_factor")
    return factor if isinstance(factor, Fraction) else Fraction(1)


def publish_factors(context: StageContext, factors: Mapping[Place, Fraction]) -> None:
    """Relation ``staff_hours_factor``: what a customer's hours are multiplied by, in millionths, for the books."""
    micro = {place: round_fraction(factor, 6) for place, factor in factors.items()}
    rows = context.engine.fetch(
        "SELECT customer_id, site_id, tier FROM staff_customer ORDER BY customer_id"
    ).to_pylist()
    table = pa.table(
        {
            "customer_id": pa.array([row["customer_id"] for row in rows], pa.string()),
            "factor": pa.array([micro.get((row["site_id"], row["tier"]), 1_000_000) for row in rows], pa.int64()),
        }
    )
    context.engine.attach_arrow("staff_hours_factor", table)
