"""W7: 3.06 % of a stated base, by reasons and industries, with the rest that has no name, down to the customers."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from pathlib import Path

import pyarrow as pa
import pytest
from django.conf import settings as django_settings
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import Settings as OfficeSettings

from kejing.facts.schema import FACT_TABLES
from kejing.measure.period import Period
from kejing.office.acts.act import act
from kejing.office.books.models import Coverage
from kejing.office.churn.gathering import churn_of, definitions
from kejing.policy import Pack, find_shipped_pack
from kejing.stages.guard.churn import read_ledger
from kejing.warehouse.engine import DuckEngine
from tests.office.bank import TODAY, Bank
from tests.office.lost import BASE, HALF, INDUSTRIES, REASONS, suffer
from tests.office.test_frame import sign_in
from tests.stages.institution import fact_table


@pytest.fixture
def losses(bank: Bank, tmp_path: Path, settings: OfficeSettings) -> Bank:
    """The half-year of W7."""
    settings.CONFIGURATION = django_settings.CONFIGURATION.model_copy(update={"day": TODAY})
    suffer(tmp_path)
    return bank


def test_the_numbers_of_the_essay(losses: Bank) -> None:
    """3.06 %; reasons 32, 8.5 and 40 and a rest of 19.5; industries 26.53, 14.82 and 13.57 and a rest of 45.08."""
    page = sign_in("head").get(reverse("churn:churn"), {"half": HALF}).context
    assert (page["rate"], page["loss"], page["base"]) == ("3.06%", "CNY 3,060,000.00", "CNY 100,000,000.00")
    assert (page["rivals"], page["rivals_share"], page["year_rate"]) == ("1.24%", "40.50%", "6.03%")
    assert [(row.code, row.share) for row in page["reasons"]] == [
        ("own_business", "40.00%"),
        ("rival_long_distance", "32.00%"),
        ("rival_data", "8.50%"),
        ("-", "19.50%"),
    ]
    assert [(row.code, row.share) for row in page["industries"]] == [
        ("party_government_military", "26.53%"),
        ("mining_manufacturing", "14.82%"),
        ("property", "13.57%"),
        ("-", "45.08%"),
    ]
    first = page["industries"][0]
    assert (first.base_share, first.index, first.rate) == ("10.00%", "2.65", "8.12%")  # E4-91: the index on 10 %
    assert (page["suspected"], page["suspected_count"], page["losing"]) == ("CNY 50,000.00", 1, 8)


@pytest.mark.parametrize("name", ["head", "east_head", "leader", "rm_e11", "auditor"])
def test_every_cut_adds_up_and_every_figure_opens_its_lines(losses: Bank, name: str) -> None:
    """For everybody: reasons, industries and lines add up to the loss of what he sees, to the cent."""
    viewer = losses.viewer(name)
    (definition,) = definitions()
    half = next(each for each in definition.halves(TODAY) if each.name == HALF)
    found = churn_of(viewer, definition, half)
    assert found is not None
    ledger = found.ledger
    reasons, industries = ledger.by_line(found.reason_of), ledger.by_customer(found.industry_of)
    assert sum(each.loss_minor for each in reasons) == sum(each.loss_minor for each in industries) == ledger.loss_minor
    assert sum(each.base_minor or 0 for each in industries) == ledger.base_minor
    client = sign_in(name)
    for kind, slices in (("reason", reasons), ("industry", industries)):
        for each in slices:
            asked = {"half": HALF, kind: each.key or "-"}
            rows = client.get(reverse("churn:customers"), asked).context["rows"]
            assert sum(row["line"].amount_minor for row in rows) == each.loss_minor
    rms = {"head": 4, "auditor": 4, "east_head": 3, "leader": 2, "rm_e11": 1}[name]
    seen = {line.customer_id.split("-")[0] for line in (*ledger.confirmed, *ledger.suspected)}
    assert len(seen) == rms
    if name in {"head", "auditor"}:
        assert (ledger.loss_minor, ledger.base_minor) == (sum(REASONS.values()), BASE)
        assert sum(INDUSTRIES.values()) == sum(REASONS.values())


def test_strangers_and_walls(losses: Bank) -> None:
    """Who sees no customer sees no loss; a walled customer's loss and base are nobody's but the members'."""
    assert not sign_in("administrator").get(reverse("churn:customers"), {"half": HALF}).context["rows"]
    assert not sign_in("rm_w11").get(reverse("churn:customers"), {"half": HALF, "industry": "property"}).context["rows"]
    losses.wall("e11-1", "rm_e11")
    lines = sign_in("head").get(reverse("churn:customers"), {"half": HALF}).context["rows"]
    assert "e11-1" not in {row["line"].customer_id for row in lines}


