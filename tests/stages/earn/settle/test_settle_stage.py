"""The settle stage on worked pay: instalments, holds, recovery, settlement, and laws over any pay."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kejing.measure.rounding import round_fraction
from kejing.measure.share import largest_remainder
from kejing.stages.earn.settle.statement import NoDeferralRuleError
from tests.stages.earn.settle.scene import TABLES, codes, confirmed, line, pack, settled, table

WORKED = {
    "A": (94_503_27, 31_501_09),
    "B": (58_068_57, 19_356_19),
    "C": (11_520_00, 3_840_00),
    "D": (57_732_63, 19_244_21),
}


def settlement(context: Any) -> dict[tuple[str, str], dict[str, Any]]:
    """Settlement by period and RM."""
    return {(row["period"], row["rm_id"]): row for row in table(context, "settlement")}


def test_worked_example_in_three_equal_instalments() -> None:
    """94,503.27, 58,068.57, 11,520 and 57,732.63 vest as three equal parts each, a year apart (pay handbook 2.2)."""
    pay = [line("2025-Q4", rm, 3 * amount) for rm, (amount, _) in WORKED.items()]
    deferred = {("2025-Q4", rm): amount for rm, (amount, _) in WORKED.items()}
    with settled(pay, deferred=deferred) as context:
        rows = table(context, "instalment")
    assert {(row["rm_id"], row["number"], str(row["vests_on"]), row["amount"], row["state"]) for row in rows} == {
        (rm, number, f"{2026 + number}-01-01", part, "unvested")
        for rm, (_, part) in WORKED.items()
        for number in (1, 2, 3)
    }


def test_custom_parts_by_the_table_and_months() -> None:
    """50/25/25 of the table's own share vests after six months, each half a year later; the amount is the table's."""
    pay = [line("2025-Q1", "A", 1_000_01), line("2025-Q1", "A", 500_00, "base_pay")]
    with settled(pay, policy=pack("front_loaded")) as context:
        rows = table(context, "instalment")
        owed = settlement(context)["2025-Q1", "A"]
    parts = largest_remainder(600_01, {1: 2, 2: 1, 3: 1})
    assert [(row["number"], row["amount"], str(row["vests_on"])) for row in rows] == [
        (1, parts[1], "2025-10-01"),
        (2, parts[2], "2026-04-01"),
        (3, parts[3], "2026-10-01"),
    ]
    assert (owed["deferred"], owed["payable"]) == (600_01, 1_500_01 - 600_01)
    assert rows[0]["state"] == "vested"


def test_what_vests_in_the_year_is_paid_in_its_period() -> None:
    """An instalment that vests on 1 October is payable in the fourth quarter, whether or not the RM has other pay."""
    with settled([line("2025-Q1", "A", 1_000_01)], policy=pack("front_loaded")) as context:
        rows = settlement(context)
    assert rows["2025-Q4", "A"]["vested"] == 300_01
    assert rows["2025-Q4", "A"]["payable"] == 300_01


def test_a_hold_reaches_what_is_payable_now_and_pays_on_release() -> None:
    """The deferred part of a held line stays a liability; the rest is withheld and paid in the period of release."""
    pay = [line("2025-Q1", "A", 1_000_00), line("2025-Q1", "A", 500_00, "base_pay"), line("2025-Q2", "A", 700_00)]
    hold = {"hold_id": "H", "rm_id": "A", "held_from": "2025-03-01", "released_on": "2025-08-15"}
    with settled(pay, deferred={("2025-Q1", "A"): 400_00}, holds=[hold]) as context:
        rows, held = settlement(context), table(context, "held")
    assert {(row["period"], row["component"], row["amount"], row["released_in"]) for row in held} == {
        ("2025-Q1", "increment_pay", 600_00, "2025-Q3"),
        ("2025-Q2", "increment_pay", 700_00, "2025-Q3"),
    }
    assert [rows[period, "A"]["payable"] for period in ("2025-Q1", "2025-Q2", "2025-Q3")] == [500_00, 0, 1_300_00]


@pytest.mark.parametrize(
    ("hold", "held"),
    [
        ({}, {"L1", "L2", "stock"}),
        ({"component": "income_pay"}, {"L1", "L2"}),
        ({"component": "base_pay"}, {"base"}),
        ({"line_id": "L2"}, {"L2"}),
        ({"held_from": "2025-04-01"}, set()),
        ({"released_on": "2025-03-31"}, set()),
        ({"released_on": "2025-04-01"}, {"L1", "L2", "stock"}),
        ({"release_on": "2025-03-30"}, set()),
    ],
    ids=lambda value: str(sorted(value)) if isinstance(value, set) else str(value),
)
def test_what_a_hold_reaches(hold: dict[str, str], held: set[str]) -> None:
    """All performance pay, one component or one line; the pay day is the last day of the period."""
    pay = [
        line("2025-Q1", "A", 100, "income_pay", "L1"),
        line("2025-Q1", "A", 200, "income_pay", "L2"),
        line("2025-Q1", "A", 300, "stock_pay", "stock"),
        line("2025-Q1", "A", 400, "base_pay", "base"),
        line("2025-Q1", "B", 500, "income_pay", "L1"),
    ]
    with settled(pay, holds=[{"hold_id": "H", "rm_id": "A", "held_from": "2025-03-31", **hold}]) as context:
        assert {row["line_id"] for row in table(context, "held") if row["rm_id"] == "A"} == held
        assert not [row for row in table(context, "held") if row["rm_id"] == "B"]


def test_two_holds_hold_once_and_until_the_last_ends() -> None:
    """A line under two holds is withheld once, and released when neither lies on it."""
    holds = [
        {"hold_id": "H1", "rm_id": "A", "held_from": "2025-03-01", "released_on": "2025-05-01"},
        {"hold_id": "H2", "rm_id": "A", "held_from": "2025-04-20", "released_on": "2025-09-30"},
    ]
    with settled([line("2025-Q1", "A", 100)], holds=holds) as context:
        (row,) = table(context, "held")
    assert (row["amount"], row["released_in"]) == (100, "2025-Q3")


def test_a_leaver_s_instalments_survive_and_are_taken_back() -> None:
    """An RM gone for years keeps what the ledger owes; an incident decided now cancels and recovers it (feature 57)."""
    ledger = [
        {"rm_id": "GONE", "period": "2024-Q2", "number": n, "vests_on": f"{2024 + n}-07-01", "amount": 100}
        for n in (1, 2, 3)
    ]
    paid = [{"rm_id": "GONE", "period": "2024-Q2", "amount": 450}]
    with settled([line("2025-Q1", "A", 100)], ledger=ledger) as context:
        quiet = table(context, "instalment")
        assert settlement(context)["2025-Q3", "GONE"]["payable"] == 100
    assert [(row["number"], row["state"], row["is_carried"]) for row in quiet] == [
        (1, "vested", True),
        (2, "unvested", True),
        (3, "unvested", True),
    ]
    incident = confirmed("W", "GONE", "grave_damage", "2024-05-01", "2025-08-01")
    with settled([line("2025-Q1", "A", 100)], ledger=ledger, paid=paid, incidents=[incident]) as context:
        took = {(row["number"], row["kind"]): row["amount"] for row in table(context, "malus")}
        owed = settlement(context)["2025-Q3", "GONE"]
        after = {row["number"]: (row["cancelled"], row["state"]) for row in table(context, "instalment")}
    assert took == {(2, "malus"): 100, (3, "malus"): 100, (0, "recover"): 450, (1, "recover"): 100}
    assert (owed["vested"], owed["recovered"], owed["payable"]) == (100, 550, -450)
    assert (owed["paid_out"], owed["receivable"]) == (0, 450)
    assert after == {1: (0, "vested"), 2: (100, "cancelled"), 3: (100, "cancelled")}


def test_a_negative_balance_is_set_against_later_pay_or_claimed() -> None:
    """carry: 500 owed in Q2 leave 200 of 300 in Q3 unpaid and are gone in Q4; claim: the whole stays owed."""
    pay = [line(f"2025-Q{q}", "A", amount) for q, amount in enumerate((1_000, 300, 300, 900), start=1)]
    incident = confirmed("W", "A", "takeover", "2025-03-01", "2025-06-30")
    outcomes = {}
    for name, policy in (("carry", pack()), ("claim", pack("claim"))):
        with settled(pay, incidents=[incident], policy=policy) as context:
            rows = settlement(context)
            outcomes[name] = [
                (rows[f"2025-Q{q}", "A"]["paid_out"], rows[f"2025-Q{q}", "A"]["receivable"]) for q in (1, 2, 3, 4)
            ]
            assert f"settle.receivable_{name}" in codes(context)
    assert outcomes["carry"] == [(1_000, 0), (0, 700), (0, 400), (500, 0)]
    assert outcomes["claim"] == [(1_000, 0), (0, 700), (300, 700), (900, 700)]


def test_incidents_that_take_nothing_are_told() -> None:
    """Unconfirmed, unknown and merely allowed causes take nothing, and each is a finding."""
    incidents = [
        confirmed("W1", "A", "misselling", "2025-02-01", None),
        confirmed("W2", "A", "no_such_cause", "2025-02-01", "2025-05-01"),
        confirmed("W3", "A", "false_results", "2025-02-01", "2025-05-01"),
        confirmed("W4", "B", "misselling", "2025-02-01", "2025-05-01"),
    ]
    with settled([line("2025-Q1", "A", 1_000)], incidents=incidents) as context:
        assert table(context, "malus") == []
        found = codes(context)
    told = {"pending_incidents", "unknown_cause", "may_take_back", "nothing_to_take"}
    assert {f"settle.{code}" for code in told} <= found


def test_an_incident_of_another_line_is_another_run_s() -> None:
    """An RM whom the policy does not pay and the ledger does not owe is not told about here."""
    elsewhere = {"R": {"line": "retail"}}
    incident = confirmed("W", "R", "misselling", "2025-02-01", "2025-05-01")
    with settled([line("2025-Q1", "A", 1_000)], incidents=[incident], rms=elsewhere) as context:
        assert not {code for code in codes(context) if "take" in code or "pending" in code}


def test_deferred_pay_without_a_calendar_stops_the_run() -> None:
    """An amount that is deferred until nobody knows when is refused, not left out."""
    with (
        pytest.raises(NoDeferralRuleError),
        settled([line("2025-Q1", "A", 100)], deferred={("2025-Q1", "A"): 40}, policy=pack("no_row_for_others")),
    ):
        pass


def test_figures_that_break_a_limit_are_told_by_post() -> None:
    """30 % deferred where 40 % is asked, and base pay of half the total, are findings with the source."""
    pay = [line("2025-Q1", "A", 1_000_00), line("2025-Q1", "A", 1_000_00, "base_pay"), line("2025-Q1", "B", 1_000_01)]
    deferred = {("2025-Q1", "A"): 300_00, ("2025-Q1", "B"): 400_00}
    with settled(pay, deferred=deferred) as context:
        found = {finding.code: finding for finding in context.findings}
    low = found["settle.breaks_deferral_share"].facts
    assert (low["count"], low["example"], low["figure"]) == ("1", "A", "0.3000")  # B misses 40 % by less than a cent
    assert "商业银行稳健薪酬监管指引" in low["source"]
    assert found["settle.breaks_base_share"].facts["figure"] == "0.5000"


PERIODS = [f"2025-Q{q}" for q in (1, 2, 3, 4)]
AMOUNTS = st.integers(-5_000, 20_000)
DAYS = st.dates().filter(lambda day: day.year == 2025)


@st.composite
def matters(draw: st.DrawFn) -> dict[str, Any]:
    """Pay of two RMs over four quarters, with holds, incidents and a ledger."""
    names = ("increment_pay", "income_pay", "base_pay")
    pay = [
        line(period, rm, draw(AMOUNTS), name, f"L{n}")
        for period in PERIODS
        for rm in ("A", "B")
        for n, name in enumerate(names)
        if draw(st.booleans())
    ]
    days = st.integers(1, 365).map(lambda n: f"2025-{(n - 1) // 31 + 1:02d}-{(n - 1) % 28 + 1:02d}")
    causes = st.sampled_from(["misselling", "loan_quality", "data_leak", "takeover", "unheard_of"])
    incidents = [
        confirmed(f"W{n}", draw(st.sampled_from("ABC")), draw(causes), draw(days), draw(st.one_of(st.none(), days)))
        for n in range(draw(st.integers(0, 4)))
    ]
    holds = [
        {
            "hold_id": f"H{n}",
            "rm_id": draw(st.sampled_from("AB")),
            "held_from": draw(days),
            "released_on": draw(st.one_of(st.none(), days)),
            "component": draw(st.sampled_from([None, "income_pay"])),
            "line_id": draw(st.sampled_from([None, "L0"])),
        }
        for n in range(draw(st.integers(0, 3)))
    ]
    ledger = [
        {
            "rm_id": "C",
            "period": "2024-Q3",
            "number": n,
            "vests_on": f"202{4 + n}-10-01",
            "amount": draw(st.integers(1, 9_999)),
        }
        for n in (1, 2)
    ]
    return {"pay": pay, "incidents": incidents, "holds": holds, "ledger": ledger}


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(matters(), st.randoms(use_true_random=False))
def test_laws_hold_of_any_pay_and_order_is_nothing(given_matters: dict[str, Any], chance: Any) -> None:
    """The stage's laws hold; the deferred amount is the table's share, rounded once; permuting rows changes nothing."""
    mixed = {name: list(rows) for name, rows in given_matters.items()}
    for rows in mixed.values():
        chance.shuffle(rows)
    seen = []
    for rows_of_all in (given_matters, mixed):
        rest: dict[str, Any] = {name: rows for name, rows in rows_of_all.items() if name != "pay"}
        with settled(rows_of_all["pay"], **rest, policy=pack("by_table")) as context:
            seen.append({name: table(context, name) for name in TABLES})
    assert seen[0] == seen[1]
    performance: dict[tuple[str, str], int] = {}
    for row in given_matters["pay"]:
        key = (row["period"], row["rm_id"])
        performance[key] = performance.get(key, 0) + (row["amount"] if row["component"] != "base_pay" else 0)
    expected = {key: round_fraction(Fraction(2, 5) * max(0, amount), 0) for key, amount in performance.items()}
    got = {(row["period"], row["rm_id"]): row["deferred"] for row in seen[0]["settlement"]}
    assert all(got[key] == amount for key, amount in expected.items())


def worth(tables: dict[str, list[dict[str, Any]]]) -> dict[str, int]:
    """What is payable in the year and owed later, by RM."""
    total: dict[str, int] = {}
    for row in tables["settlement"]:
        total[row["rm_id"]] = total.get(row["rm_id"], 0) + row["payable"]
    for row in tables["instalment"]:
        if row["state"] == "unvested":
            total[row["rm_id"]] = total.get(row["rm_id"], 0) + row["amount"] - row["cancelled"]
    return total


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(matters())
def test_more_incidents_never_pay_more(given_matters: dict[str, Any]) -> None:
    """With every further incident an RM's payable and outstanding pay together stay or fall."""
    pay, incidents = given_matters["pay"], given_matters["incidents"]
    rest = {name: given_matters[name] for name in ("holds", "ledger")}
    before: dict[str, int] | None = None
    for count in range(len(incidents) + 1):
        with settled(pay, incidents=incidents[:count], **rest, policy=pack("by_table")) as context:
            now = worth({name: table(context, name) for name in ("settlement", "instalment")})
        if before is not None:
            assert all(now.get(rm, 0) <= amount for rm, amount in before.items())
        before = now
