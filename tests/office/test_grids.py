"""Grids out and back: three edited cells are three changes; what could harm is refused before it is read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from kejing.office.acts.act import act
from kejing.office.acts.models import Event
from kejing.office.books.models import Plan
from kejing.office.changes.models import ChangeLine, ChangeSet
from kejing.office.grids.sheets import SHEETS
from kejing.office.grids.writing import workbook
from tests.office.bank import Bank
from tests.office.test_frame import sign_in

type Edit = Callable[[Any], None]


def downloaded(client: Client, name: str) -> bytes:
    """The workbook that the page gives out."""
    answer = client.get(reverse("grids:download", args=[name]))
    assert answer.status_code == 200
    return bytes(answer.content)


def edited(content: bytes, edit: Edit) -> bytes:
    """A workbook after somebody edited its first page in a spreadsheet program."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    edit(book.worksheets[0])
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def uploaded(client: Client, name: str, content: bytes) -> Any:
    """The answer to an upload."""
    return client.post(reverse("grids:preview", args=[name]), {"file": SimpleUploadedFile("grid.xlsx", content)})


def set_cells(*cells: tuple[str, str]) -> Edit:
    """Put values into cells by their address."""

    def edit(page: Any) -> None:
        for address, value in cells:
            page[address] = value

    return edit


@pytest.fixture
def plans(bank: Bank) -> None:
    """A plan for each customer of e11."""
    with act("tests.planned", by=None) as doing:
        for number in range(1, 7):
            doing.add(Plan(customer_id=f"e11-{number}", rm_id="e11", goal=f"goal {number}", visits_per_quarter=1))


@pytest.mark.usefixtures("plans")
@pytest.mark.parametrize(("out", "back"), [("en", "zh-hans"), ("zh-hans", "en"), ("zh-hant", "zh-hans")])
def test_three_edited_cells_are_three_changes_and_three_events(bank: Bank, out: str, back: str) -> None:
    """Downloaded in one language, brought back in another: exactly the three cells change, each with its event."""
    client = sign_in("rm_e11")
    client.cookies["django_language"] = out
    content = downloaded(client, "plans")
    client.cookies["django_language"] = back

    def edit(page: Any) -> None:
        goal, visits = page.max_column - 2, page.max_column
        page.cell(2, goal).value = "more deposits"
        page.cell(2, visits).value = 3
        page.cell(4, goal).value = "two new products"

    before, plans = Event.objects.count(), list(Plan.objects.order_by("pk").values())
    answer = uploaded(client, "plans", edited(content, edit))
    assert answer.status_code == 200, answer.content.decode()
    assert len(answer.context["cells"]) == 3
    assert list(Plan.objects.order_by("pk").values()) == plans, "a preview changes nothing"
    done = client.post(reverse("grids:apply", args=["plans"]), {"cells": answer.context["signed"]})
    assert done.status_code == 302
    assert Event.objects.count() == before + 3
    assert list(Event.objects.order_by("-number").values_list("code", flat=True)[:3]) == ["grids.cell_changed"] * 3
    now = list(Plan.objects.order_by("pk").values_list("goal", "visits_per_quarter"))
    assert now == [
        ("more deposits", 3),
        ("goal 2", 1),
        ("two new products", 1),
        ("goal 4", 1),
        ("goal 5", 1),
        ("goal 6", 1),
    ]
    again = client.post(reverse("grids:apply", args=["plans"]), {"cells": answer.context["signed"]})
    assert again.status_code == 409, "the same preview does not apply twice"


def test_coverage_comes_back_as_a_change_set(bank: Bank) -> None:
    """Three RMs changed, one of them by name: a draft of three lines, and nobody has moved yet."""
    client = sign_in("leader")

    def edit(page: Any) -> None:
        for row in (2, 3, 4):
            page.cell(row, 6).value = "e12"

    answer = uploaded(client, "coverage", edited(downloaded(client, "coverage"), edit))
    form = {"cells": answer.context["signed"], "day": "2025-12-01", "reason": "spread"}
    client.post(reverse("grids:apply", args=["coverage"]), form)
    change_set = ChangeSet.objects.get()
    lines = change_set.lines.order_by("place").values_list("kind", "customer_id", "from_rm_id", "to_rm_id", "role")
    kind = ChangeLine.Kind.COVERAGE
    assert list(lines) == [(kind, f"e11-{number}", "e11", "e12", "lead") for number in (1, 2, 3)]


