"""The half-year of W7 in the small bank, now a carrier: 3.06 % lost, as essay 4 has it (E4-87..91)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from kejing.office.acts.act import act
from kejing.office.books.models import Customer
from kejing.office.feeds.run_tables import show_run
from tests.office.bank import START
from tests.office.shown import write_run
from tests.office.watched import bring

HALF = "2025-H1"
BASE = 100_000_000_00
REASONS = {
    "rival_long_distance": 979_200_00,  # 32 %
    "rival_data": 260_100_00,  # 8.5 %
    "own_business": 1_224_000_00,  # 40 %
    "搬迁": 596_700_00,  # 19.5 %: a reason without a name in the policy
}
INDUSTRIES = {
    "party_government_military": 811_818_00,  # 26.53 %
    "mining_manufacturing": 453_492_00,  # 14.82 %
    "property": 415_242_00,  # 13.57 %
    "trade": 1_379_448_00,  # 45.08 %: an industry without a name in the policy
}
TEAM = {"party_government_military": "e11", "mining_manufacturing": "e12", "property": "e21", "trade": "w11"}
"""All customers of an RM are in one industry."""


def suffer(folder: Path) -> None:
    """Industries, income of the half-year before, losses of this one, and a shown run of the carrier's policy."""
    with act("tests.became_a_carrier", by=None) as doing:
        for industry, rm in TEAM.items():
            rows = list(Customer.objects.filter(customer_id__startswith=rm))
            doing.change_all(rows, kind="telecom", industry=industry)
    bring(folder, {"income": list(_income()), "losses": list(losses())})
    names = Customer.objects.order_by("customer_id").values_list("customer_id", flat=True)
    listed = [
        {
            "customer_id": name,
            "scheme": "key_account_list",
            "tier": "not_listed" if name.endswith("-6") else "listed",
            "valid_from": START,
            "valid_to": dt.date(2026, 1, 1),
        }
        for name in names
    ]
    show_run(write_run(folder / "run", {"segment": listed}, policy="telecom_4plus1"), by=None)


def cells() -> Iterator[tuple[str, str, int]]:
    """Reason, industry and amount [minor units]: sums by both are those above."""
    reasons, industries = list(REASONS.items()), list(INDUSTRIES.items())
    while reasons and industries:
        (reason, left), (industry, room) = reasons[-1], industries[-1]
        amount = min(left, room)
        yield reason, industry, amount
        for rest, key, remains in ((reasons, reason, left - amount), (industries, industry, room - amount)):
            rest[-1] = (key, remains)
            if not remains:
                rest.pop()


def losses() -> Iterator[dict[str, object]]:
    """Each cell in two services of two customers; beside them what must not count."""
    for number, (reason, industry, amount) in enumerate(cells()):
        parts = (amount // 3, amount - amount // 3)
        for place, minor in enumerate(parts, start=1):
            yield _loss(f"{TEAM[industry]}-{place}", f"service {number}", minor, reason, "2025-02-10", "2025-06-30")
    late, early, reason = "2025-07-01", "2024-12-31", "搬迁"
    yield _loss("e11-3", "confirmed after", 9_999_00, reason, "2025-06-01", late)
    yield _loss("e11-3", "confirmed before", 9_999_00, reason, early, early)
    yield _loss("e11-6", "not on the list", 9_999_00, reason, "2025-02-10", "2025-03-01")
    yield _loss("e12-3", "suspected", 50_000_00, reason, "2025-05-20", "")
    yield _loss("e12-4", "in dollars", 9_999_00, reason, "2025-02-10", "2025-03-01", currency="USD")


def _loss(
    customer: str, service: str, minor: int, reason: str, suspected: str, confirmed: str, *, currency: str = "CNY"
) -> dict[str, object]:
    return {
        "customer_id": customer,
        "service": service,
        "amount": f"{minor / 100:.2f}",
        "currency": currency,
        "reason": reason,
        "suspected_on": suspected,
        "confirmed_on": confirmed,
    }


def _income() -> Iterator[dict[str, object]]:
    """The base, 10 % of it from the first industry; and income of other days and customers."""
    parts = {"e11": 10_000_000_00, "e12": 30_000_000_00, "e21": 20_000_000_00, "w11": 40_000_000_00}
    assert sum(parts.values()) == BASE
    for rm, minor in parts.items():
        yield _paid(f"{rm}-1", minor, "2024-07-01")
        yield _paid(f"{rm}-6", 7_777_00, "2024-08-01")  # not on the list
        yield _paid(f"{rm}-2", 7_777_00, "2025-01-01")  # of the half-year itself
        yield _paid(f"{rm}-2", 7_777_00, "2024-06-30")  # of an earlier one


def _paid(customer: str, minor: int, day: str) -> dict[str, object]:
    line = f"{customer}-{day}"
    amount = f"{minor / 100:.2f}"
    return {
        "line_id": line,
        "customer_id": customer,
        "product": "demand",
        "amount": amount,
        "currency": "CNY",
        "booked_on": day,
    }
