"""All that the page of one customer shows, but for what the engine is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kejing.office import scope
from kejing.office.acts.models import Touch
from kejing.office.books.models import Coverage, Customer, OpenItem, Plan, Rm, Standing, TierException
from kejing.office.customer.timeline import Entry, timeline
from kejing.office.feeds.models import Run
from kejing.office.feeds.run_tables import shown_runs
from kejing.office.people.viewer import Viewer
from kejing.office.shell.words import in_script, language, say
from kejing.office.standards import DueState, pace_of
from kejing.office.standards.naming import names_of

_ROLES = ("lead", "assist", "backup", "treasury", "lending", "referral")
_GROUP, _HISTORY = 20, 30


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who covers the customer."""

    rm_id: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Tier:
    """How the customer stands in one scheme, in words."""

    standing: Standing
    run: Run | None
    scheme: str
    tier: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything about one customer on one day."""

    customer: Customer
    tiers: tuple[Tier, ...]
    exceptions: tuple[TierException, ...]
    team: tuple[Member, ...]
    group: tuple[Customer, ...]
    items: tuple[OpenItem, ...]
    owed: tuple[DueState, ...]
    timeline: tuple[Entry, ...]
    plan: Plan | None
    history: tuple[Touch, ...]
    runs: tuple[Run, ...]
    is_led: bool


def picture(viewer: Viewer, customer: Customer) -> Picture:
    """The page of a customer that the viewer sees."""
    asked: dict[str, Any] = {"customer_id": customer.customer_id}
    held = list(Coverage.objects.filter(**asked).order_by("valid_from", "rm_id"))
    now = [row for row in held if row.valid_from <= viewer.as_of < row.valid_to]
    runs = shown_runs()
    team = _team(viewer, now)
    lead = next((member.rm_id for member in team if member.role == "lead"), None)
    pace = pace_of(viewer, lead) if lead else None
    group = scope.customers(viewer).filter(group_id=customer.group_id).exclude(**asked) if customer.group_id else None
    exceptions = scope.tier_exceptions(viewer).filter(**asked, valid_to__gt=viewer.as_of)
    items = scope.open_items(viewer).filter(**asked).order_by("due_on", "pk")
    touched = (
        scope.touches(viewer).filter(**asked).select_related("event", "event__actor").order_by("-event_id", "place")
    )
    return Picture(
        customer=customer,
        tiers=_tiers(viewer, customer, runs),
        exceptions=tuple(exceptions),
        team=team,
        group=tuple(group.order_by("name")[:_GROUP]) if group is not None else (),
        items=tuple(items),
        owed=tuple(pace.of_customer(customer.customer_id)) if pace else (),
        timeline=tuple(timeline(viewer, customer.customer_id, held)),
        plan=scope.plans(viewer).filter(**asked).first(),
        history=tuple(touched[:_HISTORY]),
        runs=tuple(runs),
        is_led=lead in viewer.rm_ids,
    )


def _tiers(viewer: Viewer, customer: Customer, runs: Iterable[Run]) -> tuple[Tier, ...]:
    by_id = {run.run_id: run for run in runs}
    found = []
    for standing in scope.standings(viewer).filter(customer_id=customer.customer_id).order_by("scheme"):
        run = by_id.get(standing.run_id)
        if run is None:
            found.append(Tier(standing, None, standing.scheme, standing.tier))
        else:
            names = names_of(run, language())
            scheme, tier = names.of(standing.scheme, "scheme"), names.of_tier(standing.tier, standing.scheme)
            found.append(Tier(standing, run, in_script(scheme), in_script(tier)))
    return tuple(found)


def _team(viewer: Viewer, held: list[Coverage]) -> tuple[Member, ...]:
    people = Rm.objects.in_force(viewer.as_of).filter(rm_id__in={row.rm_id for row in held})
    names = dict(people.values_list("rm_id", "name"))
    ordered = sorted(held, key=lambda row: (_ROLES.index(row.role) if row.role in _ROLES else len(_ROLES), row.rm_id))
    return tuple(Member(row.rm_id, in_script(names.get(row.rm_id, row.rm_id)), row.role) for row in ordered)


def role_word(role: str) -> str:
    """A role of coverage in words."""
    return say(f"customer.role.{role}")
