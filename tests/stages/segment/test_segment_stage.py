from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kejing.measure.period import LAST_DAY
from kejing.policy import Pack, find_shipped_pack
from kejing.stages.decide import segment
from kejing.stages.decide.segment.laws import LAWS
from tests.stages.flow.random_institution import WHOLE_RUNS
from tests.stages.institution import annual_sales, broken, corporate_pack, day, plain_bank, ran, rows_of

OVERLAYS = Path(__file__).parent / "overlays"
type Rows = list[dict[str, Any]]


def tiers(
    measures: Sequence[Mapping[str, object]],
    *overlays: str,
    as_of: str = "2025-12-31",
    pack: Pack | None = None,
    **tables: Sequence[Mapping[str, object]],
) -> Rows:
    """Rows of ``segment`` in the order of scheme, customer and day."""
    policy = pack or corporate_pack(*(OVERLAYS / name for name in overlays))
    bank = plain_bank(measures=measures, **tables)
    with ran(policy, bank, as_of=as_of, stages=(segment,)) as context:
        assert broken(context, LAWS) == []
        return rows_of(context.engine, "SELECT * FROM segment ORDER BY scheme, customer_id, valid_from")


def of(rows: Rows, customer_id: str) -> list[tuple[str, str, str]]:
    """(tier, reason, first day) of a customer through the year."""
    return [(row["tier"], row["reason"], str(row["valid_from"])) for row in rows if row["customer_id"] == customer_id]


@pytest.mark.parametrize(
    ("cents", "tier"),
    [
        (2_000_000_000_00, "large"),
        (1_999_999_999_99, "mid"),
        (50_000_000_00, "mid"),
        (49_999_999_99, "small"),
        (2_500_000_00, "small"),
        (2_499_999_99, "micro"),
        (0, "micro"),
    ],
)
def test_the_line_itself_belongs_to_the_upper_tier(cents: int, tier: str) -> None:
    """Exactly 2,000, 50 and 2.5 million USD belong to the tier above, one cent less to the one below."""
    assert of(tiers([annual_sales("c1", cents)]), "c1") == [(tier, tier, "2025-01-01")]


