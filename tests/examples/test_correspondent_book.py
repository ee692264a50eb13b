"""FDIC institutions as the corporate book of a correspondent bank: the figures of the example's page."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.examples.command import Ran

type Bring = Callable[..., Ran]
type Run = Callable[..., Ran]

THOUSAND = 1_000


@pytest.fixture(scope="module")
def facts(brought: Bring) -> Ran:
    """The 2022 institutions."""
    return brought("correspondent_book", "fdic_sod", year=2022)


@pytest.fixture(scope="module")
def out(ran: Run, facts: Ran) -> Ran:
    """The run on them."""
    return ran("correspondent_book", facts, "2022-06-30")


def test_institutions_and_holdings(facts: Ran) -> None:
    """4,781 institutions come in, 3,659 holdings among them; 827 institutions have none."""
    assert facts.exit_code == 0
    found = facts.rows("SELECT COUNT(*), COUNT(DISTINCT group_id), COUNT(*) FILTER (group_id IS NULL) FROM {customers}")
    assert found == [(4781, 3659, 827)]


def test_deposits(facts: Ran) -> None:
    """Deposits are 18,141,021,926 thousand dollars, to the cent."""
    found = facts.rows("SELECT SUM(value) FROM {measures} WHERE measure = 'deposit_stock' AND unit = 'USD'")
    assert found == [(18_141_021_926 * THOUSAND * 100,)]


def test_findings_of_the_source(facts: Ran) -> None:
    """Ten OI institutions, 254 lost leading zeros and ten offices without a place come out; nothing is put aside."""
    notices = [facts_["en"] for facts_ in facts.facts_of("facts.mapping_notice")]
    assert sum("OI" in text for text in notices) == 10
    assert sum("0/0" in text for text in notices) == 9
    assert sum("no coordinates" in text for text in notices) == 1
    assert [found["count"] for found in facts.facts_of("facts.id_padded")] == ["254"]
    assert not (facts.folder / "quarantine.xlsx").exists()


@pytest.mark.parametrize(
    ("year", "institutions", "deposits", "unplaced_offices", "unplaced_heads", "tiers"),
    [
        (2018, 5551, 12_307_880_325, 126, 13, {"large": 417, "mid": 4629, "small": 504, "micro": 1}),
        (2021, 4960, 17_235_467_482, 11, 0, {"large": 537, "mid": 4129, "small": 293, "micro": 1}),
    ],
)
def test_same_mapping_loads_other_years(
    brought: Bring,
    ran: Run,
    year: int,
    institutions: int,
    deposits: int,
    unplaced_offices: int,
    unplaced_heads: int,
    tiers: dict[str, int],
) -> None:
    """The mapping is not edited: the year is a parameter. Head offices at 0/0 are findings and have no place."""
    brought_ = brought("correspondent_book", "fdic_sod", year=year)
    found = brought_.rows("SELECT COUNT(*), COUNT(*) FILTER (lat IS NULL) FROM {customers}")
    assert found == [(institutions, unplaced_heads)]
    assert brought_.rows("SELECT SUM(value) // 100000 FROM {measures} WHERE measure = 'deposit_stock'") == [(deposits,)]
    assert brought_.counts()["facts.coordinate_zero"] == unplaced_heads
    assert sum("0/0" in facts["en"] for facts in brought_.facts_of("facts.mapping_notice")) == unplaced_offices
    out = ran("correspondent_book", brought_, f"{year}-06-30", "--stages", "segment")
    found = out.rows("SELECT tier, COUNT(*) FROM {segment} WHERE scheme = 'annual_sales' GROUP BY tier")
    assert dict(found) == tiers


def test_tiers(out: Ran) -> None:
    """552 large, 3,968 mid-size, 260 small institutions and one micro, by assets as a declared proxy."""
    found = out.rows("SELECT tier, COUNT(*) FROM {segment} WHERE scheme = 'annual_sales' GROUP BY tier")
    assert dict(found) == {"large": 552, "mid": 3968, "small": 260, "micro": 1}


def test_headcount(out: Ran) -> None:
    """69 + 159 + 5 = 233 RMs, 134 officers of each kind, nobody for the micro institution."""
    heads = {
        (line, tier): needed
        for line, tier, needed in out.rows(
            "SELECT line, tier, required_heads FROM {staff} WHERE method IN ('span', 'ratio')"
        )
    }
    assert [heads["corporate", tier] for tier in ("large", "mid", "small", "")] == [69, 159, 5, 233]
    assert heads["treasury_officer", ""] == heads["lending_officer", ""] == 134
    assert not [tier for _, tier in heads if tier == "micro"]
    assert [facts["count"] for facts in out.facts_of("staff.tier_without_rm")] == ["1"]


def test_officer_range_stays_a_range(out: Ran) -> None:
    """2-3:1:1 for 159 RMs is 53 to 80 officers, 64 at the middle."""
    found = out.rows(
        "SELECT required_heads_lo, required_heads, required_heads_hi FROM {staff}"
        " WHERE line = 'treasury_officer' AND tier = 'mid'"
    )
    assert found == [(53, 64, 80)]


def test_made_up_inputs_are_listed(out: Ran) -> None:
    """The run says that RMs and goals are made up, and every made-up id begins with ``sim_``."""
    listed = {entry["what"]: entry["count"] for entry in out.answer["manifest"]["simulated"]}
    assert listed == {"annual_sales": 4781, "roster": 233, "goals": 1}
    assert out.rows("SELECT COUNT(*), COUNT(*) FILTER (starts_with(rm_id, 'sim_')) FROM {roster}") == [(233, 233)]
    assert out.rows("SELECT COUNT(*) FROM {assign} WHERE rm_id <> '' AND NOT starts_with(rm_id, 'sim_')") == [(0,)]


def test_books_against_two_baselines(out: Ran) -> None:
    """Books cost less and lie nearer than by state or by name, within one percent of the best possible."""
    plans = {
        plan: (objective, gap, distance, spread)
        for plan, objective, gap, distance, spread in out.rows(
            "SELECT plan, objective, gap, mean_distance_km, load_spread FROM {assign_summary} WHERE part = ''"
        )
    }
    assert set(plans) == {"proposed", "by_unit", "alphabetical"}
    objective, gap, distance, spread = plans["proposed"]
    assert gap <= Decimal("0.01")
    for baseline in ("by_unit", "alphabetical"):
        assert objective < plans[baseline][0]
        assert distance < plans[baseline][2]
    assert spread < plans["by_unit"][3]


def test_distance_against_level_loads(out: Ran) -> None:
    """Twelve plans from dear to free bands: the objective never rises, loads drift apart, and the way gets shorter."""
    rows = out.rows("SELECT objective, load_spread, mean_distance_km FROM {assign_curve} ORDER BY step")
    assert len(rows) == 12
    assert [row[0] for row in rows] == sorted((row[0] for row in rows), reverse=True)
    assert rows[0][1] < rows[-1][1]
    assert rows[0][2] > rows[-1][2]


def test_every_institution_has_one_place(out: Ran) -> None:
    """One lead each; only the micro institution goes to the pool."""
    found = out.rows("SELECT COUNT(*), COUNT(DISTINCT customer_id), COUNT(*) FILTER (rm_id = '') FROM {assign}")
    assert found == [(4781, 4781, 1)]


def test_targets_of_the_next_year_sum_to_the_goal(out: Ran) -> None:
    """The goal is 5 % of the stock of all books; the targets of 233 RMs sum to it."""
    found = out.rows("SELECT MIN(period), MAX(period), COUNT(*), SUM(stock), SUM(increment_target) FROM {target}")
    first, last, rms, stock, targets = found[0]
    assert (first, last, rms) == ("2023", "2023", 233)
    assert targets == (stock * 5 / 100).quantize(Decimal("0.01"))


def test_higher_contribution_smaller_increment(out: Ran) -> None:
    """Among books that the guard rail leaves alone, a larger stock is never asked for more."""
    found = out.rows(
        "SELECT COUNT(*) FROM {target} AS a JOIN {target} AS b ON a.contribution > b.contribution"
        " WHERE a.increment_target > b.increment_target AND NOT a.is_capped AND NOT b.is_capped"
    )
    assert found == [(0,)]
