from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kejing.measure.share import largest_remainder
from kejing.stages.earn import credit
from kejing.stages.earn.credit.laws import LAWS
from tests.stages.earn.credit_oracle import CreditOracle
from tests.stages.flow.random_institution import WHOLE_RUNS, Institution, institutions
from tests.stages.institution import broken, corporate_pack, day, plain_bank, ran, rows_of


@settings(WHOLE_RUNS, max_examples=16)
@given(institutions())
def test_every_split_is_what_a_second_reckoning_says(made: Institution) -> None:
    """Every line and every RM's part equals a second day-by-day reckoning, and each view sums to the ledger.

    Lines of income and of balance growth; credit plus the unassigned line is the ledger to the cent, per period, in the
    ledger view and in the shadow view.
    """
    oracle = CreditOracle(made.facts, made.pack, day(made.as_of))
    parts: dict[tuple[str, str, str], tuple[str, str, int]] = {}
    ledger: dict[tuple[str, str], int] = defaultdict(int)
    for line in (*oracle.income_lines(), *oracle.increment_lines()):
        ledger[line.measure, line.period] += line.amount
        for rm_id, part in oracle.split(line).items():
            parts[line.measure, line.line_id, rm_id] = (line.period, line.customer_id, part)
    with ran(made.pack, made.facts, as_of=made.as_of, stages=(credit,)) as context:
        assert broken(context, LAWS) == []
        rows = rows_of(context.engine, "SELECT * FROM credit")
    assert parts == {
        (row["measure"], row["line_id"], row["rm_id"]): (row["period"], row["customer_id"], row["amount"])
        for row in rows
        if row["view"] == "ledger"
    }
    for view in {row["view"] for row in rows}:
        sums: dict[tuple[str, str], int] = defaultdict(int)
        for row in rows:
            if row["view"] == view:
                sums[row["measure"], row["period"]] += row["amount"]
        assert sums == ledger


_WEIGHT = st.integers(1, 10_000)


@settings(max_examples=6)
@given(
    st.lists(
        st.tuples(st.lists(_WEIGHT, min_size=1, max_size=6), st.integers(-(10**12), 10**12)), min_size=1, max_size=30
    )
)
def test_teams_of_one_to_six_split_by_largest_remainder(teams: list[tuple[list[int], int]]) -> None:
    """A team of one to six splits any amount, negative too, as `largest_remainder` does.

    The row-local form up to four members and the window form above give the same cents.
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
            {
                "line_id": f"L{place}",
                "customer_id": f"c{place}",
                "product": "fee",
                "amount": amount,
                "booked_on": "2025-02-01",
            }
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


_SHARED = "line_id, customer, given_unit_id, kind, seat, share, line_amount"
_LINE = "line_id, customer, given_unit_id, kind"
_DAMAGE = {
    "a cent of one part": (
        "credit_shared",
        f"SELECT {_SHARED}, CASE WHEN line_id = 'L1' AND share > 500000 THEN amount + 1 ELSE amount END AS amount",
    ),
    "a cent that another line of the same kind makes up for": (
        "credit_shared",
        f"SELECT {_SHARED}, amount + CASE WHEN share < 500000 THEN 0 WHEN line_id = 'L1' THEN 1 ELSE -1 END AS amount",
    ),
    "a part missing": (
        "credit_shared",
        f"SELECT {_SHARED}, amount FROM damaged WHERE line_id <> 'L1' OR share > 500000",
    ),
    "all parts of a line missing": ("credit_shared", f"SELECT {_SHARED}, amount FROM damaged WHERE line_id <> 'L1'"),
    "a part twice": (
        "credit_shared",
        f"SELECT {_SHARED}, amount FROM damaged UNION ALL SELECT {_SHARED}, amount FROM damaged WHERE line_id = 'L1'",
    ),
    "a line missing": ("credit_line", f"SELECT {_LINE}, amount, seat, span FROM damaged WHERE line_id <> 'L6'"),
    "a line twice": (
        "credit_line",
        (
            f"SELECT {_LINE}, amount, seat, span FROM damaged"
            f" UNION ALL SELECT {_LINE}, amount, seat, span FROM damaged WHERE line_id = 'L6'"
        ),
    ),
    "a line under another's name": (
        "credit_line",
        f"SELECT CASE WHEN line_id = 'L6' THEN 'L2' ELSE line_id END AS {_LINE}, amount, seat, span",
    ),
    "an amount of a line": (
        "credit_line",
        f"SELECT {_LINE}, CASE WHEN line_id = 'L6' THEN amount + 1 ELSE amount END AS amount, seat, span",
    ),
    "an elimination": ("credit_elimination", "SELECT * FROM damaged WHERE line_id <> 'L1'"),
}
"""What is done to a relation of the stage: its new content, from its old one called ``damaged``."""


@pytest.mark.parametrize("damage", _DAMAGE)
def test_laws_catch(damage: str) -> None:
    """A cent, a part or a line that is wrong, missing or there twice breaks a law."""
    team = [{"customer_id": "c1", "rm_id": "A", "share": 6_000}, {"customer_id": "c1", "rm_id": "B", "share": 4_000}]
    covered: list[dict[str, object]] = [*team, {"customer_id": "c2", "rm_id": "B"}]
    income = [
        {"line_id": line, "customer_id": customer, "product": "fee", "amount": amount, "booked_on": "2025-02-03"}
        for line, customer, amount in (("L1", "c1", 10_001), ("L3", "c1", 5_001), ("L2", "c2", 900), ("L6", "c3", 500))
    ]
    facts = plain_bank(coverage=covered, income=income)
    with ran(corporate_pack(), facts, as_of="2025-03-31", stages=(credit,)) as context:
        assert broken(context, LAWS) == []
        relation, content = _DAMAGE[damage]
        context.engine.create("damaged", f"SELECT * FROM {relation}")
        context.engine.create(relation, content if "FROM damaged" in content else f"{content} FROM damaged")
        assert broken(context, LAWS) != []