@settings(WHOLE_RUNS, max_examples=6)
@given(
    st.lists(
        st.one_of(
            st.integers(0, 3 * 10**11),
            st.sampled_from([2_500_000_00, 50_000_000_00, 2_000_000_000_00]).flatmap(
                lambda line: st.integers(line - 2, line + 2)
            ),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_every_amount_is_in_the_band_that_holds_it(amounts: list[int]) -> None:
    """Any amount is in the one band that holds it; its distance is to the nearest line, relative to it."""
    lines = [2_500_000_00, 50_000_000_00, 2_000_000_000_00]
    customers = [{"customer_id": f"c{n:02d}"} for n in range(len(amounts))]
    rows = tiers([annual_sales(f"c{n:02d}", amount) for n, amount in enumerate(amounts)], customers=customers)
    expected = [("micro", "small", "mid", "large")[sum(amount >= line for line in lines)] for amount in amounts]
    assert [row["tier"] for row in rows] == expected
    nearest = [min(Fraction(abs(amount - line), line) for line in lines) for amount in amounts]
    assert [row["boundary_distance"] for row in rows] == [int(distance * 10**6) for distance in nearest]
    assert [row["is_on_watch"] for row in rows] == [int(distance * 10**6) <= 50_000 for distance in nearest]


def test_sales_in_yuan_count_at_the_rate_of_the_review_day() -> None:
    """The same sales in CNY are mid-size at 7.00 to the dollar and small at 7.20.

    The rate of the review day decides.
    """
    rates = [
        {"currency": "USD", "quote_currency": "CNY", "rate": 700_000_000, "valid_to": "2025-04-01"},
        {"currency": "USD", "quote_currency": "CNY", "rate": 720_000_000, "valid_from": "2025-04-01"},
    ]
    rows = tiers([annual_sales("c1", 350_000_000_00, unit="CNY")], fx_rates=rates, as_of="2025-06-30")
    assert of(rows, "c1") == [("mid", "mid", "2025-01-01"), ("small", "small", "2025-04-01")]
    assert [row["value"] for row in rows if row["customer_id"] == "c1"] == [50_000_000_000_000, 48_611_111_110_000]


def test_sales_without_a_rate_are_no_measure() -> None:
    """Sales in a currency without a rate leave the customer unclassified instead of being read as dollars."""
    rows = tiers([annual_sales("c1", 350_000_000_00, unit="HKD")])
    assert of(rows, "c1") == [("unclassified", "missing", "2025-01-01")]


def test_a_customer_without_a_measure_is_unclassified_and_reported() -> None:
    """Without a measure in the window a customer is unclassified and counted in a finding.

    It is never put into the lowest tier silently; one below every band is reported too.
    """
    with ran(
        corporate_pack(), plain_bank(measures=[annual_sales("c2", -1)]), as_of="2025-12-31", stages=(segment,)
    ) as context:
        rows = rows_of(context.engine, "SELECT * FROM segment ORDER BY customer_id")
    assert [(row["tier"], row["reason"]) for row in rows] == [
        ("unclassified", "missing"),
        ("unclassified", "no_rule"),
        ("unclassified", "missing"),
    ]
    found = {finding.code: finding.facts["count"] for finding in context.findings}
    assert found == {"segment.measure_missing": "2", "segment.no_rule": "1"}


def test_a_review_looks_at_what_had_ended_and_is_not_too_old() -> None:
    """A review reads the latest figure that ended by its day, within 24 months.

    An unfinished year waits for the next review.
    """
    measures = [
        annual_sales("c1", 60_000_000_00, year=2022),
        annual_sales("c2", 60_000_000_00, year=2023),
        {**annual_sales("c2", 1_000_000_00), "period_start": day("2024-07-01"), "period_end": day("2025-06-30")},
    ]
    rows = tiers(measures)
    assert of(rows, "c1") == [("unclassified", "missing", "2025-01-01")]
    assert of(rows, "c2") == [("mid", "mid", "2025-01-01"), ("micro", "micro", "2025-07-01")]
    assert [str(row["valid_to"]) for row in rows if row["customer_id"] == "c2"] == ["2025-07-01", str(LAST_DAY)]


def test_a_new_table_counts_from_its_first_day() -> None:
    """A tier line that the policy moves on 1 July moves the customer on 1 July and not before."""
    rows = tiers([annual_sales("c1", 300_000_000_00)], "from_july")
    assert of(rows, "c1") == [("mid", "mid", "2025-01-01"), ("large", "large_from_july", "2025-07-01")]


def fiscal(customer_id: str, cents: int, end: str) -> dict[str, object]:
    """Sales of the twelve months that end on a day."""
    last = day(end)
    return {**annual_sales(customer_id, cents), "period_start": last.replace(year=last.year - 1), "period_end": last}


def test_a_tier_is_held_within_the_buffer_of_its_own_line() -> None:
    """With a buffer of 10 % a mid-size customer stays one at 45 million and falls at a cent less.

    One that leaps over a whole tier is not held because it lands close to some other line.
    """
    start = [fiscal(one, 60_000_000_00, "2025-01-01") for one in ("c1", "c2")]
    start.append(fiscal("c3", 40_000_000_00, "2025-01-01"))
    later = [
        fiscal("c1", 45_000_000_00, "2025-04-01"),
        fiscal("c2", 44_999_999_99, "2025-04-01"),
        fiscal("c3", 2_010_000_000_00, "2025-04-01"),
    ]
    rows = tiers([*start, *later], "hold", as_of="2025-06-30")
    assert of(rows, "c1") == [("mid", "mid", "2025-01-01"), ("mid", "held", "2025-04-01")]
    assert of(rows, "c2") == [("mid", "mid", "2025-01-01"), ("small", "small", "2025-04-01")]
    assert of(rows, "c3") == [("small", "small", "2025-01-01"), ("large", "large", "2025-04-01")]


def test_without_a_buffer_the_line_itself_moves_the_tier() -> None:
    """With the shipped buffer of nothing a customer that reaches the line exactly is in the upper tier at once."""
    rows = tiers(
        [fiscal("c1", 40_000_000_00, "2025-01-01"), fiscal("c1", 50_000_000_00, "2025-04-01")], as_of="2025-06-30"
    )
    assert of(rows, "c1") == [("small", "small", "2025-01-01"), ("mid", "mid", "2025-04-01")]


def test_a_yearly_list_is_frozen_and_shows_its_shadow() -> None:
    """A list reviewed once a year keeps the January tier all year; what it would say today stands beside it (E4-65)."""
    measures = [fiscal("c1", 60_000_000_00, "2025-01-01"), fiscal("c1", 3_000_000_000_00, "2025-07-01")]
    rows = tiers([*measures, fiscal("c2", 60_000_000_00, "2025-01-01")], "yearly")
    assert of(rows, "c1") == [("mid", "mid", "2025-01-01")]
    assert [(row["customer_id"], row["shadow_tier"]) for row in rows] == [("c1", "large"), ("c2", None), ("c3", None)]


def test_a_monthly_mean_is_of_the_window() -> None:
    """A mean takes the figures of the last twelve months, each month anew, rounded once, half a cent up."""
    measures = [fiscal("c1", 10_00, "2025-01-01"), fiscal("c1", 10_01, "2025-02-01"), fiscal("c1", 99_00, "2023-12-31")]
    rows = tiers(measures, "monthly_mean", as_of="2025-03-15")
    assert [(str(row["valid_from"]), row["value"]) for row in rows if row["customer_id"] == "c1"] == [
        ("2025-01-01", 10_000_000),
        ("2025-02-01", 10_010_000),
    ]


GROUP = (
    {"customer_id": "c1", "group_id": "c1"},
    {"customer_id": "c2", "group_id": "c1"},
    {"customer_id": "c3", "group_id": "far"},
    {"customer_id": "c4", "group_id": "far"},
)


def test_a_group_is_judged_by_its_heads_figure_or_by_the_sum() -> None:
    """Where the head of a group has a consolidated figure it decides for all members.

    Where the head is not a customer the members' figures are added up; the members' own scheme stays as it was.
    """
    measures = [
        annual_sales("c1", 3_000_000_000_00),
        annual_sales("c2", 1_000_000_00),
        annual_sales("c3", 30_000_000_00),
        annual_sales("c4", 20_000_000_00),
    ]
    rows = tiers(measures, pack=Pack.load(find_shipped_pack("bank_corporate")), customers=GROUP)
    grouped = [row for row in rows if row["scheme"] == "group_sales"]
    alone = [row for row in rows if row["scheme"] == "annual_sales"]
    assert [(row["tier"], row["decided_by"]) for row in grouped] == [
        ("large", "c1"),
        ("large", "c1"),
        ("mid", "far"),
        ("mid", "far"),
    ]
    assert [row["value"] for row in grouped][2:] == [50_000_000_000_000] * 2
    assert [row["tier"] for row in alone] == ["large", "micro", "small", "small"]


def test_schemes_stand_side_by_side() -> None:
    """Sales, group and credit grade give a tier each, for the same customer on the same day.

    An unlisted grade is the last class.
    """
    grades: list[Mapping[str, object]] = [
        {"customer_id": one, "measure": "credit_grade", "value": None, "value_text": grade, "unit": "grade"}
        | {"period_start": dt.date(2024, 1, 1), "period_end": dt.date(2025, 1, 1)}
        for one, grade in (("c1", "AA"), ("c2", "BB"), ("c3", "D"))
    ]
    rows = tiers([annual_sales("c1", 1_00), *grades], pack=Pack.load(find_shipped_pack("bank_corporate")))
    assert [(row["tier"], row["value_text"]) for row in rows if row["scheme"] == "credit_class"] == [
        ("quality", "AA"),
        ("ordinary", "BB"),
        ("poor", "D"),
    ]
    assert {row["scheme"] for row in rows if row["customer_id"] == "c1"} == {
        "annual_sales",
        "group_sales",
        "credit_class",
    }


def test_the_key_account_list_of_a_carrier_is_fixed_in_january() -> None:
    """A telecom customer at 3,000.00 a month is on the list of the year and a crystal customer of the month.

    When spend falls in spring the live tier falls and the list does not.
    """
    pack = Pack.load(find_shipped_pack("telecom_4plus1"))
    spend: list[dict[str, object]] = [
        {
            "customer_id": "t1",
            "measure": "monthly_spend",
            "unit": "CNY",
            "value": 3_000_00 if month <= dt.date(2025, 1, 1) else 1_000_00,
            "period_start": month,
            "period_end": (month + dt.timedelta(days=31)).replace(day=1),
        }
        for month in [*(dt.date(2024, m, 1) for m in range(1, 13)), *(dt.date(2025, m, 1) for m in range(1, 7))]
    ]
    rows = tiers(spend, pack=pack, customers=[{"customer_id": "t1", "kind": "telecom"}], as_of="2025-07-31")
    listed = [row for row in rows if row["scheme"] == "key_account_list"]
    live = [row for row in rows if row["scheme"] == "monthly_spend"]
    assert [(row["tier"], row["shadow_tier"]) for row in listed] == [("listed", "not_listed")]
    assert live[0]["tier"] == "crystal"
    assert live[-1]["tier"] == "other"
