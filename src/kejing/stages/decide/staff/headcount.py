"""The run of the stage: demand and people in post from SQL, methods side by side, gaps and findings."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction

import pyarrow as pa

from kejing.measure.findings import Finding, Severity
from kejing.measure.period import add_months
from kejing.measure.rounding import round_fraction
from kejing.stages.context import StageContext
from kejing.stages.decide.staff.methods import ALL_TIERS, Heads, by_span, by_workload, officers
from kejing.stages.decide.staff.roster import simulate_roster
from kejing.stages.decide.staff.settings import StaffSettings
from kejing.stages.decide.staff.standard import Standard, parameter, read_standard
from kejing.stages.rule_file import day_literal, run_rules

_STAFF = pa.schema(
    [
        ("unit_id", pa.string()),
        ("line", pa.string()),
        ("tier", pa.string()),
        ("method", pa.string()),
        ("customers", pa.int64()),
        ("required_hours", pa.int64()),
        ("required_heads", pa.int64()),
        ("exact_heads", pa.int64()),
        ("required_heads_lo", pa.int64()),
        ("required_heads_hi", pa.int64()),
        ("required_heads_p90", pa.int64()),
        ("available_heads", pa.int64()),
        ("gap", pa.int64()),
        ("reason", pa.string()),
    ]
)

_STANDARD = pa.schema(
    [
        ("tier", pa.string()),
        ("hours", pa.int64()),
        ("visits", pa.int64()),
        ("is_served", pa.bool_()),
        ("span", pa.int64()),
    ]
)

type Supply = Mapping[tuple[str, str], Fraction]
"""People available by site and line [full-time equivalents]."""


def run(context: StageContext) -> None:
    """Create relation ``staff`` and, where the policy asks for it, ``roster``.

    Notes
    -----
    ``staff_standard`` (hours and visits a customer takes a year, customers per RM, in millionths) and
    ``staff_time`` (selling hours of one RM) stand beside it for the stages that plan people's time.
    ``exact_heads`` are the hours over the selling hours of one RM, before the site's total is rounded up; the tiers
    share the rounded total out, so a tier of few hours may be left with 0 whole heads.
    ``gap`` is required heads less people available, so a shortage is positive (E4-77). The range of
    a method stands in ``required_heads_lo`` and ``required_heads_hi``; ``required_heads`` is its middle.
    """
    settings = StaffSettings.model_validate(context.policy.section("staff"))
    standard = read_standard(context.policy, context.as_of)
    context.progress("staff", 0, 3)
    _read(context, settings)
    demand = {
        (str(row["site_id"]), str(row["tier"])): int(str(row["customers"])) for row in _rows(context, "staff_demand")
    }
    context.progress("staff", 1, 3)
    heads = _all_methods(context, settings, standard, demand)
    supply = _supply(context, settings)
    context.engine.attach_arrow("staff", _table(heads, supply, standard))
    context.engine.attach_arrow("staff_standard", _standard_table(standard, settings.standards[0]))
    hours = round_fraction(standard.selling_hours, 6)
    context.engine.create("staff_time", f"SELECT CAST({hours} AS $BIGINT) AS selling_hours")
    context.progress("staff", 2, 3)
    _report(context, standard, demand, heads, supply)
    if settings.roster.simulate:
        simulate_roster(context, settings.roster, standard, heads)
    context.progress("staff", 3, 3)


def _read(context: StageContext, settings: StaffSettings) -> None:
    months = settings.churn.months if settings.churn else 12
    values = {
        "AS_OF": day_literal(context.as_of),
        "NEXT_DAY": day_literal(context.as_of + dt.timedelta(days=1)),
        "SITE_LEVEL": str(-1 if settings.site_level is None else settings.site_level),
        "SCHEME": f"'{settings.scheme}'",
        "LONG_LEAVE": str(int(parameter(context.policy, "staff_long_leave_days", context.as_of))),
        "CHURN_MEASURE": f"'{settings.churn.measure if settings.churn else ''}'",
        "CHURN_START": day_literal(add_months(context.as_of, -months)),
        "CURRENCY": f"'{context.policy.currency}'",
    }
    run_rules(context.engine, "kejing.stages.decide.staff", "demand.sql", values)


def _rows(context: StageContext, relation: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = context.engine.fetch(f"SELECT * FROM {relation}").to_pylist()
    return rows


def _all_methods(
    context: StageContext, settings: StaffSettings, standard: Standard, demand: Mapping[tuple[str, str], int]
) -> list[Heads]:
    churn = _churn_factors(context) if settings.churn else {}
    if settings.churn:
        _publish_factors(context, churn)
    workload = by_workload(demand, standard, churn)
    spans = [
        by_span(demand, standard, name, method="span" if number == 0 else f"span_{name}")
        for number, name in enumerate(settings.standards)
    ]
    followed = workload if settings.officers_follow == "workload" else spans[0]
    return [*workload, *(row for rows in spans for row in rows), *officers(followed, standard)]


def _churn_factors(context: StageContext) -> dict[tuple[str, str], Fraction]:
    """Hours factor by site and tier: its confirmed churn rate put to table ``churn_hours`` (E4-92)."""
    table = context.policy.table("churn_hours")
    factors = {}
    for row in _rows(context, "staff_churn"):
        base, lost = int(str(row["base"])), int(str(row["lost"]))
        factor = table.decide(context.as_of, {"churn_rate": Fraction(lost, base) if base > 0 else Fraction(0)}).get(
            "hours_factor"
        )
        factors[str(row["site_id"]), str(row["tier"])] = factor if isinstance(factor, Fraction) else Fraction(1)
    return factors


def _publish_factors(context: StageContext, churn: Mapping[tuple[str, str], Fraction]) -> None:
    """Relation ``staff_hours_factor``: what a customer's hours are multiplied by, in millionths, for the books."""
    factors = {key: round_fraction(factor, 6) for key, factor in churn.items()}
    rows = context.engine.fetch(
        "SELECT customer_id, site_id, tier FROM staff_customer ORDER BY customer_id"
    ).to_pylist()
    table = pa.table(
        {
            "customer_id": pa.array([row["customer_id"] for row in rows], pa.string()),
            "factor": pa.array([factors.get((row["site_id"], row["tier"]), 1_000_000) for row in rows], pa.int64()),
        }
    )
    context.engine.attach_arrow("staff_hours_factor", table)


