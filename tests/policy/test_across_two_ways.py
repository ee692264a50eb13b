"""Earlier rows and peers: two readers agree on random plans, and the order in which rows come changes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kejing.measure.findings import Place
from kejing.measure.rounding import Rounding
from kejing.measure.share import largest_remainder
from kejing.policy import Formula, Grain, Labels, Pack, Type, Variable, Vocabulary
from kejing.policy.case_openings import Openings
from kejing.policy.exact import evaluate
from kejing.policy.formula.parse import parse_formula
from kejing.policy.literals import Value
from kejing.policy.parts import FormulaVersion
from kejing.warehouse.engine import DuckEngine
from tests.policy.both_ways import compare_both_ways
from tests.policy.strategies import PACK, ROUNDINGS

PERIODS = ("2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4")
LAST_DAYS = dict(
    zip(PERIODS, (dt.date(2025, 3, 31), dt.date(2025, 6, 30), dt.date(2025, 9, 30), dt.date(2025, 12, 31)), strict=True)
)
PEOPLE = ("A", "B", "C")
VOCABULARY = Vocabulary(
    [
        Grain(
            "rm",
            ("period", "rm_id"),
            "day",
            (
                Variable("due", Type.MONEY, "应得", "due", nullable=True),
                Variable("points", Type.NUMBER, "得分", "points", decimals=1, nullable=True),
                Variable("line", Type.TEXT, "条线", "line", nullable=True),
                Variable("unit", Type.TEXT, "机构", "unit"),
                Variable("ok", Type.FLAG, "合格", "ok", nullable=True),
            ),
            sequence="period",
            peers=("line",),
        ),
        Grain(
            "task",
            ("period", "rm_id", "measure"),
            "day",
            (
                Variable("measure", Type.TEXT, "指标", "measure"),
                Variable("actual", Type.MONEY, "实绩", "actual", nullable=True),
            ),
            "rm",
            ("period", "rm_id"),
            sequence="period",
            peers=("measure",),
        ),
    ]
)


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    """One engine for all examples; every relation is replaced."""
    with DuckEngine(threads=1) as engine:
        yield engine


class Plan(NamedTuple):
    """A formula of a plan: name, grain, type and text."""

    name: str
    over: str
    type: Type
    text: str


def pack_of(plans: list[Plan], rounding: Rounding = Rounding.HALF_UP) -> Pack:
    """A pack of these formulas alone."""
    formulas = {
        one.name: Formula(
            one.name,
            one.over,
            Labels(f"公式 {one.name}", f"formula {one.name}"),
            one.type,
            "",
            {Type.MONEY: 2, Type.NUMBER: 3}.get(one.type, 0),
            rounding,
            nullable=True,
            versions=(FormulaVersion(dt.date(2000, 1, 1), one.text, parse_formula(one.text), "test", Place()),),
            place=Place(),
        )
        for one in plans
    }
    return replace(PACK, formulas=formulas)


MONEY, NUMBER, COUNT = Type.MONEY, Type.NUMBER, Type.COUNT
PLANS = [
    [Plan("before", "rm", MONEY, "PREVIOUS(due)"), Plan("so_far", "rm", MONEY, "TO_DATE(due)")],
    [Plan("bank", "rm", MONEY, "MAX(0, PREVIOUS(bank) + due)"), Plan("twice", "rm", MONEY, "2 * bank")],
    # A draw that is recovered: the balance and the payment read one another.
    [
        Plan("recovered", "rm", MONEY, "MAX(0, MIN(PREVIOUS(balance), COALESCE(due, 0) - bar))"),
        Plan("advanced", "rm", MONEY, "MAX(0, bar - COALESCE(due, 0))"),
        Plan("balance", "rm", MONEY, "PREVIOUS(balance) + advanced - recovered"),
        Plan("paid", "rm", MONEY, "COALESCE(due, 0) + advanced - recovered"),
        Plan("paid_to_date", "rm", MONEY, "TO_DATE(paid)"),
    ],
    # True-up of what is earned to date against what was paid before, through two grains.
    [
        Plan("earned", "rm", MONEY, "0.1 * TO_DATE(credited)"),
        Plan("credited", "rm", MONEY, "SUM(task.kept)"),
        Plan("kept", "task", MONEY, "IF(rm.paid_before > bar, 0.5 * actual, actual)"),
        Plan("paid_before", "rm", MONEY, "PREVIOUS(paid)"),
        Plan("trued_up", "rm", MONEY, "earned - paid_before"),
        Plan("paid", "rm", MONEY, "TO_DATE(trued_up)"),
        Plan("after", "task", NUMBER, "IF(rm.paid = 0, 0, actual / rm.paid)"),
    ],
    [
        Plan("rank", "rm", COUNT, "PEER_RANK(points)"),
        Plan("ranked", "rm", COUNT, "PEER_COUNT(points)"),
        Plan("rank_in_unit", "rm", COUNT, "PEER_RANK(best, unit, line)"),
        Plan("best", "rm", NUMBER, "IFS(ok, MAX(points, PREVIOUS(points)))"),
        Plan("together", "rm", NUMBER, "PEER_SUM(best, unit)"),
        Plan("rank_before", "rm", COUNT, "PREVIOUS(rank)"),
        Plan("task_rank", "task", COUNT, "PEER_RANK(actual)"),
    ],
    [
        Plan("pool", "rm", MONEY, "bar * 3.37"),
        Plan("part", "rm", MONEY, 'PEER_SHARE(pool, points, "largest_remainder")'),
        Plan("part_largest", "rm", MONEY, 'PEER_SHARE(pool, points, "rest_to_largest")'),
        Plan("part_last", "rm", MONEY, 'PEER_SHARE(pool, points, "rest_to_last", unit)'),
        Plan("owed", "rm", MONEY, "-pool"),
        Plan("part_owed", "rm", MONEY, 'PEER_SHARE(owed, points, "rest_to_largest", unit)'),
        Plan("part_of_unlike", "rm", MONEY, 'PEER_SHARE(due, points, "largest_remainder")'),
    ],
    # A pool whose size follows what was paid before: sharing inside a loop.
    [
        Plan("pool", "rm", MONEY, "bar + PEER_SUM(rest, unit)"),
        Plan("rest", "rm", MONEY, "PREVIOUS(kept_back)"),
        Plan("part", "rm", MONEY, 'PEER_SHARE(pool, points, "largest_remainder", unit)'),
        Plan("kept_back", "rm", MONEY, "MAX(0, part - 0.5 * pool)"),
        Plan("rank", "rm", COUNT, "PEER_RANK(part)"),
    ],
    [Plan("was_ok", "rm", Type.FLAG, "PREVIOUS(ok)"), Plan("line_before", "rm", Type.TEXT, "PREVIOUS(line)")],
]
_MONEY = st.none() | st.integers(-90000, 300000).map(lambda cents: Fraction(cents, 100))


class Rows(NamedTuple):
    """Rows of a year and the balances it opens with."""

    rows: dict[str, list[dict[str, object]]]
    openings: dict[tuple[str, tuple[object, ...], str], Value]


@st.composite
def years(draw: st.DrawFn) -> Rows:
    """People who come and go between periods, with ties, missing figures and people without a line."""
    rms, tasks = [], []
    for period in PERIODS:
        for person in draw(st.lists(st.sampled_from(PEOPLE), unique=True)):
            key = {"period": period, "rm_id": person, "day": LAST_DAYS[period]}
            points = draw(st.sampled_from([None, -5, 0, 1, 10, 10, 25]))
            rms.append(
                {
                    **key,
                    "due": draw(_MONEY),
                    "points": None if points is None else Fraction(points, 10),
                    "line": draw(st.sampled_from(["corporate", "corporate", "retail", None])),
                    "unit": draw(st.sampled_from(["u", "v"])),
                    "ok": draw(st.sampled_from([True, True, False, None])),
                }
            )
            tasks += [
                {**key, "measure": name, "actual": draw(_MONEY)} for name in draw(st.sampled_from(["", "m", "mn"]))
            ]
    items = ["bank", "balance", "paid"]
    openings: dict[tuple[str, tuple[object, ...], str], Value] = {
        ("rm", (person,), item): Fraction(draw(st.integers(-5000, 90000)), 100)
        for person in PEOPLE
        for item in draw(st.lists(st.sampled_from(items), unique=True))
    }
    return Rows({"rm": rms, "task": tasks}, openings)


@pytest.mark.parametrize("plans", PLANS, ids=lambda plans: plans[0].name)
@settings(max_examples=8)
@given(year=years(), rounding=st.sampled_from(ROUNDINGS))
def test_sql_is_the_evaluator(engine: DuckEngine, plans: list[Plan], year: Rows, rounding: Rounding) -> None:
    """Balances, sums to date, ranks and shares: joins by time and a walk from row to row give the same figures."""
    pack = pack_of(plans, rounding)
    used = {key: value for key, value in year.openings.items() if key[2] in pack.formulas}
    compare_both_ways(engine, VOCABULARY, pack, year.rows, None, openings=used, periods=PERIODS)


@pytest.mark.parametrize("plans", PLANS, ids=lambda plans: plans[0].name)
@settings(max_examples=20)
@given(year=years(), random=st.randoms(use_true_random=False))
def test_arrival_order_changes_nothing(plans: list[Plan], year: Rows, random: object) -> None:
    """Rows in another order, and a year cut into batches that are put together again, give the same figures."""
    assert hasattr(random, "shuffle")
    pack = pack_of(plans)
    mixed = {grain: list(rows) for grain, rows in year.rows.items()}
    for rows in mixed.values():
        random.shuffle(rows)
    plain, shuffled = (evaluate(pack, VOCABULARY, rows, openings=year.openings) for rows in (year.rows, mixed))
    for name, formula in pack.formulas.items():
        grain = VOCABULARY[formula.over]
        for row in year.rows[formula.over]:
            key = tuple(row[column] for column in grain.key)
            assert plain.value(grain.name, key, name) == shuffled.value(grain.name, key, name)


@settings(max_examples=20)
@given(year=years())
def test_later_periods_move_no_earlier_figure(year: Rows) -> None:
    """What PREVIOUS and TO_DATE read lies behind: a year cut short has the same figures as the whole one."""
    for plans in PLANS[:4]:
        pack = pack_of(plans)
        half = {grain: [row for row in rows if str(row["period"]) < "2025-Q3"] for grain, rows in year.rows.items()}
        whole, cut = (evaluate(pack, VOCABULARY, rows, openings=year.openings) for rows in (year.rows, half))
        for row in half["rm"]:
            key = (row["period"], row["rm_id"])
            for name in (name for name, formula in pack.formulas.items() if formula.over == "rm"):
                assert whole.value("rm", key, name) == cut.value("rm", key, name)


@given(
    total=st.integers(-10000, 10000),
    weights=st.lists(st.integers(0, 50), min_size=1, max_size=6),
    convention=st.sampled_from(["largest_remainder", "rest_to_largest", "rest_to_last"]),
)
def test_shares_make_the_amount(total: int, weights: list[int], convention: str) -> None:
    """Parts sum to the amount by every convention; the largest remainder is that of the rest of the product."""
    plans = [
        Plan("pool", "rm", MONEY, "COALESCE(due, 0)"),
        Plan("part", "rm", MONEY, f'PEER_SHARE(pool, points, "{convention}", unit)'),
    ]
    rows = [
        {
            "period": PERIODS[0],
            "rm_id": f"P{place}",
            "day": LAST_DAYS[PERIODS[0]],
            "due": Fraction(total, 100),
            "points": Fraction(weight, 10),
            "line": None,
            "unit": "u",
            "ok": None,
        }
        for place, weight in enumerate(weights)
    ]
    results = evaluate(pack_of(plans), VOCABULARY, {"rm": rows, "task": []})
    parts = [results.value("rm", (PERIODS[0], f"P{place}"), "part") for place in range(len(weights))]
    cents = [int(part * 100) for part in parts if isinstance(part, Fraction)]
    assert sum(cents) == (total if any(weights) else 0)
    if convention == "largest_remainder" and any(weights):
        assert cents == list(largest_remainder(total, dict(enumerate(weights))).values())


def test_a_balance_outlives_a_gap() -> None:
    """Who is away for a period comes back to the balance that was left, and not to nothing or to the opening."""
    rows = [
        {
            "period": period,
            "rm_id": "A",
            "day": LAST_DAYS[period],
            "due": Fraction(due),
            "points": None,
            "line": None,
            "unit": "u",
            "ok": None,
        }
        for period, due in (("2025-Q1", 100), ("2025-Q4", 5))
    ]
    openings: Openings = {("rm", ("A",), "bank"): Fraction(7)}
    results = evaluate(pack_of(PLANS[1]), VOCABULARY, {"rm": rows, "task": []}, openings=openings)
    assert [results.value("rm", (period, "A"), "bank") for period in ("2025-Q1", "2025-Q4")] == [107, 112]
