"""A bank small enough to know by heart.

Head office ─ east ─ east_1 (RMs e11, e12), east_2 (RM e21)
            └ west ─ west_1 (RM w11)

Every RM leads six customers, named after him: e11-1 … e11-6. All of it holds from 2025-01-01.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from kejing.office.acts.act import act
from kejing.office.books.models import Coverage, Customer, Rm
from kejing.office.people.models import Position, Unit, User, Wall, WallMember
from kejing.office.people.roles import Role
from kejing.office.people.viewer import Viewer

START = dt.date(2025, 1, 1)
TODAY = dt.date(2025, 11, 20)
UNITS = {
    "head_office": "/head_office/",
    "east": "/head_office/east/",
    "east_1": "/head_office/east/east_1/",
    "east_2": "/head_office/east/east_2/",
    "west": "/head_office/west/",
    "west_1": "/head_office/west/west_1/",
}
RM_UNITS = {"e11": "east_1", "e12": "east_1", "e21": "east_2", "w11": "west_1"}
BOOK = 6
POSTS = {
    "head": (Role.HEAD, "head_office", ""),
    "east_head": (Role.HEAD, "east", ""),
    "west_head": (Role.HEAD, "west", ""),
    "leader": (Role.LEADER, "east_1", ""),
    "performance": (Role.PERFORMANCE_ADMINISTRATOR, "head_office", ""),
    "auditor": (Role.AUDITOR, "head_office", ""),
    "administrator": (Role.ADMINISTRATOR, "head_office", ""),
    **{f"rm_{rm}": (Role.RM, unit, rm) for rm, unit in RM_UNITS.items()},
}
PASSWORD = "correct horse battery"  # noqa: S105


@dataclass(frozen=True)
class Bank:
    """The people of the bank by user name."""

    users: dict[str, User]

    def viewer(
        self, name: str, *, as_of: dt.date = TODAY, today: dt.date = TODAY, on_behalf_of: str | None = None
    ) -> Viewer:
        """Somebody at work."""
        giver = self.users[on_behalf_of] if on_behalf_of else None
        return Viewer(self.users[name], today, as_of, giver)

    def wall(self, customer_id: str, *members: str) -> None:
        """Build a wall around a customer."""
        with act("people.wall_built", by=None) as doing:
            wall = doing.add(Wall(customer_id=customer_id, reason="merger", valid_from=START))
            for name in members:
                doing.add(WallMember(wall=wall, user=self.users[name], valid_from=START))


def build_bank() -> Bank:
    """Write the bank into the database, through one act."""
    with act("tests.bank_built", by=None) as doing:
        doing.add_all(
            [
                Unit(
                    unit_id=unit,
                    name=unit,
                    level=path.count("/") - 1,
                    parent_id=path.split("/")[-3],
                    path=path,
                    valid_from=START,
                )
                for unit, path in UNITS.items()
            ]
        )
        doing.add_all(
            [
                Rm(rm_id=rm, name=rm, line="corporate", grade="R2", unit_id=unit, valid_from=START)
                for rm, unit in RM_UNITS.items()
            ]
        )
        customers = [(f"{rm}-{number}", rm) for rm in RM_UNITS for number in range(1, BOOK + 1)]
        doing.add_all(
            [
                Customer(customer_id=customer, name=customer, kind="corporate", unit_id=RM_UNITS[rm], valid_from=START)
                for customer, rm in customers
            ]
        )
        doing.add_all(
            [
                Coverage(customer_id=customer, rm_id=rm, role="lead", share=10_000, valid_from=START)
                for customer, rm in customers
            ]
        )
        users = {}
        for username, (role, unit, rm) in POSTS.items():
            user = User(username=username, name=username.replace("_", " "))
            user.set_password(PASSWORD)
            users[username] = doing.add(user)
            doing.add(Position(user=user, role=role, unit_id=unit, rm_id=rm, valid_from=START))
        stranger = User(username="stranger", name="stranger")
        stranger.set_password(PASSWORD)
        users["stranger"] = doing.add(stranger)
    return Bank(users)
