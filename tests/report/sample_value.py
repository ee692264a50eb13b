"""Value of the customers of a made-up run: levels that sum to one another, customers that lose and that nobody has."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping

from tests.report.sample_books import Row, micro, money

_FIGURES = ("profit", "eva", "capital")


def valued(home: Mapping[str, str], rm_of: Mapping[str, str], chance: random.Random) -> dict[str, list[Row]]:
    """Tables ``value`` and ``profit`` of two quarters: a deposit and a loan of every customer."""
    accounts: list[Row] = []
    levels: list[Row] = []
    for period in ("2026-Q1", "2026-Q2"):
        sums: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(_FIGURES, 0))
        for customer, unit in home.items():
            for product in ("D01", "L01"):
                margin, capital = chance.randrange(0, 90_000_00), chance.randrange(10_00, 800_000_00)
                parts = {"expected_loss": capital // 20, "cost": margin * 32 // 100, "tax": margin // 10}
                profit = margin - sum(parts.values())
                figures = {"profit": profit, "eva": profit - capital // 40, "capital": capital}
                charge = {"margin": margin, "fee": 0, "capital_charge": capital // 40, "average_balance": capital * 10}
                amounts = {name: money(amount) for name, amount in (parts | figures | charge).items()}
                accounts.append(
                    {"period": period, "customer_id": customer, "product": product, "unit_id": unit, **amounts}
                )
                holders = (("customer", customer), ("unit", unit), ("rm", rm_of[customer]), ("total", "all"))
                for holder in holders:
                    for name in _FIGURES:
                        sums[holder][name] += figures[name]
        levels += [_level(period, *holder, figures) for holder, figures in sums.items()]
    return {"value": accounts, "profit": levels}


def _level(period: str, level: str, holder: str, figures: Mapping[str, int]) -> Row:
    raroc = micro(figures["profit"] * 4 * 10**6 // figures["capital"])
    return {
        "period": period,
        "level": level,
        "id": holder,
        **{name: money(figures[name]) for name in _FIGURES},
        "raroc": raroc,
    }
