"""Customers: seen by whom they concern, the same on page, list and workbook, with everything in one stream."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.conf import settings as django_settings
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries, Settings

from kejing.office.acts.act import act
from kejing.office.acts.models import Event
from kejing.office.books.models import Booking, Contact, Coverage, Customer, Standing
from kejing.office.people.models import Position
from tests.office.bank import RM_UNITS, START, TODAY, Bank
from tests.office.test_frame import sign_in

LIST_QUERIES = 9
PAGE_QUERIES = 20
"""Queries of a list of any length, and of the page of a customer whatever happened to it."""


@pytest.fixture(autouse=True)
def _on_the_day(settings: Settings) -> None:
    """The bank's day is today."""
    settings.CONFIGURATION = django_settings.CONFIGURATION.model_copy(update={"day": TODAY})


def addresses(customer_id: str) -> list[str]:
    """Every address of a customer."""
    return [reverse(name, args=(customer_id,)) for name in ("customer:page", "customer:money")] + [
        reverse("contacts:log") + f"?customer={customer_id}"
    ]


@pytest.mark.parametrize(
    ("name", "customer", "status"),
    [
        ("rm_e11", "e11-1", 200),
        ("rm_e11", "e12-1", 404),
        ("rm_e11", "e21-1", 404),
        ("rm_e11", "w11-1", 404),
        ("leader", "e11-1", 200),
        ("leader", "e21-1", 404),
        ("east_head", "e21-1", 200),
        ("east_head", "w11-1", 404),
        ("head", "w11-1", 200),
        ("performance", "w11-1", 200),
        ("auditor", "w11-1", 200),
        ("administrator", "e11-1", 404),
        ("stranger", "e11-1", 404),
        ("head", "nobody", 404),
    ],
)
def test_who_sees_a_customer(bank: Bank, name: str, customer: str, status: int) -> None:
    """Own, team, sibling, other branch: every address of a customer answers alike, 404 where it is not to be seen."""
    client = sign_in(name)
    assert {client.get(address).status_code for address in addresses(customer)} == {status}


def test_walls_past_and_future_books(bank: Bank) -> None:
    """A wall hides a customer from all but members; a handover shows it to the giver before and the receiver after."""
    bank.wall("e11-1", "rm_e11")
    assert sign_in("head").get(addresses("e11-1")[0]).status_code == 404
    assert sign_in("rm_e11").get(addresses("e11-1")[0]).status_code == 200
    day = TODAY + dt.timedelta(days=10)
    with act("tests.handed_over", by=None) as doing:
        doing.change_all(list(Coverage.objects.filter(customer_id="e11-2")), valid_to=day)
        doing.add(Coverage(customer_id="e11-2", rm_id="w11", role="lead", valid_from=day))
    for name, now, later in (("rm_e11", 200, 404), ("rm_w11", 404, 200)):
        client = sign_in(name)
        page = reverse("customer:page", args=("e11-2",))
        assert client.get(page).status_code == now
        assert client.get(page, {"as_of": day.isoformat()}).status_code == later
    with act("tests.left", by=None) as doing:
        doing.change_all(list(Position.objects.filter(user=bank.users["rm_e11"])), valid_to=START)
    assert sign_in("rm_e11").get(addresses("e11-3")[0]).status_code == 404


def test_list_and_workbook_hold_the_same_rows(bank: Bank) -> None:
    """The workbook has the rows of the list, and taking it out is an event with the number of rows."""
    for name, rows in (("rm_e11", 6), ("leader", 12), ("east_head", 18), ("head", 24)):
        client = sign_in(name)
        assert client.get(reverse("customer:list")).context["page"].paginator.count == rows
        answer = client.get(reverse("customer:export"))
        sheet = load_workbook(io.BytesIO(answer.content)).active
        assert sheet is not None
        assert sheet.max_row - 1 == rows
        event = Event.objects.last()
        assert event is not None
        assert (event.code, event.facts["rows"]) == ("customer.exported", rows)
    assert sign_in("administrator").get(reverse("customer:export")).status_code == 403
    assert not sign_in("stranger").get(reverse("customer:list")).context["rows"]


