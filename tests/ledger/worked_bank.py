"""The bank of the worked example: four RMs, whose year gives the numbers of ``docs/algorithms/pay.md`` to the cent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.stages.institution import annual_sales, day

type Rows = Sequence[Mapping[str, object]]

WAN = 10_000_00
"""Minor units of ten thousand yuan."""

_LARGE, _MID, _SMALL = 3_000_000_000_00, 300_000_000_00, 10_000_000_00
# customer, RM, industry, annual sales in US cents, product, stock and increment of the year in ten thousand yuan
_CUSTOMERS = (
    ("A1", "A", "mining", _LARGE, "dep", 25_000, 1_500),
    ("A2", "A", "manufacturing", _MID, "loan_like", 15_000, 700),
    ("B1", "B", "manufacturing", _MID, "other_like", 14_000, 1_640),
    ("B2", "B", "mining", _LARGE, "dep", 10_000, 600),
    ("C1", "C", "mining", _MID, "other_like", 12_000, 1_700),
    ("D1", "D", "information", _SMALL, "other_like", 3_000, 4_500),
    ("D2", "D", "mining", _SMALL, "loan_like", 1_000, 1_200),
)
TARGET_BONUS = {"A": 120_000_00, "B": 100_000_00, "C": 80_000_00, "D": 60_000_00}


YEAR = (("2025-01-01", "2026-01-01"),)
QUARTERS = (
    ("2025-01-01", "2025-04-01"),
    ("2025-04-01", "2025-07-01"),
    ("2025-07-01", "2025-10-01"),
    ("2025-10-01", "2026-01-01"),
)
QUARTER_ENDS = ("2025-03-01", "2025-06-01", "2025-09-01", "2025-12-01")
"""Last months of the quarters: with all four, each quarter sees the growth of the year."""


def worked_bank(months: Sequence[str] = ("2025-12-01",), **tables: Rows) -> dict[str, Rows]:
    """Facts of 2025; ``tables`` take the place of its own.

    A goal of 120,000,000.00 of deposits, for the year and for each quarter, over stocks of 400, 240, 120 and 40
    million. Growth is seen in ``months``: with December alone each customer is one credited line.
    """
    bank: dict[str, Rows] = {
        "units": [{"unit_id": "HQ"}],
        "rms": [
            {"rm_id": rm, "name": f"RM {rm}", "target_bonus": bonus, "base_pay": 0}
            for rm, bonus in TARGET_BONUS.items()
        ],
        "customers": [
            {"customer_id": name, "industry": industry, "account_home_id": "HQ"} for name, _, industry, *_ in _CUSTOMERS
        ],
        "measures": [annual_sales(name, sales) for name, _, _, sales, *_ in _CUSTOMERS],
        "coverage": [{"customer_id": name, "rm_id": rm, "valid_from": "2024-01-01"} for name, rm, *_ in _CUSTOMERS],
        "products": [
            {"product": "dep", "business_type": "deposit", "measure": "deposit_increment"},
            {"product": "loan_like", "business_type": "loan", "measure": "deposit_increment"},
            {"product": "other_like", "business_type": "other", "measure": "deposit_increment"},
        ],
        "balances": [
            row
            for name, _, _, _, product, stock, growth in _CUSTOMERS
            for row in (
                balance(name, product, "2024-12-01", stock),
                *(balance(name, product, month, stock + growth) for month in months),
            )
        ],
        "goals": [_goal(start, end) for start, end in (*YEAR, *QUARTERS)],
    }
    return {**bank, **tables}


def balance(customer: str, product: str, month: str, wan: int, known_at: str | None = None) -> dict[str, object]:
    """A daily average balance, in ten thousand yuan."""
    row: dict[str, object] = {
        "customer_id": customer,
        "product": product,
        "month": day(month),
        "average_balance": wan * WAN,
    }
    return row | ({"known_at": known_at} if known_at else {})


def _goal(start: str, end: str) -> dict[str, object]:
    span = {"period_start": day(start), "period_end": day(end)}
    return {"unit_id": "HQ", "measure": "deposit_increment", "amount": 12_000 * WAN, **span}
