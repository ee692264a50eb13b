"""The conformance case: some 20,000 seeded lines that hold what money gets wrong, as fact rows.

Reversals and zero amounts, ties at half a cent, gaps in coverage, teams of one to six, equal and odd weights, RMs who
come, move and leave, days on every edge, amounts at the overflow guard, two foreign currencies and one without rate.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise

import numpy as np

from tests.stages.institution import Facts

type Row = Mapping[str, object]

YEAR = dt.date(2025, 1, 1)
AS_OF = dt.date(2025, 12, 31)
SEED = 20_251_231
RMS, CUSTOMERS, LINES = 60, 500, 20_000
GUARD = (2**63 - 1 - 1_000_000) // 2_000_000
"""The largest amount whose product with rate 1 in millionths, doubled for rounding, still fits 64 bits."""
PRODUCTS = ("half", "whole", "fine", "turning")
UNITS = ("N", "S", "W")
OPEN, END = dt.date(1, 1, 1), dt.date(9999, 12, 31)


@cache
def case(lines: int = LINES) -> Facts:
    """The fact rows; the same at every call."""
    draw = np.random.default_rng(SEED)
    rms = list(_rms(draw))
    coverage = list(_coverage(draw))
    return {
        "units": [{"unit_id": "HQ"}, *({"unit_id": unit, "parent_id": "HQ", "level": 1} for unit in UNITS)],
        "rms": rms,
        "customers": [{"customer_id": f"c{n:03d}", "unit_id": UNITS[n % 3]} for n in range(CUSTOMERS)],
        "coverage": coverage,
        "products": [{"product": name, "business_type": "fee", "measure": "won_sales"} for name in PRODUCTS],
        "fx_rates": [
            {"currency": "EUR", "quote_currency": "USD", "rate": 108_765_432, "valid_to": dt.date(2025, 7, 1)},
            {"currency": "EUR", "quote_currency": "USD", "rate": 150_000_000, "valid_from": dt.date(2025, 7, 1)},
            {"currency": "JPY", "quote_currency": "USD", "rate": 650_000},
        ],
        "income": list(_income(draw, coverage, lines)),
    }


def _day(draw: np.random.Generator) -> dt.date:
    return YEAR + dt.timedelta(days=int(draw.integers(365)))


def _rms(draw: np.random.Generator) -> list[Row]:
    """Some stay, some come late or leave, some move to another unit, one leaves and comes back."""
    rows: list[Row] = []
    for number in range(RMS):
        rm_id, unit = f"r{number:02d}", UNITS[number % 3]
        day = _day(draw)
        match number % 5:
            case 0:
                spans = [(OPEN, day, unit), (day, END, UNITS[(number + 1) % 3])]
            case 1:
                spans = [(OPEN, day, unit)]
            case 2:
                spans = [(day, END, unit)]
            case _:
                spans = [(OPEN, END, unit)]
        if number == 4:
            spans = [(OPEN, dt.date(2025, 3, 15), unit), (dt.date(2025, 4, 15), END, unit)]
        rows += [{"rm_id": rm_id, "unit_id": where, "valid_from": a, "valid_to": b} for a, b, where in spans]
    return rows


def _coverage(draw: np.random.Generator) -> list[Row]:
    """One to four spans a customer with teams of none to six; weights equal, odd, or far apart."""
    rows: list[Row] = []
    for number in range(CUSTOMERS):
        cuts = [OPEN, *sorted({_day(draw) for _ in range(int(draw.integers(4)))}), END]
        for start, end in pairwise(cuts):
            size = int(draw.integers(7))
            members = draw.choice(RMS, size=size, replace=False)
            equal = bool(draw.integers(3) == 0)
            for place, member in enumerate(members):
                share = 1_000 if equal else int(draw.choice([1, 3, 7, 999, 3_333, 3_334, 5_000, 10_000]))
                role = "lead" if place == 0 else "assist"
                row = {"customer_id": f"c{number:03d}", "rm_id": f"r{member:02d}", "role": role, "share": share}
                rows.append({**row, "valid_from": start, "valid_to": end})
    return rows


def _income(draw: np.random.Generator, coverage: Sequence[Row], lines: int) -> list[Row]:
    days = [day for row in coverage for day in (row["valid_from"], row["valid_to"])]
    edges = [day for day in days if isinstance(day, dt.date) and YEAR < day <= AS_OF]
    edges += [dt.date(2025, 3, 31), dt.date(2025, 4, 1), dt.date(2025, 7, 1), AS_OF, YEAR]
    kinds = draw.integers(10, size=lines)
    rows: list[Row] = []
    for number, kind in enumerate(kinds):
        sign = -1 if draw.integers(8) == 0 else 1
        match int(kind):
            case 0:
                amount = 0 if number % 3 == 0 else GUARD - int(draw.integers(3))
            case 1 | 2 | 3:
                amount = int(draw.integers(200))  # ties at half a cent
            case 4:
                amount = int(draw.integers(10**12, 4 * 10**12))
            case _:
                amount = int(draw.integers(10**8))
        booked = edges[int(draw.integers(len(edges)))] if number % 4 == 0 else _day(draw)
        if number % 8 == 0 and booked > YEAR:
            booked -= dt.timedelta(days=1)
        currency = "USD" if number % 10 else str(draw.choice(["EUR", "JPY", "CHF"]))
        rows.append(
            {
                "line_id": f"L{number:05d}",
                "customer_id": f"c{int(draw.integers(CUSTOMERS)):03d}",
                "product": str(draw.choice(PRODUCTS)),
                "amount": sign * amount,
                "currency": currency,
                "booked_on": booked,
            }
        )
    return rows
