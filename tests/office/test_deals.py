"""W5: a package of five products from the need to the celebration; gates of the policy, one act a stage."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries
from pytest_django import Settings as OfficeSettings

from kejing.measure.money import to_minor
from kejing.office.acts.act import act
from kejing.office.acts.models import Event
from kejing.office.books.models import Coverage
from kejing.office.deals import acts
from kejing.office.deals.errors import (
    DealMovedOnError,
    GateClosedError,
    IncompleteDealError,
    NotInTeamError,
    UnwholeSplitError,
)
from kejing.office.deals.gathering import DealFile, DealRules
from kejing.office.deals.models import Deal, StageStay
from kejing.office.deals.realised import realised
from kejing.office.deals.waiting import waiting_deals
from kejing.office.people.viewer import Viewer
from kejing.policy import Pack, find_shipped_pack
from kejing.stages.serve.deal import Requirement, Stage
from tests.office.bank import TODAY, Bank
from tests.office.dealt import CUSTOMER, DELIVERED, DUE, PACKAGE, set_up
from tests.office.test_frame import sign_in
from tests.office.watched import DAY


@pytest.fixture
def deal(bank: Bank, tmp_path: Path, settings: OfficeSettings) -> Deal:
    """The deal of W5 on its first day."""
    settings.CONFIGURATION = django_settings.CONFIGURATION.model_copy(update={"day": TODAY})
    set_up(tmp_path)
    return acts.open_deal(viewer=bank.viewer("rm_e11"), customer_id=CUSTOMER, title="Cash pooling")


class Doing(TypedDict):
    """Who works on which deal."""

    viewer: Viewer
    deal: Deal


class Team:
    """The RM and the two officers, on a day."""

    def __init__(self, bank: Bank, deal: Deal) -> None:
        self.bank, self.deal = bank, deal

    def on(self, passed: int, name: str = "rm_e11") -> Doing:
        """Who does it, so many days after the deal began."""
        day = TODAY + passed * DAY
        return {"viewer": self.bank.viewer(name, today=day, as_of=day), "deal": self.deal}

    def to_design(self, passed: int = 5) -> None:
        """One confirmed need, and on."""
        acts.add_need(**self.on(passed), text="collect in one place", confirmed_by="CFO")
        acts.advance(**self.on(passed), stage=Stage.ASSESS)

    def to_execute(self, passed: int = 20) -> None:
        """Five priced products, both officers' signatures, and on."""
        for product, (price, promised, _) in PACKAGE.items():
            minor = to_minor(promised.replace(",", ""), "CNY")
            acts.put_product(**self.on(passed), product=product, price=price, promised_minor=minor)
        for name in ("rm_e12", "rm_e21"):
            acts.sign(**self.on(passed, name))
        acts.advance(**self.on(passed), stage=Stage.DESIGN)

    def to_check(self) -> None:
        """All delivered on one day, ninety days of fees, and on."""
        for product in PACKAGE:
            acts.deliver(**self.on(DELIVERED), product=product)
        acts.advance(**self.on(DUE), stage=Stage.EXECUTE)

    def file(self) -> DealFile:
        """As it stands."""
        return DealFile.of(Deal.objects.get(pk=self.deal.pk))


def test_the_whole_way(bank: Bank, deal: Deal) -> None:
    """500,000 promised, 420,000 realised; 5, 15, 100, 2 and 1 days; 60 : 25 : 15; every change of stage one event."""
    team = Team(bank, deal)
    team.to_design()
    team.to_execute()
    team.to_check()
    acts.check(**team.on(DUE + 2), satisfaction="6 of 10", is_accepted=True)
    file = team.file()
    assert sum(line.promised_minor or 0 for line in file.package) == 500_000_00
    assert sum(line.realised_minor or 0 for line in file.package) == 420_000_00
    assert {line.product: line.realised_minor for line in file.package} == {
        product: to_minor(fee, "CNY") for product, (_, _, fee) in PACKAGE.items()
    }
    acts.advance(**team.on(DUE + 2), stage=Stage.CHECK)
    shares = {mate.pk: {"lead": 6_000, "treasury": 2_500, "lending": 1_500}[mate.role] for mate in file.team}
    acts.celebrate(**team.on(DUE + 3), thanks="dinner and a letter", shares=shares)
    file = team.file()
    day = TODAY + (DUE + 3) * DAY
    assert [file.days_in(stage, day) for stage in Stage] == [5, 15, 100, 2, 1]
    assert {mate.rm_id: mate.share for mate in file.team} == {"e11": 6_000, "e12": 2_500, "e21": 1_500}
    assert (file.deal.state, file.deal.closed_on) == (Deal.State.DONE, day)
    moved = Event.objects.filter(code="deals.advanced").order_by("number").values_list("facts__stage", flat=True)
    assert list(moved) == ["design", "execute", "check", "celebrate"]
    with pytest.raises(DealMovedOnError):
        acts.give_up(**team.on(DUE + 4), reason="late")