def _supply(context: StageContext, settings: StaffSettings) -> dict[tuple[str, str], Fraction]:
    supply: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    table = context.policy.table("rm_productivity") if settings.productivity_by_grade else None
    away = 0
    for row in _rows(context, "staff_supply"):
        line, grade = str(row["line"]), str(row["grade"])
        factor = table.decide(context.as_of, {"line": line, "grade": grade}).get("factor") if table else None
        fte = Fraction(int(str(row["fte"])), 1_000_000)
        supply[str(row["site_id"]), line] += fte * (factor if isinstance(factor, Fraction) else 1)
        away += int(str(row["away"]))
    if away:
        context.note("staff.on_long_leave", "staff", severity=Severity.INFO, count=away)
    return dict(supply)


def _managed_lines(standard: Standard) -> set[str]:
    """Lines whose heads this policy says something about."""
    return {line for (_, line), share in standard.lines.items() if share} | {
        officer for (_, _, officer) in standard.ratios
    }


def _table(heads: list[Heads], supply: Supply, standard: Standard) -> pa.Table:
    """The rows of ``staff``; a site with people and no demand has a row of its own, so no surplus hides."""
    lines = _managed_lines(standard)
    planned = {(row.site, row.line) for row in heads}
    idle = [
        Heads(
            site,
            line,
            ALL_TIERS,
            "ratio" if line.endswith("_officer") else "workload",
            Fraction(0),
            None,
            0,
            0,
            0,
            "no_demand",
        )
        for site, line in sorted(supply)
        if line in lines and (site, line) not in planned
    ]
    rows = [_as_row(row, supply, standard.selling_hours) for row in [*heads, *idle]]
    return pa.Table.from_pylist(rows, schema=_STAFF)


