"""The room's run: from today's customers and people to the P90 of every row, the levers and the hiring path."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from math import ceil

import numpy as np
import pyarrow as pa

from kejing.measure.rounding import round_fraction
from kejing.measure.share import largest_remainder
from kejing.stages.context import StageContext
from kejing.stages.decide.staff.churn import hours_factor
from kejing.stages.decide.staff.methods import ALL_TIERS, Heads, officers, span_method
from kejing.stages.decide.staff.outlook.expected import Expectation, SiteNow, Swing
from kejing.stages.decide.staff.outlook.path import hiring_path
from kejing.stages.decide.staff.outlook.rules import Outlook, read_outlook
from kejing.stages.decide.staff.outlook.solve_demand import Draws, draw_levers, draw_site, p90
from kejing.stages.decide.staff.settings import OutlookSettings, StaffSettings
from kejing.stages.decide.staff.standard import Standard

type RowKey = tuple[str, str, str, str]
"""Site, line, tier, method."""

_MICRO = 1_000_000

_LEVER = pa.schema(
    [
        ("unit_id", pa.string()),
        ("line", pa.string()),
        ("lever", pa.string()),
        *((name, pa.int64()) for name in ("low", "base", "high")),
        *((f"exact_heads_{name}", pa.int64()) for name in ("low", "base", "high")),
        *((f"required_heads_{name}", pa.int64()) for name in ("low", "base", "high")),
        ("reason", pa.string()),
    ]
)
_PATH = pa.schema(
    [
        ("unit_id", pa.string()),
        ("line", pa.string()),
        ("month", pa.date32()),
        ("expected_heads", pa.int64()),
        ("required_heads_p90", pa.int64()),
        ("required_heads", pa.int64()),
        ("staying_heads", pa.int64()),
        ("hires", pa.int64()),
        ("available_heads", pa.int64()),
        ("gap_without_hiring", pa.int64()),
        ("gap", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a row of ``staff`` comes to by the end of the months ahead: its mean in millionths, and its P90."""

    expected: int | None
    p90: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """Where the outlook starts: customers, churn and people by site; the rows of headcount that it is said for."""

    demand: Mapping[tuple[str, str], int]
    churn: Mapping[tuple[str, str], Fraction]
    supply: Mapping[tuple[str, str], Fraction]
    heads: list[Heads]


def look_ahead(
    context: StageContext, settings: StaffSettings, standard: Standard, today: Today
) -> dict[RowKey, Prospect]:
    """The prospect of every row of headcount; creates relations ``staff_lever`` and ``staff_path``.

    Raises
    ------
    LeverRangeError, RampError
        The policy contradicts itself.
    """
    assert settings.outlook is not None, "Expected a policy with an outlook."
    outlook = read_outlook(context.policy, context.as_of, settings.outlook.months)
    expectation = Expectation(
        outlook=outlook,
        standard=standard,
        tiers=sorted({tier for _, tier in today.demand} | set(outlook.growth) | {end for _, end in outlook.moves}),
        factor_of=_factor_of(context, has_churn=settings.churn is not None),
    )
    sites = _sites(today, outlook)
    context.engine.attach_arrow("staff_lever", _lever_table(expectation.swings(sites), outlook))
    levers = draw_levers(expectation, settings.outlook.draws, context.seed)
    found: dict[RowKey, Prospect] = {}
    path: list[dict[str, object]] = []
    for now in sites:
        draws = draw_site(expectation, now, levers, context.seed)
        found |= _workload(now.site, draws)
        for place, name in enumerate(settings.standards):
            found |= _span(now.site, draws, standard, name, span_method(place, name))
        path += _path_rows(now.site, draws, outlook, today.supply, settings.outlook)
    context.engine.attach_arrow("staff_path", pa.Table.from_pylist(path, schema=_PATH))
    return found | _officers(today.heads, standard, found, settings.officers_follow)


def _factor_of(context: StageContext, *, has_churn: bool) -> Callable[[Fraction], Fraction]:
    if not has_churn:
        return lambda _rate: Fraction(1)
    return cache(lambda rate: hours_factor(context.policy, context.as_of, rate))


def _sites(today: Today, outlook: Outlook) -> list[SiteNow]:
    """Every site with customers; joiners of a tier come where its customers are, of a new tier where any are."""
    by_site: dict[str, dict[str, int]] = defaultdict(dict)
    by_tier: dict[str, int] = defaultdict(int)
    for (site, tier), count in sorted(today.demand.items()):
        by_site[site][tier] = count
        by_tier[tier] += count
    everybody = sum(by_tier.values())
    return [
        SiteNow(
            site=site,
            customers=tiers,
            part={
                tier: Fraction(tiers.get(tier, 0), by_tier[tier])
                if by_tier.get(tier)
                else Fraction(sum(tiers.values()), everybody)
                for tier in {*tiers, *outlook.growth}
            },
            churn={tier: today.churn.get((site, tier), Fraction(0)) for tier in by_tier},
        )
        for site, tiers in sorted(by_site.items())
    ]