def test_gates_hold_every_stage(bank: Bank, deal: Deal) -> None:
    """No way on without a need, the price of every product, both signatures, every delivery and the ninetieth day."""
    team = Team(bank, deal)

    def closed(stage: Stage, first: Requirement, passed: int) -> None:
        events = Event.objects.count()
        with pytest.raises(GateClosedError) as refused:
            acts.advance(**team.on(passed), stage=stage)
        assert refused.value.facts["first"] == first
        assert (Event.objects.count(), team.file().stage) == (events, stage), "a refused act leaves nothing"

    closed(Stage.ASSESS, Requirement.CONFIRMED_NEEDS, 1)
    with pytest.raises(DealMovedOnError):
        acts.advance(**team.on(1), stage=Stage.DESIGN)  # no stage is skipped
    with pytest.raises(IncompleteDealError):
        acts.add_need(**team.on(1), text="pooling", confirmed_by="")
    team.to_design()
    closed(Stage.DESIGN, Requirement.PRODUCTS, 6)
    acts.put_product(**team.on(6), product="pooling", price="", promised_minor=None)
    closed(Stage.DESIGN, Requirement.PRICED_SHARE, 6)
    acts.put_product(**team.on(7), product="pooling", price="1 ‰", promised_minor=1)
    acts.sign(**team.on(7, "rm_e12"))
    closed(Stage.DESIGN, Requirement.SIGNED_LENDING, 7)
    with pytest.raises(NotInTeamError):
        acts.sign(**team.on(7))  # the RM is no officer
    team.to_execute()
    closed(Stage.EXECUTE, Requirement.DELIVERED_SHARE, 21)
    for product in list(PACKAGE)[1:]:
        acts.deliver(**team.on(25), product=product)
    closed(Stage.EXECUTE, Requirement.DELIVERED_SHARE, 118)
    acts.deliver(**team.on(DELIVERED), product="pooling")
    closed(Stage.EXECUTE, Requirement.DAYS_SINCE_DELIVERY, DUE - 1)
    acts.advance(**team.on(DUE), stage=Stage.EXECUTE)
    closed(Stage.CHECK, Requirement.RESULT_ACCEPTED, DUE)


def test_a_changed_design_is_signed_again(bank: Bank, deal: Deal) -> None:
    """A price that changes after the signatures takes them back, and so does a result that is not accepted."""
    team = Team(bank, deal)
    team.to_design()
    acts.put_product(**team.on(6), product="fx", price="15", promised_minor=1)
    acts.sign(**team.on(6, "rm_e12"))
    acts.put_product(**team.on(6), product="fx", price="14", promised_minor=1)
    assert {mate.signed_on for mate in team.file().team} == {None}
    team.to_execute()
    for product in PACKAGE:
        acts.deliver(**team.on(DELIVERED), product=product)
    acts.advance(**team.on(DUE), stage=Stage.EXECUTE)
    acts.check(**team.on(DUE), satisfaction="3 of 10", is_accepted=False)
    file = team.file()
    assert file.stage is Stage.DESIGN
    assert {mate.signed_on for mate in file.team} == {None}
    assert [stay.stage for stay in file.stays] == ["assess", "design", "execute", "check", "design"]
    assert StageStay.objects.filter(left_on=None).count() == 1


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.integers(-2_000, 12_000), min_size=3, max_size=3))
def test_a_split_is_whole_or_refused(bank: Bank, deal: Deal, parts: list[int]) -> None:
    """Whatever is given: exactly 100 % of parts that are none below zero, or nothing happens."""
    if not Deal.objects.filter(pk=deal.pk, stage=Stage.CELEBRATE).exists():
        row = Deal.objects.get(pk=deal.pk)
        with act("tests.moved", by=None) as doing:
            doing.change(row, expected_version=row.version, stage=Stage.CELEBRATE)
    shares = dict(zip([mate.pk for mate in DealFile.of(deal).team], parts, strict=True))
    viewer = bank.viewer("rm_e11")
    if sum(parts) == 10_000 and min(parts) >= 0:
        return  # the way that is allowed is walked above
    with pytest.raises(UnwholeSplitError):
        acts.celebrate(viewer=viewer, deal=deal, thanks="x", shares=shares)
    assert Deal.objects.get(pk=deal.pk).state == Deal.State.OPEN


def test_gates_are_rows_of_the_policy(bank: Bank, deal: Deal) -> None:
    """Every gate has a source or is an assumption, ninety days among them; another pack asks for what it says."""
    pack = Pack.load(find_shipped_pack("bank_corporate"))
    rows = {str(row.outputs["requirement"]): row for row in pack.table("deal_gate").rows}
    assert all(row.source for row in rows.values())
    assert rows["days_since_delivery"].outputs["at_least"] == 90
    assert rows["days_since_delivery"].source.startswith("assumption:")
    assert DealRules.shown().check_days(deal.policy, TODAY) == 90


