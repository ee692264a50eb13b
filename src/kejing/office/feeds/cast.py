"""Five ready people for a demonstration, put where the loaded institution has work for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.db.models import Count

from kejing.measure.errors import KejingError
from kejing.office.books.models import Coverage, Rm
from kejing.office.people.accounts import NewAccount, Post, open_accounts
from kejing.office.people.models import Unit, User
from kejing.office.people.roles import Role


class NobodyToShowError(KejingError):
    """The institution has no RM with customers on the day."""

    code = "office.nobody_to_show"


def demonstration_cast(day: dt.date, name_of: Callable[[Role], str] = str) -> list[NewAccount]:
    """Head of sales, team leader, RM, performance administrator and auditor; none if the accounts are there.

    The RM is the one with most customers as lead among RMs who have colleagues in their unit; the leader leads that
    unit; the others sit at the root.

    Parameters
    ----------
    name_of
        What to call somebody who has no name in the institution's files.

    Raises
    ------
    NobodyToShowError
        Nobody covers a customer on ``day``.
    """
    if User.objects.filter(username="head").exists():
        return []
    peers = dict(Rm.objects.in_force(day).values_list("unit_id").annotate(Count("pk")))
    teams = [unit for unit, count in peers.items() if count > 1]
    units = dict(Rm.objects.in_force(day).filter(unit_id__in=teams).values_list("rm_id", "unit_id"))
    books = Coverage.objects.in_force(day).filter(role="lead", rm_id__in=units)
    busiest = books.values_list("rm_id").annotate(book=Count("pk")).order_by("-book", "rm_id").first()
    root = Unit.objects.in_force(day).filter(parent_id="").order_by("unit_id").first()
    if busiest is None or root is None:
        raise NobodyToShowError(day=day)
    rm = Rm.objects.in_force(day).get(rm_id=busiest[0])
    return open_accounts(
        [
            Post("head", name_of(Role.HEAD), Role.HEAD, root.unit_id),
            Post("leader", name_of(Role.LEADER), Role.LEADER, rm.unit_id),
            Post("rm", rm.name, Role.RM, rm.unit_id, rm.rm_id),
            Post("performance", name_of(Role.PERFORMANCE_ADMINISTRATOR), Role.PERFORMANCE_ADMINISTRATOR, root.unit_id),
            Post("auditor", name_of(Role.AUDITOR), Role.AUDITOR, root.unit_id),
        ],
        by=None,
    )
