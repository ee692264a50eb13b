"""Every planted defect yields one finding that names place, value, reason and remedy; nothing valid is lost."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from kejing.facts.import_report import ImportReport
from kejing.facts.importing import import_facts
from kejing.facts.schema import FACT_TABLES
from kejing.measure.findings import Finding
from kejing.text.catalogue import finding_sentence
from tests.facts.institution import KNOWN_AT, Tables, institution, small_bank, write_all, write_xlsx


@dataclass(frozen=True, slots=True)
class Planted:
    """One defect: what is done to the tables, and the one finding that must come of it."""

    code: str
    file: str
    row: int
    column: str
    value: str
    plant: Callable[[Tables], object]
    rejected: int = 1


def _set(table: str, row: int, column: str, value: object) -> Callable[[Tables], object]:
    return lambda tables: tables[table][row - 2].__setitem__(column, value)


def _add(table: str, *, like: int, **changes: object) -> Callable[[Tables], object]:
    return lambda tables: tables[table].append(tables[table][like - 2] | changes)


def _change(table: str, row: int, column: str, value: object, code: str, *, rejected: int = 1) -> Planted:
    """A defect in one cell, found at that cell."""
    return Planted(code, f"{table}.csv", row, column, str(value), _set(table, row, column, value), rejected)


def _drop(table: str, column: str) -> Callable[[Tables], object]:
    def plant(tables: Tables) -> None:
        for row in tables[table]:
            del row[column]

    return plant


DEFECTS = [
    # values
    _change("income", 5, "金额", "", "facts.missing_value"),
    _change("customers", 6, "客户名称", "  ", "facts.missing_value"),
    _change("rms", 4, "折合人数", "NULL", "facts.missing_value"),
    _change("income", 3, "金额", "二十", "facts.not_a_number"),
    _change("income", 3, "金额", "1,23,4", "facts.not_a_number"),
    _change("fx_rates", 3, "汇率", "7.18元/美元", "facts.not_a_number"),
    _change("income", 3, "入账日期", "30/06/2025", "facts.not_a_date"),
    _change("income", 3, "入账日期", "2025-02-30", "facts.not_a_date"),
    _change("goals", 3, "期末(不含)", "0206-01-01", "facts.not_a_date"),
    _change("contacts", 3, "发生时间", "上午", "facts.not_a_time"),
    _change("income", 4, "有争议", "maybe", "facts.not_a_flag"),
    _change("customers", 6, "客户类别", "对公客户", "facts.code_unknown"),
    _change("contacts", 2, "渠道", "fax", "facts.code_unknown"),
    _change("pins", 2, "规则", "prefer", "facts.code_unknown"),
    _change("income", 2, "金额", "1000.005", "facts.amount_too_fine"),
    _change("income", 4, "金额", "45036000000000", "facts.amount_too_large"),
    _change("measures", 2, "数值", "250000000.001", "facts.amount_too_fine"),
    _change("measures", 4, "数值", "0.12345678", "facts.figure_too_fine"),
    _change("units", 6, "层级", "1.5", "facts.not_whole"),
    _change("income", 5, "币种", "RMBB", "facts.currency_unknown"),
    _change("measures", 2, "单位", "XYZ", "facts.currency_unknown"),
    _change("fx_rates", 3, "汇率", "0", "facts.not_positive"),
    _change("rms", 4, "折合人数", "-1", "facts.negative_value"),
    # values put right
    _change("income", 3, "入账日期", "45777", "facts.date_as_serial", rejected=0),
    _change("balances", 4, "月份", "2025-06-30", "facts.month_not_first_day", rejected=0),
    _change("customers", 6, "纬度", "131.2", "facts.coordinate_out_of_range", rejected=0),
    Planted(
        "facts.coordinate_zero",
        "customers.csv",
        6,
        "纬度",
        "0",
        lambda tables: tables["customers"][4].update({"纬度": "0", "经度": "0.0"}),
        rejected=0,
    ),
    # keys
    Planted("facts.duplicate_row", "income.csv", 6, "流水号", "L2", _add("income", like=3), rejected=0),
    Planted(
        "facts.conflicting_duplicate", "income.csv", 6, "流水号", "L2", _add("income", like=3, 金额="-20.6"), rejected=2
    ),
    # references
    _change("income", 5, "客户编号", "0099", "facts.unknown_reference"),
    _change("contacts", 3, "客户经理编号", "R7", "facts.unknown_reference"),
    _change("goals", 3, "机构编号", "U7", "facts.unknown_reference"),
    _change("balances", 4, "产品", "card", "facts.unknown_reference"),
    _change("units", 6, "上级机构", "U7", "facts.unknown_reference"),
    _change("rm_absences", 2, "代管客户经理", "R7", "facts.unknown_reference"),
    _change("income", 5, "客户编号", "1", "facts.leading_zeros_lost"),
    _change("customers", 5, "集团编号", "0777", "facts.group_unknown", rejected=0),
    # dates
    _change("pins", 2, "失效日", "2025-01-01", "facts.interval_empty"),
    _change("pins", 2, "失效日", "2024-01-01", "facts.interval_reversed"),
    _change("measures", 4, "期末(不含)", "2023-01-01", "facts.interval_reversed"),
    Planted(
        "facts.intervals_overlap",
        "rms.csv",
        5,
        "生效日",
        "2024-07-01",
        _set("rms", 5, "生效日", "2024-07-01"),
        rejected=2,
    ),
    _change("customers", 6, "销户日期", "2018-01-01", "facts.closed_before_opened"),
    # coverage
    Planted(
        "facts.two_leads",
        "coverage.csv",
        7,
        "生效日",
        "2025-06-01",
        lambda tables: tables["coverage"].append(
            {
                "客户编号": "0002",
                "客户经理编号": "R3",
                "角色": "lead",
                "分成比例": "100%",
                "生效日": "2025-06-01",
                "失效日": "",
            }
        ),
        rejected=2,
    ),
    _change("coverage", 3, "分成比例", "30%", "facts.team_shares_not_whole", rejected=2),
    _change("coverage", 3, "分成比例", "", "facts.team_share_missing", rejected=2),
    Planted(
        "facts.team_shares_absent",
        "coverage.csv",
        2,
        "分成比例",
        "0001",
        lambda tables: [row.update({"分成比例": ""}) for row in tables["coverage"][:2]],
        rejected=0,
    ),
    _change("coverage", 4, "分成比例", "-100%", "facts.negative_value"),
    _change("coverage", 4, "生效日", "2019-06-01", "facts.coverage_outside_rm_dates", rejected=0),
    _change("coverage", 6, "失效日", "2026-03-01", "facts.coverage_outside_customer_dates", rejected=0),
    # money, units
    Planted(
        "facts.income_after_closing",
        "income.csv",
        6,
        "入账日期",
        "2026-01-15",
        lambda tables: tables["income"].append(
            tables["income"][0] | {"流水号": "L9", "客户编号": "0003", "入账日期": "2026-01-15"}
        ),
        rejected=0,
    ),
    _change("income", 5, "入账日期", "2052-06-30", "facts.booked_after_known", rejected=0),
    Planted(
        "facts.currency_without_rate", "income.csv", 3, "币种", "EUR", _set("income", 3, "币种", "EUR"), rejected=0
    ),
    _change("balances", 2, "月日均余额", "(123456.78)", "facts.negative_balance", rejected=0),
    Planted(
        "facts.unit_cycle",
        "units.csv",
        5,
        "上级机构",
        "U9",
        lambda tables: (tables["units"][3].update({"上级机构": "U9"}), tables["units"][4].update({"上级机构": "U8"})),
        rejected=2,
    ),
    _change("units", 6, "上级机构", "", "facts.units_without_parent", rejected=0),
    # headers
    Planted(
        "facts.header_unknown",
        "contacts.csv",
        1,
        "备注",
        "备注",
        lambda tables: [row.update({"备注": "x"}) for row in tables["contacts"]],
        rejected=0,
    ),
    Planted(
        "facts.header_missing",
        "contacts.csv",
        1,
        "结果 / outcome",
        "结果 / outcome",
        _drop("contacts", "结果"),
        rejected=2,
    ),
    Planted(
        "facts.header_duplicated",
        "losses.csv",
        1,
        "流失原因",
        "流失原因",
        lambda tables: tables["losses"][0].update({"reason": "price"}),
        rejected=1,
    ),
]


def _import(folder: Path, into: Path) -> ImportReport:
    return import_facts([folder], mapping=None, into=into, known_at=dt.date.fromisoformat(KNOWN_AT))


def _needed(table: str) -> set[str]:
    """The table, the tables it refers to, and the rates when it holds money."""
    needed = {table}
    for column in FACT_TABLES[table].columns:
        if column.references is not None and column.references[0] not in needed:
            needed |= _needed(column.references[0])
        if column.currency is not None:
            needed.add("fx_rates")
    return needed


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """By the name of a table, a store of everything that table refers to, made once."""
    made: dict[str, Path] = {}

    def store(table: str) -> Path:
        if table not in made:
            folder = tmp_path_factory.mktemp(table)
            made[table] = folder / "facts"
            made[table].mkdir()
            needed = _needed(table) - {table}
            if needed:
                write_all(folder / "files", institution(*sorted(needed)))
                assert _import(folder / "files", made[table]).findings == []
        return made[table]

    return store


def _names_it(finding: Finding) -> None:
    """Reason and remedy are there in both languages, filled in."""
    for lang in ("zh", "en"):
        message = finding_sentence(finding, lang)
        assert message.reason
        assert message.remedy
        assert "{" not in message.reason + message.remedy


def test_the_valid_institution_has_no_finding(tmp_path: Path) -> None:
    """Rows in order yield no finding, and every one of them is in."""
    tables = institution()
    write_all(tmp_path / "files", tables)
    report = _import(tmp_path / "files", tmp_path / "facts")
    assert report.findings == []
    assert {name: counts.new for name, counts in report.tables.items()} == {
        name: len(rows) for name, rows in tables.items()
    }


@pytest.mark.parametrize("planted", DEFECTS, ids=lambda planted: f"{planted.code}-{planted.file}-{planted.value}")
def test_one_defect_one_finding(tmp_path: Path, stores: Callable[[str], Path], planted: Planted) -> None:
    """A defect yields exactly one finding, at its place, and all other rows go in."""
    name = Path(planted.file).stem
    tables = institution(name)
    planted.plant(tables)
    store = tmp_path / "facts"
    shutil.copytree(stores(name), store)
    write_all(tmp_path / "files", tables)
    report = _import(tmp_path / "files", store)
    assert [finding.code for finding in report.findings] == [planted.code]
    finding = report.findings[0]
    place = finding.place
    assert (place.file, place.row, place.column, place.value.strip()) == (
        planted.file,
        planted.row,
        planted.column,
        planted.value.strip(),
    )
    _names_it(finding)
    read = sum(len(rows) for rows in tables.values())
    assert report.total.read == read
    assert report.total.rejected == planted.rejected
    assert report.total.accepted + report.total.collapsed == read - planted.rejected
    assert sum(sheet.cells.num_rows for sheet in report.quarantine) == planted.rejected


def test_there_are_forty_and_more() -> None:
    """At least forty defects are planted, of at least forty kinds together with the files' own."""
    assert len(DEFECTS) >= 40
    assert len({planted.code for planted in DEFECTS}) >= 35