def test_fees_count_within_their_days(bank: Bank, deal: Deal) -> None:
    """Income before the delivery, after the days, of other products, or later than the day looked at counts nothing."""
    team = Team(bank, deal)
    team.to_design()
    team.to_execute()
    team.to_check()
    file = team.file()
    assert realised(file, 90, TODAY + DUE * DAY)["pooling"] == 180_000_00
    assert realised(file, 90, TODAY + DELIVERED * DAY)["pooling"] == 0
    assert realised(file, 91, TODAY + DUE * DAY)["pooling"] == 180_999_00


def test_only_the_team_works_on_it(bank: Bank, deal: Deal) -> None:
    """Who covers the customer works on it; leaders and heads read; others do not see it; a wall closes it."""
    sees = {"rm_e11": 200, "rm_e12": 200, "rm_e21": 200, "leader": 200, "head": 200, "auditor": 200}
    sees |= {"rm_w11": 404, "west_head": 404, "administrator": 404}
    need = {"do": "need", "text": "t", "confirmed_by": "c"}
    works = {"rm_e11": 302, "rm_e12": 302, "rm_e21": 302}
    for name, status in sees.items():
        client = sign_in(name)
        assert client.get(reverse("deals:deal", args=(deal.pk,))).status_code == status, name
        assert len(client.get(reverse("deals:board")).content.split(b"<article")) - 1 == (status == 200), name
        answer = client.post(reverse("deals:work", args=(deal.pk,)), need).status_code
        assert answer == works.get(name, 404 if status == 404 else 403), name
    assert sign_in("rm_w11").post(reverse("deals:begin"), {"customer": CUSTOMER, "title": "t"}).status_code == 403
    assert sign_in("rm_w11").get(reverse("deals:begin"), {"customer": CUSTOMER}).status_code == 404
    bank.wall(CUSTOMER, "head")
    assert sign_in("rm_e11").get(reverse("deals:deal", args=(deal.pk,))).status_code == 404


def test_it_waits_for_whose_turn_it_is(bank: Bank, deal: Deal) -> None:
    """The RM while a need is missing, then the officers who have to sign, then nobody until the days have passed."""
    team = Team(bank, deal)

    def waits(passed: int) -> list[str]:
        names = ("rm_e11", "rm_e12", "rm_e21")
        viewers = {name: team.on(passed, name)["viewer"] for name in names}
        return [name for name in names if waiting_deals(viewers[name], name.removeprefix("rm_"))]

    assert waits(0) == ["rm_e11"]
    team.to_design()
    acts.put_product(**team.on(5), product="fx", price="15", promised_minor=1)
    assert waits(5) == ["rm_e12", "rm_e21"]
    page = sign_in("rm_e21").get(reverse("myday:day")).content.decode()
    assert reverse("deals:deal", args=(deal.pk,)) in page
    team.to_execute()
    assert waits(20) == ["rm_e11"]
    for product in PACKAGE:
        acts.deliver(**team.on(DELIVERED), product=product)
    assert waits(DUE - 1) == []
    assert waits(DUE) == ["rm_e11"], "the check is open"


def test_the_board_asks_the_same_number_of_questions_whatever_is_on_it(
    bank: Bank, deal: Deal, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """One deal or seven: no query a card."""
    client = sign_in("rm_e11")
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("deals:board"))
    for number in range(1, 7):
        acts.open_deal(viewer=bank.viewer("rm_e11"), customer_id=f"e11-{number}", title="t")
    with django_assert_max_num_queries(len(few)):
        client.get(reverse("deals:board"))


@pytest.mark.parametrize("promised", ["NaN", "-1", "1e40", "ten", "9" * 40])
def test_a_fee_that_cannot_be_is_refused(bank: Bank, deal: Deal, promised: str) -> None:
    """It is told kindly, and nothing is written."""
    Team(bank, deal).to_design()
    asked = {"do": "product", "product": "fx", "price": "1", "promised": promised}
    assert sign_in("rm_e11").post(reverse("deals:work", args=(deal.pk,)), asked).status_code == 422
    assert not deal.package.exists()


def test_who_takes_the_customer_over_takes_the_deal_over(bank: Bank, deal: Deal) -> None:
    """After a handover the new RM works on it and joins the team; who worked on it stays named."""
    with act("tests.handed_over", by=None) as doing:
        doing.change_all(list(Coverage.objects.filter(customer_id=CUSTOMER, role="lead")), valid_to=TODAY)
        doing.add(Coverage(customer_id=CUSTOMER, rm_id="w11", role="lead", valid_from=TODAY))
    acts.refresh_team(viewer=bank.viewer("rm_w11"), deal=deal)
    assert {mate.rm_id for mate in DealFile.of(Deal.objects.get(pk=deal.pk)).team} == {"e11", "e12", "e21", "w11"}
