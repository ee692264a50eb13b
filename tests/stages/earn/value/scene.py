"""Accounts whose value is reckoned by hand, and a context in which stage value has run over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from kejing.policy import Pack
from kejing.stages.context import StageContext
from kejing.stages.decide import segment
from kejing.stages.earn import credit, value
from kejing.stages.earn.value.laws import LAWS
from tests.stages.institution import Facts, broken, corporate_pack, ran, rows_of

MONTHS = ("2025-01-01", "2025-02-01", "2025-03-01")
STAGES = (segment, credit, value)
type Row = Mapping[str, object]


def bank(**tables: Sequence[Row]) -> dict[str, Sequence[Row]]:
    """One customer with a deposit and a loan of 10,000,000.00 each through the first quarter, and one fee.

    Balances stand all of the 90 days; ``tables`` take the place of the bank's own.
    """
    accounts = (("dep", 10_000_000_00), ("loan", 10_000_000_00))
    facts: dict[str, Sequence[Row]] = {
        "units": [{"unit_id": "HQ"}, *({"unit_id": unit, "parent_id": "HQ", "level": 1} for unit in ("B1", "B2"))],
        "rms": [{"rm_id": "A", "unit_id": "B1"}, {"rm_id": "B", "unit_id": "B2"}],
        "customers": [{"customer_id": "c1", "industry": "mining", "unit_id": "B1"}],
        "coverage": [{"customer_id": "c1", "rm_id": "A"}],
        "products": [
            {"product": "dep", "business_type": "deposit", "measure": "deposit_increment"},
            {"product": "loan", "business_type": "loan", "measure": "loan_increment"},
            {"product": "fee", "business_type": "fee", "measure": "fee_income"},
        ],
        "income": [
            {"line_id": "L1", "customer_id": "c1", "product": "fee", "amount": 10_000_00, "booked_on": "2025-02-03"}
        ],
        "balances": [
            {"customer_id": "c1", "product": product, "month": month, "average_balance": amount}
            for product, amount in accounts
            for month in MONTHS
        ],
    }
    return {**facts, **tables}


@contextmanager
def valued(facts: Facts, *, as_of: str = "2025-03-31", policy: Pack | None = None) -> Iterator[StageContext]:
    """A context in which value has run and kept its laws."""
    with ran(policy or corporate_pack(), facts, as_of=as_of, stages=STAGES) as context:
        assert broken(context, LAWS) == []
        yield context


def accounts(context: StageContext, period: str = "2025-Q1") -> dict[str, dict[str, Any]]:
    """Rows of ``value`` by product."""
    return {row["product"]: row for row in rows_of(context.engine, f"SELECT * FROM value WHERE period = '{period}'")}


def holders(context: StageContext, level: str, period: str = "2025-Q1") -> dict[str, dict[str, Any]]:
    """Rows of ``profit`` of one level, by id."""
    text = f"SELECT * FROM profit WHERE level = '{level}' AND period = '{period}' ORDER BY id"
    return {row["id"]: row for row in rows_of(context.engine, text)}
