from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from kejing.stages.context import StageContext
from tests.stages.earn.value.scene import valued
from tests.stages.flow.random_institution import WHOLE_RUNS, Institution, institutions
from tests.stages.institution import digests, rows_of

FIGURES = ("profit", "eva", "capital")
TABLES = ("value", "profit")


def sums(context: StageContext, text: str) -> dict[str, dict[str, int]]:
    """Rows of a SELECT over period and figures, by period."""
    return {row["period"]: {name: int(row[name]) for name in FIGURES} for row in rows_of(context.engine, text)}


@settings(WHOLE_RUNS, max_examples=8)
@given(institutions(policies=("corporate", "monthly_without_stock")))
def test_every_level_sums_to_the_accounts(made: Institution) -> None:
    """Customers, units, RMs with the unassigned part, and the total are the accounts' sum to the cent, each period."""
    with valued(made.facts, as_of=made.as_of, policy=made.pack) as context:
        added = ", ".join(f"SUM({name}) AS {name}" for name in FIGURES)
        accounts = sums(context, f"SELECT period, {added} FROM value GROUP BY period")
        for level in ("customer", "unit", "rm", "total"):
            text = f"SELECT period, {added} FROM profit WHERE level = '{level}' GROUP BY period"
            assert sums(context, text) == accounts, level
        parts = ("profit + tax + cost + expected_loss - fee - margin", "eva + capital_charge - profit")
        for part in parts:
            assert not context.engine.value(f"SELECT COUNT(*) FROM value WHERE {part} <> 0"), part


@settings(WHOLE_RUNS, max_examples=8)
@given(institutions(policies=("corporate",)))
def test_income_of_the_accounts_is_the_ledgers(made: Institution) -> None:
    """What the accounts book in a period is what the ledger view credits in it, to RMs and to nobody."""
    with valued(made.facts, as_of=made.as_of, policy=made.pack) as context:
        booked = "SELECT period, SUM(income) AS income FROM account_input GROUP BY period"
        ledger = (
            "SELECT period, SUM(amount) AS income FROM credit"
            " WHERE view = 'ledger' AND measure = 'income' GROUP BY period"
        )
        ours, theirs = (
            {row["period"]: int(row["income"]) for row in rows_of(context.engine, text) if row["income"]}
            for text in (booked, ledger)
        )
    assert ours == theirs


@settings(WHOLE_RUNS, max_examples=8)
@given(institutions(policies=("corporate",)))
def test_holders_share_a_customer_by_the_days_they_had_it(made: Institution) -> None:
    """Whoever is in the team of a day has a part of it by weight; days without a team, and posts left, are nobody's.

    A second reckoning walks the days; it agrees within the cent and the millionths in which the parts of days are kept.
    """
    with valued(made.facts, as_of=made.as_of, policy=made.pack) as context:
        days = rows_of(context.engine, "SELECT period, period_start, period_end FROM period")
        teams = rows_of(context.engine, "SELECT * FROM team")
        customers = rows_of(context.engine, "SELECT * FROM profit WHERE level = 'customer'")
        kept = rows_of(context.engine, "SELECT * FROM profit_holding")
    got = {(row["period"], row["customer_id"], row["rm_id"]): row for row in kept}
    spans = {row["period"]: (row["period_start"], row["period_end"]) for row in days}
    for customer in customers:
        start, end = spans[customer["period"]]
        parts: dict[str, Fraction] = defaultdict(Fraction)
        for row in teams:
            held = (min(row["valid_to"], end) - max(row["valid_from"], start)).days
            if row["customer_id"] == customer["id"] and row["rm_id"] and held > 0:
                parts[row["rm_id"]] += Fraction(held * row["weight"], row["whole"])
        parts[""] = (end - start).days - sum(parts.values(), Fraction(0))
        for rm, part in parts.items():
            found = got.get((customer["period"], customer["id"], rm), dict.fromkeys(FIGURES, 0))
            for name in FIGURES:
                exact = Fraction(customer[name]) * part / (end - start).days
                assert abs(found[name] - exact) <= 2 + Fraction(abs(customer[name]), 10**6), (customer, rm, name)


@settings(WHOLE_RUNS, max_examples=4)
@given(institutions(), st.integers(0, 99))
def test_the_order_of_rows_changes_nothing(made: Institution, seed: int) -> None:
    """Facts in another order give the same tables, byte for byte."""
    chance = random.Random(seed)  # noqa: S311  # a shuffle from a seed
    with valued(made.facts, as_of=made.as_of, policy=made.pack) as context:
        first = digests(context, TABLES)
    mixed = replace(made, facts={name: chance.sample(list(rows), len(rows)) for name, rows in made.facts.items()})
    with valued(mixed.facts, as_of=made.as_of, policy=made.pack) as context:
        assert digests(context, TABLES) == first
