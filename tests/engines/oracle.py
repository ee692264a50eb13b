"""Who is credited with what and what each line pays, reckoned in plain Python on fractions: no SQL, no code of ours.

An engine may pay people once it gives these rows.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from tests.engines.case import YEAR, case
from tests.stages.institution import Facts

RATES = {"half": Fraction(1, 2), "whole": Fraction(1), "fine": Fraction(33_333_333, 100_000_000)}
TURNING = (Fraction(5, 1000), Fraction(25, 1000))
TURNS = dt.date(2025, 4, 1)


def half_up(value: Fraction) -> int:
    """Rounded once, ties away from zero."""
    whole, rest = divmod(abs(value.numerator), value.denominator)
    whole += 2 * rest >= value.denominator
    return -whole if value < 0 else whole


def parts(amount: int, weights: list[int]) -> list[int]:
    """Largest remainder on the absolute amount; ties to the earlier place."""
    size, total = abs(amount), sum(weights)
    shares = [size * weight // total for weight in weights]
    order = sorted(range(len(weights)), key=lambda place: (-(size * weights[place] % total), place))
    for place in order[: size - sum(shares)]:
        shares[place] += 1
    return [-share if amount < 0 else share for share in shares]


@dataclass(frozen=True)
class Credited:
    """One member's part of one line."""

    period: str
    rm_id: str
    unit_id: str
    share: int
    amount: int


class Oracle:
    """The conformance case, reckoned."""

    def __init__(self, facts: Facts | None = None) -> None:
        facts = case() if facts is None else facts
        self.lines: list[dict[str, Any]] = [dict(row) for row in facts["income"]]
        self._homes = {str(row["customer_id"]): str(row["unit_id"]) for row in facts["customers"]}
        self._covered: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in facts["coverage"]:
            self._covered[str(row["customer_id"])].append(dict(row))
        self._posts: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in facts["rms"]:
            self._posts[str(row["rm_id"])].append(dict(row))
        self._rates: list[dict[str, Any]] = [dict(row) for row in facts["fx_rates"]]

    @cached_property
    def credited(self) -> dict[tuple[str, str, str], Credited]:
        """Part by line, RM and unit; RM '' is the house account."""
        found = {}
        for line in self.lines:
            rate = self._rate(line["currency"], line["booked_on"])
            if rate is None:
                continue
            amount = half_up(line["amount"] * rate)
            team = self._team(line["customer_id"], line["booked_on"])
            home = self._homes[line["customer_id"]]
            weights = [weight for _, weight in team]
            for ((rm_id, unit), weight), part in zip(team, parts(amount, weights), strict=True):
                where = unit if rm_id else home
                share = weight * 1_000_000 // sum(weights)
                found[line["line_id"], rm_id, where] = Credited(_period(line["booked_on"]), rm_id, where, share, part)
        return found

    @cached_property
    def paid(self) -> dict[tuple[str, str, str], int]:
        """Commission by period, RM and line, rounded once; nothing is not paid."""
        products = {line["line_id"]: (line["product"], line["booked_on"]) for line in self.lines}
        found = {}
        for (line_id, rm_id, _), credited in self.credited.items():
            product, booked = products[line_id]
            rate = TURNING[booked >= TURNS] if product == "turning" else RATES[product]
            pay = half_up(credited.amount * rate)
            if rm_id and pay:
                found[credited.period, rm_id, line_id] = pay
        return found

    @cached_property
    def actual(self) -> dict[tuple[str, str], int]:
        """What was credited by period and RM."""
        sums: dict[tuple[str, str], int] = defaultdict(int)
        for credited in self.credited.values():
            if credited.rm_id:
                sums[credited.period, credited.rm_id] += credited.amount
        return dict(sums)

    def _team(self, customer_id: str, day: dt.date) -> list[tuple[tuple[str, str], int]]:
        """Weights by RM and unit in the order of their ids; whoever is not in post weighs for the house."""
        weights: dict[tuple[str, str], int] = defaultdict(int)
        for row in self._covered[customer_id]:
            if row["valid_from"] <= day < row["valid_to"]:
                weights[self._post(row["rm_id"], day)] += row["share"]
        return sorted(weights.items()) or [(("", ""), 1)]

    def _post(self, rm_id: str, day: dt.date) -> tuple[str, str]:
        for row in self._posts[rm_id]:
            if row["valid_from"] <= day < row["valid_to"]:
                return rm_id, row["unit_id"]
        return "", ""

    def _rate(self, currency: str, day: dt.date) -> Fraction | None:
        """Minor units of the policy's currency for one of ``currency``."""
        if currency == "USD":
            return Fraction(1)
        for row in self._rates:
            if row["currency"] == currency and row.get("valid_from", YEAR) <= day < row.get("valid_to", dt.date.max):
                return Fraction(row["rate"], 10**8) * Fraction(100, 10 ** {"JPY": 0}.get(currency, 2))
        return None


def _period(day: dt.date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"
