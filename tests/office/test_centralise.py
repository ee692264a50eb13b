"""W9: corporate banking of twelve sub-branches goes up to their branch; deposits and fees stay, people follow."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from kejing.office import scope
from kejing.office.acts.chain import verify
from kejing.office.books.models import Coverage, Customer, Handling, Rm
from kejing.office.changes import publishing
from kejing.office.changes.models import Challenge, ChangeLine, ChangeSet
from kejing.office.people.models import Position, User
from kejing.office.people.viewer import Viewer
from kejing.office.realignment.unit_loads import UnitLoad
from tests.office.bank import TODAY
from tests.office.centralised import CUSTOMERS, DAY, OUTLETS, RMS, WITHOUT_LOAN, build_branch
from tests.office.test_frame import sign_in

Kind = ChangeLine.Kind


@pytest.fixture
def people(db: None, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> dict[str, User]:
    """The branch, loaded, on a day in November."""
    settings.OFFICE_FOLDER = tmp_path
    monkeypatch.setattr("kejing.office.shell.middleware.today", lambda: TODAY)
    return build_branch(tmp_path)


def drafted(client: Client) -> ChangeSet:
    """The draft that the page makes of all twelve, loans only."""
    page = client.get(reverse("realignment:centralise") + "?branch=city")
    assert [each.unit_id for each in page.context["outlets"]] == OUTLETS
    assert page.context["business"] == ["deposit", "fee", "loan"]
    form = {"branch": "city", "outlet": OUTLETS, "business": ["loan"], "day": str(DAY), "reason": "reform"}
    answer = client.post(reverse("realignment:centralise"), form)
    assert answer.status_code == 302, answer.content.decode()
    return ChangeSet.objects.get()


def stepped(client: Client, change_set: ChangeSet, step: str, **form: str) -> None:
    """One step on the page."""
    answer = client.post(reverse("realignment:step", args=[change_set.pk]), {"step": step} | form)
    assert answer.status_code == 302, answer.content.decode()


def rows_of() -> dict[str, list[dict[str, object]]]:
    """Everything that the change set may touch."""
    return {
        model.__name__: list(model.objects.order_by("pk").values())
        for model in (Customer, Rm, Coverage, Handling, Position)
    }


def test_the_draft_shows_units_before_and_after(people: dict[str, User]) -> None:
    """48 customers and 24 RMs go up with their hours, visits and pay; loans are credited up, deposits and fees stay."""
    client = sign_in("planner")
    before = rows_of()
    change_set = drafted(client)
    assert rows_of() == before, "a draft changes nothing"
    page = client.get(reverse("realignment:change_set", args=[change_set.pk]))
    assert page.context["kinds"] == {Kind.CUSTOMER: 48, Kind.HANDLING: 48, Kind.RM: 24}
    units = {each.unit_id: each for each in page.context["units"]}
    assert set(units) == {"city", *OUTLETS}
    assert units["city"].before == UnitLoad()
    assert units["city"].after == UnitLoad(48, 24, 0, 48, 36 * 1_000_00, 24 * 200_00)
    for outlet in OUTLETS:
        assert units[outlet].before == UnitLoad(4, 2, 0, 4, (3 * 1_000 + 4 * 350) * 100, 2 * 200_00)
        assert units[outlet].after == UnitLoad(income_minor=4 * 350 * 100)
    for each in ("customers", "rms", "visits", "income_minor", "pay_minor"):
        assert sum(getattr(one.before, each) for one in units.values()) == sum(
            getattr(one.after, each) for one in units.values()
        )


def test_challenges_by_rule_then_publish_then_inverse(people: dict[str, User]) -> None:
    """The rule accepts one challenge, a person answers the other; published whole, undone whole."""
    planner, checker = sign_in("planner"), sign_in("checker")
    change_set = drafted(planner)
    stepped(planner, change_set, "submit", challenge_by="2025-12-15")
    rm = sign_in("rm_s01b")
    for customer in ("s01b-1", "s01b-2"):
        line = change_set.lines.get(customer_id=customer, kind=Kind.CUSTOMER)
        form = {"reason": "they bank with us for the counter"}
        assert rm.post(reverse("realignment:challenge", args=[change_set.pk, line.pk]), form).status_code == 302
    other = change_set.lines.get(customer_id="s03a-1", kind=Kind.CUSTOMER)
    assert rm.post(reverse("realignment:challenge", args=[change_set.pk, other.pk]), {"reason": "x"}).status_code == 404
    page = checker.get(reverse("realignment:change_set", args=[change_set.pk]))
    assert [each.customer_id for each in page.context["by_rule"]] == ["s01b-2"]
    stepped(checker, change_set, "rule")
    states = dict(Challenge.objects.values_list("customer_id", "state"))
    assert states == {"s01b-1": Challenge.State.OPEN, "s01b-2": Challenge.State.ACCEPTED}
    assert not change_set.lines.filter(customer_id="s01b-2").exists()
    waiting = Challenge.objects.get(state=Challenge.State.OPEN)
    answer = reverse("realignment:answer", args=[change_set.pk, waiting.pk])
    checker.post(answer, {"verdict": "refuse", "reason": "the loan goes up"})
    assert planner.post(reverse("realignment:step", args=[change_set.pk]), {"step": "approve"}).status_code == 403
    before = rows_of()
    stepped(checker, change_set, "approve")
    stepped(checker, change_set, "publish")
    _check_places(people)
    stepped(planner, change_set, "invert", effective_on=str(DAY), reason="stopped")
    inverse = ChangeSet.objects.get(inverse_of=change_set)
    stepped(planner, inverse, "submit")
    stepped(checker, inverse, "approve")
    stepped(checker, inverse, "publish")
    assert rows_of() == before
    assert verify().breaks == ()


def _check_places(people: dict[str, User]) -> None:
    """Where customers, accounts, loans and RMs are the day before and on the day."""
    eve = DAY.replace(year=2025, month=12, day=31)
    moved = [each for each in CUSTOMERS if each != "s01b-2"]
    on_the_day = Customer.objects.in_force(DAY).filter(customer_id__in=moved)
    assert {(row.unit_id, row.account_home_id) for row in on_the_day} == {("city", outlet) for outlet in OUTLETS}
    assert Customer.objects.in_force(DAY).get(customer_id="s01b-2").unit_id == "s01"
    assert set(Customer.objects.in_force(eve).values_list("unit_id", flat=True)) == set(OUTLETS)
    handled = Handling.objects.in_force(DAY)
    assert {(row.customer_id, row.business_type, row.unit_id) for row in handled} == {
        (each, "loan", "city") for each in moved
    }
    assert set(Rm.objects.in_force(DAY).filter(rm_id__in=RMS).values_list("unit_id", flat=True)) == {"city"}
    leads = dict(Coverage.objects.in_force(DAY).values_list("customer_id", "rm_id"))
    assert leads == {each: each[:4] for each in CUSTOMERS}, "each keeps his RM"
    for day, unit in ((eve, "s01"), (DAY, "city")):
        assert Viewer(people["rm_s01a"], day, day).positions[0].unit_id == unit
    rm = Viewer(people["rm_s01a"], DAY, DAY)
    assert set(scope.customers(rm).values_list("customer_id", flat=True)) == {"s01a-1", "s01a-2"}
    assert WITHOUT_LOAN[0] == "s01b-2"


def test_taken_back_later_what_held_in_between_stays(people: dict[str, User]) -> None:
    """From a later day the opposite puts everything back where it was, and the months between keep their truth."""
    planner, checker = sign_in("planner"), sign_in("checker")
    change_set = drafted(planner)
    for step, client in (("submit", planner), ("approve", checker), ("publish", checker)):
        stepped(client, change_set, step)
    later = DAY.replace(month=7)
    stepped(planner, change_set, "invert", effective_on=str(later), reason="reform stopped")
    inverse = ChangeSet.objects.get(inverse_of=change_set)
    for step, client in (("submit", planner), ("approve", checker), ("publish", checker)):
        stepped(client, inverse, step)
    for day, unit, loan in ((DAY, "city", ["city"]), (later, "s05", [])):
        assert Customer.objects.in_force(day).get(customer_id="s05a-1").unit_id == unit
        assert Rm.objects.in_force(day).get(rm_id="s05a").unit_id == unit
        held = Handling.objects.in_force(day).filter(customer_id="s05a-1")
        assert list(held.values_list("unit_id", flat=True)) == loan


def test_only_upwards_and_only_what_one_sees(people: dict[str, User]) -> None:
    """A branch that is not above, an outlet of others, a position without the power: refused, nothing drafted."""
    form = {"branch": "other", "outlet": ["s01"], "business": ["loan"], "day": str(DAY), "reason": "r"}
    answer = sign_in("checker").post(reverse("realignment:centralise"), form)
    assert answer.status_code == 422
    assert 'data-code="office.centralise_not_above"' in answer.content.decode()
    assert sign_in("outlet").post(reverse("realignment:centralise"), form | {"branch": "city"}).status_code == 404
    assert sign_in("rm_s01a").get(reverse("realignment:centralise")).status_code == 403
    assert not ChangeSet.objects.exists()


def test_a_second_mover_is_stopped(people: dict[str, User]) -> None:
    """Two drafts of the same move: the second one does not find what it was drafted upon, and nothing changes."""
    planner, checker = sign_in("planner"), sign_in("checker")
    first = drafted(planner)
    form = {"branch": "city", "outlet": ["s01"], "business": ["loan"], "day": str(DAY), "reason": "again"}
    planner.post(reverse("realignment:centralise"), form)
    second = ChangeSet.objects.exclude(pk=first.pk).get()
    for each in (first, second):
        publishing.submit(viewer=Viewer(people["planner"], TODAY, TODAY), change_set=each)
        stepped(checker, each, "approve")
    stepped(checker, first, "publish")
    before = rows_of()
    answer = checker.post(reverse("realignment:step", args=[second.pk]), {"step": "publish"})
    assert answer.status_code == 409
    assert rows_of() == before
