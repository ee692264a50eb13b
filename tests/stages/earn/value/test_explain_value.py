"""Explanations of accounts, customers, RMs and units add up, and go down to clause and source."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pytest

from kejing.policy import Type
from kejing.policy.exact import Figure
from kejing.stages.earn.value import VALUE_TRACES
from kejing.stages.earn.value.explain import explain_profit, explain_value
from kejing.stages.output import output_table
from kejing.warehouse.engine import DuckEngine
from tests.stages.earn.value.scene import MONTHS, bank, valued
from tests.stages.institution import corporate_pack, day

AS_OF = "2025-03-31"
TWO = [
    {"customer_id": customer, "product": product, "month": month, "average_balance": amount}
    for customer, product, amount in (
        ("c1", "dep", 7_000_000_01),
        ("c1", "loan", 9_999_999_99),
        ("c2", "loan", 1_234_56),
    )
    for month in MONTHS
]
FACTS = bank(
    balances=TWO,
    customers=[{"customer_id": "c1", "unit_id": "B1"}, {"customer_id": "c2", "unit_id": "B2"}],
    coverage=[
        {"customer_id": "c1", "rm_id": "A", "valid_to": "2025-02-10"},
        {"customer_id": "c1", "rm_id": "B", "valid_from": "2025-02-20"},
        {"customer_id": "c2", "rm_id": "B"},
    ],
)


@contextmanager
def told() -> Iterator[DuckEngine]:
    """Tables and traces as a run leaves them, with the facts beside them."""
    with valued(FACTS, as_of=AS_OF) as context, DuckEngine(threads=1) as engine:
        for name in ("value", "profit"):
            engine.attach_arrow(name, output_table(context.engine, name, "CNY"))
        for name in (*VALUE_TRACES, "balances", "income"):
            engine.attach_arrow(name, context.engine.fetch(f"SELECT * FROM {name}"))
        spans = context.engine.fetch("SELECT period, period_start, period_end FROM period")
        engine.attach_arrow("run_periods", spans)
        engine.attach_arrow("run_days", pa.table({"as_of": [day(AS_OF)], "year_start": [day("2025-01-01")]}))
        yield engine


def rows(engine: DuckEngine, table: str) -> list[dict[str, Any]]:
    """Every row of an output table."""
    found: list[dict[str, Any]] = engine.fetch(f"SELECT * FROM {table}").to_pylist()
    return found


def parts(figure: Figure) -> Fraction:
    """Sum of the amounts that a figure lists as its parts."""
    return sum((Fraction(str(one.value)) for one in figure.children if one.type is Type.MONEY), Fraction(0))


def test_the_tree_of_an_account_is_the_table_and_rests_on_what_was_brought() -> None:
    """Every column of value that a formula fills stands in the tree with the table's amount; leaves name their file."""
    columns = {
        "margin": "transfer_margin",
        "profit": "simulated_profit",
        "tax": "income_tax",
        "capital": "capital_held",
    }
    with told() as engine:
        for row in rows(engine, "value"):
            tree = explain_value(engine, corporate_pack(), row)
            assert tree.value == Fraction(row["eva"])
            by_name = {figure.name: figure.value for figure in tree.walk()}
            for column, formula in columns.items():
                assert by_name[formula] == Fraction(row[column]), (row["product"], column)
            sources = [figure.source for figure in tree.walk() if figure.name == "brought"]
            assert sources
            assert all(source.startswith("facts.csv #") for source in sources)


@pytest.mark.parametrize("level", ["customer", "unit", "rm", "total"])
def test_the_tree_of_a_level_is_the_sum_of_its_parts(level: str) -> None:
    """A customer is its accounts, a unit its customers, an RM its parts of customers, the total its units."""
    with told() as engine:
        found = [row for row in rows(engine, "profit") if row["level"] == level]
        assert found
        for row in found:
            tree = explain_profit(engine, corporate_pack(), row)
            assert tree.value == Fraction(row["profit"]) == parts(tree), row["id"]
            rates = [one for one in tree.children if one.name == "raroc"]
            assert [one.value for one in rates] == ([Fraction(row["raroc"])] if row["raroc"] is not None else [])


def test_a_part_of_a_customer_says_which_share_it_is() -> None:
    """B has c1 for 40 of 90 days: the part stands with the customer's profit and the share, nobody's with 10 days."""
    with told() as engine:
        shares = {}
        for row in rows(engine, "profit"):
            if row["level"] == "rm":
                for part in explain_profit(engine, corporate_pack(), row).children:
                    for one in part.children:
                        if one.name == "share" and part.name == "part":
                            shares[row["id"], part.key[0]] = one.value
    assert shares == {
        ("A", "c1"): Fraction(40, 90),
        ("B", "c1"): Fraction(40, 90),
        ("", "c1"): Fraction(10, 90),
        ("B", "c2"): Fraction(1),
    }
