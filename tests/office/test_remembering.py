"""What the office remembers holds until an act writes a table that it rests on, and not a moment longer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import IntegrityError

from kejing.office.acts.act import act
from kejing.office.acts.models import Mark
from kejing.office.acts.remembering import remembered
from kejing.office.books.models import Coverage, Plan
from kejing.office.cockpit.figures import figures_of
from kejing.office.cockpit.part import Part
from tests.office.bank import TODAY, build_bank

pytestmark = pytest.mark.django_db(transaction=True)  # inside a transaction nothing is remembered


def counting() -> Callable[[], int]:
    """A number that is one more at each call."""
    calls: list[None] = []

    def make() -> int:
        calls.append(None)
        return len(calls)

    return make


def test_it_holds_until_a_table_under_it_is_written() -> None:
    """A plan says nothing of coverage; a coverage does; whoever asks for something else has his own."""
    build_bank()
    make, rests_on = counting(), ("books.coverage",)
    assert [remembered("a", rests_on, make) for _ in range(3)] == [1, 1, 1]
    with act("tests.planned", by=None) as doing:
        doing.add(Plan(customer_id="e11-1", rm_id="e11"))
    assert remembered("a", rests_on, make) == 1
    assert remembered("b", rests_on, make) == 2
    with act("tests.covered", by=None) as doing:
        doing.add(Coverage(customer_id="e11-1", rm_id="e12", role="assist"))
        assert remembered("a", rests_on, make) == 3
        assert remembered("a", rests_on, make) == 4, "what an act may take back is not kept"
    assert [remembered("a", rests_on, make) for _ in range(2)] == [5, 5]


def test_an_act_that_fails_leaves_no_mark() -> None:
    """Marks are set with the event, in its transaction."""
    build_bank()
    before = set(Mark.objects.values_list("entity", "seal"))
    with pytest.raises(IntegrityError), act("tests.failed", by=None) as doing:
        doing.add_all([Coverage(customer_id="e11-1", rm_id="e12", role="assist") for _ in range(2)])
    assert set(Mark.objects.values_list("entity", "seal")) == before


def test_the_cockpit_counts_what_there_is() -> None:
    """A customer loses his lead, a wall goes up, a position ends: the next look shows it."""
    bank = build_bank()

    def books() -> tuple[int, int]:
        figures = figures_of(Part(bank.viewer("head"), None, "2025-Q4"))
        return figures.books["all"], figures.books["unassigned"]

    assert [books() for _ in range(2)] == [(24, 0), (24, 0)]
    with act("tests.ended", by=None) as doing:
        doing.change_all(list(Coverage.objects.filter(customer_id="e11-1")), valid_to=TODAY - dt.timedelta(days=1))
    assert books() == (24, 1)
    bank.wall("e11-1")
    assert books() == (23, 0)
    head = bank.users["head"]
    with act("tests.left", by=None) as doing:
        doing.change_all(list(head.positions.all()), valid_to=TODAY)
    assert books() == (0, 0)
