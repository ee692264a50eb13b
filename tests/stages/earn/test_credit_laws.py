from __future__ import annotations

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from kejing.measure.share import largest_remainder
from kejing.stages.earn import credit
from kejing.stages.earn.credit.laws import LAWS
from tests.stages.earn.credit_oracle import CreditOracle
from tests.stages.flow.random_institution import WHOLE_RUNS, Institution, institutions
from tests.stages.institution import broken, corporate_pack, day, ran, rows_of


@settings(WHOLE_RUNS, max_examples=25)
@given(institutions())
def test_every_split_is_what_a_second_reckoning_says(made: Institution) -> None:
    """Every line of the ledger and of balance growth, and every RM's part, equals an independent day-by-day reckoning."""
    oracle = CreditOracle(made.facts, made.pack, day(made.as_of))
    expected = {}
    for line in (*oracle.income_lines(), *oracle.increment_lines()):
        for rm_id, part in oracle.split(line).items():
            expected[line.measure, line.line_id, rm_id] = (line.period, line.customer_id, part)
    with ran(made.pack, made.facts, as_of=made.as_of, stages=(credit,)) as context:
        rows = rows_of(context.engine, "SELECT * FROM credit WHERE view = 'ledger'")
    got = {
        (row["measure"], row["line_id"], row["rm_id"]): (row["period"], row["customer_id"], row["amount"])
        for row in rows
    }
    assert got == expected


@settings(WHOLE_RUNS, max_examples=20)
@given(institutions())
def test_credit_and_unassigned_are_the_ledger(made: Institution) -> None:
    """Per period, credit plus the unassigned line is the ledger to the cent, in the ledger view and in the shadow view."""
    oracle = CreditOracle(made.facts, made.pack, day(made.as_of))
    ledger: dict[tuple[str, str], int] = defaultdict(int)
    for line in (*oracle.income_lines(), *oracle.increment_lines()):
        ledger[line.measure, line.period] += line.amount
    with ran(made.pack, made.facts, as_of=made.as_of, stages=(credit,)) as context:
        assert broken(context, LAWS) == []
        sums = rows_of(
            context.engine,
            "SELECT view, measure, period, CAST(SUM(amount) AS BIGINT) AS amount FROM credit"
            " GROUP BY view, measure, period",
        )
    for view in {row["view"] for row in sums}:
        total = {(row["measure"], row["period"]): row["amount"] for row in sums if row["view"] == view}
        assert total == ledger


_WEIGHT = st.integers(1, 10_000)


@settings(max_examples=12)
@given(st.lists(st.tuples(st.lists(_WEIGHT, min_size=1, max_size=6), st.integers(-(10**12), 10**12)), min_size=1, max_size=30))
def test_teams_of_one_to_six_split_by_largest_remainder(teams: list[tuple[list[int], int]]) -> None:
    """A team of one to six splits any amount, negative too, as `largest_remainder` does: the row-local form up to four
    members and the window form above give the same cents.
    """
    rms = [f"R{number}" for number in range(6)]
    facts: dict[str, list[dict[str, object]]] = {
        "units": [{"unit_id": "HQ"}],
        "rms": [{"rm_id": rm} for rm in rms],
        "products": [{"product": "fee", "business_type": "fee", "measure": "fee_income"}],
        "customers": [{"customer_id": f"c{place}"} for place in range(len(teams))],
        "coverage": [
            {"customer_id": f"c{place}", "rm_id": rms[member], "role": "assist" if member else "lead", "share": weight}
            for place, (weights, _) in enumerate(teams)
            for member, weight in enumerate(weights)
        ],
        "income": [
            {"line_id": f"L{place}", "customer_id": f"c{place}", "product": "fee", "amount": amount, "booked_on": "2025-02-01"}
            for place, (_, amount) in enumerate(teams)
        ],
    }
    with ran(corporate_pack(), facts, as_of="2025-03-31", stages=(credit,)) as context:
        rows = rows_of(context.engine, "SELECT line_id, rm_id, amount FROM credit WHERE view = 'ledger'")
    got = {(row["line_id"], row["rm_id"]): row["amount"] for row in rows}
    assert got == {
        (f"L{place}", rm): part
        for place, (weights, amount) in enumerate(teams)
        for rm, part in largest_remainder(amount, dict(zip(rms, weights, strict=False))).items()
    }
