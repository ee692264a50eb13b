from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from kejing.report.statements import Standing, StatementSource, Wanted, write_statements
from kejing.report.statements.corrections import corrections_of, standing_of
from kejing.warehouse.ledger import Ledger
from tests.report.statements.conftest import PERIOD
from tests.report.statements.page import amount, read_page
from tests.verbs.conftest import SmallRun

_TEXT = (
    "posting_id",
    "period",
    "posted_in",
    "rm_id",
    "component",
    "measure",
    "line_id",
    "customer_id",
    "corrects",
    "kind",
    "policy_clause",
)
_SCHEMA = pa.schema(
    [*((name, pa.string()) for name in _TEXT), ("entry", pa.int64()), ("amount", pa.int64()), ("known_on", pa.date32())]
)


def _posting(**said: Any) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(_TEXT, "")
    row |= {"rm_id": "B", "component": "income_pay", "measure": "fee_income", "line_id": "L2", "customer_id": "c2"}
    row |= {"policy_clause": "income_pay: income_pay_due@2000-01-01", "known_on": dt.date(2025, 7, 5), "entry": 1}
    return row | said


def _append(folder: Path, kind: str, period: str, rows: list[dict[str, Any]], **content: Any) -> None:
    def fill(building: Path) -> None:
        if rows:
            (building / "postings").mkdir()
            pq.write_table(pa.Table.from_pylist(rows, schema=_SCHEMA), building / "postings" / "pay_posting.parquet")

    Ledger.open(folder).append({"kind": kind, "period": period, **content}, fill)


def _ledger(folder: Path) -> Path:
    """The first quarter closed, then corrected in the second; the second still open."""
    own = _posting(posting_id="000001:pay:1", period="2025-Q1", posted_in="2025-Q1", amount=77_00, kind="post")
    later = _posting(
        posting_id="000002:pay:1", period="2025-Q1", posted_in=PERIOD, amount=-12_34, kind="correct",
        corrects="000001:pay:1", entry=2,
    )  # fmt: skip
    _append(folder, "close", "2025-Q1", [own], statement={"is_provisional": True}, covers=[])
    _append(folder, "correct", "2025-Q1", [later])
    return folder


def test_a_correction_is_shown_where_it_is_posted_and_where_it_belongs(tmp_path: Path) -> None:
    """The first posting of a line is no correction; its correction shows in both periods, exact."""
    ledger = _ledger(tmp_path / "ledger")
    for period in ("2025-Q1", PERIOD):
        found = corrections_of(ledger, period, "CNY")
        assert [(one.posting_id, one.amount, one.corrects) for one in found] == [
            ("000002:pay:1", Decimal("-12.34"), "000001:pay:1")
        ]
    assert corrections_of(ledger, "2025-Q3", "CNY") == []


def test_the_ledger_says_what_is_closed(tmp_path: Path) -> None:
    """A closed quarter waits for its year; the year settles it for good; a reopened period is open."""
    ledger = _ledger(tmp_path / "ledger")
    assert [standing_of(ledger, period) for period in ("2025-Q1", PERIOD)] == [Standing.CLOSED, Standing.PROVISIONAL]
    assert standing_of(None, "2025-Q1") is Standing.PROVISIONAL
    _append(ledger, "close", "2025", [], statement={"is_provisional": False}, covers=["2025-Q1", PERIOD])
    assert [standing_of(ledger, period) for period in ("2025-Q1", "2025")] == [Standing.FINAL, Standing.FINAL]
    _append(ledger, "reopen", "2025-Q1", [])
    assert standing_of(ledger, "2025-Q1") is Standing.PROVISIONAL


def test_a_statement_links_what_was_corrected(bank_run: SmallRun, tmp_path: Path) -> None:
    """The page and the workbook show the difference, the posting it corrects, and lead to the period it is for."""
    ledger = _ledger(tmp_path / "ledger")
    with StatementSource(bank_run.out, PERIOD, facts=bank_run.facts, ledger=ledger) as source:
        write_statements(source, tmp_path, langs=("zh", "en"), wanted=Wanted(rm_ids=("A", "B")))
    page = read_page((tmp_path / PERIOD / "rm-B.en.html").read_text(encoding="utf-8"))
    row = page.all("tr", id="posting-000002:pay:1")[0]
    assert amount(row.text) == Decimal("-12.34")
    assert "000001:pay:1" in row.text
    assert row.all("a")[0].attributes["href"] == "../2025-Q1/rm-B.en.html"
    other = read_page((tmp_path / PERIOD / "rm-A.zh.html").read_text(encoding="utf-8"))
    assert "本期没有更正" in other.all("section", id="corrections")[0].text
    book = openpyxl.load_workbook(tmp_path / PERIOD / "rm-B.zh.xlsx")
    assert -12.34 in {cell.value for sheet in book for row in sheet.iter_rows() for cell in row}
