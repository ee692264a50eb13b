"""Events by who, what, whose rows and when; what one changed; who could see a customer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from kejing.measure.period import NotAPeriodError, parse_day
from kejing.office import scope
from kejing.office.acts.models import Event, Touch
from kejing.office.books.models import Coverage, Customer, Rm
from kejing.office.people.models import Position, Unit, User
from kejing.office.people.roles import SIGHT, Sight
from kejing.office.people.viewer import Viewer
from kejing.office.shell.words import has_words, say


@dataclass(frozen=True, slots=True)
class Question:
    """What an auditor asks; empty parts ask nothing."""

    who: str = ""
    what: str = ""
    customer_id: str = ""
    rm_id: str = ""
    since: dt.date | None = None
    until: dt.date | None = None

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Question:
        """The question in an address; a day that is none asks nothing."""
        texts = {name: asked.get(name, "").strip() for name in ("who", "what", "customer_id", "rm_id")}
        return cls(**texts, since=_day(asked.get("since", "")), until=_day(asked.get("until", "")))


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one row: before and after."""

    field: str
    before: object
    after: object


def matching(viewer: Viewer, question: Question) -> QuerySet[Event]:
    """Events that the viewer may read and the question asks for, newest first."""
    found = scope.events(viewer).select_related("actor", "on_behalf_of")
    if question.who:
        named = Q(actor__username=question.who) | Q(on_behalf_of__username=question.who)
        found = found.filter(named)
    if question.what:
        found = found.filter(code__startswith=question.what)
    if question.since:
        found = found.filter(at__date__gte=question.since)
    if question.until:
        found = found.filter(at__date__lte=question.until)
    for column in ("customer_id", "rm_id"):
        wanted = getattr(question, column)
        if wanted:
            rows = scope.touches(viewer).filter(event=OuterRef("pk"), **{column: wanted})
            found = found.filter(Exists(rows) | Q(**{f"facts__{column}": wanted}))
    return found.order_by("-number")


def changes_of(touch: Touch) -> list[Change]:
    """Fields that an event changed in a row; all of them where it added or took away the row."""
    before, after = touch.before or {}, touch.after or {}
    names = sorted({*before, *after})
    return [Change(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)]


def sentence(event: Event) -> str:
    """What was done, in the reader's language; the code where there is no sentence."""
    app, _, name = event.code.partition(".")
    key = f"{app}.act.{name}"
    if not has_words(key):
        return event.code
    try:
        return say(key, **event.facts)
    except (KeyError, IndexError):
        return event.code


def who_could_see(customer_id: str, day: dt.date, today: dt.date) -> list[User]:
    """People whose positions open the customer on ``day``, walls and all.

    Notes
    -----
    The scope decides, for each of those who hold a position today at or above a unit that has to do with the customer,
    or the book of an RM who covers him: few, however many people the office has.
    """
    covering = Coverage.objects.in_force(day).filter(customer_id=customer_id).values_list("rm_id", flat=True)
    rms = list(covering)
    units = {*Rm.objects.in_force(day).filter(rm_id__in=rms).values_list("unit_id", flat=True)}
    units |= {*Customer.objects.in_force(day).filter(customer_id=customer_id).values_list("unit_id", flat=True)}
    paths = Unit.objects.in_force(day).filter(unit_id__in=units).values_list("path", flat=True)
    above = {unit for path in paths for unit in path.strip("/").split("/")}
    wide = [role for role, sight in SIGHT.items() if sight is Sight.SUBTREE]
    held = Position.objects.in_force(today).filter(Q(unit_id__in=above, role__in=wide) | Q(rm_id__in=rms))
    people = User.objects.filter(is_active=True, pk__in=held.values("user_id")).order_by("username")
    seen = ((user, scope.customers(Viewer(user, today, day))) for user in people)
    return [user for user, customers in seen if customers.filter(customer_id=customer_id).exists()]


def is_walled(viewer: Viewer, customer_id: str) -> bool:
    """Whether a wall hides the customer from the auditor himself."""
    return scope.walled(viewer).filter(customer_id=customer_id).exists()


def known_codes(viewer: Viewer) -> list[str]:
    """Codes of events, for the filter."""
    return list(scope.events(viewer).order_by("code").values_list("code", flat=True).distinct())


def plain(event: Event, touches: list[Touch]) -> dict[str, Any]:
    """An event with its rows as JSON holds it, every part that its seal covers."""
    return {
        "number": event.number,
        "at": event.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        "code": event.code,
        "actor": None if event.actor is None else event.actor.username,
        "actor_id": event.actor_id,
        "on_behalf_of_id": event.on_behalf_of_id,
        "reason": event.reason,
        "change_set_id": event.change_set_id,
        "facts": event.facts,
        "touched": event.touched,
        "rows": [
            {"place": row.place, "entity": row.entity, "key": row.key, "customer_id": row.customer_id,
             "rm_id": row.rm_id, "before": row.before, "after": row.after}
            for row in touches
        ],
        "rows_seal": event.rows_seal,
        "seal_before": event.seal_before,
        "seal": event.seal,
    }  # fmt: skip


def _day(text: str) -> dt.date | None:
    try:
        return parse_day(text)
    except NotAPeriodError:
        return None