def test_the_file_holds_what_the_reader_sees_and_no_more(bank: Bank) -> None:
    """Rows of the workbook are those of the scope; a row of somebody else smuggled in is refused."""
    bank.wall("e11-2", "rm_e11")
    leaders, heads = (downloaded(sign_in(name), "coverage") for name in ("leader", "head"))

    def seen(content: bytes) -> set[str]:
        page = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        assert page.column_dimensions["A"].hidden
        return {str(row[2].value) for row in page.iter_rows(min_row=2)}

    assert seen(leaders) == {f"{rm}-{number}" for rm in ("e11", "e12") for number in range(1, 7)} - {"e11-2"}
    assert len(seen(heads)) == 23

    def edit(page: Any) -> None:
        page.cell(page.max_row, 6).value = "w11"
        page.cell(page.max_row - 7, 6).value = "e12"

    assert uploaded(sign_in("leader"), "coverage", edited(heads, edit)).status_code == 409
    assert uploaded(sign_in("auditor"), "coverage", heads).status_code == 403
    assert uploaded(sign_in("leader"), "coverage", leaders).status_code == 422, "nothing differs"


@pytest.mark.usefixtures("plans")
def test_a_row_saved_since_the_download_is_not_overwritten(bank: Bank) -> None:
    """The version in the file is old: the whole upload is refused."""
    client = sign_in("rm_e11")
    content = downloaded(client, "plans")
    with act("tests.saved", by=None) as doing:
        plan = Plan.objects.get(customer_id="e11-1")
        doing.change(plan, expected_version=1, goal="theirs")
    assert uploaded(client, "plans", edited(content, set_cells(("F2", "mine")))).status_code == 409
    assert Plan.objects.get(customer_id="e11-1").goal == "theirs"


@pytest.mark.usefixtures("plans")
@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "\t=1"])
def test_formulas_do_not_come_in(bank: Bank, text: str) -> None:
    """A formula cell, or text that a spreadsheet would take for one, is refused and told."""
    client = sign_in("rm_e11")
    answer = uploaded(client, "plans", edited(downloaded(client, "plans"), set_cells(("F2", text))))
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert not Plan.objects.filter(goal__contains="1").exclude(goal="goal 1").exists()


def test_formulas_do_not_go_out(bank: Bank) -> None:
    """A customer whose name looks like a formula is text in the workbook."""
    rows = SHEETS["coverage"].rows(bank.viewer("rm_e11"))
    evil = [type(row)(row.key, row.version, {**row.cells, "customer": "=HYPERLINK(1)"}) for row in rows]
    page = openpyxl.load_workbook(io.BytesIO(workbook(SHEETS["coverage"], evil))).worksheets[0]
    assert {row[3].data_type for row in page.iter_rows(min_row=2)} == {"s"}


def packed(parts: dict[str, bytes]) -> bytes:
    """A packed file of parts."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return kept.getvalue()


@pytest.mark.parametrize(
    ("content", "code", "status"),
    [
        (b"no workbook at all", "office.grid_not_ours", 422),
        (packed({"xl/worksheets/sheet1.xml": b"<c/>"}), "office.grid_not_ours", 422),
        (packed({"xl/worksheets/sheet1.xml": b"0" * (201 * 1024 * 1024)}), "office.grid_too_large", 413),
        (packed({f"xl/part{number}": b"" for number in range(500)}), "office.grid_too_large", 413),
        (packed({"xl/vbaProject.bin": b"x"}), "office.grid_active", 422),
        (packed({"xl/externalLinks/externalLink1.xml": b"x"}), "office.grid_active", 422),
        (b"PK" + b"0" * (10 * 1024 * 1024), "office.grid_too_large", 413),
    ],
    ids=["text", "empty", "bomb", "many parts", "macro", "link", "oversize"],
)
def test_harmful_files_are_refused_with_a_message(bank: Bank, content: bytes, code: str, status: int) -> None:
    """Bombs, macros, links, oversize and other files: a clear refusal, and not one event."""
    client = sign_in("leader")
    before = Event.objects.count()
    answer = uploaded(client, "coverage", content)
    assert answer.status_code == status
    assert f'data-code="{code}"' in answer.content.decode()
    assert Event.objects.count() == before


def test_a_preview_is_good_for_its_reader_alone(bank: Bank) -> None:
    """Cells previewed by one person are not applied by another, nor changed on the way."""
    client = sign_in("leader")
    answer = uploaded(client, "coverage", edited(downloaded(client, "coverage"), set_cells(("F2", "e12"))))
    form = {"cells": answer.context["signed"], "day": "2025-12-01", "reason": "r"}
    assert sign_in("head").post(reverse("grids:apply", args=["coverage"]), form).status_code == 422
    form["cells"] += "x"
    assert client.post(reverse("grids:apply", args=["coverage"]), form).status_code == 422
    assert client.get(reverse("grids:download", args=["passwd"])).status_code == 404
