"""Runs from the office: what people did goes into the facts, the number on a page is the command line's."""

from __future__ import annotations

import datetime as dt
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from django.urls import reverse

from kejing.facts import open_snapshot
from kejing.office import scope
from kejing.office.acts.act import act
from kejing.office.acts.chain import verify
from kejing.office.books.models import Coverage
from kejing.office.feeds.loading import load_facts
from kejing.office.feeds.models import LoadedSnapshot, Run, RunJob
from kejing.office.feeds.run_tables import run_rows, show_run
from kejing.office.feeds.writing_back import write_back
from kejing.office.people.models import Position
from kejing.office.runs import making
from kejing.verbs import run
from tests.office.bank import POSTS, Bank
from tests.office.shown import institution
from tests.office.test_frame import sign_in

AS_OF = dt.date(2025, 12, 31)


@pytest.fixture
def office(bank: Bank, tmp_path: Path, settings: object) -> Path:
    """The sample institution loaded into an office folder of its own; the bank's people keep their posts."""
    settings.OFFICE_FOLDER = tmp_path  # type: ignore[attr-defined]  # pytest-django's
    shutil.copytree(institution() / "facts", tmp_path / "facts")
    load_facts(tmp_path / "facts", by=None)
    return tmp_path


def test_nothing_new_writes_no_snapshot(office: Path) -> None:
    """What was loaded and not touched is what the facts say already."""
    before = open_snapshot(office / "facts").snapshot_id
    assert write_back(by=None, day=AS_OF) == before


def test_a_handover_comes_back_as_facts_and_pays_as_the_command_line_does(bank: Bank, office: Path) -> None:
    """The line is closed and opened in the facts; a run from the page equals a run by command, row by row."""
    day = dt.date(2025, 10, 1)
    held = Coverage.objects.in_force(day).filter(role="lead", share=10_000)
    row = held.exclude(valid_from=day).order_by("customer_id").first()
    assert row is not None
    other = held.exclude(rm_id=row.rm_id).order_by("rm_id").values_list("rm_id", flat=True)[0]
    with act("tests.moved", by=None) as doing:
        doing.change_all([row], valid_to=day)
        doing.add(Coverage(customer_id=row.customer_id, rm_id=other, role="lead", share=10_000, valid_from=day))
    before = LoadedSnapshot.objects.get().snapshot_id
    job = making.ask_for_run(viewer=bank.viewer("performance"), policy="bank_corporate", as_of=AS_OF)
    job.refresh_from_db()
    assert job.state == RunJob.State.DONE, (job.fault, job.facts)
    assert LoadedSnapshot.objects.get().snapshot_id != before
    run(office / "facts", policy="bank_corporate", as_of=AS_OF, out=office / "by-command")
    made = Run.objects.get(run_id=job.run_id)
    by_command = show_run(office / "by-command", by=None)
    assert by_command.run_id == made.run_id, "the same facts and policy are the same run"
    for table in ("pay", "credit"):
        assert run_rows(made, table)
    of_customer = run_rows(
        made, "credit", where={"customer_id": row.customer_id, "view": "ledger", "period": "2025-Q4"}
    )
    assert {line["rm_id"] for line in of_customer if line["role"] == "lead"} <= {other}
    with act("tests.back", by=None) as doing:
        doing.remove_all(list(Coverage.objects.filter(customer_id=row.customer_id, rm_id=other, valid_from=day)))
        doing.change_all([Coverage.objects.get(pk=row.pk)], valid_to=row.valid_to)
    write_back(by=None, day=AS_OF)
    assert verify().breaks == ()
    client = sign_in("performance")
    page = client.get(reverse("runs:compare"), {"before": made.run_id, "after": made.run_id}).content.decode()
    total = sum((line["gross"] for line in run_rows(made, "pay_total")), Decimal(0))
    assert str(total) in page, "the sum on the page is that of the file"


def test_a_cancelled_run_leaves_nothing(bank: Bank, office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelled while it waits, the worker passes it over."""
    monkeypatch.setattr(making, "make_run", _Later)
    job = making.ask_for_run(viewer=bank.viewer("performance"), policy="bank_corporate", as_of=AS_OF)
    client = sign_in("performance")
    again = {"policy": "bank_corporate", "as_of": str(AS_OF)}
    assert client.post(reverse("runs:ask"), again).status_code == 409, "one run of a policy at a time"
    assert "hx-trigger" in client.get(reverse("runs:runs")).content.decode()
    assert client.post(reverse("runs:cancel", args=(job.pk,))).status_code == 302
    monkeypatch.undo()
    making.make_run.call(job.pk)
    job.refresh_from_db()
    assert job.state == RunJob.State.CANCELLED
    assert not Run.objects.exists()
    assert not (office / "runs").exists()


class _Later:
    """A queue that nobody works at."""

    @staticmethod
    def enqueue(_job: int) -> None:
        """Wait."""


def test_runs_are_for_who_starts_and_who_audits_them(bank: Bank) -> None:
    """Everybody else is refused; only those who may start one find the form."""
    for name in (*POSTS, "stranger"):
        client = sign_in(name)
        may_look = name in {"head", "east_head", "west_head", "performance", "auditor"}
        assert client.get(reverse("runs:runs")).status_code == (200 if may_look else 403), name
        assert client.get(reverse("runs:jobs")).status_code == (200 if may_look else 403), name
        asked = client.post(reverse("runs:ask"), {"policy": "bank_corporate", "as_of": str(AS_OF)})
        assert asked.status_code == (422 if may_look and name != "auditor" else 403), name
    assert scope.rms(bank.viewer("head")).count() == Position.objects.filter(role="rm").count()