def _workload(site: str, draws: Draws) -> dict[RowKey, Prospect]:
    """A line's P90 is of its own draws; its tiers share it by their own, because quantiles do not add up."""
    found = {}
    for line, by_month in draws.heads.items():
        tiers = {tier: heads for (tier, of_line), heads in draws.tier_heads.items() if of_line == line}
        whole = p90(by_month[-1])
        weights = {tier: round(float(np.quantile(heads, 0.9)) * _MICRO) for tier, heads in tiers.items()}
        parts = largest_remainder(whole, weights) if any(weights.values()) else dict.fromkeys(tiers, 0)
        found[site, line, ALL_TIERS, "workload"] = Prospect(_mean(by_month[-1]), whole)
        for tier, heads in tiers.items():
            found[site, line, tier, "workload"] = Prospect(_mean(heads), parts[tier])
    return found


def _span(site: str, draws: Draws, standard: Standard, name: str, method: str) -> dict[RowKey, Prospect]:
    found = {}
    totals: dict[str, list[np.ndarray[tuple[int], np.dtype[np.int64]]]] = defaultdict(list)
    means: dict[str, Fraction] = defaultdict(Fraction)
    for (tier, line), share in standard.lines.items():
        span = standard.spans.get((name, tier))
        count = draws.customers.get(tier)
        if span is None or count is None or not share:
            continue
        per_head = (span.low + span.high) / (2 * share)
        heads = -(-count * per_head.denominator // per_head.numerator)
        mean = Fraction(int(count.sum()), len(count)) / per_head
        found[site, line, tier, method] = Prospect(round_fraction(mean, 6), p90(heads))
        totals[line].append(heads)
        means[line] += mean
    for line, parts in totals.items():
        found[site, line, ALL_TIERS, method] = Prospect(round_fraction(means[line], 6), p90(np.sum(parts, axis=0)))
    return found


def _officers(
    heads: list[Heads], standard: Standard, found: Mapping[RowKey, Prospect], method: str
) -> dict[RowKey, Prospect]:
    """Officers of the RMs' P90: they never fall as RMs rise, so the P90 of one is that of the other."""
    rms = [
        replace(row, needed=found[row.site, row.line, row.tier, method].p90)
        for row in heads
        if row.method == method and row.tier != ALL_TIERS and (row.site, row.line, row.tier, method) in found
    ]
    return {(row.site, row.line, row.tier, row.method): Prospect(None, row.needed) for row in officers(rms, standard)}


def _path_rows(
    site: str, draws: Draws, outlook: Outlook, supply: Mapping[tuple[str, str], Fraction], settings: OutlookSettings
) -> Iterator[dict[str, object]]:
    for line, by_month in sorted(draws.heads.items()):
        people = supply.get((site, line), Fraction(0))
        if not by_month.any() and not people:
            continue
        means, tops = [_mean(month) for month in by_month], [p90(month) for month in by_month]
        needed = tops if settings.meet == "p90" else [ceil(Fraction(mean, _MICRO)) for mean in means]
        steps = hiring_path(
            needed, people, leaving=outlook.rm_leaving, ramp=outlook.ramp, lead_months=outlook.lead_months
        )
        for month, step, mean, top in zip(outlook.months, steps, means, tops, strict=True):
            staying, available = round_fraction(step.staying, 6), round_fraction(step.available, 6)
            yield {
                "unit_id": site,
                "line": line,
                "month": month,
                "expected_heads": mean,
                "required_heads_p90": top,
                "required_heads": step.needed,
                "staying_heads": staying,
                "hires": step.hires,
                "available_heads": available,
                "gap_without_hiring": step.needed * _MICRO - staying,
                "gap": step.needed * _MICRO - available,
            }


def _lever_table(swings: list[Swing], outlook: Outlook) -> pa.Table:
    ends = ("low", "base", "high")
    rows = [
        {
            "unit_id": swing.site,
            "line": swing.line,
            "lever": swing.lever,
            **{end: round_fraction(getattr(outlook.levers[swing.lever], end), 6) for end in ends},
            **{f"exact_heads_{end}": round_fraction(heads, 6) for end, heads in zip(ends, swing.heads, strict=True)},
            **{f"required_heads_{end}": heads for end, heads in zip(ends, swing.whole, strict=True)},
            "reason": outlook.levers[swing.lever].rule,
        }
        for swing in swings
    ]
    return pa.Table.from_pylist(rows, schema=_LEVER)


def _mean(heads: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> int:
    """Mean over the draws, in millionths."""
    return round(float(heads.mean()) * _MICRO)