def test_a_date_written_as_text_in_a_workbook(tmp_path: Path) -> None:
    """Among date cells one text is found, read as a date, and pointed out with sheet and row."""
    tables = small_bank()
    lines: list[list[object]] = [list(tables["income"][0])]
    for index, row in enumerate(tables["income"]):
        day = dt.date.fromisoformat(str(row["入账日期"]))
        lines.append([*list(row.values())[:6], "2025/4/30" if index == 1 else day, *list(row.values())[7:]])
    del tables["income"]
    write_all(tmp_path / "files", tables)
    write_xlsx(tmp_path / "files" / "业务.xlsx", {"收入明细": lines, "说明": [["这里没有数据"]]})
    report = _import(tmp_path / "files", tmp_path / "facts")
    assert [finding.code for finding in report.findings] == ["facts.date_as_text", "facts.file_not_recognised"]
    place = report.findings[0].place
    assert (place.file, place.sheet, place.row, place.column, place.value) == (
        "业务.xlsx",
        "收入明细",
        3,
        "入账日期",
        "2025/4/30",
    )
    assert report.tables["income"].accepted == 4
    for finding in report.findings:
        _names_it(finding)


def test_files_that_cannot_be_read_are_findings(tmp_path: Path) -> None:
    """An empty file, unknown bytes, a broken workbook and a line of the wrong width are found; the rest goes in."""
    tables = institution()
    write_all(tmp_path / "files", tables)
    (tmp_path / "files" / "goals.csv").write_bytes(b"")
    (tmp_path / "files" / "losses.csv").write_bytes("客户编号,业务\n".encode() + b"\xff\xff\n")
    (tmp_path / "files" / "pins.csv").unlink()
    (tmp_path / "files" / "pins.xlsx").write_bytes(b"PK not a workbook")
    with (tmp_path / "files" / "contacts.csv").open("a", encoding="utf-8") as stream:
        stream.write("K3,0001\n")
    report = _import(tmp_path / "files", tmp_path / "facts")
    assert [(finding.code, finding.place.file, finding.place.row) for finding in report.findings] == [
        ("facts.row_ragged", "contacts.csv", 4),
        ("facts.file_empty", "goals.csv", 0),
        ("facts.encoding_unreadable", "losses.csv", 0),
        ("facts.file_malformed", "pins.xlsx", 0),
    ]
    assert report.tables["contacts"].accepted == 2
    assert report.tables["contacts"].rejected == 1
    for finding in report.findings:
        _names_it(finding)


