"""What the office remembers holds until an act writes a table that it rests on, and not a moment longer."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from django.conf import settings
from django.db import IntegrityError
from django.test import override_settings

from kejing.office import scope
from kejing.office.acts import remembering
from kejing.office.acts.act import act
from kejing.office.acts.models import Mark
from kejing.office.acts.remembering import remembered
from kejing.office.books.models import Coverage, Plan
from kejing.office.cockpit.figures import Figures, figures_of
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


def test_another_process_and_the_next_find_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one made lies there for the others, the figures of a whole part too, until a table under it is written."""
    shelf = {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": tmp_path, "TIMEOUT": None}
    bank = build_bank()
    make, rests_on = counting(), ("books.coverage",)

    def asked() -> tuple[int, Figures]:
        return remembered("a", rests_on, make), figures_of(Part(bank.viewer("head"), None, "2025-Q4"))

    with override_settings(CACHES={**settings.CACHES, "remembered": shelf}):
        made = asked()
        monkeypatch.setattr(remembering, "_kept", OrderedDict())  # as in a process that just began
        assert asked() == made
        with act("tests.covered", by=None) as doing:
            doing.add(Coverage(customer_id="e11-1", rm_id="e12", role="assist"))
        assert asked()[0] == 2


def test_one_makes_it_for_those_who_ask_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight threads ask for the same: one works, seven wait for it."""
    monkeypatch.setattr(remembering, "marks_of", lambda _: ())  # a thread would leave its connection open
    make, together = counting(), Barrier(8)

    def ask(_: int) -> int:
        together.wait()
        return remembered("at once", ("books.coverage",), make)

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(ask, range(8))) == [1] * 8


def test_people_of_one_sight_share_what_was_made() -> None:
    """Nobody outside a wall has the sight of somebody within, and a wall put up in between is a sight of nobody."""
    bank = build_bank()
    assert scope.sight(bank.viewer("head")) == scope.sight(bank.viewer("performance"))
    early = scope.sight(bank.viewer("head"))
    bank.wall("e11-1", "head")
    within, outside = scope.sight(bank.viewer("head")), scope.sight(bank.viewer("performance"))
    assert len({early, within, outside}) == 3


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
