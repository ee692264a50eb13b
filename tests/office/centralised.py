"""A branch with twelve sub-branches, imported as an institution would: loans, deposits and fees of 48 customers.

Each sub-branch s01 … s12 has two RMs (s01a, s01b) with two customers each (s01a-1, s01a-2). A customer brings 1,000 of
loan income, 300 of deposit and 50 of fee income a year; customers ending in -2 of RMs ending in b have no loan.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

from kejing.office.acts.act import act
from kejing.office.books.models import Booking
from kejing.office.feeds.loading import load_facts
from kejing.office.feeds.run_tables import show_run
from kejing.office.people.models import Position, User
from kejing.office.people.roles import Role
from kejing.verbs import import_facts
from tests.office.bank import PASSWORD, START
from tests.office.shown import PERIOD, write_run

DAY = dt.date(2026, 1, 1)
OUTLETS = [f"s{number:02}" for number in range(1, 13)]
RMS = [f"{outlet}{letter}" for outlet in OUTLETS for letter in "ab"]
CUSTOMERS = [f"{rm}-{number}" for rm in RMS for number in (1, 2)]
WITHOUT_LOAN = [customer for customer in CUSTOMERS if customer.endswith("b-2")]
INCOME = {"loan": 1_000, "deposit": 300, "fee": 50}


def build_branch(folder: Path) -> dict[str, User]:
    """Import the institution into ``folder``, load it, show a run with its pay, and give its people accounts."""
    files = folder / "files"
    files.mkdir(parents=True)
    for name, lines in _files().items():
        (files / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    report = import_facts([files], mapping=None, into=folder / "facts")
    assert report.total.rejected == 0, report
    load_facts(folder / "facts", by=None)
    pay = [
        {
            "period": PERIOD,
            "rm_id": rm,
            "unit_id": rm[:3],
            "gross": Decimal(200),
            "paid_now": Decimal(200),
            "deferred": 0,
        }
        for rm in RMS
    ]
    show_run(write_run(folder / "run", {"pay_total": pay}), by=None)
    return _people()


def _files() -> dict[str, list[str]]:
    loans = [customer for customer in CUSTOMERS if customer not in WITHOUT_LOAN]
    return {
        "units": [
            "unit_id,name,level,parent_id,valid_from",
            "head_office,Head office,1,,2025-01-01",
            "city,City branch,2,head_office,2025-01-01",
            "other,Other branch,2,head_office,2025-01-01",
            *(f"{outlet},Sub-branch {outlet},3,city,2025-01-01" for outlet in OUTLETS),
        ],
        "rms": [
            "rm_id,name,line,grade,unit_id,fte,valid_from",
            *(f"{rm},{rm},corporate,R2,{rm[:3]},1,2025-01-01" for rm in RMS),
        ],
        "customers": [
            "customer_id,name,kind,unit_id,valid_from",
            *(f"{each},{each},corporate,{each[:3]},2025-01-01" for each in CUSTOMERS),
        ],
        "coverage": [
            "customer_id,rm_id,role,share,valid_from",
            *(f"{each},{each[:4]},lead,1,2025-01-01" for each in CUSTOMERS),
        ],
        "products": ["product,name,business_type", *(f"{kind},{kind},{kind}" for kind in INCOME)],
        "income": [
            "line_id,customer_id,product,amount,currency,booked_on",
            *(
                f"{kind}-{each},{each},{kind},{amount},CNY,2025-08-15"
                for kind, amount in INCOME.items()
                for each in (loans if kind == "loan" else CUSTOMERS)
            ),
        ],
    }


def _people() -> dict[str, User]:
    posts = {
        "planner": (Role.HEAD, "city", ""),
        "checker": (Role.HEAD, "head_office", ""),
        "outlet": (Role.LEADER, "s01", ""),
        **{f"rm_{rm}": (Role.RM, rm[:3], rm) for rm in RMS[:4]},
    }
    users = {}
    with act("tests.people", by=None) as doing:
        for name, (role, unit, rm) in posts.items():
            user = User(username=name, name=name)
            user.set_password(PASSWORD)
            users[name] = doing.add(user)
            doing.add(Position(user=user, role=role, unit_id=unit, rm_id=rm, valid_from=START))
        due = dt.datetime(2026, 1, 8, 9, tzinfo=dt.UTC)
        doing.add_all([Booking(customer_id=each, rm_id=each[:4], due_at=due) for each in CUSTOMERS])
    return users
