"""A made-up carrier under the 4+1 policy: the figures of the example's page."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.examples.command import Ran

type Bring = Callable[..., Ran]
type Run = Callable[..., Ran]


@pytest.fixture(scope="module")
def facts(brought: Bring) -> Ran:
    """The customers."""
    return brought("telecom_carrier", "telco_ibm")


@pytest.fixture(scope="module")
def out(ran: Run, facts: Ran) -> Ran:
    """The run on them."""
    return ran("telecom_carrier", facts, "2024-10-01")


def test_customers_and_spend(facts: Ran) -> None:
    """7,043 customers spend 456,116.60 dollars a month; 1,869 of them were lost."""
    assert facts.exit_code == 0
    assert facts.rows("SELECT COUNT(*) FROM {customers}") == [(7043,)]
    assert facts.rows("SELECT SUM(value) FROM {measures} WHERE measure = 'monthly_spend'") == [(45_611_660,)]
    assert facts.rows("SELECT COUNT(*) FROM {losses}") == [(1869,)]


def test_tiers_filled_in_by_the_example(out: Ran) -> None:
    """Every customer has one of the three tiers that the example invents, none of those the source describes."""
    found = out.rows("SELECT tier, COUNT(*) FROM {segment} GROUP BY tier")
    assert dict(found) == {"public_high": 1744, "public_mid": 3005, "public_low": 2294}


def test_heads_by_workload_rise_with_churn(out: Ran) -> None:
    """13 community RMs and 2 agents of the call centre: hours by the standard, a quarter more for the churn (E4-92)."""
    found = out.rows("SELECT line, required_heads, required_hours FROM {staff} WHERE tier = '' ORDER BY line")
    hours = {"community": (1744 * 5 + 3005) * Decimal("1.25"), "phone": 2294 * Decimal("0.5") * Decimal("1.25")}
    assert found == [("community", 13, hours["community"]), ("phone", 2, hours["phone"])]


def test_said_to_be_made_up(out: Ran) -> None:
    """The policy's label and the list of simulated inputs say what is invented."""
    manifest = out.answer["manifest"]
    assert "made-up" in manifest["policy"]["labels"]["en"]
    assert "虚构" in manifest["policy"]["labels"]["zh"]
    assert {entry["what"] for entry in manifest["simulated"]} == {"customers", "tiers", "roster", "goals"}


def test_targets(out: Ran) -> None:
    """Targets are 3 % of a year's revenue of those whom RMs cover.

    Hours rise with churn, so three RMs of the middle tier have hours for 2,880 of its 3,005 customers; the other 125,
    108,486.00 dollars of 5,473,399.20 a year, wait in the pool.
    """
    assert out.rows("SELECT SUM(stock), SUM(increment_target) FROM {target}") == [
        (Decimal("5364913.20"), Decimal("160947.40"))
    ]