def _standard_table(standard: Standard, name: str) -> pa.Table:
    """What a customer of each tier takes a year, in millionths."""
    served = {tier for (tier, _), share in standard.lines.items() if share}
    tiers = served | set(standard.hours) | {tier for _, tier in standard.spans}
    rows = []
    for tier in sorted(tiers):
        span = standard.spans.get((name, tier))
        hours = standard.hours.get(tier, (Fraction(0), ""))[0] * standard.support
        rows.append(
            {
                "tier": tier,
                "hours": round_fraction(hours, 6),
                "visits": round_fraction(standard.visits.get(tier, Fraction(0)), 6),
                "is_served": tier in served,
                "span": None if span is None else round_fraction((span.low + span.high) / 2, 6),
            }
        )
    return pa.Table.from_pylist(rows, schema=_STANDARD)


def _as_row(row: Heads, supply: Supply, selling_hours: Fraction) -> dict[str, object]:
    people = supply.get((row.site, row.line), Fraction(0)) if row.tier == ALL_TIERS else None
    return {
        "unit_id": row.site,
        "line": row.line,
        "tier": row.tier,
        "method": row.method,
        "customers": round_fraction(row.customers, 0),
        "required_hours": None if row.hours is None else round_fraction(row.hours, 6),
        "required_heads": row.needed,
        "exact_heads": None if row.hours is None else round_fraction(row.hours / selling_hours, 6),
        "required_heads_lo": row.low,
        "required_heads_hi": row.high,
        "available_heads": None if people is None else round_fraction(people, 6),
        "gap": None if people is None else round_fraction(row.needed - people, 6),
        "reason": row.reason,
    }


def _report(
    context: StageContext, standard: Standard, demand: Mapping[tuple[str, str], int], heads: list[Heads], supply: Supply
) -> None:
    unserved: dict[str, int] = defaultdict(int)
    served = {tier for (tier, _), share in standard.lines.items() if share}
    for (_, tier), customers in demand.items():
        if tier not in served:
            unserved[tier] += customers
    for tier, customers in sorted(unserved.items()):
        context.note("staff.tier_without_rm", "staff", severity=Severity.INFO, tier=tier, count=customers)
    for tier in sorted(served & {tier for _, tier in demand} - set(standard.hours)):
        context.note("staff.no_service_standard", "staff", tier=tier)
    _report_gaps(context, heads, supply)


def _report_gaps(context: StageContext, heads: list[Heads], supply: Supply) -> None:
    """Per site and line: what the methods say, and whether the standard is too low or not filled (E4-76, E4-77)."""
    wholes = {(row.site, row.line, row.method): row for row in heads if row.tier == ALL_TIERS}
    for (site, line, method), row in sorted(wholes.items()):
        if method != "workload":
            continue
        span = wholes.get((site, line, "span"))
        allotted = span.needed if span else row.needed
        people = supply.get((site, line), Fraction(0))
        facts = {
            "site": site or "*",
            "line": line,
            "workload": str(row.needed),
            "span": str(allotted),
            "available": _shown(people),
        }
        if allotted != row.needed:
            more = {"difference": str(row.needed - allotted)}
            context.find(
                Finding(code="staff.methods_differ", severity=Severity.INFO, stage="staff", facts=facts | more)
            )
        if row.needed > people or allotted > people:
            more = {
                "too_low": _shown(max(Fraction(0), row.needed - max(Fraction(allotted), people))),
                "not_filled": _shown(max(Fraction(0), allotted - people)),
            }
            context.find(Finding(code="staff.shortage", severity=Severity.WARNING, stage="staff", facts=facts | more))


def _shown(value: Fraction) -> str:
    """Heads with one digit, as people say them."""
    tenths = round_fraction(value, 1)
    return str(tenths // 10) if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}"
