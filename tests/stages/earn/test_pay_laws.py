from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kejing.policy.exact import Results, evaluate
from kejing.stages.earn.vocabulary import EARN_VOCABULARY
from tests.stages.flow.random_institution import WHOLE_RUNS, pack_of
from tests.stages.institution import Facts, annual_sales, corporate_pack, plain_bank, ran, rows_of

type Row = dict[str, object]
DAY = dt.date(2025, 3, 31)
KEY = {"period": "2025-Q1", "rm_id": "A"}
BUSINESS = {"deposit_increment": "deposit", "loan_increment": "loan", "fee_income": "fee"}
_MONEY = st.integers(-(10**10), 10**10)


def results(policy: str, targets: Mapping[str, int], actuals: Mapping[str, int], lines: Mapping[str, int]) -> Results:
    """One RM's figures of a quarter; money in minor units."""
    rm = {
        **KEY,
        "period_last_day": DAY,
        "unit_id": "HQ",
        "line": "corporate",
        "grade": "middle",
        "fte": Fraction(1),
        "base_pay": Fraction(60_000),
        "target_bonus": Fraction(120_000),
        "service_days": 90,
        "in_force_days": 90,
        "period_days": 90,
        "year_days": 365,
    }
    tasks: list[Row] = [
        {
            **KEY,
            "period_last_day": DAY,
            "measure": measure,
            "stock": Fraction(0),
            "contribution": None,
            "increment_target": Fraction(targets[measure], 100),
            "total_target": Fraction(targets[measure], 100),
            "actual": Fraction(actuals[measure], 100),
        }
        for measure in BUSINESS
    ]
    rows: list[Row] = [
        {
            **KEY,
            "measure": measure,
            "line_id": f"L{measure}",
            "booked_on": DAY,
            "customer_id": "c1",
            "product": "p",
            "industry": "mining",
            "customer_tier": "mid",
            "business_type": business,
            "amount": Fraction(lines[measure], 100),
        }
        for measure, business in BUSINESS.items()
    ]
    return evaluate(pack_of(policy), EARN_VOCABULARY, {"rm": [rm], "task": tasks, "line": rows})


def _by_measure(values: st.SearchStrategy[int]) -> st.SearchStrategy[dict[str, int]]:
    return st.fixed_dictionaries(dict.fromkeys(BUSINESS, values))


@settings(max_examples=60)
@given(
    policy=st.sampled_from(["corporate", "dated_rules", "fair_share_from_april"]),
    targets=_by_measure(_MONEY),
    actuals=_by_measure(_MONEY),
    lines=_by_measure(st.integers(0, 10**10)),
    raised=st.sampled_from(sorted(BUSINESS)),
    more=st.integers(0, 10**10),
)
def test_raising_an_actual_never_lowers_pay(
    policy: str, targets: dict[str, int], actuals: dict[str, int], lines: dict[str, int], raised: str, more: int
) -> None:
    """The pay curve never falls: with the mix of lines as it is, a higher actual never lowers pay.

    That holds for every component, the points and the performance pay, with targets positive, zero or negative.
    """
    low = results(policy, targets, actuals, lines)
    high = results(policy, targets, {**actuals, raised: actuals[raised] + more}, lines)
    task = (*KEY.values(), raised)
    for grain, key, formula in (
        ("task", task, "completion"),
        ("task", task, "points"),
        ("task", task, "increment_pay_due"),
        ("line", (*task, f"L{raised}"), "income_pay_due"),
        ("rm", tuple(KEY.values()), "performance_pay"),
    ):
        before, after = low.value(grain, key, formula), high.value(grain, key, formula)
        assert isinstance(before, Fraction)
        assert isinstance(after, Fraction)
        assert before <= after, formula


def totals(facts: Facts) -> list[dict[str, object]]:
    """Pay by RM, component and measure, and what is deferred."""
    with ran(corporate_pack(), facts, as_of="2025-06-30") as context:
        paid = rows_of(
            context.engine,
            "SELECT period, rm_id, component, measure, CAST(SUM(amount) AS BIGINT) AS amount FROM pay"
            " GROUP BY period, rm_id, component, measure ORDER BY period, rm_id, component, measure",
        )
        return [*paid, *rows_of(context.engine, "SELECT * FROM pay_total ORDER BY period, rm_id")]


