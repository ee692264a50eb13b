from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from kejing.report import write_xlsx
from kejing.report.xlsx_cells import as_text, has_room
from kejing.stages.tables import OUT_TABLES, OutKind
from kejing.text import sentence
from tests.report.sample_books import INJECTION
from tests.report.sample_run import SampleRun


@pytest.fixture(scope="module")
def book(out: Path, tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    """The workbook in Chinese."""
    target = tmp_path_factory.mktemp("book") / "report.xlsx"
    write_xlsx(out, lang="zh", target=target)
    return openpyxl.load_workbook(target)


def rows_of(sheet: Worksheet) -> list[dict[str, object]]:
    """Rows under the two header rows, by column code."""
    codes = [cell.value for cell in sheet[2]]
    return [dict(zip(codes, row, strict=True)) for row in sheet.iter_rows(min_row=3, values_only=True)]


@pytest.mark.parametrize("name", OUT_TABLES)
def test_every_table_is_there_exactly(book: Workbook, sample: SampleRun, name: str) -> None:
    """Row for row and digit for digit what the Parquet file holds, in the order of the key."""
    found = rows_of(book[OUT_TABLES[name].zh])
    expected = sample.arrow(name).to_pylist()
    assert len(found) == len(expected)
    for row, truth in zip(found, expected, strict=True):
        for column in OUT_TABLES[name].columns:
            value, cell = truth[column.name], row[column.name]
            if column.kind in {OutKind.MONEY, OutKind.MICRO, OutKind.COUNT} and value is not None:
                assert Decimal(str(cell)) == value, (column.name, row)
            elif column.kind is OutKind.DATE and value is not None:
                assert isinstance(cell, dt.datetime)
                assert cell.date() == value
            else:
                assert (cell or None) == (value or None) or cell is value, (column.name, cell, value)


def test_labels_stand_beside_codes(book: Workbook) -> None:
    """A reader sees the label, a program the code."""
    row = rows_of(book["客户分层"])[0]
    assert (row["scheme"], row["scheme_label"]) == ("annual_sales", "年销售额")
    assert [cell.value for cell in book["客户分层"][1]][:4] == [
        "客户编号",
        "客户编号（名称）",
        "分层方案",
        "分层方案（名称）",
    ]
    named = rows_of(book["管户方案"])[3]
    assert named["customer_id_label"]
    assert named["unit_id_label"] in {"临江市分行", "东湖支行", "西岭支行", "南屏支行", "北港支行", "高新支行"}


def test_text_never_becomes_a_formula(book: Workbook) -> None:
    """A name that begins with an equals sign is text, and no cell of the book is a formula."""
    kinds = {cell.data_type for sheet in book for line in sheet.iter_rows() for cell in line}
    assert "f" not in kinds
    assert INJECTION in {row["name"] for row in rows_of(book["名录"])}


def test_sheets_can_be_worked_with(book: Workbook) -> None:
    """Headers stay in view, columns filter, shares read as percentages, money to the cent."""
    for name in OUT_TABLES:
        sheet = book[OUT_TABLES[name].zh]
        assert sheet.freeze_panes == "A3"
        assert sheet.auto_filter.ref is not None
    credit = book["业绩归属"]
    formats = {cell.value: credit.cell(3, cell.column).number_format for cell in credit[2]}
    assert formats["amount"] == "#,##0.00"
    assert formats["share"] == "0.00%"


def test_findings_are_sentences(book: Workbook) -> None:
    """The sheet of findings says file, row, column and value, why it matters and what to do."""
    row = next(row for row in rows_of(book["需关注事项"]) if row["code"] == "facts.not_a_date")
    facts = {"file": "customers.xlsx", "sheet": "客户", "row": "12", "column": "开户日期", "value": "2026/02/30"}
    told = sentence("facts.not_a_date", facts, "zh")
    assert (row["file"], row["row"], row["column"], row["value"]) == ("customers.xlsx", 12, "开户日期", "2026/02/30")
    assert (row["reason"], row["remedy"]) == (told.reason, told.remedy)


def test_the_cover_and_the_contents(book: Workbook, sample: SampleRun) -> None:
    """The cover tells whose run it is and what was simulated; the contents link to every sheet."""
    cover = {cell for line in book["封面"].iter_rows(values_only=True) for cell in line}
    assert {"临江市商业银行公司业务", "2026-06-30", "含模拟数据", "客户经理名册", "存量客户分配"} <= cover
    contents = book["目录"]
    linked = {cell.value for line in contents.iter_rows(min_row=2, max_col=1) for cell in line if cell.hyperlink}
    assert linked == set(book.sheetnames) - {"封面", "目录"}
    rows = {line[1]: line[2] for line in contents.iter_rows(min_row=2, values_only=True)}
    assert rows["credit.parquet"] == len(sample.tables["credit"])


def test_a_cut_sheet_names_the_rest(out: Path, sample: SampleRun, tmp_path: Path) -> None:
    """Where a table is longer than the workbook takes, sheet and contents say how much is missing and where it is."""
    write_xlsx(out, lang="en", target=tmp_path / "short.xlsx", max_rows=50)
    short = openpyxl.load_workbook(tmp_path / "short.xlsx")
    last = short["credit"].cell(short["credit"].max_row, 1).value
    assert last == f"50 rows above; the other {len(sample.tables['credit']) - 50:,} are in credit.parquet."
    assert last in {cell for line in short["Contents"].iter_rows(values_only=True) for cell in line}


def test_same_run_same_workbook(out: Path, tmp_path: Path) -> None:
    """Written twice, the workbook has the same bytes; its date is the run's."""
    for name in ("a.xlsx", "b.xlsx"):
        write_xlsx(out, lang="en", target=tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    created = openpyxl.load_workbook(tmp_path / "a.xlsx").properties.created
    assert created is not None
    assert created.date() == dt.date(2026, 6, 30)


def test_an_empty_run_has_a_workbook(empty: Path, tmp_path: Path) -> None:
    """Without tables there are cover, contents and findings, and the contents say what is missing."""
    write_xlsx(empty, lang="en", target=tmp_path / "empty.xlsx")
    book = openpyxl.load_workbook(tmp_path / "empty.xlsx")
    assert book.sheetnames == ["Cover", "Contents", "Findings"]


def test_digits_that_a_spreadsheet_would_lose_stay(tmp_path: Path) -> None:
    """An amount with more digits than a spreadsheet keeps is written as text; a name like markup stays a name."""
    run = SampleRun(customers=20, rms=2)
    huge = Decimal("1234567890123456.78")
    run.tables["pay_total"][0]["gross"] = huge
    run.tables["directory"][7]["name"] = "<r>x</r>"
    write_xlsx(run.write(tmp_path / "run"), lang="zh", target=tmp_path / "huge.xlsx")
    book = openpyxl.load_workbook(tmp_path / "huge.xlsx")
    assert str(huge) in {row["gross"] for row in rows_of(book["薪酬合计"])}
    assert "<r>x</r> " in {row["name"] for row in rows_of(book["名录"])}


@pytest.mark.parametrize(
    ("value", "fits"), [("999999999999999", True), ("1e15", True), ("1000000000000001", False), ("0.000001", True)]
)
def test_room_is_counted_in_significant_digits(value: str, fits: bool) -> None:  # noqa: FBT001
    """Fifteen significant digits fit, wherever the point is."""
    assert has_room(Decimal(value)) is fits


def test_a_cell_has_an_end() -> None:
    """Text longer than a cell is cut rather than lost."""
    assert len(as_text("x" * 40_000)) == 32_767
