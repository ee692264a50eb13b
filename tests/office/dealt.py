"""The deal of W5: RM e11, officers e12 and e21; five products, 500,000 promised, 420,000 realised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from kejing.office.acts.act import act
from kejing.office.books.models import Coverage
from kejing.office.feeds.run_tables import show_run
from tests.office.bank import START, TODAY
from tests.office.shown import write_run
from tests.office.watched import DAY, bring

CUSTOMER = "e11-1"
PACKAGE: dict[str, tuple[str, str, str]] = {
    "pooling": ("0.3 ‰ of the volume", "200,000.00", "180000.00"),
    "payroll": ("2 yuan a head and month", "100,000.00", "100000.00"),
    "fx": ("15 points", "80,000.00", "90000.00"),
    "line": ("LPR + 40 points", "70,000.00", "50000.00"),
    "annuity": ("0.2 % a year", "50,000.00", "0"),
}
"""Product to price, fee promised within 90 days of delivery, and fee realised in them."""
DELIVERED, DUE = 30, 120  # days after the deal began: delivery, and the day on which the check opens


def staff() -> None:
    """The officers cover the customer beside his RM."""
    with act("tests.staffed", by=None) as doing:
        for rm, role in (("e12", "treasury"), ("e21", "lending")):
            doing.add(Coverage(customer_id=CUSTOMER, rm_id=rm, role=role, valid_from=START))


def set_up(folder: Path) -> None:
    """Facts with the income to come, a shown run of the shipped policy, and the officers."""
    staff()
    products = [{"product": name, "name": name, "business_type": "fee"} for name in (*PACKAGE, "other")]
    bring(folder, {"products": products, "income": list(_income())})
    show_run(write_run(folder / "run", {}), by=None)


def _income() -> Sequence[Mapping[str, object]]:
    first, last = TODAY + DELIVERED * DAY, TODAY + (DUE - 1) * DAY
    paid = [
        (name, amount, first if place % 2 else last) for place, (name, (_, _, amount)) in enumerate(PACKAGE.items())
    ]
    beside = [
        ("pooling", "999.00", first - DAY),  # before the delivery
        ("pooling", "999.00", last + DAY),  # after the ninety days
        ("other", "999.00", first),  # no product of the package
    ]
    return [
        {
            "line_id": f"l{number}",
            "customer_id": CUSTOMER,
            "product": product,
            "amount": amount,
            "currency": "CNY",
            "booked_on": day,
        }
        for number, (product, amount, day) in enumerate([*paid, *beside])
    ]