def _balances(customer: str, base: int, quarters: Sequence[int]) -> list[Row]:
    """A base in December and one level through each quarter: averages and growth are whole cents."""
    months = [("2024-12-01", base), *((f"2025-{m:02d}-01", base + quarters[(m - 1) // 3]) for m in range(1, 7))]
    return [
        {"customer_id": customer, "product": "dep", "month": month, "average_balance": held} for month, held in months
    ]


@settings(WHOLE_RUNS, max_examples=3)
@given(
    base=st.tuples(st.integers(0, 10**10), st.integers(0, 10**10)),
    growth=st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)),
    sign=st.sampled_from([-1, 1]),
    lines=st.lists(st.tuples(st.integers(-(10**8), 10**8), st.booleans()), max_size=8),
)
def test_a_customer_in_two_halves_is_paid_as_one(
    base: tuple[int, int], growth: tuple[int, int], sign: int, lines: list[tuple[int, bool]]
) -> None:
    """One customer booked as two of the same RM, industry and tier changes no pay, to the cent.

    Income lines go to either half, balances are cut anywhere. It is exact where both halves grow or both shrink and
    their average growth is whole cents.

    Where a half's average is a fraction of a cent it is rounded by account, so the actual moves by a cent for each
    account more; and a half that shrinks beside one that grows carries no weight in the mix, which the policy says of
    every line.
    """
    sales = [annual_sales(one, 300_000_000_00) for one in ("c1", "h1", "h2")]
    whole = _balances("c1", sum(base), [sign * sum(growth), 2 * sign * sum(growth)])
    halves = [
        row
        for n, one in enumerate(("h1", "h2"))
        for row in _balances(one, base[n], [sign * growth[n], 2 * sign * growth[n]])
    ]
    plain = plain_bank()
    own = [row for row in plain["balances"] if row["customer_id"] != "c1"]

    def bank(customers: Sequence[str], balances: list[Row], names: Sequence[str]) -> Facts:
        rest = [row for row in plain["customers"] if row["customer_id"] != "c1"]
        return plain_bank(
            customers=[*rest, *({"customer_id": one, "industry": "mining", "unit_id": "B1"} for one in customers)],
            coverage=[{"customer_id": "c2", "rm_id": "B"}, *({"customer_id": one, "rm_id": "A"} for one in customers)],
            measures=sales,
            balances=[*own, *balances],
            income=[
                {
                    "line_id": f"L{n}",
                    "customer_id": names[n],
                    "product": "fee",
                    "amount": amount,
                    "booked_on": "2025-05-05",
                }
                for n, (amount, _) in enumerate(lines)
            ],
        )

    one = bank(["c1"], whole, ["c1"] * len(lines))
    two = bank(["h1", "h2"], halves, ["h1" if first else "h2" for _, first in lines])
    assert totals(one) == totals(two)


@settings(WHOLE_RUNS, max_examples=3)
@given(
    balances=st.lists(st.integers(-(10**10), 10**10), min_size=6, max_size=6),
    month=st.integers(1, 6),
    more=st.integers(1, 10**10),
)
def test_a_higher_balance_never_lowers_the_pay_of_a_book_of_one_kind(
    balances: list[int], month: int, more: int
) -> None:
    """Where all lines of an RM carry one coefficient, a higher balance never lowers increment pay.

    The whole flow runs; a cent of rounding apart.
    """
    assume(any(balances))
    plain = plain_bank()
    own = [row for row in plain["balances"] if row["customer_id"] != "c1" or row["month"] == "2024-12-01"]

    def increment_pay(held: Sequence[int]) -> int:
        rows = [
            {
                "customer_id": "c1",
                "product": "dep",
                "month": f"2025-{m:02d}-01",
                "average_balance": 10_000_000_00 + amount,
            }
            for m, amount in enumerate(held, start=1)
        ]
        quarter = f"2025-Q{(month - 1) // 3 + 1}"
        return sum(
            int(str(row["amount"]))
            for row in totals(plain_bank(balances=[*own, *rows]))
            if (row.get("component"), row["rm_id"], row["period"]) == ("increment_pay", "A", quarter)
        )

    raised = [amount + more * (m == month) for m, amount in enumerate(balances, start=1)]
    assert increment_pay(balances) <= increment_pay(raised) + 1
