"""The run of the stage: demand and people in post from SQL, methods side by side, gaps, outlook and findings."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from fractions import Fraction

import pyarrow as pa

from kejing.measure.findings import Severity
from kejing.measure.period import add_months
from kejing.measure.rounding import round_fraction
from kejing.stages.context import StageContext
from kejing.stages.decide.staff.attention import compare_attention
from kejing.stages.decide.staff.benefit import write_benefit
from kejing.stages.decide.staff.churn import churn_rates, hours_factor, publish_factors
from kejing.stages.decide.staff.gap import gap_table, gaps, report_gaps
from kejing.stages.decide.staff.methods import ALL_TIERS, Heads, by_span, by_workload, officers, span_method
from kejing.stages.decide.staff.outlook import Prospect, RowKey, Today, look_ahead
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
        ("expected_heads", pa.int64()),
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
    """Create relation ``staff`` and, where the policy asks for them, those of the outlook, of benefit and the roster.

    Notes
    -----
    ``staff_standard`` (hours and visits a customer takes a year, customers per RM, in millionths) and
    ``staff_time`` (selling hours of one RM) stand beside it for the stages that plan people's time.
    ``exact_heads`` are the hours over the selling hours of one RM, before the site's total is rounded up; the tiers
    share the rounded total out, so a tier of few hours may be left with 0 whole heads.
    ``gap`` is required heads less people available, so a shortage is positive (E4-77). The range of
    a method stands in ``required_heads_lo`` and ``required_heads_hi``; ``required_heads`` is its middle.
    ``expected_heads`` and ``required_heads_p90`` look to the end of the months ahead (E4-84).
    """
    settings = StaffSettings.model_validate(context.policy.section("staff"))
    standard = read_standard(context.policy, context.as_of)
    context.progress("staff", 0, 3)
    _read(context, settings)
    rates = churn_rates(context) if settings.churn else {}
    today = _today(context, settings, standard, rates)
    prospects = look_ahead(context, settings, standard, today) if settings.outlook else {}
    context.progress("staff", 1, 3)
    context.engine.attach_arrow("staff", _table(today, prospects, standard))
    context.engine.attach_arrow("staff_standard", _standard_table(standard, settings.standards[0]))
    hours = round_fraction(standard.selling_hours, 6)
    context.engine.create("staff_time", f"SELECT CAST({hours} AS $BIGINT) AS selling_hours")
    context.progress("staff", 2, 3)
    missing = list(gaps(today.heads, today.supply))
    context.engine.attach_arrow("staff_gap", gap_table(missing))
    _report(context, standard, today.demand)
    report_gaps(context, missing)
    if settings.attention:
        compare_attention(context, settings.attention, standard)
    if settings.benefit:
        write_benefit(context, settings, standard, today.heads, today.supply)
    if settings.roster.simulate:
        simulate_roster(context, settings.roster, standard, today.heads)
    context.progress("staff", 3, 3)


def _today(
    context: StageContext, settings: StaffSettings, standard: Standard, rates: Mapping[tuple[str, str], Fraction]
) -> Today:
    """Demand, people and the heads of every method on the day of the run."""
    demand = {
        (str(row["site_id"]), str(row["tier"])): int(str(row["customers"])) for row in _rows(context, "staff_demand")
    }
    factors = {place: hours_factor(context.policy, context.as_of, rate) for place, rate in rates.items()}
    if settings.churn:
        publish_factors(context, factors)
    workload = by_workload(demand, standard, factors)
    spans = [
        by_span(demand, standard, name, method=span_method(place, name))
        for place, name in enumerate(settings.standards)
    ]
    followed = workload if settings.officers_follow == "workload" else spans[0]
    heads = [*workload, *(row for rows in spans for row in rows), *officers(followed, standard)]
    return Today(demand=demand, churn=rates, supply=_supply(context, settings), heads=heads)


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


def _table(today: Today, prospects: Mapping[RowKey, Prospect], standard: Standard) -> pa.Table:
    """The rows of ``staff``; people without demand and demand still to come have rows of their own."""
    rows = [*today.heads, *_idle(today, standard), *_to_come(today, prospects)]
    return pa.Table.from_pylist(
        [_as_row(row, today.supply, prospects, standard.selling_hours) for row in rows], schema=_STAFF
    )


def _idle(today: Today, standard: Standard) -> Iterator[Heads]:
    """Sites with people and no demand, so that no surplus hides."""
    lines = _managed_lines(standard)
    planned = {(row.site, row.line) for row in today.heads}
    for site, line in sorted(today.supply):
        if line in lines and (site, line) not in planned:
            method = "ratio" if line.endswith("_officer") else "workload"
            yield Heads(site, line, ALL_TIERS, method, Fraction(0), None, 0, 0, 0, "no_demand")


def _to_come(today: Today, prospects: Mapping[RowKey, Prospect]) -> Iterator[Heads]:
    """Tiers and lines that nobody is in yet and somebody will be."""
    planned = {(row.site, row.line, row.tier, row.method) for row in today.heads}
    for site, line, tier, method in sorted(set(prospects) - planned):
        if prospects[site, line, tier, method].p90:
            hours = Fraction(0) if method == "workload" else None
            yield Heads(site, line, tier, method, Fraction(0), hours, 0, 0, 0, "to_come")


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


def _as_row(
    row: Heads, supply: Supply, prospects: Mapping[RowKey, Prospect], selling_hours: Fraction
) -> dict[str, object]:
    prospect = prospects.get((row.site, row.line, row.tier, row.method))
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
        "expected_heads": None if prospect is None else prospect.expected,
        "required_heads_p90": None if prospect is None else prospect.p90,
        "available_heads": None if people is None else round_fraction(people, 6),
        "gap": None if people is None else round_fraction(row.needed - people, 6),
        "reason": row.reason,
    }


def _report(context: StageContext, standard: Standard, demand: Mapping[tuple[str, str], int]) -> None:
    unserved: dict[str, int] = defaultdict(int)
    served = {tier for (tier, _), share in standard.lines.items() if share}
    for (_, tier), customers in demand.items():
        if tier not in served:
            unserved[tier] += customers
    for tier, customers in sorted(unserved.items()):
        context.note("staff.tier_without_rm", "staff", severity=Severity.INFO, tier=tier, count=customers)
    for tier in sorted(served & {tier for _, tier in demand} - set(standard.hours)):
        context.note("staff.no_service_standard", "staff", tier=tier)
