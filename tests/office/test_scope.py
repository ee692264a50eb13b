"""Who sees what: deny by default, subtree not siblings, walls before everything."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kejing.measure.period import LAST_DAY
from kejing.office import scope
from kejing.office.acts.act import act
from kejing.office.books.models import Booking, Contact, Coverage, Dispute, OpenItem, Plan, Standing, TierException
from kejing.office.feeds.models import Run
from kejing.office.people.models import Delegation, Position
from kejing.office.people.roles import Role
from kejing.office.people.viewer import Viewer
from tests.office.bank import BOOK, POSTS, RM_UNITS, TODAY, UNITS, Bank

CUSTOMERS = [f"{rm}-{number}" for rm in RM_UNITS for number in range(1, BOOK + 1)]


def seen(viewer: Viewer) -> set[str]:
    """Ids of the customers that somebody sees."""
    return set(scope.customers(viewer).values_list("customer_id", flat=True))


def books(*rms: str) -> set[str]:
    """Ids of the customers of some RMs."""
    return {customer for customer in CUSTOMERS if customer.split("-")[0] in rms}


@pytest.mark.parametrize(
    ("name", "rms"),
    [
        ("head", ("e11", "e12", "e21", "w11")),
        ("east_head", ("e11", "e12", "e21")),
        ("west_head", ("w11",)),
        ("leader", ("e11", "e12")),
        ("rm_e11", ("e11",)),
        ("auditor", ("e11", "e12", "e21", "w11")),
        ("administrator", ()),
        ("stranger", ()),
    ],
)
def test_everybody_sees_his_own_and_nothing_beside_it(bank: Bank, name: str, rms: tuple[str, ...]) -> None:
    """A head sees his subtree and not the neighbour's; an RM his book; who has no position nothing."""
    assert seen(bank.viewer(name)) == books(*rms)


def test_nobody_signed_in_sees_nothing(bank: Bank) -> None:
    """Without a user every scope is empty."""
    nobody = Viewer(None, TODAY, TODAY)
    entities = (scope.customers, scope.coverage, scope.rms, scope.units, scope.contacts, scope.bookings)
    others = (
        scope.open_items,
        scope.plans,
        scope.targets,
        scope.disputes,
        scope.standings,
        scope.events,
        scope.touches,
    )
    assert [entity.__name__ for entity in (*entities, *others) if entity(nobody).exists()] == []


def test_a_position_that_ended_shows_nothing_not_even_the_past(bank: Bank) -> None:
    """Positions count on the day of looking; a leaver who picks an earlier day still sees nothing."""
    with act("tests.left", by=None) as doing:
        doing.change_all(list(Position.objects.filter(user=bank.users["rm_e11"])), valid_to=dt.date(2025, 11, 1))
    assert seen(bank.viewer("rm_e11")) == set()
    assert seen(bank.viewer("rm_e11", as_of=dt.date(2025, 6, 30))) == set()


def test_an_inactive_user_sees_nothing(bank: Bank) -> None:
    """Switching an account off is enough."""
    user = bank.users["head"]
    with act("tests.switched_off", by=None) as doing:
        doing.change(user, expected_version=user.version, is_active=False)
    assert seen(bank.viewer("head")) == set()


def test_books_are_those_of_the_day_looked_at(bank: Bank) -> None:
    """Before the handover the giver sees the customer, from its day on the receiver."""
    day = dt.date(2025, 12, 1)
    row = Coverage.objects.get(customer_id="e11-1")
    with act("tests.handed_over", by=None) as doing:
        doing.change_all([row], valid_to=day)
        doing.add(Coverage(customer_id="e11-1", rm_id="e12", role="lead", valid_from=day))
    eve = day - dt.timedelta(days=1)
    assert "e11-1" in seen(bank.viewer("rm_e11", as_of=eve))
    assert "e11-1" not in seen(bank.viewer("rm_e12", as_of=eve))
    assert "e11-1" not in seen(bank.viewer("rm_e11", as_of=day))
    assert "e11-1" in seen(bank.viewer("rm_e12", as_of=day))


def test_a_specialist_is_seen_with_his_customers_by_his_own_head(bank: Bank) -> None:
    """Who covers a customer of another branch brings it into the sight of his own heads, and of no other."""
    with act("tests.assisted", by=None) as doing:
        doing.add(Coverage(customer_id="e11-1", rm_id="w11", role="treasury", valid_from=dt.date(2025, 1, 1)))
    assert seen(bank.viewer("rm_w11")) == books("w11") | {"e11-1"}
    assert seen(bank.viewer("west_head")) == books("w11") | {"e11-1"}


def test_a_wall_is_not_pierced_by_the_hierarchy(bank: Bank) -> None:
    """A walled customer is there for the members alone: not for heads, auditors or its own RM."""
    bank.wall("e11-1", "rm_e11")
    assert {name for name in POSTS if "e11-1" in seen(bank.viewer(name))} == {"rm_e11"}
    bank.wall("e11-1", "head")
    assert {name for name in POSTS if "e11-1" in seen(bank.viewer(name))} == set(), "two walls: a member of both only"


