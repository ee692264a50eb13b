"""Rejected rows come back: the workbook is corrected, imported with the same mapping, and everything is in."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from kejing.facts.import_report import ImportReport
from kejing.facts.importing import import_facts
from kejing.facts.snapshot import open_snapshot
from kejing.report.quarantine import OWN_HEADERS, write_quarantine
from tests.facts.institution import covered_bank, institution, write_all

_DAY = dt.date(2026, 1, 31)

_MAPPING = """
mapping: branch_files
known_at: "2026-01-31"
sources:
  tree: {file: units.csv}
  people: {file: customers.csv}
tables:
  units:
    - from: tree
      columns: {unit_id: 机构编号, name: 名称, level: 层级, parent_id: 上级机构}
  customers:
    - from: people
      columns: {customer_id: 客户编号, name: 客户名称, kind: 客户类别, unit_id: 管理机构, opened_on: 开户日期}
  measures:
    - from: people
      columns:
        customer_id: 客户编号
        measure: {constant: customers}
        period_start: 开户日期
        period_end: {constant: "2026-01-01"}
        value: {constant: "1"}
        unit: {constant: count}
"""


def _correct(path: Path, sheet: str, row: int, header: str, value: str) -> None:
    book = openpyxl.load_workbook(path)
    page = book[sheet]
    column = next(cell.column for cell in page[1] if cell.value == header)
    page.cell(row, column).value = value
    book.save(path)


def _cells(path: Path, sheet: str) -> list[dict[str, object]]:
    rows = list(openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True))
    return [dict(zip(map(str, rows[0]), row, strict=True)) for row in rows[1:]]


def _with_defects(folder: Path) -> None:
    tables = covered_bank()
    tables["customers"][4]["客户类别"] = "公司户"
    tables["income"][1]["金额"] = "二十"
    tables["income"][3]["入账日期"] = "30/06/2025"
    tables["coverage"][1]["分成比例"] = "30%"
    write_all(folder, tables)


def _import(sources: list[Path], into: Path, mapping: Path | None = None) -> ImportReport:
    report = import_facts(sources, mapping=mapping, into=into, known_at=None if mapping else _DAY)
    write_quarantine(report.quarantine, into / "quarantine.xlsx", lang="zh")
    return report


def test_the_workbook_says_row_column_value_reason_and_remedy(tmp_path: Path) -> None:
    """Every rejected row stands under its original headers with its place, what is wrong and what to do."""
    _with_defects(tmp_path / "files")
    report = _import([tmp_path / "files"], tmp_path / "facts")
    assert report.total.rejected == 5
    book = openpyxl.load_workbook(tmp_path / "facts" / "quarantine.xlsx")
    assert book.sheetnames == ["coverage", "customers", "income", "kejing"]
    assert book["kejing"].sheet_state == "hidden"
    first, second = _cells(tmp_path / "facts" / "quarantine.xlsx", "income")
    assert list(first) == [*institution()["income"][0], *OWN_HEADERS]
    assert (first["流水号"], first["kejing:file"], first["kejing:row"]) == ("L2", "income.csv", "3")
    assert (first["kejing:column"], first["kejing:value"]) == ("金额", "二十")
    assert "不是数字" in str(first["kejing:reason"])
    assert second["kejing:remedy"]
    (customer,) = _cells(tmp_path / "facts" / "quarantine.xlsx", "customers")
    assert customer["客户编号"] == "0005"


def test_a_corrected_workbook_is_imported_again(tmp_path: Path) -> None:
    """After the corrections nothing is left in quarantine, and the snapshot is that of files right from the start."""
    _with_defects(tmp_path / "files")
    _import([tmp_path / "files"], tmp_path / "facts")
    workbook = tmp_path / "facts" / "quarantine.xlsx"
    _correct(workbook, "customers", 2, "客户类别", "对公")
    _correct(workbook, "income", 2, "金额", "-20.5")
    _correct(workbook, "income", 3, "入账日期", "2025/6/30")
    _correct(workbook, "coverage", 3, "分成比例", "40%")
    again = _import([workbook], tmp_path / "facts")
    assert again.findings == []
    assert again.total.new == 5
    assert not workbook.exists()
    write_all(tmp_path / "right", covered_bank())
    right = import_facts([tmp_path / "right"], mapping=None, into=tmp_path / "other", known_at=_DAY)
    assert again.snapshot == right.snapshot
    snapshot = open_snapshot(tmp_path / "facts")
    assert snapshot.findings().num_rows == 0
    path = snapshot.path("income")
    assert path is not None


def test_rows_keep_the_place_they_first_stood_in(tmp_path: Path) -> None:
    """A row that came back through quarantine still names the file and row it was first read from."""
    _with_defects(tmp_path / "files")
    _import([tmp_path / "files"], tmp_path / "facts")
    workbook = tmp_path / "facts" / "quarantine.xlsx"
    _correct(workbook, "income", 2, "金额", "-20.5")
    half = _import([workbook], tmp_path / "facts")
    assert half.tables["income"].new == 1
    path = open_snapshot(tmp_path / "facts").path("income")
    assert path is not None
    row = next(row for row in pq.read_table(path).to_pylist() if row["line_id"] == "L2")
    assert (row["source_file"], row["source_row"]) == ("income.csv", 3)
    left = _cells(workbook, "quarantine income")
    assert [(row["流水号"], row["kejing:file"], row["kejing:row"]) for row in left] == [("L4", "income.csv", "5")]


def test_through_a_mapping_one_row_feeds_every_table_again(tmp_path: Path) -> None:
    """A row rejected by two tables comes back through the same mapping, and both take it."""
    files, mapping = tmp_path / "files", tmp_path / "mapping.yaml"
    tables = institution()
    tables["customers"][4]["客户类别"] = "公司户"
    write_all(files, {name: tables[name] for name in ("units", "customers")})
    mapping.write_text(_MAPPING, encoding="utf-8")
    first = _import([files], tmp_path / "facts", mapping)
    assert {finding.code for finding in first.findings} == {"facts.code_unknown", "facts.reference_in_quarantine"}
    assert first.tables["measures"].rejected == 1
    workbook = tmp_path / "facts" / "quarantine.xlsx"
    _correct(workbook, "customers", 2, "客户类别", "公司")
    again = _import([workbook], tmp_path / "facts", mapping)
    assert again.findings == []
    assert (again.tables["customers"].new, again.tables["measures"].new) == (1, 1)


def test_a_workbook_of_another_mapping_is_pointed_out(tmp_path: Path) -> None:
    """A quarantine workbook imported with a mapping that lacks its source is not guessed at."""
    _with_defects(tmp_path / "files")
    _import([tmp_path / "files"], tmp_path / "facts")
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(_MAPPING, encoding="utf-8")
    report = import_facts([tmp_path / "facts" / "quarantine.xlsx"], mapping=mapping, into=tmp_path / "facts")
    assert {finding.code for finding in report.findings} == {"facts.quarantine_of_other_mapping"}
    assert report.snapshot == report.parent


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_both_languages_are_written(tmp_path: Path, lang: str) -> None:
    """Reasons are written in the language asked for."""
    _with_defects(tmp_path / "files")
    report = import_facts([tmp_path / "files"], mapping=None, into=tmp_path / "facts", known_at=_DAY)
    write_quarantine(report.quarantine, tmp_path / "q.xlsx", lang=lang)  # type: ignore[arg-type]  # parametrized over both
    reason = str(_cells(tmp_path / "q.xlsx", "income")[0]["kejing:reason"])
    assert ("is not a number" in reason) == (lang == "en")
