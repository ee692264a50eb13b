"""Laws of what incidents take: never above the liability, never twice, more never leaves more, order is nothing."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from kejing.measure.period import Period, add_months
from kejing.stages.earn.settle.take_back import SCOPES, Cell, Demand, take_back

YEAR = dt.date(2025, 1, 1)
QUARTERS = [Period(add_months(YEAR, 3 * n), add_months(YEAR, 3 * n + 3)) for n in range(-4, 4)]
days = st.dates(dt.date(2025, 1, 1), dt.date(2025, 12, 31))


@st.composite
def cells(draw: st.DrawFn) -> list[Cell]:
    """Instalments and paid amounts of two RMs over two years; some vest inside the second."""
    found = []
    for rm in ("A", "B"):
        for place, span in enumerate(QUARTERS):
            for number in range(draw(st.integers(0, 3))):
                vests = add_months(span.end, draw(st.integers(0, 36))) if number else None
                found.append(Cell(rm, f"Q{place}", span, number, draw(st.integers(0, 10_000)), vests))
    return found


@st.composite
def demands(draw: st.DrawFn) -> list[Demand]:
    """Up to six incidents with any share, window and scope."""
    found = []
    for number in range(draw(st.integers(0, 6))):
        anchor = draw(days)
        found.append(
            Demand(
                incident_id=f"W{number}",
                rm_id=draw(st.sampled_from("AB")),
                cause="any",
                decided_on=draw(days),
                window=Period(add_months(anchor, -draw(st.integers(0, 30))), anchor + dt.timedelta(days=1)),
                share=Fraction(draw(st.integers(0, 100)), 100),
                scope=draw(st.sampled_from(SCOPES)),
                clause="rule",
            )
        )
    return found


def left(given_cells: list[Cell], given_demands: list[Demand]) -> dict[tuple[str, str, int], int]:
    """What stays in each cell."""
    taken: dict[tuple[str, str, int], int] = defaultdict(int)
    for taking in take_back(given_cells, given_demands):
        taken[taking.cell.key] += taking.amount
    return {cell.key: cell.amount - taken[cell.key] for cell in given_cells}


@given(cells(), demands())
def test_never_above_what_is_there_and_never_twice(pay: list[Cell], incidents: list[Demand]) -> None:
    """All incidents together take no cell below zero, and none takes more than it asks for."""
    assert all(amount >= 0 for amount in left(pay, incidents).values())
    for demand in incidents:
        mine = [taking for taking in take_back(pay, incidents) if taking.demand is demand]
        reached = sum(cell.amount for cell in pay if demand.reaches(cell))
        assert all(taking.amount > 0 and demand.reaches(taking.cell) for taking in mine)
        assert abs(sum(taking.amount for taking in mine)) <= demand.share * reached + Fraction(1, 2)


@given(cells(), demands(), st.integers(0, 5))
def test_one_more_incident_never_leaves_more(pay: list[Cell], incidents: list[Demand], which: int) -> None:
    """In no cell is more left with an incident than without it."""
    fewer = [demand for place, demand in enumerate(incidents) if place != which]
    before, after = left(pay, fewer), left(pay, incidents)
    assert all(after[key] <= before[key] for key in before)


@given(cells(), demands(), st.randoms(use_true_random=False))
def test_order_of_rows_is_nothing(pay: list[Cell], incidents: list[Demand], chance: object) -> None:
    """Permuting cells and incidents changes nothing."""
    mixed_pay, mixed = list(pay), list(incidents)
    chance.shuffle(mixed_pay)  # type: ignore[attr-defined]  # a seeded generator of hypothesis
    chance.shuffle(mixed)  # type: ignore[attr-defined]  # the same
    assert left(mixed_pay, mixed) == left(pay, incidents)


@given(cells(), demands())
def test_paid_is_taken_only_when_nothing_unvested_is_left(pay: list[Cell], incidents: list[Demand]) -> None:
    """An incident that may touch both recovers paid cents only after every unvested instalment it reaches is gone."""
    so_far: dict[tuple[str, str, int], int] = defaultdict(int)
    for demand in sorted(incidents, key=lambda one: (one.decided_on, one.incident_id)):
        mine = [taking for taking in take_back(pay, incidents) if taking.demand is demand]
        for taking in mine:
            so_far[taking.cell.key] += taking.amount
        if any(taking.kind == "recover" for taking in mine):
            unvested = [cell for cell in pay if demand.reaches(cell) and cell.is_unvested(demand.decided_on)]
            assert all(so_far[cell.key] == cell.amount for cell in unvested)


def test_a_full_share_takes_everything_in_the_window_and_nothing_outside() -> None:
    """100 % over the second quarter leaves the first and third alone (feature 38: cause, share, period)."""
    pay = [Cell("A", f"Q{n}", QUARTERS[n + 4], 0, 100) for n in range(3)]
    window = Period(dt.date(2025, 4, 1), dt.date(2025, 6, 2))
    all_of_it = Demand("W", "A", "x", dt.date(2025, 9, 1), window, Fraction(1), "both", "rule")
    assert left(pay, [all_of_it]) == {("A", "Q0", 0): 100, ("A", "Q1", 0): 0, ("A", "Q2", 0): 100}
