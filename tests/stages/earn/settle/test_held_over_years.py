"""Pay withheld in one fiscal year and released in another is paid once, in the period of its release."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from kejing.measure.period import FiscalCalendar, Grain
from kejing.stages.earn.settle.carried import PostedYears, Withheld, carried_held
from tests.stages.earn.settle.scene import Rows, line, settled, table

_YEARS = (2024, 2025, 2026)
_PERIODS = [
    (name, span) for year in _YEARS for name, span in FiscalCalendar(Grain.QUARTER, 1).periods_to(dt.date(year, 12, 31))
]
_DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2026, 12, 31))
_LINES = st.tuples(
    st.sampled_from([name for name, _ in _PERIODS]),
    st.sampled_from("AB"),
    st.sampled_from(["increment_pay", "base_pay"]),
    st.integers(-5_00, 100_00).filter(bool),
)


@st.composite
def hold(draw: st.DrawFn) -> dict[str, object]:
    """A hold that ends on a day of its own or has not ended yet, on one component or on all pay by performance."""
    start = draw(_DAYS)
    end = draw(st.none() | st.dates(start, dt.date(2027, 6, 30)))
    named = draw(st.none() | st.sampled_from(["increment_pay", "base_pay"]))
    return {"rm_id": draw(st.sampled_from("AB")), "component": named, "held_from": start, "released_on": end}


def posted(held: dict[Withheld, dict[str, int]]) -> PostedYears:
    """Years of which nothing but withheld pay is known."""
    nothing: dict[str, dict[object, int]] = {
        name: {} for name in ("instalments", "malus", "recovered", "performance", "vested", "balance", "spans")
    }
    return PostedYears(held=held, **nothing)  # type: ignore[arg-type]  # empty whatever they would hold


def first_free_day(period: str, row: dict[str, object], holds: Rows) -> str | None:
    """The period on whose last day, counted from the line's own, no hold lies on the line; the rule in one line."""
    start = [name for name, _ in _PERIODS].index(period)
    for name, span in _PERIODS[start:]:
        if not any(
            one["rm_id"] == row["rm_id"]
            and (one["component"] or "increment_pay") == row["component"]  # without a name: all pay by performance
            and one["held_from"] <= span.last_day  # type: ignore[operator]  # a date
            and (one["released_on"] is None or one["released_on"] > span.last_day)  # type: ignore[operator]
            for one in holds
        ):
            return name
    return None


@settings(max_examples=12)
@given(st.lists(_LINES, max_size=12, unique_by=lambda one: one[:3]), st.lists(hold(), max_size=4))
def test_every_line_is_paid_once_over_the_years_or_withheld_still(
    lines: Sequence[tuple[str, str, str, int]], open_holds: Sequence[dict[str, object]]
) -> None:
    """Three years run one after another, each upon what the ones before withheld and released.

    Paid and still withheld together are what was due; each line is paid in the period that the rule names, whatever
    year that is in; nothing is paid twice.
    """
    holds = [{"hold_id": f"H{place}", **one} for place, one in enumerate(open_holds)]
    due = [line(period, rm, amount, component) for period, rm, component, amount in lines]
    held: dict[Withheld, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    payable: Counter[tuple[str, str]] = Counter()
    for year in _YEARS:
        mine = [row for row in due if str(row["period"]).startswith(str(year))]
        known = [
            {**one, "released_on": one["released_on"] if str(one["released_on"]) <= f"{year}-12-31" else None}
            for one in holds
        ]
        left = carried_held(posted(held)).to_pylist()
        with settled(mine, holds=known, withheld=left, as_of=f"{year}-12-31") as context:
            for row in table(context, "settlement"):
                payable[row["period"], row["rm_id"]] += row["payable"]
            for row in table(context, "held"):
                at = row["rm_id"], row["period"], row["component"], row["measure"], row["line_id"]
                if not row["is_carried"]:
                    held[at][row["hold_id"]] += row["amount"]
                if row["released_in"]:
                    held[at][row["hold_id"]] -= row["amount"]
    still = sum(row["amount"] for row in carried_held(posted(held)).to_pylist())
    assert sum(payable.values()) + still == sum(amount for *_, amount in lines)
    expected: Counter[tuple[str, str]] = Counter()
    for (period, rm, _, amount), row in zip(lines, due, strict=True):
        paid_in = first_free_day(period, row, holds) if amount > 0 else period
        if paid_in is not None:
            expected[paid_in, rm] += amount
    assert +payable == +expected
    assert -payable == -expected


def test_what_one_hold_paid_is_not_paid_under_another() -> None:
    """A correction names another hold for a line that was released under the first: the line is settled all the same.

    Withheld 100 under H2 and paid; then 100 are withheld under H1 and H2's are taken back. Nothing is left to pay.
    """
    settled_line = {("A", "2025-Q3", "increment_pay", "", ""): {"H2": -100, "H1": 100}}
    waiting = {("A", "2025-Q4", "increment_pay", "", ""): {"H2": 0, "H1": 70}}
    (left,) = carried_held(posted({**settled_line, **waiting})).to_pylist()
    assert (left["period"], left["hold_id"], left["amount"]) == ("2025-Q4", "H1", 70)