def test_rows_that_point_into_quarantine_say_so(tmp_path: Path) -> None:
    """When a customer is put aside, its rows elsewhere are put aside too and name the quarantine as the cause."""
    tables = institution()
    tables["customers"][1]["客户类别"] = "?"
    write_all(tmp_path / "files", tables)
    report = _import(tmp_path / "files", tmp_path / "facts")
    codes = {(finding.code, finding.place.file) for finding in report.findings}
    assert codes == {("facts.code_unknown", "customers.csv")} | {
        ("facts.reference_in_quarantine", f"{name}.csv")
        for name in ("balances", "contacts", "coverage", "income", "measures", "pins")
    }
    assert report.total.rejected == 7


def test_a_mass_defect_is_said_once_and_quarantined_in_full(tmp_path: Path) -> None:
    """Of 1,500 bad rows 1,000 are listed, one finding counts the rest, and all are in quarantine."""
    tables = small_bank()
    tables["income"] += [tables["income"][0] | {"流水号": f"M{index}", "金额": "x"} for index in range(1500)]
    write_all(tmp_path / "files", tables)
    report = _import(tmp_path / "files", tmp_path / "facts")
    assert [finding.code for finding in report.findings].count("facts.not_a_number") == 1000
    more = [finding for finding in report.findings if finding.code == "facts.more_of_the_same"]
    assert [finding.facts["count"] for finding in more] == ["500"]
    assert report.tables["income"].rejected == 1500
    assert report.quarantine[0].cells.num_rows == 1500
