"""The five example plans: sound, with cases that hold both ways, and with the laws that their kind promises."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kejing.policy import Pack
from kejing.policy.exact import Results, evaluate
from kejing.policy.formula.binding import bind_or_refuse
from kejing.policy.readings import compile_readings
from kejing.policy.sql import compile_sheets
from kejing.stages.earn.vocabulary import EARN_VOCABULARY
from kejing.verbs.policies import policy_check, policy_test
from tests.architecture.portable_sql import violations

PLANS = Path(__file__).resolve().parents[2] / "examples" / "plans"
NAMES = sorted(path.parent.name for path in PLANS.glob("*/policy.yaml"))
QUARTERS = {
    "2025-Q1": dt.date(2025, 3, 31),
    "2025-Q2": dt.date(2025, 6, 30),
    "2025-Q3": dt.date(2025, 9, 30),
    "2025-Q4": dt.date(2025, 12, 31),
}


@cache
def _plan(name: str) -> Pack:
    return Pack.load(PLANS / name)


def test_there_are_five() -> None:
    """Five plans of different shape are walked through on the how-to page."""
    assert len(NAMES) == 5


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_is_sound(name: str) -> None:
    """The checker has nothing to say, not even a remark; the plan holds no Python."""
    assert [(one.code, one.place) for one in policy_check(PLANS / name).findings] == []
    assert {path.suffix for path in (PLANS / name).rglob("*") if path.is_file()} == {".yaml", ".csv"}


@pytest.mark.parametrize("name", NAMES)
def test_its_cases_hold(name: str) -> None:
    """Every case holds by the exact evaluator and by the compiled SQL, and says where its figures come from."""
    answer = policy_test(PLANS / name)
    assert [(one.code, dict(one.facts)) for one in answer.findings] == []
    assert answer.passed >= 3
    assert answer.pack is not None
    assert all(case.source for case in answer.pack.cases)


def _rows(grain: str, rows: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """Rows with every column of their grain, missing where not given."""
    return [{**dict.fromkeys(EARN_VOCABULARY[grain].columns()), **row} for row in rows]


def _year(pack: Pack, amounts: Sequence[int], measure: str, **of_rm: object) -> Results:
    """One RM over the quarters of a year with these amounts, in cents."""
    keys = [
        {"period": period, "rm_id": "A", "period_last_day": day}
        for period, day in list(QUARTERS.items())[: len(amounts)]
    ]
    rms = [{**key, **of_rm} for key in keys]
    tasks = [
        {
            **key,
            "measure": measure,
            "actual": Fraction(cents, 100),
            "increment_target": Fraction(750_000),
            "stock": Fraction(0),
        }
        for key, cents in zip(keys, amounts, strict=True)
    ]
    return evaluate(pack, EARN_VOCABULARY, {"rm": _rows("rm", rms), "task": _rows("task", tasks)})


def _sum(results: Results, grain: str, name: str, quarters: int, *measure: str) -> Fraction:
    values = [results.value(grain, (period, "A", *measure), name) for period in list(QUARTERS)[:quarters]]
    return sum((value for value in values if isinstance(value, Fraction)), Fraction(0))


_CENTS = st.lists(st.integers(-50_000_00, 3_000_000_00), min_size=1, max_size=4)


@settings(max_examples=25)
@given(amounts=_CENTS)
def test_what_a_cap_withholds_is_kept(amounts: list[int]) -> None:
    """Step commission: all that was paid and what is still withheld make what was earned, whatever the quarters."""
    results = _year(_plan("step_commission"), amounts, "fee_income")
    last = list(QUARTERS)[len(amounts) - 1]
    kept, earned = (results.value("task", (last, "A", "fee_income"), name) for name in ("withheld", "earned_to_date"))
    assert isinstance(kept, Fraction)
    assert kept >= 0
    assert _sum(results, "task", "commission_due", len(amounts), "fee_income") + kept == earned


@settings(max_examples=25)
@given(amounts=_CENTS, cut=st.integers(1, 3))
def test_a_year_may_arrive_in_parts(amounts: list[int], cut: int) -> None:
    """Step commission: what a quarter earns to date is what the sum of the year so far earns, however it was cut."""
    pack = _plan("step_commission")
    whole = _year(pack, amounts, "fee_income")
    together = _year(pack, [sum(amounts[:cut]), *amounts[cut:]], "fee_income")
    last, moved = list(QUARTERS)[len(amounts) - 1], list(QUARTERS)[max(0, len(amounts) - min(cut, len(amounts)))]
    one = whole.value("task", (last, "A", "fee_income"), "income_to_date")
    other = together.value("task", (moved, "A", "fee_income"), "income_to_date")
    assert one == other


@settings(max_examples=25)
@given(amount=st.integers(0, 4_000_000_00), more=st.integers(0, 1_000_000_00))
def test_raising_an_actual_never_lowers_pay(amount: int, more: int) -> None:
    """Step commission, whole-amount tiers and the scorecard's curve are monotone: more is never paid less."""
    for plan, grain, figure, measure in (
        ("step_commission", "task", "commission_due", "fee_income"),
        ("whole_amount_margin", "task", "margin_pay", "margin"),
        ("scorecard_curve", "rm", "payout_factor", "fee_income"),
    ):
        pack = _plan(plan)
        of_rm = {"grade": "middle", "service_days": Fraction(90), "period_days": Fraction(90)}
        less, greater = (_year(pack, [cents], measure, **of_rm) for cents in (amount, amount + more))
        key = ("2025-Q1", "A", measure)[: len(EARN_VOCABULARY[grain].key)]
        assert less.value(grain, key, figure) <= greater.value(grain, key, figure)  # type: ignore[operator]  # both are numbers