def test_standing_in_gives_the_other_position_and_only_for_its_days(bank: Bank) -> None:
    """A delegation opens the giver's sight to the taker on its days, and no wall that he is not a member of."""
    with act("tests.delegated", by=None) as doing:
        giver, taker = bank.users["rm_w11"], bank.users["rm_e11"]
        doing.add(
            Delegation(
                giver=giver, taker=taker, reason="leave", valid_from=TODAY, valid_to=TODAY + dt.timedelta(days=5)
            )
        )
    assert seen(bank.viewer("rm_e11", on_behalf_of="rm_w11")) == books("w11")
    later = TODAY + dt.timedelta(days=5)
    assert seen(bank.viewer("rm_e11", today=later, as_of=later, on_behalf_of="rm_w11")) == set()
    assert seen(bank.viewer("rm_e12", on_behalf_of="rm_w11")) == set(), "nobody stands in without a delegation"
    bank.wall("w11-1", "rm_w11")
    assert seen(bank.viewer("rm_e11", on_behalf_of="rm_w11")) == books("w11") - {"w11-1"}


def test_every_entity_of_customers_follows_them(bank: Bank) -> None:
    """Contacts, bookings, items, plans, exceptions, standings and history show for exactly the customers seen."""
    noon = dt.datetime(2025, 11, 19, 4, tzinfo=dt.UTC)
    with act("tests.worked", by=None) as doing:
        for customer in CUSTOMERS:
            rm = customer.split("-")[0]
            doing.add(
                Contact(
                    contact_id=customer,
                    customer_id=customer,
                    rm_id=rm,
                    channel="visit",
                    outcome="met",
                    happened_at=noon,
                )
            )
            doing.add(Booking(customer_id=customer, rm_id=rm, due_at=noon + dt.timedelta(days=9)))
            doing.add(OpenItem(customer_id=customer, rm_id=rm, kind="alert", title="t"))
            doing.add(Plan(customer_id=customer, rm_id=rm))
            doing.add(TierException(customer_id=customer, scheme="s", tier="A", reason="r", valid_to=LAST_DAY))
            doing.add(Dispute(customer_id=customer, rm_id=rm, line_id=customer, period="2025", reason="r"))
        doing.replace_table(Standing, [Standing(customer_id=each, scheme="s", tier="A") for each in CUSTOMERS])
        doing.add(Run(run_id="r", folder="r", policy="p", as_of=TODAY, snapshot_id="s", currency="CNY"))
    bank.wall("e11-2", "rm_e11")
    entities = (
        scope.coverage,
        scope.contacts,
        scope.bookings,
        scope.open_items,
        scope.plans,
        scope.tier_exceptions,
        scope.disputes,
        scope.standings,
    )
    for name in (*POSTS, "stranger"):
        viewer = bank.viewer(name)
        for entity in entities:
            assert set(entity(viewer).values_list("customer_id", flat=True)) == seen(viewer), (name, entity.__name__)
        if name != "auditor":
            told = scope.touches(viewer).exclude(customer_id=None).values_list("customer_id", flat=True)
            assert set(told) == seen(viewer), name


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    above=st.sampled_from(sorted(UNITS)),
    below=st.sampled_from(sorted(UNITS)),
    role=st.sampled_from([Role.HEAD, Role.LEADER, Role.PERFORMANCE_ADMINISTRATOR, Role.AUDITOR]),
    extra=st.lists(st.tuples(st.sampled_from(CUSTOMERS), st.sampled_from(sorted(RM_UNITS))), max_size=4, unique=True),
    walled=st.sets(st.sampled_from(CUSTOMERS), max_size=3),
)
def test_a_parent_sees_what_its_children_see(
    bank: Bank, above: str, below: str, role: Role, extra: list[tuple[str, str]], walled: set[str]
) -> None:
    """Whatever is covered across branches or walled: the scope of a unit holds that of every unit and RM below it."""
    if not UNITS[below].startswith(UNITS[above]):
        above, below = below, above
    if not UNITS[below].startswith(UNITS[above]):
        return
    from django.db import transaction  # noqa: PLC0415 - beside its use

    with transaction.atomic():
        with act("tests.shuffled", by=None) as doing:
            for number, (customer, rm) in enumerate(extra):
                doing.add(Coverage(customer_id=customer, rm_id=rm, role=f"assist{number}", valid_from=TODAY))
            for username, unit in (("head", above), ("leader", below)):
                position = Position.objects.get(user=bank.users[username])
                doing.change_all([position], unit_id=unit, role=role)
        for customer in walled:
            bank.wall(customer)
        upper, lower = seen(bank.viewer("head")), seen(bank.viewer("leader"))
        assert lower <= upper
        for rm, unit in RM_UNITS.items():
            if UNITS[unit].startswith(UNITS[below]):
                assert seen(bank.viewer(f"rm_{rm}")) <= lower
        assert upper.isdisjoint(walled), "deny wins"
        transaction.set_rollback(True)
