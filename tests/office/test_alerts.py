"""W8: money leaves, the RM ignores it: evidence, a ladder of the policy, dismissal for a reason, no way into pay."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import Settings as OfficeSettings

from kejing.facts.schema import FACT_TABLES
from kejing.office import scope
from kejing.office.acts.act import act
from kejing.office.acts.models import Event
from kejing.office.alerts import acts
from kejing.office.alerts.errors import (
    AlertAnsweredError,
    NoAlertReasonError,
    NoOutflowRuleError,
    NoReceiverError,
    NotYourTurnError,
)
from kejing.office.alerts.ladder import Ladders
from kejing.office.alerts.models import Alert
from kejing.office.alerts.raising import raise_alerts
from kejing.office.alerts.rates import quality
from kejing.office.alerts.views import seen_by
from kejing.office.books.models import Coverage, OpenItem
from kejing.office.feeds.models import ImportBatch
from kejing.office.feeds.writing_back import _MIRRORS, write_back
from kejing.policy import Pack, find_shipped_pack
from kejing.stages.guard.outflow import OutflowRule, find_outflows
from kejing.warehouse.engine import DuckEngine
from tests.office.bank import POSTS, START, TODAY, Bank
from tests.office.test_frame import sign_in
from tests.office.watched import DAY, NORM_MINOR, NOW_MINOR, daily_balances, falling, watch
from tests.stages.institution import fact_table


@pytest.fixture
def day(settings: OfficeSettings) -> object:
    """Sets the day of the office."""

    def to(passed: int) -> dt.date:
        now = TODAY + passed * DAY
        settings.CONFIGURATION = django_settings.CONFIGURATION.model_copy(update={"day": now})
        return now

    to(0)
    return to


@pytest.fixture
def alert(bank: Bank, day: object, tmp_path: Path) -> Alert:
    """The one alert of the bank, raised today; e12 stands in behind e11."""
    with act("tests.backed", by=None) as doing:
        doing.add(Coverage(customer_id="e11-1", rm_id="e12", role="backup", valid_from=START))
    watch(tmp_path)
    assert raise_alerts(viewer=bank.viewer("head")) == 1
    return Alert.objects.select_related("item").get()


def test_the_alert_has_its_evidence(alert: Alert) -> None:
    """1,000,000.00 fell to 660,000.00 in ten days, that is 34.0 % below the norm of ninety; every day is kept."""
    assert (alert.customer_id, alert.item.rm_id) == ("e11-1", "e11")
    assert (alert.norm_minor, alert.before_minor, alert.now_minor) == (NORM_MINOR, NORM_MINOR, NOW_MINOR)
    assert alert.fall_micro == 340_000
    assert (alert.before_day, alert.now_day) == (TODAY - 10 * DAY, TODAY)
    assert len(alert.balances) == 100
    assert alert.balances[-1] == [TODAY.isoformat(), NOW_MINOR]
    assert alert.item.title == "−34.0%"


def test_looking_again_raises_nothing_twice(bank: Bank, alert: Alert) -> None:
    """What is open, or was raised within the quiet days, is not raised again; looking is an event each time."""
    assert raise_alerts(viewer=bank.viewer("head")) == 0
    acts.answer(viewer=bank.viewer("rm_e11"), alert=alert, answer="called")
    assert raise_alerts(viewer=bank.viewer("head")) == 0
    told = Event.objects.filter(code="alerts.raised").order_by("number").values_list("facts__count", flat=True)
    assert list(told) == [1, 0, 0]


def test_an_import_looks_by_itself(bank: Bank, day: object, tmp_path: Path, settings: OfficeSettings) -> None:
    """Whoever brings balances in need not think of it: what they show is raised with the import."""
    watch(tmp_path)
    settings.OFFICE_FOLDER = tmp_path
    rows = list(daily_balances({"e12-2": falling(66)}))
    text = "\n".join([",".join(rows[0]), *(",".join(str(cell) for cell in row.values()) for row in rows)])
    client = sign_in("performance")
    client.post(reverse("imports:imports"), {"files": [SimpleUploadedFile("daily_balances.csv", text.encode())]})
    client.post(reverse("imports:commit", args=(ImportBatch.objects.get().pk,)))
    assert set(Alert.objects.values_list("customer_id", flat=True)) == {"e11-1", "e12-2"}


def test_without_rules_or_facts_it_says_so(bank: Bank, day: object) -> None:
    """Nothing is looked at without a shown run and facts, and an RM may not look at all."""
    with pytest.raises(NoOutflowRuleError):
        raise_alerts(viewer=bank.viewer("head"))
    assert sign_in("rm_e11").post(reverse("alerts:look")).status_code == 403
    assert sign_in("performance").post(reverse("alerts:look")).status_code == 422
    page = sign_in("head").get(reverse("alerts:alerts"))
    assert "daily_balances" in page.content.decode()


@pytest.mark.parametrize(
    ("passed", "waits_for", "reached"),
    [
        (0, {"rm_e11"}, []),
        (2, {"rm_e11"}, []),
        (3, {"rm_e11"}, ["rm"]),
        (4, {"rm_e11"}, ["rm"]),
        (5, {"rm_e11", "leader"}, ["rm", "leader"]),
        (6, {"rm_e11", "leader"}, ["rm", "leader"]),
        (7, {"rm_e11", "leader", "head", "east_head"}, ["rm", "leader", "head"]),
    ],
)
def test_the_ladder(bank: Bank, alert: Alert, passed: int, waits_for: set[str], reached: list[str]) -> None:
    """Day 3 the RM, day 5 his leader as well, day 7 the heads above him; nobody beside them, and nobody before."""
    today = TODAY + passed * DAY
    ladders = Ladders.shown()
    assert [turn.rung.post for turn in ladders.turns(alert, today) if turn.is_reached] == reached
    found = set()
    for name in POSTS:
        viewer = bank.viewer(name, today=today, as_of=today)
        waiting = seen_by(viewer).filter(ladders.waiting_for(viewer))
        found |= {name} if waiting.exists() else set()
    assert found == waits_for
    may = {
        name
        for name in ("rm_e11", "leader", "head", "east_head", "west_head")
        if ladders.lets_reassign(alert, bank.viewer(name, today=today, as_of=today)) and name != "west_head"
    }
    assert may == ({"head", "east_head"} if passed >= 7 else set())


def test_the_ladder_comes_from_the_policy_with_its_sources() -> None:
    """Each rung and each rule names a source or says that it is an assumption; no number stands in the program."""
    pack = Pack.load(find_shipped_pack("bank_corporate"))
    rows = [*pack.table("outflow_rule").rows, *pack.table("outflow_ladder").rows]
    assert all(row.source for row in rows)
    assert [int(row.outputs["after_days"]) for row in pack.table("outflow_ladder").rows] == [3, 5, 7]  # type: ignore[arg-type]  # a count


def test_dismissing_needs_a_ground_and_a_reason(bank: Bank, alert: Alert) -> None:
    """Without either nothing happens; with both the alert is closed, once."""
    rm = bank.viewer("rm_e11")
    for ground, reason in (("", "why"), ("false_alarm", ""), ("nonsense", "why")):
        with pytest.raises(NoAlertReasonError):
            acts.dismiss(viewer=rm, alert=alert, ground=ground, reason=reason)
    acts.dismiss(viewer=rm, alert=alert, ground="known_use", reason="tax")
    alert.refresh_from_db()
    assert (alert.item.state, alert.item.answer, alert.ground) == (OpenItem.State.DISMISSED, "tax", "known_use")
    with pytest.raises(AlertAnsweredError):
        acts.answer(viewer=rm, alert=alert, answer="too late")
    event = Event.objects.last()
    assert event is not None
    assert (event.code, event.reason, event.facts["ground"]) == ("alerts.dismissed", "tax", "known_use")


def test_my_day_leads_to_the_alert_and_cannot_close_it(bank: Bank, alert: Alert) -> None:
    """The list NOW names the fall and links to the evidence; the quick buttons of other items do not reach it."""
    client = sign_in("rm_e11")
    page = client.get(reverse("myday:day")).content.decode()
    assert "34.0%" in page
    assert reverse("alerts:alert", args=(alert.item_id,)) in page
    answer = client.post(reverse("myday:item", args=(alert.item_id,)), {"state": "done"})
    assert answer.status_code == 404


def test_only_who_is_asked_answers(bank: Bank, alert: Alert) -> None:
    """The leader may not answer before day 5, the head not before day 7; auditors read only; strangers see nothing."""
    for name, passed in (("leader", 4), ("head", 6)):
        today = TODAY + passed * DAY
        with pytest.raises(NotYourTurnError):
            acts.answer(viewer=bank.viewer(name, today=today, as_of=today), alert=alert, answer="x")
    today = TODAY + 5 * DAY
    acts.answer(viewer=bank.viewer("leader", today=today, as_of=today), alert=alert, answer="visited")
    assert OpenItem.objects.get().state == OpenItem.State.DONE


def test_the_head_hands_it_to_somebody_who_covers_the_customer(bank: Bank, alert: Alert) -> None:
    """From day 7 on, for a reason, to the backup; not to who does not see the customer; the books stay as they are."""
    early, today = TODAY + 6 * DAY, TODAY + 7 * DAY
    with pytest.raises(NotYourTurnError):
        acts.reassign(viewer=bank.viewer("head", today=early, as_of=early), alert=alert, rm_id="e12", reason="x")
    head = bank.viewer("head", today=today, as_of=today)
    with pytest.raises(NoReceiverError):
        acts.reassign(viewer=head, alert=alert, rm_id="e21", reason="x")
    with pytest.raises(NoAlertReasonError):
        acts.reassign(viewer=head, alert=alert, rm_id="e12", reason="")
    before = set(Coverage.objects.values_list("customer_id", "rm_id", "role"))
    acts.reassign(viewer=head, alert=alert, rm_id="e12", reason="no answer in a week")
    assert OpenItem.objects.get().rm_id == "e12"
    assert set(Coverage.objects.values_list("customer_id", "rm_id", "role")) == before
    backup = bank.viewer("rm_e12", today=today, as_of=today)
    assert scope.open_items(backup).filter(rm_id="e12").count() == 1


def test_false_alarms_are_counted(bank: Bank, day: object, tmp_path: Path) -> None:
    """False of those answered, come true of those old enough, acted on of all: each with what it is a share of."""
    lost = TODAY + 20 * DAY
    loss = {
        "customer_id": "e11-1",
        "service": "deposit",
        "amount": "340000.00",
        "currency": "CNY",
        "reason": "rival",
        "suspected_on": TODAY,
        "confirmed_on": lost,
    }
    watch(tmp_path, losses=[loss])
    raise_alerts(viewer=bank.viewer("head"))
    first = Alert.objects.select_related("item").get()
    with act("tests.copied", by=None) as doing:
        for customer in ("e11-2", "e11-3", "e12-1"):
            item = doing.add(OpenItem(customer_id=customer, rm_id=customer[:3], kind="outflow", title="t"))
            image = first.image() | {"id": None, "item_id": item.pk, "customer_id": customer}
            doing.add(Alert.from_image(image))
    for customer, ground in (("e11-2", "false_alarm"), ("e11-3", "seasonal")):
        viewer = bank.viewer("rm_e11")
        acts.dismiss(viewer=viewer, alert=Alert.objects.get(customer_id=customer), ground=ground, reason="r")
    acts.answer(viewer=bank.viewer("rm_e11"), alert=first, answer="done")
    rows = Alert.objects.select_related("item")
    young = quality(rows, Ladders.shown(), TODAY + 89 * DAY)
    assert (young.false_alarms.part, young.false_alarms.whole, young.came_true.whole) == (1, 3, 0)
    old = quality(rows, Ladders.shown(), TODAY + 90 * DAY)
    assert (old.came_true.part, old.came_true.whole) == (1, 4)
    assert (old.acted_on.part, old.acted_on.whole, old.open) == (1, 4, 1)
    page = sign_in("leader").get(reverse("alerts:alerts"), {"show": "all"}).content.decode()
    assert "33.3%" in page
    assert len(sign_in("rm_e12").get(reverse("alerts:alerts"), {"show": "all"}).context["rows"]) == 1


@pytest.mark.parametrize("as_of", ["0001-01-01", "1999-12-31", "9999-12-30"])
def test_any_day_can_be_looked_at(bank: Bank, alert: Alert, as_of: str) -> None:
    """At the ends of the calendar, and before the policy, the list opens."""
    assert sign_in("head").get(reverse("alerts:alerts"), {"as_of": as_of, "show": "all"}).status_code == 200


def test_an_alert_never_feeds_pay(bank: Bank, alert: Alert) -> None:
    """Ignored, dismissed or acted on, the facts that runs read stay the same; no fact table holds alerts."""
    from kejing.office.feeds.models import LoadedSnapshot  # noqa: PLC0415 - beside its use

    assert not [name for name in {*FACT_TABLES, *_MIRRORS} if "alert" in name]
    with act("tests.mirrored", by=None) as doing:
        doing.replace_table(Coverage, [])
    before = write_back(by=None, day=TODAY)
    acts.dismiss(viewer=bank.viewer("rm_e11"), alert=alert, ground="other", reason="r")
    assert write_back(by=None, day=TODAY) == before
    assert LoadedSnapshot.objects.get().snapshot_id == before


@pytest.mark.parametrize("persona", ["rm_e11", "rm_e12", "rm_e21", "leader", "west_head", "auditor", "administrator"])
def test_each_address_opens_for_who_sees_the_customer(bank: Bank, alert: Alert, persona: str) -> None:
    """By id 404 for who does not see the customer, for reading and writing alike; a wall closes it for all others."""
    sees = {"rm_e11", "rm_e12", "leader", "auditor"}
    client = sign_in(persona)
    page = client.get(reverse("alerts:alert", args=(alert.item_id,))).status_code
    assert page == (200 if persona in sees else 404)
    if persona not in sees:
        for name in ("answer", "dismiss", "reassign"):
            data = {"answer": "x", "reason": "x", "ground": "other", "rm": "e11"}
            assert client.post(reverse(f"alerts:{name}", args=(alert.item_id,)), data).status_code == 404
        assert not client.get(reverse("alerts:alerts"), {"show": "all"}).context["rows"]
    bank.wall("e11-1", "head")
    assert client.get(reverse("alerts:alert", args=(alert.item_id,))).status_code == 404


def test_the_auditor_reads_and_does_not_write(bank: Bank, alert: Alert) -> None:
    """Who may not log contacts may not answer alerts."""
    client: Client = sign_in("auditor")
    answer = client.post(reverse("alerts:answer", args=(alert.item_id,)), {"answer": "x"})
    assert answer.status_code == 403


@settings(max_examples=30)
@given(
    falls=st.lists(st.integers(0, 200), min_size=1, max_size=6),
    share=st.integers(1, 100),
)
def test_found_is_who_crossed_the_line(falls: list[int], share: int) -> None:
    """Exactly those whose balance is at or below the line now and was above it before the window, for any line."""
    from fractions import Fraction  # noqa: PLC0415 - beside its use

    today, names = TODAY, [f"c{number}" for number in range(len(falls))]
    rows = [
        {
            "customer_id": name,
            "product": "d",
            "day": today - place * DAY,
            "balance": now if place == 0 else 100,
            "currency": "CNY",
        }
        for name, now in zip(names, falls, strict=True)
        for place in (0, 1, 2, 3)
    ]
    rule = OutflowRule("r", "deposit", Fraction(share, 100), 1, 3, Fraction(0), 1, "test")
    with DuckEngine(threads=1) as engine:
        engine.attach_arrow("daily_balances", fact_table(FACT_TABLES["daily_balances"], rows))
        product = {"product": "d", "name": "d", "business_type": "deposit"}
        engine.attach_arrow("products", fact_table(FACT_TABLES["products"], [product]))
        found = {each.customer_id: each.fall_micro for each in find_outflows(engine, rule, today, home_currency="CNY")}
    assert found == {name: (100 - now) * 10_000 for name, now in zip(names, falls, strict=True) if now <= 100 - share}
