"""Imports from a browser: previewed, committed, undone; what is no table or no safe file is refused."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from kejing.facts.snapshot import current_snapshot
from kejing.office.acts.chain import verify
from kejing.office.books.models import Customer
from kejing.office.feeds.models import ImportBatch, LoadedSnapshot
from kejing.office.people.models import Unit
from kejing.office.shell import receiving
from tests.office.bank import POSTS, Bank
from tests.office.test_frame import sign_in

UNITS = "unit_id,name,level,parent_id\nroot,Bank,1,\nnorth,North,2,root\n"
CUSTOMERS = "customer_id,name,kind,unit_id\nC1,One,corporate,north\nC2,Two,corporate,north\nC3,Three,wrong,north\n"


@pytest.fixture
def office(bank: Bank, tmp_path: Path, settings: object) -> Path:
    """An office folder of its own, without facts."""
    settings.OFFICE_FOLDER = tmp_path  # type: ignore[attr-defined]  # pytest-django's
    return tmp_path


def brought(name: str, content: str | bytes) -> SimpleUploadedFile:
    """A file of a browser."""
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def archive(entries: dict[str, bytes]) -> bytes:
    """A zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in entries.items():
            packed.writestr(name, content)
    return buffer.getvalue()


def test_preview_commit_change_and_undo(office: Path) -> None:
    """Nothing happens before the commit; a second import is undone whole; then the first; each step is an event."""
    client = sign_in("performance")
    page = reverse("imports:imports")
    before = Customer.objects.count()
    client.post(page, {"files": [brought("units.csv", UNITS), brought("customers.csv", CUSTOMERS)]})
    first = ImportBatch.objects.get()
    assert (first.counts["customers"]["new"], first.counts["customers"]["rejected"]) == (2, 1)
    assert current_snapshot(office / "facts") is None
    assert Customer.objects.count() == before
    workbook = client.get(reverse("imports:errors", args=(first.pk,)))
    assert b"".join(workbook.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]  # a file
    assert client.post(reverse("imports:commit", args=(first.pk,))).status_code == 302
    assert list(Customer.objects.order_by("customer_id").values_list("name", flat=True)) == ["One", "Two"]
    assert client.post(reverse("imports:commit", args=(first.pk,))).status_code == 409, "once"
    changed = CUSTOMERS.replace("Two", "Zwei") + "C4,Four,corporate,north\n"
    mapping = "mapping: m\nknown_at: 2025-05-01\nsources: {c: {file: c.csv}}\ntables: {customers: [{from: c}]}\n"
    client.post(page, {"files": [brought("c.csv", changed), brought("mapping.yaml", mapping)]})
    second = ImportBatch.objects.latest("pk")
    assert {name: second.counts["customers"][name] for name in ("new", "changed", "unchanged")} == {
        "new": 1,
        "changed": 1,
        "unchanged": 1,
    }
    client.post(reverse("imports:commit", args=(second.pk,)))
    assert set(Customer.objects.values_list("name", flat=True)) == {"One", "Zwei", "Four"}
    assert "Zwei" not in client.get(reverse("imports:batch", args=(first.pk,))).content.decode()
    assert client.post(reverse("imports:undo", args=(first.pk,))).status_code == 409, "the newest first"
    assert client.post(reverse("imports:undo", args=(second.pk,))).status_code == 302
    assert set(Customer.objects.values_list("name", flat=True)) == {"One", "Two"}
    assert client.post(reverse("imports:undo", args=(first.pk,))).status_code == 302
    assert not Customer.objects.exists()
    assert not Unit.objects.exists()
    assert not LoadedSnapshot.objects.exists()
    assert verify().breaks == ()


def test_an_empty_office_offers_the_sample(office: Path) -> None:
    """The page of an office without data has the button; the sample is previewed like anybody's files."""
    client = sign_in("administrator")
    assert reverse("imports:sample") in client.get(reverse("imports:imports")).content.decode()
    assert client.post(reverse("imports:sample")).status_code == 302
    batch = ImportBatch.objects.get()
    assert batch.counts["customers"]["new"] > 0
    assert client.get(reverse("imports:batch", args=(batch.pk,))).status_code == 200


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("customers.exe", b"MZ"),
        ("customers.xlsx", b"no workbook"),
        ("../../settings.py", b"x"),
        (".htaccess", b"x"),
        ("bomb.zip", archive({"customers.csv": b"0" * 40_000_000})),
        ("out.zip", archive({"../../customers.csv": CUSTOMERS.encode()})),
        ("out.zip", archive({"/srv/customers.csv": CUSTOMERS.encode()})),
        ("out.zip", archive({"..\\..\\customers.csv": CUSTOMERS.encode()})),
        ("many.zip", archive({f"{number}.csv": b"" for number in range(2_001)})),
        ("nothing.zip", archive({"readme.txt": b"x"})),
        ("mapping.yaml", b"mapping: x"),
    ],
)
def test_what_is_no_safe_table_is_refused(office: Path, name: str, content: bytes) -> None:
    """Wrong kinds, bombs, names that lead out, archives without a table: a clear refusal, and nothing is kept."""
    answer = sign_in("performance").post(reverse("imports:imports"), {"files": [brought(name, content)]})
    assert answer.status_code == 422
    assert not ImportBatch.objects.exists()
    assert [path for path in office.rglob("*") if path.is_file()] == []


def test_a_file_that_is_too_large_is_refused(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit of an upload holds."""
    monkeypatch.setattr(receiving, "LARGEST", 10)
    answer = sign_in("performance").post(reverse("imports:imports"), {"files": [brought("customers.csv", CUSTOMERS)]})
    assert answer.status_code == 422


def test_imports_are_for_those_who_may(office: Path) -> None:
    """Everybody else is refused on every address."""
    for name in (*POSTS, "stranger"):
        client = sign_in(name)
        expected = 200 if name in {"performance", "administrator"} else 403
        assert client.get(reverse("imports:imports")).status_code == expected, name
        if expected == 403:
            for page in ("batch", "errors"):
                assert client.get(reverse(f"imports:{page}", args=(1,))).status_code == 403
            for page in ("commit", "undo", "discard"):
                assert client.post(reverse(f"imports:{page}", args=(1,))).status_code == 403
            assert client.post(reverse("imports:sample")).status_code == 403


def workbook(rows: Sequence[Sequence[object]]) -> bytes:
    """A workbook with one sheet of customers."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("customers")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return buffer.getvalue()


@pytest.mark.scale
def test_twenty_thousand_rows_are_previewed_in_fifteen_seconds(office: Path) -> None:
    """A workbook of 20,000 customers; the machine's own time, whatever else it does."""
    head = ["customer_id", "name", "kind", "unit_id"]
    rows = [head, *([f"C{number:05}", f"客户{number}", "corporate", "north"] for number in range(20_000))]
    content = workbook(rows)
    client = sign_in("performance")
    began = time.process_time()
    answer = client.post(
        reverse("imports:imports"), {"files": [brought("units.csv", UNITS), brought("customers.xlsx", content)]}
    )
    spent = time.process_time() - began
    assert answer.status_code == 302
    counts = ImportBatch.objects.get().counts["customers"]
    print(json.dumps({"rows": counts["read"], "cpu_seconds": round(spent, 1)}))
    assert counts["new"] == 20_000
    assert spent < 15
