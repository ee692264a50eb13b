"""Files as people have them: encodings, scripts, notations, lost zeros."""

from __future__ import annotations

import datetime as dt
from importlib import resources
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kejing.facts.convert.sql import literal
from kejing.facts.headers import traditional
from kejing.facts.importing import import_facts
from kejing.facts.read.workbook import number_text
from kejing.facts.snapshot import open_snapshot
from kejing.measure.money import to_minor
from kejing.warehouse.engine import DuckEngine
from tests.facts.institution import institution, write_all, write_csv, write_xlsx

_DAY = dt.date(2026, 1, 31)


def _stored(into: Path, table: str) -> list[dict[str, object]]:
    path = open_snapshot(into).path(table)
    assert path is not None
    rows: list[dict[str, object]] = pq.read_table(path).to_pylist()
    return rows


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_gives_the_same_snapshot(tmp_path: Path, encoding: str) -> None:
    """UTF-8 with and without mark, GB18030 and UTF-16 are told apart, and the facts are the same."""
    rows = institution()["units"]
    write_all(tmp_path / "plain", {"units": rows})
    (tmp_path / "coded").mkdir()
    write_csv(tmp_path / "coded" / "units.csv", rows, encoding=encoding)
    plain = import_facts([tmp_path / "plain"], mapping=None, into=tmp_path / "a", known_at=_DAY)
    coded = import_facts([tmp_path / "coded"], mapping=None, into=tmp_path / "b", known_at=_DAY)
    assert coded.snapshot == plain.snapshot
    assert coded.findings == []


def test_traditional_headers_names_and_words_are_understood(tmp_path: Path) -> None:
    """Traditional headers, file names and codes mean what their simplified forms mean; names stay as written."""
    tables = institution()
    tables["contacts"][1]["渠道"] = "電話"
    folder = tmp_path / "files"
    folder.mkdir()
    for name, rows in tables.items():
        spelled = [{traditional(header): cell for header, cell in row.items()} for row in rows]
        write_csv(folder / f"{name}.csv", spelled)
    (folder / "customers.csv").rename(folder / "客戶.csv")
    report = import_facts([folder], mapping=None, into=tmp_path / "a", known_at=_DAY)
    assert report.findings == []
    write_all(tmp_path / "plain", institution())
    assert (
        report.snapshot == import_facts([tmp_path / "plain"], mapping=None, into=tmp_path / "b", known_at=_DAY).snapshot
    )


