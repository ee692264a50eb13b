"""Random small institutions: one seed makes one institution, so a failure is one number and two sizes.

They hold what real books hold: teams that change, gaps, leavers and joiners, moves between units, leave, shares given
or left to the role, officers and back-ups, currencies with dated rates and one without, negative and zero income,
balances with holes, goals that are negative or zero, codes that the policy does not know, customers of another line.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hypothesis import Phase, settings
from hypothesis import strategies as st

from kejing.measure.period import add_months
from kejing.policy import Pack
from tests.stages.institution import Facts, corporate_pack, day

WHOLE_RUNS = settings(phases=(Phase.explicit, Phase.reuse, Phase.generate))
"""For laws of whole runs: the seed and the sizes say enough, shrinking would take minutes."""
OVERLAYS = Path(__file__).parent / "overlays"
POLICIES: dict[str, tuple[str, ...]] = {
    "corporate": (),
    "dated_rules": ("dated_rules",),
    "monthly_without_stock": ("monthly_without_stock",),
    "fair_share_from_april": ("fair_share_from_april",),
}
"""The policies that random institutions run under: the shipped one and changes to it."""
RATES = (("USD", "2024-01-01", "2025-04-01", 712_345_678), ("USD", "2025-04-01", "9999-12-31", 720_000_001))
JPY_RATE = 4_871_234
AS_OF = ("2025-06-30", "2025-05-17", "2025-03-31")
INDUSTRIES = ("mining", "manufacturing", "information", "real_estate", "unheard_of", None)
PRODUCTS = (
    ("dep", "deposit", "deposit_increment"),
    ("loan", "loan", "loan_increment"),
    ("fee", "fee", "fee_income"),
    ("misc", "other", None),
)


@dataclass(frozen=True)
class Institution:
    """Facts, the policy they run under and the day it looks from."""

    facts: Facts
    policy: str
    as_of: str
    seed: int

    @property
    def pack(self) -> Pack:
        """The policy."""
        return pack_of(self.policy)

    def __repr__(self) -> str:
        return f"Institution({self.seed=}, {self.policy=}, {self.as_of=}, customers={len(self.facts['customers'])})"


def pack_of(policy: str) -> Pack:
    """One of `POLICIES`."""
    return corporate_pack(*(OVERLAYS / name for name in POLICIES[policy]))


def institutions(
    *, policies: Sequence[str] = tuple(POLICIES), as_of: Sequence[str] = AS_OF, customers: int = 12
) -> st.SearchStrategy[Institution]:
    """Random institutions of up to ``customers`` customers."""
    return st.builds(
        make_institution,
        st.integers(0, 10**6),
        customers=st.integers(1, customers),
        policy=st.sampled_from(list(policies)),
        as_of=st.sampled_from(list(as_of)),
    )


def make_institution(seed: int, *, customers: int, policy: str = "corporate", as_of: str = "2025-06-30") -> Institution:
    """The institution of ``seed``."""
    chance = random.Random(seed)  # noqa: S311  # made-up rows from a seed
    made = _Maker(chance, day(as_of))
    rms = [f"R{number}" for number in range(1, chance.randint(2, 7))]
    ids = [f"c{number:02d}" for number in range(customers)]
    facts: dict[str, list[dict[str, object]]] = {
        "units": [{"unit_id": "HQ"}, {"unit_id": "B1", "parent_id": "HQ"}, {"unit_id": "B2", "parent_id": "HQ"}],
        "rms": [row for rm in rms for row in made.rm(rm)],
        "rm_absences": [row for rm in rms for row in made.absence(rm)],
        "customers": [made.customer(one) for one in ids],
        "coverage": [row for one in ids for row in made.coverage(one, rms)],
        "products": [{"product": p, "business_type": b, "measure": m} for p, b, m in PRODUCTS],
        "fx_rates": made.rates(),
        "measures": [row for one in ids for row in made.sales(one)],
        "income": [made.income(number, ids) for number in range(chance.randint(0, 6 * customers))],
        "balances": [row for one in ids for row in made.balances(one)],
        "goals": made.goals(pack_of(policy)),
    }
    _ensure_stock(facts, pack_of(policy), day(as_of))
    return Institution(facts, policy, as_of, seed)


def _ensure_stock(facts: dict[str, list[dict[str, object]]], pack: Pack, as_of: dt.date) -> None:
    """One customer that always has a lead and a base balance.

    A policy with the stock step refuses a bank without any.
    """
    base = add_months(pack.calendar.year_start(as_of), -1)
    facts["customers"].append({"customer_id": "c99", "industry": "mining"})
    facts["rms"].append({"rm_id": "R0", "unit_id": "HQ", "target_bonus": 9_000_000, "base_pay": 5_000_000})
    facts["coverage"].append({"customer_id": "c99", "rm_id": "R0"})
    facts["balances"].append({"customer_id": "c99", "product": "dep", "month": base, "average_balance": 123_456_789})


class _Maker:
    """Rows drawn from one generator."""

    def __init__(self, chance: random.Random, as_of: dt.date) -> None:
        self.chance = chance
        self.as_of = as_of

    def happens(self, probability: float) -> bool:
        return self.chance.random() < probability

    def some_day(self, first: str = "2024-12-01", last: str = "2025-07-05") -> dt.date:
        start = day(first)
        return start + dt.timedelta(days=self.chance.randint(0, (day(last) - start).days))

    def money(self, size: int = 10**9) -> int:
        """Amounts of every size, near zero above all."""
        bound = self.chance.choice((1, 7, 100, 10**5, size))
        return self.chance.randint(-bound, bound)

    def rm(self, rm_id: str) -> list[dict[str, object]]:
        grade = self.chance.choice(("senior", "middle", "junior", "star"))
        fte = self.chance.choice((1_000_000, 500_000, 333_333))
        line = "phone" if self.happens(0.1) else "corporate"
        pay = {"target_bonus": self.chance.randint(0, 20_000_000), "base_pay": self.chance.randint(0, 9_000_000)}
        row = {"rm_id": rm_id, "grade": grade, "fte": fte, "line": line, "unit_id": self.unit(), **pay}
        match self.chance.randint(0, 4):
            case 0:
                return [{**row, "valid_from": self.some_day()}]
            case 1:
                return [{**row, "valid_to": self.some_day()}]
            case 2:
                moved = self.some_day("2025-01-05")
                back = moved + dt.timedelta(days=self.chance.choice((0, 0, 9)))
                return [{**row, "valid_to": moved}, {**row, "unit_id": self.unit(), "valid_from": back}]
            case _:
                return [row]

    def unit(self) -> str:
        return self.chance.choice(("HQ", "B1", "B2"))

    def absence(self, rm_id: str) -> list[dict[str, object]]:
        if not self.happens(0.25):
            return []
        start = self.some_day()
        end = start + dt.timedelta(days=self.chance.randint(1, 80))
        return [{"rm_id": rm_id, "reason": "leave", "valid_from": start, "valid_to": end}]

    def customer(self, customer_id: str) -> dict[str, object]:
        row: dict[str, object] = {
            "customer_id": customer_id,
            "industry": self.chance.choice(INDUSTRIES),
            "unit_id": self.unit(),
            "kind": "retail" if self.happens(0.1) else "corporate",
        }
        if self.happens(0.1):
            row["valid_from"] = self.some_day()
        return row

    def coverage(self, customer_id: str, rms: Sequence[str]) -> list[dict[str, object]]:
        """One to three stretches of time, each with a team of its own.

        Some touch, some leave a gap, some have nobody.
        """
        cuts = sorted({self.some_day() for _ in range(self.chance.randint(0, 2))})
        starts = [day("2023-01-01"), *(cut + dt.timedelta(days=self.chance.choice((0, 0, 1, 20))) for cut in cuts)]
        ends = [*cuts, day("9999-12-31")]
        rows: list[dict[str, object]] = []
        for start, end in zip(starts, ends, strict=True):
            if start >= end:
                continue
            members = self.chance.sample(list(rms), min(len(rms), self.chance.choice((0, 1, 1, 2, 3, 4, 5, 6))))
            given = self.happens(0.5)
            for place, rm in enumerate(members):
                role = (
                    "lead" if place == 0 else self.chance.choice(("assist", "assist", "treasury", "lending", "backup"))
                )
                share = self.chance.choice((0, 1, 3_333, 5_000, 10_000)) if given else None
                dates = {"valid_from": start, "valid_to": end}
                rows.append({"customer_id": customer_id, "rm_id": rm, "role": role, "share": share, **dates})
        return rows

    def rates(self) -> list[dict[str, object]]:
        usd: list[dict[str, object]] = [
            {"currency": c, "quote_currency": "CNY", "valid_from": start, "valid_to": end, "rate": rate}
            for c, start, end, rate in RATES
        ]
        return [*usd, {"currency": "JPY", "quote_currency": "CNY", "rate": JPY_RATE}]

    def sales(self, customer_id: str) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = []
        for year in (2022, 2023, 2024):
            if self.happens(0.6):
                span = {"period_start": day(f"{year}-01-01"), "period_end": day(f"{year + 1}-01-01")}
                value = self.chance.choice(
                    (2_500_000_00, 50_000_000_00, 2_000_000_000_00, self.chance.randint(0, 10**12))
                )
                unit = self.chance.choice(("USD", "CNY"))
                rows.append(
                    {"customer_id": customer_id, "measure": "annual_sales", "value": value, "unit": unit, **span}
                )
        return rows

    def income(self, number: int, customers: Sequence[str]) -> dict[str, object]:
        row: dict[str, object] = {
            "line_id": f"L{number:03d}",
            "customer_id": self.chance.choice(list(customers)),
            "product": self.chance.choice(("fee", "fee", "misc", "dep")),
            "amount": self.money(),
            "currency": self.chance.choice(("CNY", "CNY", "CNY", "USD", "JPY", "HKD")),
            "booked_on": self.some_day(),
        }
        if self.happens(0.3):
            row["booking_unit_id"] = self.unit()
        if self.happens(0.3):
            row["business_type"] = self.chance.choice(("fee", "loan", "unheard_of"))
        return row

    def balances(self, customer_id: str) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = []
        for product, _, _ in PRODUCTS[:2]:
            if self.happens(0.4):
                continue
            currency = self.chance.choice(("CNY", "CNY", "USD"))
            for number in range(8):
                if self.happens(0.85):
                    month = add_months(day("2024-11-01"), number)
                    row = {"customer_id": customer_id, "product": product, "month": month, "currency": currency}
                    rows.append({**row, "average_balance": self.money(10**11)})
        return rows

    def goals(self, pack: Pack) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = []
        for _, period in pack.calendar.periods_to(self.as_of):
            for unit in ("HQ", "B1"):
                for measure in ("deposit_increment", "loan_increment", "fee_income"):
                    if self.happens(0.6):
                        span = {"period_start": period.start, "period_end": period.end}
                        amount = self.chance.choice((0, self.money(4 * 10**9), self.chance.randint(1, 4 * 10**9)))
                        rows.append({"unit_id": unit, "measure": measure, "amount": amount, **span})
        return rows
