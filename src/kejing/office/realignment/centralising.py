"""Corporate banking goes from sub-branches up to their branch: its lines, and challenges that the rule accepts.

Customers are managed by the branch from the day on (E5-28), the kinds of business that were picked are handled and
credited there, and all else stays at the account home (E5-27, E5-32, E5-59). RMs follow their customers (E5-18, E5-34).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from kejing.measure.errors import KejingError
from kejing.office import scope
from kejing.office.books.models import Customer
from kejing.office.changes.drafting import Change
from kejing.office.changes.models import Challenge, ChangeLine, ChangeSet
from kejing.office.feeds.business import income_by_business
from kejing.office.feeds.models import Run
from kejing.office.feeds.run_tables import shown_runs
from kejing.office.people.models import Unit
from kejing.office.people.viewer import Viewer
from kejing.office.realignment.spreading import LEAD
from kejing.office.shell.voices import periods_of

_CORPORATE = "corporate"


class NotAboveError(KejingError):
    """Business is centralised at a unit that the sub-branches do not belong to, or at one of themselves."""

    code = "office.centralise_not_above"


def outlets_of(viewer: Viewer, branch: Unit) -> list[Unit]:
    """Units directly below a branch."""
    return list(scope.units(viewer).filter(parent_id=branch.unit_id).order_by("unit_id"))


def lines_to_centralise(
    viewer: Viewer, *, branch: Unit, outlets: Sequence[str], business: Sequence[str], day: dt.date
) -> list[Change]:
    """Lines that move corporate customers of ``outlets`` and their RMs to ``branch``.

    Parameters
    ----------
    business
        Kinds of business handled at the branch from now on; all others stay at the account home.

    Raises
    ------
    NotAboveError
        One of the outlets is not below the branch on the day.
    """
    then = viewer.at(day)
    below = set(
        scope.units(then)
        .filter(path__startswith=branch.path)
        .exclude(unit_id=branch.unit_id)
        .values_list("unit_id", flat=True)
    )
    strange = sorted(set(outlets) - below)
    if strange:
        raise NotAboveError(unit_id=strange[0], branch=branch.name)
    moving = list(scope.customers(then).filter(unit_id__in=outlets, kind=_CORPORATE).order_by("customer_id"))
    held = scope.coverage(then).filter(role=LEAD, customer_id__in=[each.customer_id for each in moving])
    leads = dict(held.order_by("customer_id", "-rm_id").values_list("customer_id", "rm_id"))
    changes = [
        change
        for each in moving
        for change in _customer(each, leads.get(each.customer_id, ""), branch.unit_id, business)
    ]
    follow = scope.rms(then).filter(unit_id__in=outlets, rm_id__in=set(leads.values())).order_by("rm_id")
    changes += [
        Change(
            ChangeLine.Kind.RM,
            from_rm_id=rm.rm_id,
            to_rm_id=rm.rm_id,
            values={"from": {"unit_id": rm.unit_id}, "to": {"unit_id": branch.unit_id}},
        )
        for rm in follow
    ]
    return changes


def business_income() -> dict[tuple[str, str], int]:
    """Income by customer and kind of business [minor units] of the fiscal year that the shown run saw."""
    run: Run | None = next(iter(shown_runs()), None)
    if run is None:
        return {}
    first = min(period.start for period in periods_of(run).values())
    return income_by_business(first=first, last=run.as_of, currency=run.currency)


def accepted_by_rule(change_set: ChangeSet, income: Mapping[tuple[str, str], int]) -> list[Challenge]:
    """Open challenges that need nobody's judgement: the customer has none of the business that would be moved.

    Notes
    -----
    While no income is known, nothing is.
    """
    moved: dict[str, set[str]] = {}
    for line in change_set.lines.filter(kind=ChangeLine.Kind.HANDLING):
        moved.setdefault(line.customer_id, set()).add(str(line.values["business_type"]))
    waiting = change_set.challenges.filter(state=Challenge.State.OPEN).order_by("pk")
    return [
        each
        for each in waiting
        if income and each.customer_id in moved
        if not any(income.get((each.customer_id, kind)) for kind in moved[each.customer_id])
    ]


def _customer(customer: Customer, rm_id: str, branch: str, business: Sequence[str]) -> list[Change]:
    home = {"unit_id": customer.unit_id, "account_home_id": customer.account_home_id}
    there = {"unit_id": branch, "account_home_id": customer.account_home_id or customer.unit_id}
    whose = (customer.customer_id, rm_id, rm_id)
    kinds = ChangeLine.Kind
    return [
        Change(kinds.CUSTOMER, *whose, values={"from": home, "to": there}),
        *(
            Change(kinds.HANDLING, *whose, values={"customer_id": whose[0], "business_type": kind, "unit_id": branch})
            for kind in business
        ),
    ]
