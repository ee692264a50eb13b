"""Closing: what stands against it, what it does, and that it is done once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import kejing
from kejing.measure.errors import RefusedInputError
from kejing.stages.tables import OUT_TABLES
from kejing.verbs.closing import NobodyError, PeriodClosedError
from kejing.verbs.closing_checks import FactsGoneError, NoSuchPeriodError
from kejing.verbs.freezing import ToFreeze
from kejing.verbs.payments import NoPaymentsError
from kejing.warehouse.digest import table_digest
from tests.ledger.closed import KEY, Desk, content, net, posted, run_pay
from tests.stages.institution import plain_bank


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The plain bank, run as of 31 March and as of 30 June, nothing closed, paid as listed."""
    desk = Desk.of(plain_bank(), tmp_path_factory.mktemp("bank"))
    for as_of in ("2025-03-31", "2025-06-30"):
        desk.run(as_of)
    desk.pay(desk.folder / "out-2025-03-31", "2025-Q1")
    return desk


@pytest.fixture
def desk(ran: Desk, tmp_path: Path) -> Desk:
    """A copy of one's own."""
    shutil.copytree(ran.folder, tmp_path / "desk")
    return Desk(tmp_path / "desk")


FIRST, HALF = "out-2025-03-31", "out-2025-06-30"


def refused(
    desk: Desk,
    out: str,
    period: str,
    payments: Path | None = None,
    *,
    allow_errors: str | None = None,
    allow_open_disputes: str | None = None,
) -> set[str]:
    """Codes of the errors for which a close is refused; the ledger stays as it was."""
    before = content(desk.ledger)
    with pytest.raises(RefusedInputError) as refusal:
        desk.close(
            desk.folder / out,
            period,
            payments=payments or desk.folder / "paid-2025-Q1.xlsx",
            allow_errors=allow_errors,
            allow_open_disputes=allow_open_disputes,
        )
    assert content(desk.ledger) == before
    return {finding.code for finding in refusal.value.findings if finding.severity == "error"}


def test_a_close_posts_the_run_and_keeps_what_it_stands_on(desk: Desk) -> None:
    """Postings are the pay lines of the period to the cent; policy, manifest, payments and rows lie with the entry."""
    out = desk.folder / FIRST
    closed = desk.close(out, "2025-Q1")
    folder = closed.entry.folder
    assert net(posted(desk.ledger), *KEY) == run_pay(out, "2025-Q1")
    assert {row["kind"] for row in posted(desk.ledger)} == {"post"}
    assert content(folder / "policy") == content(out / "policy")
    assert (folder / "manifest.json").read_bytes() == (out / "manifest.json").read_bytes()
    said = closed.entry.content
    assert said["statement"] == {"version": 1, "is_provisional": True}
    assert (said["by"], said["run"]["as_of"], said["posted_in"]) == ("Li Na", "2025-03-31", "2025-Q1")
    frozen = pq.read_table(folder / "statements" / "pay.parquet")
    assert {row["period"] for row in frozen.to_pylist()} == {"2025-Q1"}
    assert sum(row["amount"] for row in frozen.to_pylist()) == Decimal(said["postings"]["pay"]["amount"]["sum"]) / 100


def test_closing_again_by_the_same_run_posts_nothing(desk: Desk) -> None:
    """The second time the entry that stands is given back; another run is refused."""
    first = desk.close(desk.folder / FIRST, "2025-Q1")
    before = content(desk.ledger)
    again = desk.close(desk.folder / FIRST, "2025-Q1", by="Wu", payments=desk.folder / "paid-2025-Q1.xlsx")
    assert (again.was_closed, again.entry.name) == (True, first.entry.name)
    with pytest.raises(PeriodClosedError):
        desk.close(desk.folder / HALF, "2025-Q1")
    assert content(desk.ledger) == before


def test_what_stands_against_closing(desk: Desk) -> None:
    """A period that is not over, a predecessor that is open, a period the run does not have."""
    early = desk.run("2025-03-30", name="early")
    assert refused(desk, "early", "2025-Q1", desk.pay(early, "2025-Q1")) == {"ledger.period_not_over"}
    assert refused(desk, HALF, "2025-Q2", desk.pay(desk.folder / HALF, "2025-Q2")) == {"ledger.predecessor_open"}
    with pytest.raises(NoSuchPeriodError):
        desk.close(desk.folder / FIRST, "2025-Q2")
    with pytest.raises(NobodyError):
        desk.close(desk.folder / FIRST, "2025-Q1", by=" ")