def test_delimiters_blank_lines_and_quoted_line_ends(tmp_path: Path) -> None:
    """Semicolons and tabs are found; blank lines are no rows, and rows keep the number a spreadsheet shows."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "units.csv").write_text('unit_id;name;level\nU0;"head\noffice";0\n\n;;\nU1;x;one\n', encoding="utf-8")
    (folder / "products.tsv").write_text("product\tname\tbusiness type\ndep\ta,b\tdeposits\n", encoding="utf-8")
    report = import_facts([folder], mapping=None, into=tmp_path / "facts", known_at=_DAY)
    assert [(finding.code, finding.place.row, finding.place.value) for finding in report.findings] == [
        ("facts.not_a_number", 5, "one")
    ]
    assert report.tables["units"].read == 2
    assert _stored(tmp_path / "facts", "units")[0]["name"] == "head\noffice"
    assert _stored(tmp_path / "facts", "products")[0]["name"] == "a,b"


def test_a_workbook_with_dates_numbers_and_text(tmp_path: Path) -> None:
    """Date cells, day numbers and numbers with binary dirt come out exactly; rows keep the number shown."""
    tables = institution("units", "products", "fx_rates", "customers")
    write_all(tmp_path / "files", tables)
    header: list[object] = list(institution()["income"][0])
    lines: list[list[object]] = [
        header,
        ["L1", "0001", "dep", None, 0.1 + 0.2, "CNY", dt.date(2025, 3, 31), "U1", "U1", False],
        [None] * 10,
        ["L2", "0001", "dep", None, 1000.01, "CNY", 45777, "U1", "U1", None],
        ["L3", "0001", "dep", None, -7, "CNY", 20250630, "U1", "U1", None],
        ["L4", "0001", "dep", None, 1, "CNY", dt.datetime.fromisoformat("2025-07-01T08:30"), "U1", "U1", None],
    ]
    balances = [["客户号", "产品", "月份", "日均余额", "货币"], ["0001", "dep", "2025年6月", "1.5万", "人民币"]]
    write_xlsx(tmp_path / "files" / "book.xlsx", {"收入明细": lines, "余额": balances})
    report = import_facts([tmp_path / "files"], mapping=None, into=tmp_path / "facts", known_at=_DAY)
    assert [(finding.code, finding.place.sheet, finding.place.row) for finding in report.findings] == [
        ("facts.date_as_text", "余额", 2),
        ("facts.date_as_serial", "收入明细", 4),
    ]
    stored = {row["line_id"]: (row["amount"], str(row["booked_on"])) for row in _stored(tmp_path / "facts", "income")}
    assert stored == {
        "L1": (30, "2025-03-31"),
        "L2": (100001, "2025-04-30"),
        "L3": (-700, "2025-06-30"),
        "L4": (100, "2025-07-01"),
    }
    balance = _stored(tmp_path / "facts", "balances")[0]
    assert (balance["average_balance"], str(balance["month"]), balance["currency"]) == (1500000, "2025-06-01", "CNY")


def test_a_parquet_double_is_taken_by_its_shortest_text(tmp_path: Path) -> None:
    """Doubles that stand for cents are exact; one that carries binary dirt is put aside, never rounded."""
    folder = tmp_path / "files"
    folder.mkdir()
    write_all(folder, {"units": institution()["units"]})
    amounts = [1000.01, 166578000.0, 0.1 + 0.2]
    table = pa.table(
        {
            "unit_id": ["U1"] * 3,
            "measure": ["a", "b", "c"],
            "period_start": [dt.date(2025, 1, 1)] * 3,
            "period_end": [dt.date(2026, 1, 1)] * 3,
            "amount": amounts,
            "currency": ["CNY"] * 3,
        }
    )
    pq.write_table(table, folder / "goals.parquet")
    report = import_facts([folder], mapping=None, into=tmp_path / "facts", known_at=_DAY)
    assert [row["amount"] for row in _stored(tmp_path / "facts", "goals")] == [100001, 16657800000]
    assert [(finding.code, finding.place.row) for finding in report.findings] == [("facts.amount_too_fine", 4)]


@pytest.fixture(scope="module")
def engine() -> DuckEngine:
    """An engine that knows the conversion macros."""
    engine = DuckEngine(threads=1)
    engine.run_script(resources.files("kejing.facts.convert").joinpath("macros.sql").read_text(encoding="utf-8"))
    return engine


def _number(engine: DuckEngine, text: str) -> tuple[str, int] | None:
    value = engine.fetch(f"SELECT kj_number(t, kj_number_groups(t)) AS n FROM (SELECT {literal(text)} AS t)")["n"][
        0
    ].as_py()
    return None if value is None else (value["m"], value["e"])


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1234.56", 123456),
        ("1,234.56", 123456),
        ("(1,234.56)", -123456),
        ("-0.5", -50),
        (".5", 50),
        ("¥1,000", 100000),
        ("１２３４．５", 123450),
        ("12.5万", 12500000),
        ("3亿", 30000000000),
        ("2千万元", 2000000000),
        ("1.5E3", 150000),
        ("60%", 60),
        ("+7", 700),
        ("1 000", 100000),
    ],
)
def test_notations_of_amounts(engine: DuckEngine, text: str, minor: int) -> None:
    """Separators, signs, 万 and 亿, percent, powers, width and parentheses are read exactly."""
    found = _number(engine, text)
    assert found is not None
    mantissa, exponent = found
    scaled = engine.fetch(f"SELECT kj_scaled(CAST('{mantissa}' AS HUGEINT), {exponent} + 2) AS v")["v"][0].as_py()
    assert scaled == minor


@pytest.mark.parametrize("text", ["", "-", "1,23", "1.2.3", "(5", "5)", "(-5)", "12a", "1万2", "0x10", "1_000", "NaN"])
def test_what_is_no_number_is_none(engine: DuckEngine, text: str) -> None:
    """A text that is not wholly a number is none: no digit is thrown away."""
    assert _number(engine, text) is None


@settings(max_examples=30)
@given(minor=st.integers(min_value=-(2**52) + 1, max_value=2**52 - 1))
def test_amounts_go_through_exactly(minor: int) -> None:
    """Any amount below the guard comes out as the whole number of cents it was, as the exact door of money says."""
    sign, whole, part = "-" if minor < 0 else "", abs(minor) // 100, abs(minor) % 100
    plain = f"{sign}{whole}.{part:02d}"
    grouped = f"({whole:,}.{part:02d})" if minor < 0 else f"{whole:,}.{part:02d}"
    assert to_minor(plain, "CNY") == minor
    values = _ENGINE.fetch(
        "SELECT kj_scaled(CAST(n.m AS HUGEINT), n.e + 2) AS v FROM (SELECT kj_number(t, kj_number_groups(t)) AS n "
        f"FROM (SELECT {literal(plain)} AS t UNION ALL SELECT {literal(grouped)}))"
    )["v"].to_pylist()
    assert [int(value) for value in values] == [minor, minor]


_ENGINE = DuckEngine(threads=1)
_ENGINE.run_script((Path(__file__).parents[2] / "src/kejing/facts/convert/macros.sql").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "text",
    ["2025-06-30", "2025/6/30", "2025.06.30", "20250630", "2025年6月30日", "２０２５-０６-３０", "2025-06-30 10:20:30"],
)
def test_notations_of_days(engine: DuckEngine, text: str) -> None:
    """The named notations of a day all mean the same day."""
    day = engine.fetch(f"SELECT kj_day(t, kj_date_groups(t)) AS d FROM (SELECT {literal(text)} AS t)")["d"][0].as_py()
    assert day == dt.date(2025, 6, 30)


@pytest.mark.parametrize("text", ["30/06/2025", "06/30/2025", "114/06/30", "2025-13-01", "20250631", "June 30", "2025"])
def test_ambiguous_days_are_none(engine: DuckEngine, text: str) -> None:
    """Nobody guesses which part is the month, or which calendar is meant."""
    day = engine.fetch(f"SELECT kj_day(t, kj_date_groups(t)) AS d FROM (SELECT {literal(text)} AS t)")["d"][0].as_py()
    assert day is None


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15))
def test_numbers_of_a_workbook_keep_fifteen_digits(value: float) -> None:
    """A number of a workbook becomes decimal text without exponent, equal to it in the digits a spreadsheet shows."""
    text = number_text(value)
    assert "e" not in text.lower()
    assert float(text) == pytest.approx(value, rel=1e-14, abs=1e-300)
