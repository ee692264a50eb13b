"""Fill an office: facts, runs, people with positions, and the work that a year leaves behind.

Imported only where an office is open: Django belongs to one folder for the life of a process.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import batched, pairwise
from pathlib import Path

import numpy as np
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from benchmarks.office_folder import ROOT_UNIT
from kejing.office import scope
from kejing.office.acts.act import act
from kejing.office.books.models import Booking, Contact, Coverage, OpenItem, Plan, Rm
from kejing.office.changes.drafting import Change, draft
from kejing.office.changes.models import ChangeLine
from kejing.office.changes.publishing import submit
from kejing.office.feeds.loading import load_facts
from kejing.office.feeds.run_tables import show_run
from kejing.office.people.accounts import Post, open_accounts
from kejing.office.people.models import User
from kejing.office.people.roles import Role
from kejing.office.people.viewer import Viewer
from kejing.verbs.demonstrate import AS_OF, PACKS

LEADERS, RMS = 4, 9
_BOOKINGS, _ITEMS, _PLANS = 4, 5, 5  # of each RM
_CHANGE_SETS, _MOVED = 40, 25  # change sets waiting; customers in each
_EVENTS_A_CUSTOMER = 5  # one act for each so many customers


def fill(institution: Path, *, seed: int) -> list[dict[str, str]]:
    """Load facts and runs, leave a year's work, and open accounts: name, role, RM and password of each."""
    load_facts(institution / "facts", by=None)
    for pack in PACKS:
        show_run(institution / pack, by=None)
    busiest = _busiest()
    people = list(_people(busiest))
    chance = np.random.default_rng(seed)
    _work(chance)
    _change_sets(User.objects.get(username="head1"))
    _events(User.objects.get(username="rm1"))
    return [{"name": name, "role": role, "rm": rm, "password": password} for name, role, rm, password in people]


def _busiest() -> list[Rm]:
    """The RM with the largest book of each of the first provinces."""
    books = Coverage.objects.in_force(AS_OF).filter(role="lead").values_list("rm_id").annotate(book=Count("pk"))
    size = dict(books)
    people = sorted(Rm.objects.in_force(AS_OF), key=lambda rm: (-size.get(rm.rm_id, 0), rm.rm_id))
    return people[: LEADERS + RMS]


def _people(busiest: list[Rm]) -> Iterator[tuple[str, str, str, str]]:
    provinces = [rm.rm_id.partition("-")[0] for rm in busiest]
    posts = [Post("head1", "Head of sales", Role.HEAD, ROOT_UNIT)]
    posts += [Post(f"head{n}", f"Head {n}", Role.HEAD, f"{provinces[n]}-0001") for n in (2, 3)]
    posts += [
        Post(f"leader{n}", f"Leader {n}", Role.LEADER, rm.unit_id) for n, rm in enumerate(busiest[:LEADERS], start=1)
    ]
    posts += [Post(f"rm{n}", rm.name, Role.RM, rm.unit_id, rm.rm_id) for n, rm in enumerate(busiest[LEADERS:], start=1)]
    for n in (1, 2):
        posts += [Post(f"performance{n}", f"Performance {n}", Role.PERFORMANCE_ADMINISTRATOR, ROOT_UNIT)]
        posts += [Post(f"auditor{n}", f"Auditor {n}", Role.AUDITOR, ROOT_UNIT)]
    rms = {post.username: post.rm_id for post in posts}
    for made in open_accounts(posts, by=None):
        yield made.username, made.role, rms[made.username], made.password


def _work(chance: np.random.Generator) -> None:
    """Bookings to come, open items and plans of every RM."""
    books: dict[str, list[str]] = {}
    held = Coverage.objects.in_force(AS_OF).filter(role="lead").order_by("rm_id", "customer_id")
    for rm, customer in held.values_list("rm_id", "customer_id"):
        books.setdefault(rm, []).append(customer)
    now = timezone.make_aware(dt.datetime.combine(AS_OF, dt.time(9)))
    bookings, items, plans = [], [], []
    for rm, customers in books.items():
        picked = [customers[at] for at in chance.permutation(len(customers))[:_ITEMS]]
        for number, customer in enumerate(picked[:_BOOKINGS]):
            bookings.append(Booking(customer_id=customer, rm_id=rm, due_at=now + dt.timedelta(days=number, hours=1)))
        for number, customer in enumerate(picked):
            due = AS_OF + dt.timedelta(days=number - 1)
            items.append(OpenItem(customer_id=customer, rm_id=rm, kind="need", title="credit line", due_on=due))
        plans += [Plan(customer_id=customer, rm_id=rm, goal="deposits", steps="visit") for customer in picked[:_PLANS]]
    for code, rows in (("bookings", bookings), ("items", items), ("plans", _once(plans))):
        with act(f"benchmarks.{code}", by=None) as doing:
            doing.add_all(rows)


def _once(plans: list[Plan]) -> list[Plan]:
    return list({plan.customer_id: plan for plan in plans}.values())


def _change_sets(head: User) -> None:
    """Change sets drafted and submitted by the head, a few customers each."""
    viewer = Viewer(head, AS_OF, AS_OF)
    people = list(scope.rms(viewer).filter(line="corporate").order_by("rm_id").values_list("rm_id", flat=True))
    for giver, taker in list(pairwise(people))[:_CHANGE_SETS]:
        held = Coverage.objects.in_force(AS_OF).filter(rm_id=giver, role="lead").order_by("customer_id")
        moved = held.values_list("customer_id", flat=True)[:_MOVED]
        changes = [Change(ChangeLine.Kind.COVERAGE, customer, giver, taker, "lead") for customer in moved]
        if changes:
            day = AS_OF + dt.timedelta(days=32)
            made = draft(viewer=viewer, title=f"{giver} → {taker}", reason="load", effective_on=day, changes=changes)
            submit(viewer=viewer, change_set=made, challenge_by=day)


def _events(user: User) -> None:
    """Contacts logged one by one: an act and its event each."""
    count = Contact.objects.count() // _EVENTS_A_CUSTOMER
    taken = Contact.objects.order_by("-happened_at", "contact_id")[:count]
    for part in batched(list(taken), 1_000, strict=False):
        with transaction.atomic():
            for contact in part:
                with act("contacts.logged", by=user, customer=contact.customer_id) as doing:
                    doing.change(contact, expected_version=contact.version, needs="cash pooling")