def test_a_later_handover_moves_nothing(losses: Bank) -> None:
    """A customer handed over after the first day stays where he was for that half-year."""
    before = sign_in("rm_e11").get(reverse("churn:churn"), {"half": HALF}).context["loss"]
    day = dt.date(2025, 3, 1)
    with act("tests.handed_over", by=None) as doing:
        doing.change_all(list(Coverage.objects.filter(customer_id="e11-1")), valid_to=day)
        doing.add(Coverage(customer_id="e11-1", rm_id="w11", role="lead", valid_from=day))
    client = sign_in("rm_e11")
    assert client.get(reverse("churn:churn"), {"half": HALF}).context["loss"] == before
    page = client.get(reverse("churn:customers"), {"half": HALF}).content.decode()
    assert reverse("customer:page", args=("e11-1",)) not in page, "his page is out of sight by now, and not linked"


def test_the_definition_is_printed_with_its_version(losses: Bank) -> None:
    """Policy, version, digest, run, snapshot and the list stand on the page and on every drill."""
    pack = Pack.load(find_shipped_pack("telecom_4plus1"))
    for address in ("churn:churn", "churn:customers"):
        page = sign_in("head").get(reverse(address), {"half": HALF}, headers={"accept-language": "en"}).content.decode()
        for told in (pack.version, pack.digest[:12], "fixed each January", "2025-01-01", "2025-06-30"):
            assert told in page, told


@pytest.mark.parametrize("as_of", ["0001-01-01", "1999-12-31", "2025-06-30", "9999-12-30"])
def test_any_day_can_be_looked_at(losses: Bank, as_of: str) -> None:
    """At the ends of the calendar too; on the last day of a half-year that half-year is the one shown."""
    answer = sign_in("head").get(reverse("churn:churn"), {"as_of": as_of})
    assert answer.status_code == 200
    assert as_of != "2025-06-30" or answer.context["half"].name == HALF


def test_without_facts_or_rules_it_says_what_to_do(bank: Bank) -> None:
    """No division by nothing: the page says what to import."""
    page = sign_in("head").get(reverse("churn:churn")).content.decode()
    assert "losses" in page
    assert sign_in("head").get(reverse("churn:customers")).status_code == 200


AMOUNT = st.integers(0, 10**12)
LINE = st.tuples(st.integers(0, 4), AMOUNT, st.sampled_from(["a", "b", ""]), st.sampled_from([0, 10, 200, None]))


@settings(max_examples=30)
@given(lines=st.lists(LINE, max_size=12), incomes=st.lists(st.tuples(st.integers(0, 4), AMOUNT), max_size=8))
def test_the_ledger_is_exact(lines: list[tuple[int, int, str, int | None]], incomes: list[tuple[int, int]]) -> None:
    """Against plain sums: only lines confirmed within the half-year, of listed customers, and no cent is lost."""
    start = dt.date(2025, 1, 1)
    half, before = Period(start, dt.date(2025, 7, 1)), Period(dt.date(2024, 7, 1), start)
    lost = [
        {
            "customer_id": f"c{customer}",
            "service": f"s{number}",
            "amount": amount,
            "currency": "CNY",
            "reason": reason or "none",
            "suspected_on": start,
            "confirmed_on": None if passed is None else start + dt.timedelta(days=passed),
        }
        for number, (customer, amount, reason, passed) in enumerate(lines)
    ]
    paid = [
        {
            "line_id": f"l{number}",
            "customer_id": f"c{customer}",
            "product": "p",
            "amount": amount,
            "currency": "CNY",
            "booked_on": before.start,
        }
        for number, (customer, amount) in enumerate(incomes)
    ]
    listed = {"c0", "c1", "c2"}
    with DuckEngine(threads=1) as engine:
        engine.attach_arrow("losses", fact_table(FACT_TABLES["losses"], lost))
        engine.attach_arrow("income", fact_table(FACT_TABLES["income"], paid))
        customers = pa.table({"customer_id": pa.array(sorted(listed))})
        ledger = read_ledger(engine, customers, half, before, currency="CNY")
    wanted: dict[str, int] = defaultdict(int)
    for number, (customer, amount, _, passed) in enumerate(lines):
        if f"c{customer}" in listed and passed in {0, 10}:
            wanted[f"s{number}"] += amount
    assert {line.service: line.amount_minor for line in ledger.confirmed} == dict(wanted)
    assert ledger.base_minor == sum(amount for customer, amount in incomes if f"c{customer}" in listed)
    for slices in (ledger.by_line(lambda line: line.reason), ledger.by_customer(lambda customer: customer)):
        assert sum(each.loss_minor for each in slices) == ledger.loss_minor
