"""Won deals of a made-up seller credited and paid: the figures of the example's page."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from statistics import mean

import pytest

from tests.examples.command import Ran

type Bring = Callable[..., Ran]
type Run = Callable[..., Ran]

WON = Decimal(10_005_534)


@pytest.fixture(scope="module")
def facts(brought: Bring) -> Ran:
    """The deals."""
    return brought("pipeline", "crm_maven")


@pytest.fixture(scope="module")
def out(ran: Run, facts: Ran) -> Ran:
    """The run on them."""
    return ran("pipeline", facts, "2017-12-31")


def test_deals_are_accounted_for(facts: Ran) -> None:
    """Of 8,800 deals 4,238 were won and come in as income; 4,562 are left out and counted."""
    assert facts.rows("SELECT COUNT(*), SUM(amount) FROM {income}") == [(4238, int(WON) * 100)]
    left_out = [found["count"] for found in facts.facts_of("facts.rows_left_out") if found["table"] == "income"]
    assert left_out == ["4,562"]
    assert 4238 + 4562 == 8800


def test_ownership_conflicts(facts: Ran) -> None:
    """Each of the 85 accounts has 10 to 30 agents, 14.8 on average: each is reported, none gets a lead."""
    leads = [int(found["count"]) for found in facts.facts_of("facts.two_leads")]
    assert (len(leads), min(leads), max(leads), round(mean(leads), 1)) == (85, 10, 30, 14.8)
    assert facts.exit_code == 1
    accounts = facts.rows("SELECT COUNT(*) FROM {coverage} WHERE NOT contains(customer_id, '/')")
    assert accounts == [(0,)]


def test_open_deals_without_account(facts: Ran) -> None:
    """1,425 open deals name no account."""
    more = [found for found in facts.facts_of("facts.more_of_the_same") if found["code"] == "facts.mapping_notice"]
    rest = sum(int(re.sub(",", "", found["count"])) for found in more)
    assert facts.counts()["facts.mapping_notice"] + rest == 1425


def test_product_spelled_as_in_the_catalogue(facts: Ran) -> None:
    """GTXPro is GTX Pro: every deal has a product of the catalogue."""
    assert facts.rows("SELECT COUNT(*) FROM {income} WHERE product = 'GTXPro'") == [(0,)]
    assert facts.rows("SELECT COUNT(DISTINCT product) FROM {income}") == [(7,)]


def test_credit_ties_to_the_ledger(out: Ran) -> None:
    """All 10,005,534 dollars are credited, nothing is unassigned."""
    found = out.rows("SELECT SUM(amount), COUNT(*), COUNT(*) FILTER (rm_id = '') FROM {credit} WHERE view = 'ledger'")
    assert found == [(WON, 4238, 0)]
    assert out.rows("SELECT view FROM {credit} GROUP BY view") == [("ledger",)]


def test_credit_by_office_agent_and_quarter(out: Ran) -> None:
    """West, Central, East; the first agent; the quarters in which deals closed."""
    by_office = out.rows("SELECT unit_id, SUM(amount) FROM {credit} GROUP BY unit_id")
    assert dict(by_office) == {"West": Decimal(3_568_647), "Central": Decimal(3_346_293), "East": Decimal(3_090_594)}
    first = out.rows(
        "SELECT rm_id, SUM(amount) AS won, COUNT(*) FROM {credit} GROUP BY rm_id ORDER BY won DESC LIMIT 1"
    )
    assert first == [("Darcel Schlecht", Decimal(1_153_214), 349)]
    quarters = out.rows("SELECT SUM(amount) FROM {credit} GROUP BY period ORDER BY period")
    assert [int(amount) for (amount,) in quarters] == [1_134_672, 3_086_111, 2_982_255, 2_802_496]


def test_tiers_of_accounts(out: Ran) -> None:
    """85 accounts by their own revenue: 32 large, 50 mid-size, 3 small."""
    found = out.rows(
        "SELECT tier, COUNT(*) FROM {segment}"
        " WHERE NOT contains(customer_id, '/') AND valid_to = '9999-12-31' GROUP BY tier"
    )
    assert dict(found) == {"large": 32, "mid": 50, "small": 3}


def test_commission_is_paid_by_owner(out: Ran) -> None:
    """Every won deal pays its agent the rate of the account's tier, once; the totals are the lines."""
    found = out.rows(
        "SELECT COUNT(*) FROM {pay} AS p JOIN {credit} AS c ON c.line_id = p.line_id AND c.rm_id = p.rm_id"
        " JOIN {segment} AS s ON s.customer_id = c.customer_id AND s.valid_to = '9999-12-31'"
        " WHERE p.amount = CAST(c.amount * (CASE WHEN s.tier IN ('small', 'micro') THEN 0.025 ELSE 0.02 END)"
        " AS DECIMAL(18, 2))"
    )
    lines = out.rows("SELECT COUNT(*), SUM(amount) FROM {pay}")
    assert found == [(lines[0][0],)]
    assert out.rows("SELECT SUM(gross) FROM {pay_total}") == [(lines[0][1],)]


def test_agents_without_a_deal(out: Ran) -> None:
    """35 agents are on the roll, 5 of them won nothing and are paid nothing."""
    found = out.rows("SELECT rm_id FROM {pay_total} GROUP BY rm_id HAVING SUM(gross) = 0")
    assert len(found) == 5