def paid_file(desk: Desk, change: Callable[[list[list[object]]], object], name: str = "changed.xlsx") -> Path:
    """The payment list with its rows changed."""
    book = openpyxl.load_workbook(desk.folder / "paid-2025-Q1.xlsx")
    rows = [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    change(rows)
    new = openpyxl.Workbook()
    for row in rows:
        new.worksheets[0].append(row)
    new.save(desk.folder / name)
    return desk.folder / name


def _cent(rows: list[list[object]]) -> None:
    rows[1][3] = float(str(rows[1][3])) + 0.01


def _foreign(rows: list[list[object]]) -> None:
    rows[1][4] = "USD"


def _words(rows: list[list[object]]) -> None:
    rows[1][3] = "about 5"


def test_payments_must_be_what_is_due(desk: Desk) -> None:
    """A missing payment, a cent too much, a stranger, another currency, no amount: each is refused by its own code."""
    for change, code in (
        (lambda rows: rows.pop(1), "ledger.payment_missing"),
        (_cent, "ledger.payment_differs"),
        (lambda rows: rows.append(["Z9", "", "", 5, "CNY"]), "ledger.payment_stranger"),
        (_foreign, "ledger.payment_currency"),
        (_words, "ledger.payment_not_an_amount"),
    ):
        assert code in refused(desk, FIRST, "2025-Q1", paid_file(desk, change))
    with pytest.raises(NoPaymentsError):
        desk.close(desk.folder / FIRST, "2025-Q1", payments=paid_file(desk, lambda rows: rows[0].__setitem__(0, "who")))


def test_payments_come_as_text_or_workbook_in_parts(desk: Desk) -> None:
    """A CSV in Chinese headers with two payments of one RM that make up what is due is as good as the workbook."""
    listed = kejing.payroll(desk.folder / FIRST, period="2025-Q1", into=desk.folder / "l.xlsx", lang="en")
    lines = ["工号,实发金额"]
    for row in listed.rows:
        lines += [f'{row.rm_id},"{Decimal(row.due - 1) / 100:,}"', f"{row.rm_id},0.01"]
    path = desk.folder / "paid.csv"
    path.write_text("\n".join(lines), encoding="gb18030")
    closed = desk.close(desk.folder / FIRST, "2025-Q1", payments=path)
    assert closed.entry.content["payments"]["rows"] == 2 * len(listed.rows)
    assert closed.entry.content["paid"] == str(listed.total)


def test_an_edited_run_is_refused(desk: Desk) -> None:
    """A table, a policy or facts that are not what the manifest says: nothing is posted of such a run."""
    out = desk.folder / FIRST
    table = pq.read_table(out / "pay.parquet")
    pq.write_table(table.slice(1), out / "pay.parquet")
    assert refused(desk, FIRST, "2025-Q1") == {"ledger.run_edited"}
    pq.write_table(table, out / "pay.parquet")
    rate = out / "policy" / "tables" / "income_rate.csv"
    rate.write_text(rate.read_text(encoding="utf-8").replace("2000-01-01", "2001-01-01"), encoding="utf-8")
    assert refused(desk, FIRST, "2025-Q1") == {"ledger.policy_edited"}
    with pytest.raises(FactsGoneError):
        kejing.close(
            out,
            period="2025-Q1",
            into=desk.ledger,
            payments=desk.folder / "paid-2025-Q1.xlsx",
            by="L",
            facts=desk.folder,
        )


def add_table(out: Path, name: str, table: pa.Table) -> None:
    """Put a table into a run as if a stage had written it."""
    pq.write_table(table, out / f"{name}.parquet")
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    manifest["tables"][name] = {"rows": table.num_rows, "sha256": table_digest(table)}
    (out / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def test_open_disputes_and_errors_need_a_reason(desk: Desk) -> None:
    """An undecided dispute of the period and errors of the run stop a close unless somebody says why they may stand."""
    out = desk.folder / FIRST
    disputes = [
        {"dispute_id": "D1", "rm_id": "A", "period": "2025-Q1", "state": "overdue"},
        {"dispute_id": "D2", "rm_id": "A", "period": "2025-Q1", "state": "rejected"},
        {"dispute_id": "D3", "rm_id": "A", "period": "2024-Q4", "state": "open"},
    ]
    schema = pa.schema(
        [(column.name, pa.string()) for column in OUT_TABLES["dispute"].columns if column.kind == "text"]
        + [("due_on", pa.date32())]
    )
    add_table(out, "dispute", pa.Table.from_pylist(disputes, schema=schema))
    found = pq.read_table(out / "findings.parquet")
    wrong = {**dict.fromkeys(found.column_names, ""), "row": 0, "severity": "error", "code": "credit.rate_missing"}
    add_table(out, "findings", pa.concat_tables([found, pa.Table.from_pylist([wrong], schema=found.schema)]))
    assert refused(desk, FIRST, "2025-Q1") == {"ledger.dispute_open", "ledger.errors_open"}
    assert refused(desk, FIRST, "2025-Q1", allow_errors="one line") == {"ledger.dispute_open"}
    assert refused(desk, FIRST, "2025-Q1", allow_errors="one line", allow_open_disputes=" ") == {"ledger.dispute_open"}
    closed = desk.close(out, "2025-Q1", allow_errors="one line", allow_open_disputes="decided next week")
    assert closed.entry.content["allowed"] == {"errors": "one line", "open_disputes": "decided next week"}
    assert {finding.facts.get("dispute") for finding in closed.findings} == {"D1", None}


def test_optional_books_are_posted_where_a_run_has_them(desk: Desk) -> None:
    """A run with a settlement is paid by what it says is paid out; its figures are posted and add up."""
    out = desk.folder / FIRST
    totals = [row for row in pq.read_table(out / "pay_total.parquet").to_pylist() if row["period"] == "2025-Q1"]
    zero = Decimal("0.00")
    rows = [
        {
            **{name: row[name] for name in ("period", "rm_id", "unit_id", "gross", "deferred")},
            "held": Decimal("1.00"),
            "vested": zero,
            "recovered": zero,
            "released": zero,
            "receivable": zero,
            "payable": row["paid_now"] - Decimal("1.00"),
            "paid_out": row["paid_now"] - Decimal("1.00"),
        }
        for row in totals
    ]
    money = pa.decimal128(18, 2)
    schema = pa.schema(
        [(c.name, money if c.kind == "money" else pa.string()) for c in OUT_TABLES["settlement"].columns]
    )
    add_table(out, "settlement", pa.Table.from_pylist(rows, schema=schema))
    closed = desk.close(out, "2025-Q1")
    assert closed.entry.content["payable"] == ["settlement", "paid_out"]
    assert Decimal(closed.entry.content["paid"]) == sum((row["paid_now"] for row in totals), zero) - len(totals)
    assert net(posted(desk.ledger, "settlement", figure="held"), "figure") == {("held",): 100 * len(totals)}


def test_facts_that_came_after_the_run_are_told(desk: Desk) -> None:
    """A close on an older snapshot goes through and says that facts have moved on."""
    desk.tell("2025-04-20", income=[{**plain_bank()["income"][0], "line_id": "L9"}])
    closed = desk.close(desk.folder / FIRST, "2025-Q1")
    assert [finding.code for finding in closed.findings] == ["ledger.facts_moved"]


def test_statements_are_frozen_by_whoever_writes_them(desk: Desk) -> None:
    """The writer of statements is told period and version and writes into the entry, under its hashes."""
    told: list[ToFreeze] = []

    def write(statement: ToFreeze, folder: Path) -> None:
        told.append(statement)
        (folder / "A.zh.html").write_text("<p>2025-Q1</p>", encoding="utf-8")

    closed = desk.close(desk.folder / FIRST, "2025-Q1", freeze=write)
    [statement] = told
    assert (statement.facts.resolve(), statement.ledger) == (desk.facts.resolve(), desk.ledger)
    assert (statement.period, statement.version, statement.is_provisional) == ("2025-Q1", 1, True)
    assert "statements/A.zh.html" in closed.entry.files