@settings(max_examples=25)
@given(earned=st.lists(st.integers(0, 40_000_00), min_size=1, max_size=4))
def test_a_draw_is_recovered_or_forgiven(earned: list[int]) -> None:
    """Recoverable draw: what was advanced is recovered, forgiven or still open, and the balance is never below zero."""
    pack = _plan("recoverable_draw")
    of_rm = {
        "grade": "middle",
        "months_in_post": Fraction(6),
        "first_year_days": Fraction(90),
        "period_days": Fraction(90),
    }
    results = _year(pack, [50 * cents for cents in earned], "fee_income", **of_rm)
    advanced, recovered = (_sum(results, "rm", name, len(earned)) for name in ("advanced", "recovered"))
    balance = results.value("rm", (list(QUARTERS)[len(earned) - 1], "A"), "draw_balance")
    assert isinstance(balance, Fraction)
    assert balance == advanced - recovered
    assert balance >= 0
    assert _sum(results, "rm", "paid", len(earned)) == _sum(results, "rm", "earned", len(earned)) + balance


@settings(max_examples=25)
@given(
    points=st.lists(st.integers(0, 9), min_size=1, max_size=6),
    pool=st.integers(0, 1_000_00),
)
def test_prizes_and_pools_are_handed_out_once(points: list[int], pool: int) -> None:
    """Pieces and pools: a pool is handed out to the cent, and prizes never exceed those of the places there are."""
    pack = _plan("piece_and_pool")
    day = QUARTERS["2025-Q1"]
    rms = [
        {
            "period": "2025-Q1",
            "rm_id": f"P{place}",
            "period_last_day": day,
            "unit_id": "U1",
            "line": "corporate",
            "points": Fraction(one),
            "unit_pool": Fraction(pool, 100),
        }
        for place, one in enumerate(points)
    ]
    given_formulas = frozenset({"points", "unit_pool"})
    results = evaluate(pack, EARN_VOCABULARY, {"rm": _rows("rm", rms)}, given=given_formulas)
    keys = [("2025-Q1", f"P{place}") for place in range(len(points))]
    shares, prizes = (
        sum((value for key in keys if isinstance(value := results.value("rm", key, name), Fraction)), Fraction(0))
        for name in ("pool_share", "rank_bonus")
    )
    assert shares == (Fraction(pool, 100) if any(points) else 0)
    offered = sum([3000, 2000, 1000][: len(points)])
    assert offered - Fraction(len(points), 100) <= prizes <= offered


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_quotes_the_plans(language: str) -> None:
    """Every formula on the how-to page is word for word that of its plan."""
    page = (PLANS.parents[1] / "docs" / "how-to" / f"translate-a-commission-plan.{language}.md").read_text("utf-8")
    for section in page.split("\n## ")[1:]:
        found = re.search(r"`(\w+)`", section.split("\n", 1)[0])
        if found is None or found[1] not in NAMES:
            continue
        quoted = dict(re.findall(r"^(\w+): +([\"'].*[\"'])$", section, re.MULTILINE))
        assert quoted
        for name, text in quoted.items():
            assert _plan(found[1]).formulas[name].versions[0].text == text[1:-1], name


@pytest.mark.parametrize("name", NAMES)
def test_what_a_plan_compiles_to_is_portable(name: str) -> None:
    """Tiers, curves, balances and peers keep to the portable subset, so a plan runs on every engine."""
    pack = _plan(name)
    relations = {grain.name: f"{grain.name}_input" for grain in EARN_VOCABULARY}
    steps = compile_sheets(pack, EARN_VOCABULARY, relations, periods=list(QUARTERS))
    steps += compile_readings(bind_or_refuse(pack, EARN_VOCABULARY))
    assert {step.relation: found for step in steps if (found := violations(step.sql))} == {}
