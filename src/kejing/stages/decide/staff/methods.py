"""Heads by workload, by span and by officer ratio: whole people, rounded up once per site.

Exact fractions throughout; a head is rounded where the docstring says so and nowhere else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil

from kejing.measure.share import largest_remainder
from kejing.stages.decide.staff.standard import Standard

ALL_TIERS = ""
"""Tier of the row that sums a line."""


@dataclass(frozen=True, slots=True)
class Heads:
    """One row of headcount before the people in post are set against it.

    ``hours`` is a year's [h]; None where the method knows none. ``low`` and ``high`` bound the range.
    """

    site: str
    line: str
    tier: str
    method: str
    customers: Fraction
    hours: Fraction | None
    needed: int
    low: int
    high: int
    reason: str


def by_workload(
    demand: Mapping[tuple[str, str], int], standard: Standard, churn: Mapping[tuple[str, str], Fraction]
) -> list[Heads]:
    """RMs that the contacts of the service standard take.

    Parameters
    ----------
    demand
        Customers by site and tier [count].
    standard
        Rules in force.
    churn
        Hours factor by site and tier; 1 where absent (E4-92).

    Notes
    -----
    ``hours = customers * share of the line * hours a customer * support * churn``; a site's heads of a line are
    ``ceil(sum of hours / selling hours)``, once, in the row of all tiers; the tiers get them by largest
    remainder of hours, so that they sum. Rows: E4-74, E4-80..83.
    """
    rows: dict[tuple[str, str], dict[str, Heads]] = defaultdict(dict)
    for (site, tier), line, customers in _served(demand, standard):
        hours, rules = standard.hours.get(tier, (Fraction(0), "no_standard"))
        needed = customers * hours * standard.support * churn.get((site, tier), Fraction(1))
        rows[site, line][tier] = Heads(site, line, tier, "workload", customers, needed, 0, 0, 0, rules)
    return [
        row
        for (site, line), tiers in sorted(rows.items())
        for row in _rounded_once(site, line, tiers, standard.selling_hours)
    ]


def _rounded_once(site: str, line: str, tiers: dict[str, Heads], hours_per_head: Fraction) -> list[Heads]:
    weights = {tier: row.hours or Fraction(0) for tier, row in tiers.items()}
    total = sum(weights.values(), Fraction(0))
    heads = ceil(total / hours_per_head)
    parts = largest_remainder(heads, weights) if total else dict.fromkeys(tiers, 0)
    customers = sum((row.customers for row in tiers.values()), Fraction(0))
    whole = Heads(site, line, ALL_TIERS, "workload", customers, total, heads, heads, heads, "rounded_up_once")
    return [whole] + [
        replace(row, needed=parts[tier], low=parts[tier], high=parts[tier]) for tier, row in sorted(tiers.items())
    ]


def span_method(place: int, standard: str) -> str:
    """What the span by a standard is called: the first of the policy ``span``, the others after their name."""
    return "span" if place == 0 else f"span_{standard}"


def by_span(demand: Mapping[tuple[str, str], int], standard: Standard, name: str, *, method: str) -> list[Heads]:
    """RMs that a number of customers per RM gives, rounded up per site and tier (E4-74, E4-75).

    ``name`` is the standard whose rows count, ``method`` what the result is called. The middle of a
    range of customers per RM gives the heads, its ends their range.
    """
    rows = []
    for (site, tier), line, customers in _served(demand, standard):
        span = standard.spans.get((name, tier))
        if span is None:
            continue
        heads = heads_by_range(customers, span.low, span.high)
        rows.append(Heads(site, line, tier, method, customers, None, *heads, span.rule))
    return with_totals(rows)


def officers(rms: Iterable[Heads], standard: Standard) -> list[Heads]:
    """Product officers that follow RMs by ratio, rounded up per site and tier (E3-56..62).

    ``rms`` are the rows of the method whose RMs count. A tier without a ratio has no officer (E3-64).
    """
    needed: dict[tuple[str, str, str], list[Heads]] = defaultdict(list)
    for row in rms:
        for (tier, line, officer), ratio in standard.ratios.items():
            if (row.tier, row.line) != (tier, line):
                continue
            heads = heads_by_range(Fraction(row.needed), ratio.low, ratio.high)
            needed[row.site, officer, tier].append(
                Heads(row.site, officer, tier, "ratio", row.customers, None, *heads, ratio.rule)
            )
    return with_totals([_added(group) for _, group in sorted(needed.items())])


def heads_by_range(count: Fraction, low: Fraction, high: Fraction) -> tuple[int, int, int]:
    """Heads for ``count`` where one head covers ``low`` to ``high``: for the middle, the fewest, the most.

    Examples
    --------
    >>> heads_by_range(Fraction(60), Fraction(2), Fraction(3))
    (24, 20, 30)
    >>> heads_by_range(Fraction(101), Fraction(10), Fraction(10))
    (11, 11, 11)
    """
    return ceil(count * 2 / (low + high)), ceil(count / high), ceil(count / low)


def with_totals(rows: list[Heads]) -> list[Heads]:
    """``rows`` and, per site, line and method, the row that sums their heads."""
    groups: dict[tuple[str, str, str], list[Heads]] = defaultdict(list)
    for row in rows:
        groups[row.site, row.line, row.method].append(row)
    sums = [replace(_added(group), tier=ALL_TIERS, reason="sum_of_tiers") for _, group in sorted(groups.items())]
    return sums + rows


def _added(group: list[Heads]) -> Heads:
    return replace(
        group[0],
        customers=sum((row.customers for row in group), Fraction(0)),
        needed=sum(row.needed for row in group),
        low=sum(row.low for row in group),
        high=sum(row.high for row in group),
    )


def _served(
    demand: Mapping[tuple[str, str], int], standard: Standard
) -> Iterable[tuple[tuple[str, str], str, Fraction]]:
    """Customers by site, tier and line that serves them; a tier no line serves is left out."""
    for (site, tier), customers in sorted(demand.items()):
        for (served, line), share in sorted(standard.lines.items()):
            if served == tier and share:
                yield (site, tier), line, customers * share