def test_a_name_is_never_a_formula(bank: Bank) -> None:
    """A name that looks like a formula goes into the workbook as text."""
    with act("tests.named", by=None) as doing:
        doing.change_all(list(Customer.objects.filter(customer_id="e11-1")), name='=HYPERLINK("http://x","y")')
    answer = sign_in("rm_e11").get(reverse("customer:export"))
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("=")]
    assert [cell.data_type for cell in cells] == ["s"]


@pytest.mark.parametrize(
    "query",
    [
        {"q": "' OR 1=1 --"},
        {"q": "%"},
        {"tier": "'; DROP TABLE books_customer; --"},
        {"role": "x' OR 'a'='a"},
        {"rm": "e12"},
        {"sort": "password"},
        {"page": "999999"},
    ],
)
def test_filters_never_widen_what_is_seen(bank: Bank, query: dict[str, str]) -> None:
    """Whatever the address says, the list holds own customers only and the page stands."""
    answer = sign_in("rm_e11").get(reverse("customer:list"), query)
    assert answer.status_code == 200
    assert {row.customer_id.split("-")[0] for row in answer.context["rows"]} <= {"e11"}


def test_search_opens_the_only_one_found(bank: Bank) -> None:
    """A search by id or name that finds one customer opens it; several are listed."""
    client = sign_in("leader")
    one = client.get(reverse("customer:list"), {"q": "e12-4"})
    assert one.headers["Location"] == reverse("customer:page", args=("e12-4",))
    assert client.get(reverse("customer:list"), {"q": "e12"}).context["page"].paginator.count == 6


def test_filters_and_order(bank: Bank) -> None:
    """Tier, watch and order by income do what they say."""
    with act("tests.stood", by=None) as doing:
        rows = [
            Standing(
                customer_id=f"e11-{number}",
                scheme="s",
                tier="A" if number < 3 else "B",
                income_minor=100 * number,
                currency="CNY",
                is_on_watch=number == 5,
                run_id="r",
            )
            for number in range(1, 7)
        ]
        doing.replace_table(Standing, rows)
    client = sign_in("rm_e11")

    def ids(**query: str) -> list[str]:
        return [row.customer_id for row in client.get(reverse("customer:list"), query).context["rows"]]

    assert ids(tier="A") == ["e11-1", "e11-2"]
    assert ids(sort="-income")[:2] == ["e11-6", "e11-5"]
    assert client.get(reverse("customer:list"), {"watch": "1"}).context["rows"][0].customer_id == "e11-5"


def test_one_stream_of_what_happened(bank: Bank) -> None:
    """Contacts of anybody, bookings and coverage stand in one list, newest first; a colleague's with his name."""
    noon = timezone.make_aware(dt.datetime(2025, 11, 10, 12))  # noqa: DTZ001 - made aware
    with act("tests.worked", by=None) as doing:
        doing.add(
            Contact(
                contact_id="c",
                customer_id="e11-1",
                rm_id="e12",
                channel="visit",
                outcome="connected",
                happened_at=noon,
                needs="a loan",
            )
        )
        doing.add(Booking(customer_id="e11-1", rm_id="e11", due_at=noon + dt.timedelta(days=20)))
    entries = sign_in("rm_e11").get(addresses("e11-1")[0]).context["found"].timeline
    assert [entry.kind for entry in entries] == ["booking", "contact", "coverage_from"]
    assert "e12" in entries[1].text
    assert entries[1].detail == "a loan"


def test_query_counts_are_fixed(bank: Bank, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    """List and page take the same number of queries however much there is to show."""
    client = sign_in("head")
    with django_assert_num_queries(LIST_QUERIES):
        client.get(reverse("customer:list"))
    page = addresses("e11-1")[0]
    with django_assert_num_queries(PAGE_QUERIES):
        client.get(page)
    with act("tests.worked", by=None) as doing:
        for day in range(1, 20):
            at = timezone.make_aware(dt.datetime(2025, 11, day, 12))  # noqa: DTZ001 - made aware
            contact = Contact(contact_id=str(day), customer_id="e11-1", rm_id="e11", channel="phone", happened_at=at)
            doing.add(contact)
    with django_assert_num_queries(PAGE_QUERIES):
        client.get(page)
    with django_assert_num_queries(LIST_QUERIES):
        client.get(reverse("customer:list"), {"rm": next(iter(RM_UNITS))})
