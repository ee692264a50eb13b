"""Published figures, edge cases and what is said of them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from kejing.measure.rounding import round_fraction
from kejing.stages.decide import segment
from kejing.stages.deploy import target
from kejing.stages.earn import credit, pool, score
from kejing.stages.earn.pool.laws import LAWS
from kejing.stages.sections import check_policy
from tests.stages.earn.pool.bench import EIGHT, OVERLAY, PERIOD, Person, Scene, brought, policy_with
from tests.stages.institution import broken, corporate_pack, plain_bank, ran, rows_of

INCREMENT_PAY = {"A": Fraction(1542840, 11), "B": Fraction(613000, 7), "C": Fraction(0), "D": Fraction(2559900, 19)}
"""I of the corporate example of the pay handbook (2.2), exact; 140,258.18, 87,571.43, 0.00 and 134,731.58."""


def persons(**more: object) -> list[Person]:
    """The four RMs of the corporate example."""
    return [
        Person(rm, round_fraction(exact, 8), due=round_fraction(exact, 2), **more)  # type: ignore[arg-type]  # fields
        for rm, exact in INCREMENT_PAY.items()
    ]


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ("unrounded", {"A": 116_056_15, "B": 72_460_67, "C": 0, "D": 111_483_18}),
        ("minor_unit", {"A": 116_056_14, "B": 72_460_68, "C": 0, "D": 111_483_18}),
    ],
)
def test_the_plan_says_which_weights(weights: str, expected: dict[str, int]) -> None:
    """Pay handbook 2.2: 300,000.00 by unrounded increment pay, or by increment pay rounded to the cent."""
    rule = {"persons": {"weight": "pool_weight", "weights": weights}}
    assert Scene(persons(), [brought(300_000_00)], rule).parts() == expected


def test_a_limit_cuts_what_is_due_and_says_by_which_factor() -> None:
    """F15: 362,561.19 of increment pay against a pool of 300,000.00: everybody loses the same share, to the cent."""
    rule = {"mode": "limit", "component": "pool_cut", "due": "pool_due", "persons": {"weight": "pool_weight"}}
    with Scene(persons(), [brought(300_000_00)], rule).ran() as context:
        share = rows_of(context.engine, "SELECT * FROM pool_share ORDER BY rm_id")
        found = [finding for finding in context.findings if finding.code == "pool.scaled_down"]
    assert [(row["rm_id"], row["amount"]) for row in share] == [
        ("A", 116_056_15 - 140_258_18),
        ("B", 72_460_67 - 87_571_43),
        ("D", 111_483_18 - 134_731_58),
    ]
    assert sum(row["amount"] for row in share) == 300_000_00 - 362_561_19
    assert {row["component"] for row in share} == {"pool_cut"}
    assert {row["clause"] for row in share} == {"pool_cut: pool_weight@2000-01-01"}
    assert [dict(finding.facts)["factor"] for finding in found] == ["82.7446%"]


def test_a_limit_that_holds_takes_nothing_off() -> None:
    """A limit above what is due leaves everything as it is and keeps the rest."""
    rule = {"mode": "limit", "due": "pool_due", "persons": {"weight": "pool_weight"}}
    with Scene(persons(), [brought(400_000_00)], rule).ran() as context:
        assert rows_of(context.engine, "SELECT * FROM pool_share") == []
        kept = rows_of(context.engine, "SELECT amount FROM pool WHERE level = 'rm' AND taker = ''")
    assert kept == [{"amount": 400_000_00 - 362_561_19}]


def test_units_sixty_to_forty_and_persons_five_three_two() -> None:
    """E5-60: 100k goes 60/40 to two units; inside the first 60k go .5/.3/.2 to three persons."""
    people = [
        *(Person(rm, share * EIGHT, unit_id="B1") for rm, share in (("a", 5), ("b", 3), ("c", 2))),
        Person("d", EIGHT, unit_id="B2"),
    ]
    rule = {"units": {"weigh": "table", "weight": "unit_weight"}}
    scene = Scene(people, [brought(100_000_00, "HQ")], rule)
    assert scene.parts("unit") == {"B1": 60_000_00, "B2": 40_000_00}
    assert scene.parts() == {"a": 30_000_00, "b": 18_000_00, "c": 12_000_00, "d": 40_000_00}


def test_units_by_their_score_and_persons_by_theirs() -> None:
    """E5-56: 1,000k by score between units and then between persons sums to 1,000k at both levels."""
    people = [
        Person("a", 7 * EIGHT, unit_id="B1", score=95_000_000),
        Person("b", 4 * EIGHT, unit_id="B1", score=88_000_000),
        Person("c", 9 * EIGHT, unit_id="B2", score=101_500_000),
    ]
    scene = Scene(people, [brought(1_000_000_00, "HQ")], {"units": {"weigh": "formula", "weight": "unit_score"}})
    assert scene.parts("unit") == {"B1": 643_233_74, "B2": 356_766_26}
    assert scene.parts() == {"a": 409_330_56, "b": 233_903_18, "c": 356_766_26}


def test_excess_over_a_cap_goes_to_the_others_again_and_again() -> None:
    """With caps of 60,000.00 what one may not have goes to the others by weight, until nobody is above."""
    people = [Person(rm, weight * EIGHT) for rm, weight in (("a", 50), ("b", 30), ("c", 15), ("d", 5))]
    rule = {"persons": {"weight": "pool_weight", "floor": "bonus_floor", "cap": "bonus_cap"}}
    rows = Scene(people, [brought(200_000_00)], rule).rows()
    got = {row["taker"]: (row["amount"], row["bound"]) for row in rows if row["level"] == "rm"}
    assert got == {"a": (60_000_00, "cap"), "b": (60_000_00, "cap"), "c": (60_000_00, ""), "d": (20_000_00, "")}


def test_a_purse_that_cannot_be_shared_stays_whole_and_says_by_how_much() -> None:
    """Floors above the purse and caps below it stop the distribution; the finding names the difference."""
    people = [Person(rm, EIGHT) for rm in "ab"]
    rule = {"persons": {"weight": "pool_weight", "floor": "bonus_floor", "cap": "bonus_cap"}}
    for amount, code, difference in (
        (19_999_99, "pool.floors_exceed", {"missing": "0.01"}),
        (120_000_01, "pool.caps_below", {"left": "0.01"}),
    ):
        with Scene(people, [brought(amount)], rule).ran() as context:
            assert rows_of(context.engine, "SELECT * FROM pool_share") == []
            kept = rows_of(context.engine, "SELECT taker, amount FROM pool WHERE level = 'rm'")
            found = [finding for finding in context.findings if finding.stage == "pool"]
        assert kept == [{"taker": "", "amount": amount}]
        assert [(finding.code, str(finding.severity)) for finding in found] == [(code, "error")]
        assert difference.items() <= dict(found[0].facts).items()


def test_what_a_unit_keeps_is_shown_and_too_little_for_persons_is_a_finding() -> None:
    """85 % handed out where 90 % must reach persons (珠海华润银行 2013): kept on its own row, with a finding."""
    people = [Person(rm, EIGHT) for rm in "abc"]
    rule = {"hand_out": "handed_out", "reach": "must_reach"}
    scene = Scene(people, [brought(1_000_01)], rule)
    assert scene.parts() == {"a": 283_34, "b": 283_34, "c": 283_33, "": 150_00}
    with scene.ran() as context:
        found = [finding for finding in context.findings if finding.code == "pool.too_little_reaches"]
    assert [dict(finding.facts) for finding in found] == [
        {"period": PERIOD, "pool": "bonus", "unit": "B1", "given": "850.01", "amount": "1000.01", "least": "90%"}
    ]


def test_a_unit_with_a_pool_of_its_own_takes_nothing_from_the_one_above() -> None:
    """An RM takes from the pool of the nearest unit above that has one."""
    people = [Person("a", EIGHT, unit_id="B1"), Person("b", EIGHT, unit_id="B1a"), Person("c", EIGHT, unit_id="B2")]
    scene = Scene(people, [brought(100_00, "HQ"), brought(7_00, "B1a")], {"units": {"weigh": "equal"}})
    assert scene.parts() == {"a": 50_00, "b": 7_00, "c": 50_00}


def test_units_of_a_level_take_for_those_below_them() -> None:
    """With ``level: 1`` the outlet B1a is part of B1, whose persons share one part."""
    people = [Person("a", EIGHT, unit_id="B1"), Person("b", EIGHT, unit_id="B1a"), Person("c", EIGHT, unit_id="B2")]
    scene = Scene(people, [brought(100_00, "HQ")], {"units": {"weigh": "equal", "level": 1}})
    assert scene.parts("unit") == {"B1": 50_00, "B2": 50_00}
    assert scene.parts() == {"a": 25_00, "b": 25_00, "c": 50_00}


def test_pools_that_cannot_be_used_are_told_of() -> None:
    """A stranger, another period, another currency, a sum below zero, and a pool that nobody can take from."""
    odd = [
        brought(1, pool="else", pool_id="p1"),
        brought(1, pool_id="p2", period_end="2025-02-01"),
        brought(1, pool_id="p3", currency="USD"),
        brought(-1, pool_id="p4"),
        brought(5_00, "B2", pool_id="p5"),
    ]
    with Scene([Person("a", EIGHT)], odd).ran() as context:
        rows = rows_of(context.engine, "SELECT level, giver, taker, amount FROM pool")
        codes = sorted(finding.code for finding in context.findings if finding.stage == "pool")
    assert rows == [{"level": "unit", "giver": "B2", "taker": "", "amount": 5_00}]
    assert codes == [
        "pool.negative",
        "pool.other_currency",
        "pool.period_unmatched",
        "pool.unknown",
        "pool.without_takers",
    ]


def test_a_pool_runs_behind_the_scores_of_a_bank() -> None:
    """In the flow the weights are the policy's formulas over the bank's facts; pay is handed exactly the pool."""
    quarter = {"period_start": "2025-01-01", "period_end": "2025-04-01"}
    pools = [{"pool_id": "P1", "pool": "bonus", "unit_id": "HQ", "amount": 30_000_00, **quarter}]
    bank = plain_bank(pools=pools)
    policy = corporate_pack(OVERLAY)
    with ran(policy, bank, as_of="2025-03-31", stages=(segment, target, credit, score, pool)) as context:
        assert broken(context, LAWS) == []
        share = rows_of(context.engine, "SELECT * FROM pool_share ORDER BY rm_id")
    assert sum(row["amount"] for row in share) == 30_000_00
    assert {row["rm_id"] for row in share} == {"A", "B"}
    assert {row["component"] for row in share} == {"growth_bonus"}


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({}, None),
        ({"persons": {"weight": "nothing"}}, "policy.unknown_formula"),
        ({"persons": {"weight": "completion"}}, "policy.pool_formula"),
        ({"persons": {"weight": "pool_weight", "cap": "must_reach"}}, "policy.pool_parameter"),
        ({"units": {"weigh": "table", "weight": "grade_weight"}}, "policy.pool_table"),
        ({"units": {"weigh": "equal", "weight": "grade_weight"}}, "policy.bad_section"),
        ({"mode": "limit"}, "policy.bad_section"),
    ],
)
def test_a_pool_names_what_the_policy_has(rule: dict[str, object], code: str | None) -> None:
    """The check of a policy tells of names that lead nowhere, before anything runs."""
    found = {finding.code for finding in check_policy(policy_with(rule)) if str(finding.severity) == "error"}
    assert found == ({code} if code else set())
